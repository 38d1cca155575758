import type { z } from 'zod';
import { millipointsFromPoints, pointsFromMillipoints } from '../../../domain/points.ts';
import type { ItemChange } from '../../../domain/regrade.ts';
import { formatBasisPoints, shownBasisPoints, type Score } from '../../../domain/score.ts';
import { startOnce } from '../../../platform/temporal/ring.ts';
import type { RegradeChangeRecord, RegradeRecord } from '../../../store/regrades/records.ts';
import { regradeStart } from '../../../workflows/regrade-messages.ts';
import { STAFF_READERS, type Actor } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Staff';
const regrades = '/v1/staff/regrades';
const acting = ['staff'] as const;

/** An item, a criterion or a key that was wrong is put right for everybody who had it, by two persons. */
export function regradeRoutes({ store, temporal, logger }: Services): readonly Route[] {
  /** Of a regrade that is in force; nobody waits for it. While Temporal is away it is begun by the relay. */
  function begin({ id, state }: RegradeRecord): void {
    if (state !== 'applying') return;
    startOnce(temporal, regradeStart(id)).catch((error: unknown) => logger.warn({ err: error, regradeId: id }, 'a regrade is begun by the relay'));
  }

  const whole = async (regrade: RegradeRecord) => ({ ...viewOf(regrade), counts: [...(await store.regrades.counts(regrade.id))] });

  return [
    route({
      operationId: 'listRegrades',
      method: 'get',
      path: regrades,
      tag,
      summary: 'Regrades, and what became of them',
      roles: STAFF_READERS,
      query: schemas.regradeQuery,
      answers: { 200: { description: 'One page, newest first', body: schemas.regradeList } },
    }).handledBy(async ({ query: { limit, ...query } }) => {
      const { rows, next } = pageOf(await store.regrades.list({ ...query, limit: limit + 1 }), limit, ({ id }) => id);
      return { status: 200, body: { regrades: rows.map(viewOf), next } };
    }),
    route({
      operationId: 'openRegrade',
      method: 'post',
      path: regrades,
      tag,
      summary: 'Open a regrade of an item or a criterion, with a preview of whom it would change; somebody else applies it',
      description: 'Changes nothing.',
      roles: acting,
      body: schemas.newRegrade,
      takesIdempotencyKey: true,
      answers: { 201: { description: 'Opened, with its preview', body: schemas.regrade } },
      refusals: ['exam_not_published', 'regrade_invalid', 'regrade_open', 'conflict_of_interest', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, body: { reason, change, caseStudyId = null, ...scope }, idempotency }) => {
      const { submittedFrom, submittedUntil } = scope;
      const { regradeId } = await store.regrades.open({
        person: personOf(actor),
        reason,
        scope: {
          ...scope,
          caseStudyId,
          change: changeOf(change),
          submittedFrom: dateOrNull(submittedFrom),
          submittedUntil: dateOrNull(submittedUntil),
        },
        idempotency,
      });
      const before = await store.regrades.read(regradeId);
      const isNew = before.state === 'open' && before.previewedAt === null;
      return { status: 201, body: await whole(isNew ? await store.regrades.preview({ regradeId }) : before) };
    }),
    route({
      operationId: 'getRegrade',
      method: 'get',
      path: `${regrades}/:regradeId`,
      tag,
      summary: 'A regrade with how many decisions it changes, and how far it has come',
      roles: STAFF_READERS,
      params: schemas.regradeParams,
      answers: { 200: { description: 'The regrade', body: schemas.regrade } },
    }).handledBy(async ({ params: { regradeId } }) => ({ status: 200, body: await whole(await store.regrades.read(regradeId)) })),
    route({
      operationId: 'listRegradedDecisions',
      method: 'get',
      path: `${regrades}/:regradeId/changes`,
      tag,
      summary: 'Who changes from what to what by a regrade: as it would be, then as it was done',
      roles: STAFF_READERS,
      params: schemas.regradeParams,
      query: schemas.changeQuery,
      answers: { 200: { description: 'One page', body: schemas.changeList } },
    }).handledBy(async ({ params: { regradeId }, query: { limit, ...query } }) => {
      const all = await store.regrades.changes({ regradeId, ...query, limit: limit + 1 });
      const { rows, next } = pageOf(all, limit, ({ decisionId }) => decisionId);
      return { status: 200, body: { changes: rows.map(changeViewOf), next } };
    }),
    route({
      operationId: 'previewRegrade',
      method: 'post',
      path: `${regrades}/:regradeId/preview`,
      tag,
      summary: 'Make the preview of an open regrade anew',
      roles: acting,
      params: schemas.regradeParams,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Previewed', body: schemas.regrade } },
      refusals: ['regrade_settled', 'idempotency_key_reused'],
    }).handledBy(async ({ params: { regradeId } }) => ({ status: 200, body: await whole(await store.regrades.preview({ regradeId })) })),
    route({
      operationId: 'applyRegrade',
      method: 'post',
      path: `${regrades}/:regradeId/application`,
      tag,
      summary: 'Apply a regrade that somebody else opened',
      description:
        'From then on it is in force: what is decided later is decided under it, and what is out is put right where that is better for its candidate, who is told once. Nobody’s published result gets worse.',
      roles: acting,
      params: schemas.regradeParams,
      body: schemas.application,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'In force', body: schemas.regrade } },
      refusals: ['second_person_needed', 'regrade_changed', 'regrade_settled', 'conflict_of_interest', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { regradeId }, body }) => {
      const regrade = await store.regrades.apply({ regradeId, person: personOf(actor), ...body });
      begin(regrade);
      return { status: 200, body: await whole(regrade) };
    }),
    route({
      operationId: 'cancelRegrade',
      method: 'post',
      path: `${regrades}/:regradeId/cancellation`,
      tag,
      summary: 'Cancel a regrade that is not applied',
      roles: acting,
      params: schemas.regradeParams,
      body: schemas.cancellation,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Cancelled', body: schemas.regrade } },
      refusals: ['regrade_settled', 'conflict_of_interest', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { regradeId }, body: { reason } }) => ({
      status: 200,
      body: await whole(await store.regrades.cancel({ regradeId, person: personOf(actor), reason })),
    })),
  ];
}

const personOf = ({ subject, email }: Actor) => ({ subject, email });
const dateOrNull = (instant: string | undefined) => (instant === undefined ? null : new Date(instant));

type ChangeView = z.output<typeof schemas.regradeSummary>['change'];

function changeOf(change: ChangeView): ItemChange {
  if (change.kind !== 'mapping') return change;
  const millipoints = (points: number) => Math.sign(points) * (millipointsFromPoints(Math.abs(points)) ?? 0); // the schema took no other amount
  const entries = Object.entries(change.pointsByChoice).map(([id, points]) => [id, millipoints(points)] as const);
  return { kind: 'mapping', millipointsByChoice: Object.fromEntries(entries) };
}

function changeView(change: ItemChange): ChangeView {
  switch (change.kind) {
    case 'key':
      return { kind: 'key', correct: [...change.correct] };
    case 'mapping': {
      const entries = Object.entries(change.millipointsByChoice).map(([id, millipoints]) => [id, pointsFromMillipoints(millipoints)] as const);
      return { kind: 'mapping', pointsByChoice: Object.fromEntries(entries) };
    }
    case 'full_points':
    case 'dropped':
      return change;
  }
}

function viewOf({ scope, ...regrade }: RegradeRecord): z.output<typeof schemas.regradeSummary> {
  const { change, versions, submittedFrom, submittedUntil, ...of } = scope;
  const { openedAt, previewedAt, settledAt, finishedAt, ...rest } = regrade;
  return {
    ...of,
    ...rest,
    versions: [...versions],
    change: changeView(change),
    submittedFrom: isoOrNull(submittedFrom),
    submittedUntil: isoOrNull(submittedUntil),
    openedAt: iso(openedAt),
    previewedAt: isoOrNull(previewedAt),
    settledAt: isoOrNull(settledAt),
    finishedAt: isoOrNull(finishedAt),
  };
}

function changeViewOf({ before, after, toldAt, ...change }: RegradeChangeRecord): z.output<typeof schemas.changeList>['changes'][number] {
  const { passed, ...stood } = before;
  return { ...change, passed, before: resultOf(stood), after: resultOf(after), toldAt: iso(toldAt) };
}

function resultOf({ millipoints, millipointsMax }: Score) {
  return {
    points: pointsFromMillipoints(millipoints),
    pointsMax: pointsFromMillipoints(millipointsMax),
    score: millipointsMax === 0 ? null : formatBasisPoints(shownBasisPoints({ millipoints, millipointsMax })),
  };
}
