import type { z } from 'zod';
import { ERASED, keepsRegister, PERSONAL_DATA_FORMAT, WITHHELD, type ErasurePolicy } from '../../../domain/erasure.ts';
import type { ErasureRecord } from '../../../store/privacy/erasures.ts';
import type { HoldRecord } from '../../../store/privacy/holds.ts';
import { refuseTooShort, type RetentionPeriod } from '../../../store/privacy/periods.ts';
import { RUN_DAYS } from '../../../store/privacy/retention.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const own = '/v1/candidates/me/erasure';
const periods = '/v1/staff/retention-periods';
const ofCandidate = '/v1/staff/candidates/:candidateId';

/** What is personal of a candidate: they ask for its erasure, staff order it, or put it on hold. */
export function privacyRoutes({ store: { privacy, idempotencyKeys }, config }: Pick<Services, 'store' | 'config'>): readonly Route[] {
  const policy: ErasurePolicy = { afterDays: config.ERASURE_AFTER_DAYS, register: config.ERASURE_REGISTER };
  const roles = ['candidate'] as const;
  const staff = { tag: 'Staff', roles: ['staff'], params: schemas.candidateParams } as const;
  const kept = { takesIdempotencyKey: true, keysOfActs: idempotencyKeys } as const;
  return [
    route({
      operationId: 'exportOwnData',
      method: 'get',
      path: '/v1/candidates/me/data',
      tag: 'Attempts',
      summary: 'Everything that is kept about you, as one readable document',
      roles,
      answers: { 200: { description: 'As of now', body: schemas.ownData } },
      refusals: ['not_found'],
    }).handledBy(async ({ actor: { subject } }) => {
      const { madeAt, sections, files } = await privacy.exportOwn({ subject });
      const shown = sections.map((section) => ({ ...section, rows: section.rows.map((row) => ({ ...row })) }));
      return {
        status: 200,
        body: { format: PERSONAL_DATA_FORMAT, madeAt: iso(madeAt), sections: shown, files: [...files], withheld: [...WITHHELD] },
      };
    }),
    route({
      operationId: 'readOwnErasure',
      method: 'get',
      path: own,
      tag: 'Attempts',
      summary: 'How far the erasure is that you asked for',
      roles,
      answers: { 200: { description: 'Null where you asked for none', body: schemas.ownErasure } },
    }).handledBy(async ({ actor: { subject } }) => {
      const erasure = await privacy.own({ subject });
      return { status: 200, body: { erasure: erasure ? ownViewOf(erasure) : null } };
    }),
    route({
      operationId: 'askForErasure',
      method: 'post',
      path: own,
      tag: 'Attempts',
      summary: 'Ask that what is personal of you be erased',
      description:
        'Two persons of staff order it; it is done once the time is over for which everything has to be kept. Points, decisions and certificates stay, and say no more whose they are. Your certificate as you have it goes on to verify. Asked again it is the same, with what you say of the register now.',
      roles,
      body: schemas.erasureRequest,
      answers: { 200: { description: 'Asked for', body: schemas.ownErasure } },
      refusals: ['not_found'],
    }).handledBy(async ({ actor: { subject }, body: { keepsRegister } }) => ({
      status: 200,
      body: { erasure: ownViewOf(await privacy.ask({ subject, keepsRegister, policy })) },
    })),
    route({
      operationId: 'withdrawErasure',
      method: 'delete',
      path: own,
      tag: 'Attempts',
      summary: 'Take back what you asked for, while nobody has ordered it',
      roles,
      answers: { 204: { description: 'Nothing waits' } },
      refusals: ['not_found', 'erasure_under_way'],
    }).handledBy(async ({ actor: { subject } }) => {
      await privacy.withdraw({ subject });
      return { status: 204 };
    }),
    route({
      operationId: 'listErasures',
      method: 'get',
      path: '/v1/staff/erasures',
      tag: 'Staff',
      summary: 'Erasures that wait for staff, or are ordered and not done yet, the oldest first',
      roles: STAFF_READERS,
      query: schemas.erasurePage,
      answers: { 200: { description: 'One page', body: schemas.erasures } },
    }).handledBy(async ({ actor: { subject }, query: { after, limit } }) => {
      const { rows, next } = pageOf(await privacy.list({ after, limit: limit + 1, reader: subject }), limit, (row) => row.id);
      return { status: 200, body: { erasures: rows.map(viewOf), next } };
    }),
    route({
      operationId: 'listRetentionPeriods',
      method: 'get',
      path: periods,
      tag: 'Staff',
      summary: 'How long each kind of what is personal is kept, and why',
      roles: STAFF_READERS,
      answers: { 200: { description: 'Those in force; a kind that is not there is kept until somebody asks', body: schemas.retentionPeriods } },
    }).handledBy(async () => ({ status: 200, body: { periods: (await privacy.periods()).map(periodOf) } })),
    route({
      operationId: 'listRetentionRuns',
      method: 'get',
      path: '/v1/staff/retention-runs',
      tag: 'Staff',
      summary: 'What each night ordered to be erased since its time was over, and how far it is',
      roles: STAFF_READERS,
      answers: { 200: { description: 'Newest first', body: schemas.retentionRuns } },
    }).handledBy(async () => ({
      status: 200,
      body: { days: RUN_DAYS, runs: (await privacy.runs()).map((run) => ({ ...run, orderedAt: iso(run.orderedAt) })) },
    })),
    route({
      operationId: 'setRetentionPeriod',
      method: 'post',
      path: periods,
      tag: 'Staff',
      roles: ['staff'],
      summary: 'Set how long a kind of what is personal is kept, from now on: what is older is erased by itself, for good',
      body: schemas.newRetentionPeriod,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'In force', body: schemas.setPeriod } },
      refusals: ['retention_too_short', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor, body: { kind, days, reason }, idempotency }) => {
        refuseTooShort(days, policy);
        const by = { actor: actor.subject, reason, actId: nameOfAct(idempotency?.key) };
        return {
          status: 200,
          body: { period: periodOf(await privacy.setPeriod({ kind, days, keepsRegister: keepsRegister(policy, false), ...by })) },
        };
      },
      async ({ body: { kind, days } }) => {
        refuseTooShort(days, policy);
        const standing = (await privacy.periods()).find((period) => period.kind === kind);
        return [{ what: 'retention_days', from: textOf(standing?.days ?? null), to: textOf(days) }];
      },
    ),
    route({
      operationId: 'readPrivacy',
      method: 'get',
      path: `${ofCandidate}/privacy`,
      tag: 'Staff',
      summary: 'Whether anything stops an erasure of a candidate, and how far one is',
      roles: STAFF_READERS,
      params: schemas.candidateParams,
      answers: { 200: { description: 'As it stands', body: schemas.candidatePrivacy } },
    }).handledBy(async ({ params: { candidateId } }) => {
      const [erasure, obstacles, holds] = await Promise.all([
        privacy.ofCandidate(candidateId),
        privacy.obstacles(candidateId),
        privacy.holds(candidateId),
      ]);
      return { status: 200, body: { erasure: erasure ? viewOf(erasure) : null, obstacles: [...obstacles], holds: holds.map(holdOf) } };
    }),
    route({
      operationId: 'orderErasure',
      method: 'post',
      path: `${ofCandidate}/erasure`,
      ...staff,
      summary: 'Erase what is personal of a candidate, for good',
      body: schemas.erasureOrder,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'Ordered', body: schemas.orderedErasure } },
      refusals: ['erasure_stopped', 'not_found', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor, params: { candidateId }, body: { reason, keepsRegister: keeps, importedCertificates: certificateIds }, idempotency }) => {
        const actId = nameOfAct(idempotency?.key);
        const ordered = await privacy.order({ candidateId, keepsRegister: keeps, certificateIds, reason, actor: actor.subject, actId, policy });
        return { status: 200, body: { erasure: viewOf(ordered) } };
      },
      async ({ params: { candidateId }, body: { importedCertificates: certificateIds } }) => {
        const { dueAt, names } = await privacy.preview({ candidateId, certificateIds, policy });
        const imported = names.map((from) => ({ what: 'certificate_name', from, to: ERASED }) as const);
        return [{ what: 'personal_data', from: null, to: iso(dueAt) }, ...imported];
      },
    ),
    route({
      operationId: 'declineErasure',
      method: 'post',
      path: `${ofCandidate}/erasure/refusal`,
      ...staff,
      ...kept,
      summary: 'Say that what a candidate asked for is not erased, and why: they read it',
      body: schemas.because,
      answers: { 200: { description: 'Declined', body: schemas.orderedErasure } },
      refusals: ['erasure_under_way', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { candidateId }, body: { reason } }) => ({
      status: 200,
      body: { erasure: viewOf(await privacy.decline({ candidateId, actor: actor.subject, reason })) },
    })),
    route({
      operationId: 'placeHold',
      method: 'post',
      path: `${ofCandidate}/hold`,
      ...staff,
      ...kept,
      summary: 'Let nothing of a candidate be erased, until it is released',
      body: schemas.because,
      answers: { 200: { description: 'On hold', body: schemas.heldCandidate } },
      refusals: ['hold_standing', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { candidateId }, body: { reason } }) => ({
      status: 200,
      body: { hold: holdOf(await privacy.placeHold({ candidateId, actor: actor.subject, reason })) },
    })),
    route({
      operationId: 'releaseHold',
      method: 'post',
      path: `${ofCandidate}/hold/release`,
      ...staff,
      ...kept,
      summary: 'Release a hold: what was ordered meanwhile is done',
      body: schemas.because,
      answers: { 200: { description: 'Released', body: schemas.heldCandidate } },
      refusals: ['nothing_on_hold', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { candidateId }, body: { reason } }) => ({
      status: 200,
      body: { hold: holdOf(await privacy.releaseHold({ candidateId, actor: actor.subject, reason })) },
    })),
  ];
}

/** Done by nobody alone: the key is the id of the act that two persons decided (api/two-persons.ts). */
function nameOfAct(key: string | undefined): string {
  if (key === undefined) throw new TypeError('this is done by an act of two persons');
  return key;
}

const textOf = (days: number | null) => (days === null ? null : String(days));

type Own = NonNullable<z.output<typeof schemas.ownErasure>['erasure']>;
type View = z.output<typeof schemas.orderedErasure>['erasure'];
type Hold = z.output<typeof schemas.heldCandidate>['hold'];

function ownViewOf({ id, state, keepsRegister, askedAt, dueAt, doneAt, settledReason }: ErasureRecord): Own {
  return {
    id,
    state,
    keepsRegister,
    askedAt: isoOrNull(askedAt),
    dueAt: isoOrNull(dueAt),
    doneAt: isoOrNull(doneAt),
    declinedBecause: settledReason,
  };
}

function viewOf(record: ErasureRecord): View {
  const { candidateId, settledBy } = record;
  return { ...ownViewOf(record), candidate: candidateId, settledBy };
}

function periodOf({
  kind,
  days,
  keepsRegister: keeps,
  reason,
  proposedBy,
  setBy,
  setAt,
}: RetentionPeriod): z.output<typeof schemas.setPeriod>['period'] {
  return { kind, days, keepsRegister: keeps, reason, proposedBy, setBy, setAt: iso(setAt) };
}

function holdOf({ candidateId: _of, placedAt, releasedAt, ...hold }: HoldRecord): Hold {
  return { ...hold, placedAt: iso(placedAt), releasedAt: isoOrNull(releasedAt) };
}
