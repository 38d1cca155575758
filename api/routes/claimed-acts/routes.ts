import type { z } from 'zod';
import type { Window } from '../../../domain/attempt.ts';
import type { Resolution } from '../../../domain/correction.ts';
import type { Test } from '../../../domain/exam.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { refuseSettled, type ClaimRecord } from '../../../store/staff-acts.ts';
import { extend, reassign, reopen, withdraw } from '../../../workflows/messages.ts';
import { STAFF_READERS } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { route, type Route } from '../../route.ts';
import { iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Staff';
const acting = ['staff'] as const;
const claims = '/v1/staff/claimed-acts';

/** Acts that were typed in the Temporal UI, of which nobody knows who typed them (docs/decisions/0017). */
export function claimedActRoutes(services: Services): readonly Route[] {
  const { store, doorbell, corrections } = services;
  const read = async (claimId: string) => ({ status: 200, body: viewOf(await store.staffActs.read(claimId)) }) as const;
  return [
    route({
      operationId: 'listClaimedActs',
      method: 'get',
      path: claims,
      tag,
      summary: 'Acts that were typed in the Temporal UI; those that are pending are not done until somebody else confirms them',
      roles: STAFF_READERS,
      query: schemas.claimQuery,
      answers: { 200: { description: 'One page, newest first', body: schemas.claimedActList } },
    }).handledBy(async ({ query: { limit, ...query } }) => {
      const { rows, next } = pageOf(await store.staffActs.list({ ...query, limit: limit + 1 }), limit, (row) => row.id);
      return { status: 200, body: { claimedActs: rows.map(viewOf), next } };
    }),
    route({
      operationId: 'confirmClaimedAct',
      method: 'post',
      path: `${claims}/:claimId/confirmation`,
      tag,
      summary: 'Do what was claimed, as the second person who answers for it',
      description: 'Not for whoever it was claimed for, nor for whom it favours. The audit names both.',
      roles: acting,
      params: schemas.claimParams,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Done', body: schemas.claimedAct } },
      refusals: [
        'claim_settled',
        'second_person_needed',
        'wrong_phase',
        'deadline_not_later',
        'deadline_out_of_bounds',
        'deadline_passed',
        'assignment_closed',
        'already_involved',
        'grader_unknown',
        'grader_unqualified',
        'grader_unavailable',
        'grader_in_conflict',
        'marks_invalid',
        'unavailable',
        'idempotency_key_reused',
      ],
    }).handledBy(
      async ({ actor: { subject }, params: { claimId }, idempotency }) => {
        const claim = await store.staffActs.read(claimId);
        if (claim.state === 'confirmed' && claim.settledBy === subject) return read(claimId);
        refuseSettled(claim);
        refuseConcerned(claim, subject);
        await confirm(services, claim, { actor: subject, actKey: nameOfKey(idempotency) });
        return read(claimId);
      },
      async ({ params: { claimId } }) => {
        const claim = await store.staffActs.read(claimId);
        refuseSettled(claim);
        return [{ what: 'typed_act', from: null, to: claim.kind }];
      },
    ),
    route({
      operationId: 'dismissClaimedAct',
      method: 'post',
      path: `${claims}/:claimId/dismissal`,
      tag,
      summary: 'Let what was claimed not be done',
      description: 'Of a correction its workflow hears of it at once: while Temporal is away it is dismissed, and sent again it answers.',
      roles: acting,
      params: schemas.claimParams,
      body: schemas.dismissal,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Dismissed', body: schemas.claimedAct } },
      refusals: ['claim_settled', 'unavailable', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { claimId }, body: { reason } }) => {
      const { committed, correctionId } = await store.staffActs.dismiss({ claimId, reason, actor: actor.subject });
      if (committed) doorbell.ring('claim_settled', committed);
      if (correctionId !== null) await corrections.claimSettled(correctionId);
      return read(claimId);
    }),
  ];
}

/** Beside the candidate, whom the separation of duties keeps away. */
function refuseConcerned({ claimedBy, terms }: ClaimRecord, subject: string): void {
  if (subject === claimedBy) throw needsSecond('This act was claimed in your name.');
  if (subject === terms.grader) throw needsSecond('This act is about yourself.');
}

function needsSecond(why: string): Refusal {
  return new Refusal('second_person_needed', `${why} Ask somebody else of staff to confirm it.`);
}

/** Whoever confirms is who acts; that it was claimed, and in whose name, the audit says beside. */
async function confirm(
  { staffActs: act, corrections }: Services,
  { id: claimId, kind, terms, reason, attemptId, correctionId }: ClaimRecord,
  { actor, actKey }: { actor: string; actKey: string | undefined },
): Promise<void> {
  const staff = { actor, reason };
  const { deadline = '' } = terms;
  const on = { attemptId: attemptId ?? '', actKey, claimId };
  switch (kind) {
    case 'extend':
      await act({ ...on, update: extend, input: { ...staff, window: terms.window as Window, deadline } });
      return;
    case 'withdraw':
      await act({ ...on, update: withdraw, input: staff });
      return;
    case 'reassign': {
      const { assignmentId = '', grader } = terms;
      await act({ ...on, update: reassign, input: { ...staff, assignmentId, ...(grader === undefined ? {} : { grader }) } });
      return;
    }
    case 'reopen':
      await act({ ...on, update: reopen, input: { ...staff, test: terms.test as Test, deadline } });
      return;
    case 'settle': {
      const { replacementHash } = terms;
      const input = { ...staff, resolution: terms.resolution as Resolution, ...(replacementHash === undefined ? {} : { replacementHash }) };
      await corrections.settle({ correctionId: correctionId ?? '', input, actKey, claimId });
      return;
    }
    case 'suspend':
      throw new TypeError('a suspension is done at once');
  }
}

function viewOf({ kind, claimedAt, settledAt, ...claim }: ClaimRecord): z.output<typeof schemas.claimedAct> {
  const { id, terms, attemptId, correctionId, claimedBy, reason, state, settledBy } = claim;
  return {
    id,
    act: kind,
    terms: { ...terms },
    attemptId,
    correctionId,
    claimedBy,
    reason,
    claimedAt: iso(claimedAt),
    state,
    settledBy,
    settledAt: isoOrNull(settledAt),
  };
}
