import type { z } from 'zod';
import type { SearchCursor } from '../../../store/attempts/search.ts';
import { STAFF_READERS } from '../../actor.ts';
import { validationFailed } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { staffViewOf } from '../staff/view.ts';
import * as schemas from './schemas.ts';

const tag = 'Staff';

export function searchRoutes(services: Services): readonly Route[] {
  const { store, attention } = services;
  return [
    route({
      operationId: 'searchAttempts',
      method: 'post',
      path: '/v1/staff/attempt-searches',
      tag,
      summary: 'Find attempts by person, exam, phase, due date, outcome and whether staff were called',
      description: 'It changes nothing, and is a POST so that no name stands in an address, which proxies and browsers keep.',
      roles: STAFF_READERS,
      isReading: true,
      body: schemas.attemptSearch,
      answers: { 200: { description: 'One page', body: schemas.foundAttempts } },
    }).handledBy(async ({ body: { after, needsAttention, limit, ...asked } }) => {
      const { attemptIds, isPartial } = await attention();
      const found = await store.attempts.search({
        ...asked,
        dueFrom: dateOf(asked.dueFrom),
        dueUntil: dateOf(asked.dueUntil),
        needsAttention: needsAttention ? { called: [...attemptIds] } : undefined,
        after: after === undefined ? undefined : cursorOf(after),
        limit: limit + 1,
      });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const attempts = await Promise.all(
        shown.map(async ({ record, email, dueAt, needsAttention: byFacts }) => ({
          ...(await staffViewOf(services, record)),
          candidate: { id: record.candidateId, subject: record.subject, name: record.candidateName, email },
          dueAt: isoOrNull(dueAt),
          needsAttention: byFacts || attemptIds.has(record.facts.attemptId),
        })),
      );
      return { status: 200, body: { attempts, next: found.length > limit && last ? nextOf(last.cursor) : null, isPartial } };
    }),
    route({
      operationId: 'listOverdue',
      method: 'get',
      path: '/v1/staff/overdue',
      tag,
      summary: 'By exam version: how many results are overdue, since when, and who holds the work',
      roles: STAFF_READERS,
      answers: { 200: { description: 'The one longest overdue first', body: schemas.overdue } },
    }).handledBy(async () => {
      const exams = await store.attempts.overdue();
      return {
        status: 200,
        body: { exams: exams.map(({ oldestDueAt, holders, ...exam }) => ({ ...exam, oldestDueAt: iso(oldestDueAt), holders: [...holders] })) },
      };
    }),
  ];
}

function dateOf(instant: string | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}

function nextOf({ attemptId, key }: SearchCursor): string {
  const parts: z.input<typeof schemas.cursor> = [attemptId, key];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function cursorOf(text: string): SearchCursor {
  const parsed = schemas.cursor.safeParse(jsonOf(text));
  if (!parsed.success) throw validationFailed([{ path: 'after', message: 'is not the `next` of a page' }]);
  const [attemptId, key] = parsed.data;
  return { attemptId, key };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
