import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { minutesFrom, timeOfDay } from '../../../domain/quiet-hours.ts';
import type { MailSettings } from '../../../store/graders/mail-settings.ts';
import type { ConflictRecord, GraderRecord } from '../../../store/graders/records.ts';
import type { ItemQuality } from '../../../store/graders/item-quality.ts';
import type { MarkingQuality } from '../../../store/graders/quality.ts';
import type { Actor } from '../../actor.ts';
import { STAFF_READERS } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import type { Direction } from '../../../domain/drift.ts';
import { metGraderOf } from '../../met-grader.ts';
import { route, type Route } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { driftRoutes } from './drifts.ts';
import { compared } from './compared.ts';
import * as schemas from './schemas.ts';

const own = '/v1/graders/me';
const ofStaff = '/v1/staff/graders/:subject';
const graders = ['grader', 'designated'] as const;
const acting = ['staff'] as const;

type FullRecord = GraderRecord & { readonly conflicts: readonly ConflictRecord[] };

export function graderRoutes(services: Services): readonly Route[] {
  return [...ownRoutes(services), ...staffRoutes(services), ...driftRoutes(services)];
}

/** What graders say of themselves. Asking is enough to be known. */
function ownRoutes({ store, config }: Services): readonly Route[] {
  const tag = 'Graders';
  const meet = (actor: Actor) => store.graders.meet(metGraderOf(actor, config.NEW_GRADERS));
  const ownView = async (subject: string) => ownViewOf(await store.graders.read(subject), await store.graders.ownDrift(subject));
  return [
    route({
      operationId: 'getGraderRecord',
      method: 'get',
      path: own,
      tag,
      summary: 'Your record: what you may mark, what you offer, the conflicts that you declared',
      roles: graders,
      answers: { 200: { description: 'Your record', body: schemas.ownRecord } },
    }).handledBy(async ({ actor }) => {
      await meet(actor);
      return { status: 200, body: await ownView(actor.subject) };
    }),
    route({
      operationId: 'getOwnAgreement',
      method: 'get',
      path: `${own}/agreement`,
      tag,
      summary:
        'How far your marks agree with those that others gave for the same, once these are decided; how often others turned the decision; how long a script took you',
      roles: graders,
      answers: { 200: { description: 'By exam and test', body: schemas.agreement } },
    }).handledBy(async ({ actor }) => {
      await meet(actor);
      return { status: 200, body: agreementView(await store.graders.markingQuality(actor.subject, { forThemselves: true })) };
    }),
    route({
      operationId: 'updateGraderRecord',
      method: 'patch',
      path: own,
      tag,
      summary: 'Say what you offer, pause, or go on',
      description: 'What is left out stays. Staff alone admit, qualify and suspend.',
      roles: graders,
      body: schemas.ownChange,
      answers: { 200: { description: 'Your record', body: schemas.ownRecord } },
      refusals: ['grader_not_active'],
    }).handledBy(async ({ actor, body }) => {
      await meet(actor);
      await store.graders.changeOwn({ subject: actor.subject, change: body });
      return { status: 200, body: await ownView(actor.subject) };
    }),
    route({
      operationId: 'getGraderMails',
      method: 'get',
      path: `${own}/mails`,
      tag,
      summary: 'What you are written to about, and when not',
      roles: graders,
      answers: { 200: { description: 'Nothing, unless you asked for it', body: schemas.graderMails } },
    }).handledBy(async ({ actor }) => {
      await meet(actor);
      return { status: 200, body: mailsView(await store.graders.mailSettings(actor.subject)) };
    }),
    route({
      operationId: 'updateGraderMails',
      method: 'put',
      path: `${own}/mails`,
      tag,
      summary: 'Ask to be written to, kind by kind, or no more',
      description: 'Nobody who is paused, suspended or in training is written to, and no mail tells anything of a candidate.',
      roles: graders,
      body: schemas.graderMailsChange,
      answers: { 200: { description: 'As you asked', body: schemas.graderMails } },
    }).handledBy(async ({ actor, body: { kinds, quietHours } }) => {
      await meet(actor);
      const hours = quietHours && { from: minutesFrom(quietHours.from), until: minutesFrom(quietHours.until), timeZone: quietHours.timeZone };
      const { subject } = actor;
      await store.graders.changeMailSettings({ subject, settings: { kinds, quietHours: hours } });
      return { status: 200, body: mailsView(await store.graders.mailSettings(subject)) };
    }),
    route({
      operationId: 'declareConflict',
      method: 'post',
      path: `${own}/conflicts`,
      tag,
      summary: 'Declare whom you must not mark; staff alone end it again',
      description: 'What you hold of theirs is given back at once. Whether there was any you are not told.',
      roles: graders,
      body: schemas.conflict,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 201: { description: 'Declared, or declared before', body: schemas.declaredConflict } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, body: conflict, idempotency }) => {
      await meet(actor);
      const act = {
        actor: actor.subject,
        reason: 'declared',
        actionKey: `declare-conflict:${actor.subject}:${nameOfKey(idempotency) ?? randomUUID()}`,
      };
      const { conflictId } = await store.graders.declareConflict({ grader: actor.subject, conflict, source: 'declared', act });
      return { status: 201, body: { id: conflictId } };
    }),
  ];
}

/** Facts, all audited: none of them waits for Temporal. Nobody changes a record of their own as staff. */
function staffRoutes({ store, config }: Services): readonly Route[] {
  const tag = 'Staff';
  const recordOf = async (subject: string) => ({ status: 200, body: viewOf(await store.graders.read(subject)) }) as const;
  return [
    route({
      operationId: 'expectGrader',
      method: 'post',
      path: '/v1/staff/graders',
      tag,
      summary: 'Expect a grader who has not asked for work yet: what binds them can be recorded before they come',
      description: 'They count as nobody who could mark until they ask for work. Check how the subject is written: nobody else can.',
      roles: acting,
      body: schemas.expectation,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: {
        200: { description: 'There is a record already', body: schemas.graderRecord },
        201: { description: 'Expected from now on', body: schemas.graderRecord },
      },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, body: { subject, reason } }) => {
      const isNew = await store.graders.expect({ subject, reason, newState: config.NEW_GRADERS, actor: actor.subject });
      return { status: isNew ? 201 : 200, body: viewOf(await store.graders.read(subject)) };
    }),
    route({
      operationId: 'getGrader',
      method: 'get',
      path: ofStaff,
      tag,
      summary: 'What binds a grader, with the conflicts that stand',
      roles: STAFF_READERS,
      params: schemas.graderParams,
      answers: { 200: { description: 'The record', body: schemas.graderRecord } },
    }).handledBy(({ params: { subject } }) => recordOf(subject)),
    route({
      operationId: 'getGraderAgreement',
      method: 'get',
      path: `${ofStaff}/agreement`,
      tag,
      summary:
        'How far a grader’s marks agree with those that others gave for the same, once these are decided; how often others turned the decision; how long a script took',
      roles: STAFF_READERS,
      params: schemas.graderParams,
      answers: { 200: { description: 'By exam and test', body: schemas.agreement } },
    }).handledBy(async ({ params: { subject } }) => {
      await store.graders.read(subject);
      return { status: 200, body: agreementView(await store.graders.markingQuality(subject)) };
    }),
    route({
      operationId: 'getItemQuality',
      method: 'get',
      path: '/v1/staff/exams/:examId/item-quality',
      tag,
      summary: 'How far two graders agree about each item and criterion of an exam, whoever they are; the least agreed on first',
      roles: STAFF_READERS,
      params: schemas.itemQualityParams,
      answers: { 200: { description: 'Those that two graders marked and that are decided', body: schemas.itemQuality } },
      refusals: ['exam_not_published'],
    }).handledBy(async ({ params: { examId } }) => {
      await store.examVersions.newest(examId);
      const items = await store.graders.itemQuality(examId);
      return { status: 200, body: { items: items.map(comparedItem) } };
    }),
    route({
      operationId: 'updateGrader',
      method: 'patch',
      path: ofStaff,
      tag,
      summary: 'Admit, qualify, suspend: what is left out stays',
      description:
        'Whoever is suspended or sent back to training loses what they hold at once, and it is offered to others; their drafts are kept. A qualification or a language taken back counts from their next claim on.',
      roles: acting,
      params: schemas.graderParams,
      body: schemas.graderChange,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'The record', body: schemas.graderRecord } },
      refusals: ['exam_not_published', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { subject }, body: { reason, ...change }, idempotency }) => {
      const act = { actor: actor.subject, reason, actionKey: `grader:${subject}:${nameOfKey(idempotency) ?? randomUUID()}` };
      await store.graders.change({ subject, change, act });
      return recordOf(subject);
    }),
    route({
      operationId: 'recordConflict',
      method: 'post',
      path: `${ofStaff}/conflicts`,
      tag,
      summary: 'Record whom a grader must not mark; what they hold of it is given back at once',
      roles: acting,
      params: schemas.graderParams,
      body: schemas.staffConflict,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'The record', body: schemas.graderRecord } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { subject }, body: { conflict, reason }, idempotency }) => {
      const act = { actor: actor.subject, reason, actionKey: `grader-conflict:${subject}:${nameOfKey(idempotency) ?? randomUUID()}` };
      await store.graders.declareConflict({ grader: subject, conflict, source: 'staff', act });
      return recordOf(subject);
    }),
    route({
      operationId: 'endConflict',
      method: 'post',
      path: `${ofStaff}/conflicts/:conflictId/ending`,
      tag,
      summary: 'End a conflict that is over',
      roles: acting,
      params: schemas.conflictParams,
      body: schemas.ending,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'The record', body: schemas.graderRecord } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { subject, conflictId }, body: { reason }, idempotency }) => {
      const act = { actor: actor.subject, reason, actionKey: `grader-conflict-ending:${conflictId}:${nameOfKey(idempotency) ?? randomUUID()}` };
      await store.graders.endConflict({ grader: subject, conflictId, act });
      return recordOf(subject);
    }),
  ];
}

function agreementView(exams: readonly MarkingQuality[]): z.output<typeof schemas.agreement> {
  return { exams: exams.map(({ items, ...exam }) => ({ ...compared(exam), items: items.map(compared) })) };
}

function comparedItem(item: ItemQuality): z.output<typeof schemas.itemQuality>['items'][number] {
  const { kappa, icc, distance, spread } = item;
  return { ...item, kappa: kappa ?? null, icc: icc ?? null, distance: distance ?? null, spread: spread ?? null };
}

function viewOf({ conflicts, firstSeenAt, lastSeenAt, ...grader }: FullRecord): z.output<typeof schemas.graderRecord> {
  return {
    subject: grader.subject,
    ...sharedOf(grader),
    firstSeenAt: iso(firstSeenAt),
    lastSeenAt: iso(lastSeenAt),
    conflicts: conflicts.map(({ id, kind, value, source, declaredBy, declaredAt }) => ({
      id,
      kind,
      value,
      source,
      declaredBy,
      declaredAt: iso(declaredAt),
    })),
  };
}

function mailsView({ kinds, quietHours, hasAddress }: MailSettings & { hasAddress: boolean }): z.output<typeof schemas.graderMails> {
  const hours = quietHours && { from: timeOfDay(quietHours.from), until: timeOfDay(quietHours.until), timeZone: quietHours.timeZone };
  return { kinds: [...kinds], quietHours: hours, hasAddress };
}

function ownViewOf({ conflicts, ...grader }: FullRecord, drift: Direction | null): z.output<typeof schemas.ownRecord> {
  const declared = conflicts.filter(({ source }) => source === 'declared');
  const told = declared.map(({ id, kind, value, declaredAt }) => ({ id, kind, value, declaredAt: iso(declaredAt) }));
  return { ...sharedOf(grader), conflicts: told, drift };
}

function sharedOf({ state, designated, qualifications, languages, hoursAWeek }: Omit<GraderRecord, 'firstSeenAt' | 'lastSeenAt'>) {
  return {
    state,
    designated,
    qualifications: qualifications === null ? null : [...qualifications],
    languages: languages === null ? null : [...languages],
    hoursAWeek,
  };
}
