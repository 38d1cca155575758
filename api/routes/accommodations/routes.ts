import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { checkAccommodationTime, type AccommodationRecord } from '../../../store/attempts/accommodations.ts';
import { STAFF_READERS } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { route, type Route } from '../../route.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Staff';
const acting = ['staff'] as const;
const accommodations = '/v1/staff/candidates/:candidateId/accommodations';

/** What scales the limits of a candidate, in this attempt and the next ones. Facts: none of it waits for Temporal. */
export function accommodationRoutes({ store, doorbell }: Services): readonly Route[] {
  const { attempts } = store;
  const read = async (candidateId: string, accommodationId: string) => {
    const found = (await attempts.accommodations(candidateId)).find(({ id }) => id === accommodationId);
    if (!found) throw new TypeError('what was recorded is there');
    return viewOf(found);
  };
  return [
    route({
      operationId: 'listAccommodations',
      method: 'get',
      path: accommodations,
      tag,
      summary: 'The accommodations of a candidate, newest first, those that ended too',
      roles: STAFF_READERS,
      params: schemas.candidateParams,
      answers: { 200: { description: 'All of them', body: schemas.accommodationList } },
    }).handledBy(async ({ params: { candidateId } }) => ({
      status: 200,
      body: { accommodations: (await attempts.accommodations(candidateId)).map(viewOf) },
    })),
    route({
      operationId: 'recordAccommodation',
      method: 'post',
      path: accommodations,
      tag,
      summary: 'Scale every limit of a candidate, in the place of what stands for the same exam; open windows grow and never shrink',
      roles: acting,
      params: schemas.candidateParams,
      body: schemas.newAccommodation,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 201: { description: 'Recorded, and applied to attempts under way', body: schemas.accommodation } },
      refusals: ['accommodation_invalid', 'exam_not_published', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor, params: { candidateId }, body, idempotency }) => {
        const { accommodationId, committed } = await attempts.recordAccommodation({
          candidateId,
          examId: body.examId ?? null,
          kind: body.kind,
          percent: body.percent,
          validFrom: body.validFrom === undefined ? undefined : new Date(body.validFrom),
          validUntil: body.validUntil === undefined ? null : new Date(body.validUntil),
          evidence: body.evidence ?? null,
          reason: body.reason,
          actor: actor.subject,
          actionKey: `accommodation:${candidateId}:${nameOfKey(idempotency) ?? randomUUID()}`,
        });
        for (const fact of committed) doorbell.ring('deadline_moved', fact);
        return { status: 201, body: await read(candidateId, accommodationId) };
      },
      async ({ params: { candidateId }, body: { examId = null, percent, validFrom, validUntil } }) => {
        const now = new Date();
        checkAccommodationTime({ validFrom: new Date(validFrom ?? now), validUntil: validUntil === undefined ? null : new Date(validUntil), now });
        if (examId !== null) await store.examVersions.newest(examId);
        const standing = (await attempts.accommodations(candidateId)).find((one) => one.endedAt === null && one.examId === examId);
        return [
          { what: 'accommodation_percent', from: String(standing?.percent ?? 100), to: String(percent) },
          { what: 'accommodation_from', from: null, to: validFrom ?? null },
        ];
      },
    ),
    route({
      operationId: 'endAccommodation',
      method: 'post',
      path: `${accommodations}/:accommodationId/ending`,
      tag,
      summary: 'End an accommodation; open windows keep the time that they were given',
      roles: acting,
      params: schemas.accommodationParams,
      body: schemas.ending,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Ended', body: schemas.accommodation } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { candidateId, accommodationId }, body: { reason }, idempotency }) => {
      const actionKey = `accommodation-ending:${accommodationId}:${nameOfKey(idempotency) ?? randomUUID()}`;
      const { committed } = await attempts.endAccommodation({ candidateId, accommodationId, reason, actor: actor.subject, actionKey });
      for (const fact of committed) doorbell.ring('deadline_moved', fact);
      return { status: 200, body: await read(candidateId, accommodationId) };
    }),
  ];
}

function viewOf({ validFrom, validUntil, recordedAt, endedAt, ...record }: AccommodationRecord): z.output<typeof schemas.accommodation> {
  const { id, candidateId, examId, kind, percent, evidence, reason, recordedBy } = record;
  return {
    id,
    candidateId,
    examId,
    kind,
    percent,
    evidence,
    reason,
    recordedBy,
    validFrom: iso(validFrom),
    validUntil: isoOrNull(validUntil),
    recordedAt: iso(recordedAt),
    endedAt: isoOrNull(endedAt),
  };
}
