import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpdateDefinition } from '@temporalio/common';
import { refusalOf as refusalOfFailure } from '../../api/staff-acts.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { correctionWorkflowId, settle } from '../../workflows/correction-messages.ts';
import { attemptWorkflowId, extend, reassign, reopen, withdraw } from '../../workflows/messages.ts';
import { CertNeedsAttention } from '../../workflows/search-attributes.ts';
import { refusalOf, refused, startTestApi, type Caller, type TestApi } from '../support/api.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { openCorrection } from '../support/correction-shapes.ts';
import { createCandidate, startPipeline, until, type Pipeline } from '../support/pipeline.ts';
import { untilItWaits } from '../support/shapes.ts';
import { vouchFor } from '../support/staff-acts.ts';
import { temporalAddress } from '../support/temporal.ts';
import { twoPersons } from '../support/two-persons.ts';

/** Acts that somebody types in the Temporal UI, or by Temporal's command line: the actor is whatever they write. */

let pipeline: Pipeline;
let api: TestApi;
let sam: Caller;
beforeAll(async () => {
  pipeline = await startPipeline({ exams: [smallExam()] });
  api = await startTestApi({ environment: { TEMPORAL_ADDRESS: temporalAddress(), DATABASE_URL: pipeline.databaseUrl } });
  sam = twoPersons(api.as('sam', 'staff'), api.as('lea', 'staff'));
});
afterAll(async () => {
  await api?.close();
  await pipeline?.stop();
});

const claims = '/v1/staff/claimed-acts';
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const ana = { actor: 'ana', reason: 'was ill, says ana' };

async function registered() {
  const candidate = createCandidate(pipeline);
  const attemptId = await candidate.register();
  await untilItWaits(pipeline, attemptId);
  return { candidate, attemptId };
}

async function handedIn() {
  const { candidate, attemptId } = await registered();
  await candidate.start();
  await candidate.answer({ t1: 'because', t2: 'because of that' });
  await candidate.submit();
  await until(async () => (await assignmentsOf(attemptId)).length > 0 || 'no assignment is open');
  return { candidate, attemptId };
}

const assignmentsOf = (attemptId: string) => pipeline.store.assignments.listForStaff({ attemptId, state: 'open', limit: 9 });

/** As the Temporal UI sends it. Returns the code of its refusal. */
async function typed<Result, Input>(attemptId: string, update: UpdateDefinition<Result, [Input]>, input: Input, updateId: string = randomUUID()) {
  const error: unknown = await pipeline.client.workflow
    .getHandle(attemptWorkflowId(attemptId))
    .executeUpdate<unknown, [Input]>(update.name, { args: [input], updateId })
    .catch((failure: unknown) => failure);
  return error instanceof Error ? (refusalOfFailure(error)?.code ?? error) : 'done';
}

const listed = async (attemptId: string) => (await sam('GET', `${claims}?attemptId=${attemptId}`)).body.claimedActs;
const confirm = (claimId: string, caller = sam) => caller('POST', `${claims}/${claimId}/confirmation`);
const dismiss = (claimId: string, caller = sam) => caller('POST', `${claims}/${claimId}/dismissal`, { reason: 'nobody asked for it' });
const story = async (attemptId: string) => (await sam('GET', `/v1/staff/attempts/${attemptId}`)).body;
const audit = (attemptId: string) => pipeline.store.attempts.audit(attemptId);

async function untilCalled(attemptId: string, called: boolean): Promise<string> {
  await until(async () => {
    const { typedSearchAttributes } = await pipeline.handle(attemptId).describe();
    return (typedSearchAttributes.get(CertNeedsAttention) === true) === called || `staff are ${called ? 'not called' : 'called still'}`;
  });
  return (await pipeline.handle(attemptId).query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';
}

describe('an act that was typed in the Temporal UI', () => {
  it('is written down as claimed, calls staff, and is done once a second person confirms it', async () => {
    const { candidate, attemptId } = await registered();
    const before = (await story(attemptId)).deadlines.start;
    const deadline = inDays(400);
    expect(await typed(attemptId, extend, { ...ana, window: 'start', deadline })).toBe('confirmation_needed');
    const [claim] = await listed(attemptId);
    expect(claim).toMatchObject({ act: 'extend', terms: { window: 'start', deadline }, claimedBy: 'ana', state: 'pending', settledBy: null });
    expect(await audit(attemptId)).toMatchObject([{ action: 'claim_act', actor: 'ana', details: { act: 'extend', claimed: true } }]);
    expect((await story(attemptId)).deadlines.start).toBe(before);
    const details = await untilCalled(attemptId, true);
    expect(details).toContain('| to be confirmed | **1** typed in the Temporal UI');
    expect(details).toContain('extend as claimed by ana, typed in the Temporal UI: was ill, says ana; not done yet');

    expect(refusalOf(await confirm(randomUUID()))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await confirm(claim.id, api.as('gil', 'grader')))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await confirm(claim.id, api.as('ana', 'staff')))).toEqual(refused(409, 'second_person_needed'));
    expect(refusalOf(await confirm(claim.id, api.as(candidate.subject, 'staff')))).toEqual(refused(403, 'conflict_of_interest'));
    expect((await story(attemptId)).deadlines.start).toBe(before);

    expect(await confirm(claim.id)).toMatchObject({ status: 200, body: { state: 'confirmed', settledBy: 'sam' } });
    expect((await story(attemptId)).deadlines.start).toBe(deadline);
    expect((await audit(attemptId)).slice(1)).toMatchObject([
      { action: 'extend', actor: 'sam', details: { to: deadline, claimId: claim.id, claimedBy: 'ana' } },
    ]);
    expect(await confirm(claim.id)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
    expect(refusalOf(await confirm(claim.id, api.as('lea', 'staff')))).toEqual(refused(409, 'claim_settled'));
    expect(refusalOf(await dismiss(claim.id))).toEqual(refused(409, 'claim_settled'));
    expect(await audit(attemptId)).toHaveLength(2);
    expect(await untilCalled(attemptId, false)).not.toContain('| to be confirmed |');
  });

  it('is not done when it is dismissed, nor once what it is on is over', async () => {
    const { attemptId } = await registered();
    for (let count = 0; count < 2; count += 1) expect(await typed(attemptId, withdraw, ana)).toBe('confirmation_needed');
    const [later, earlier] = await listed(attemptId);
    await untilCalled(attemptId, true);
    expect(await dismiss(later.id)).toMatchObject({ status: 200, body: { state: 'dismissed', settledBy: 'sam' } });
    expect((await dismiss(later.id)).status).toBe(200);
    expect(refusalOf(await confirm(later.id))).toEqual(refused(409, 'claim_settled'));
    expect((await story(attemptId)).phase).toBe('registered');
    expect((await sam('POST', `/v1/staff/attempts/${attemptId}/withdrawal`, { reason: 'asked' })).status).toBe(200);
    expect(await listed(attemptId)).toMatchObject([{ state: 'dismissed' }, { state: 'lapsed' }]);
    expect(refusalOf(await confirm(earlier.id))).toEqual(refused(409, 'claim_settled'));
    expect((await sam('GET', `${claims}?state=pending&attemptId=${attemptId}`)).body.claimedActs).toEqual([]);
  });

  it('is claimed though it bears the key under which the API vouched for another', async () => {
    const { attemptId } = await registered();
    const [updateId, deadline] = [randomUUID(), inDays(380)];
    const vouched = { window: 'start' as const, deadline, actor: 'sam', reason: 'ill' };
    await vouchFor(pipeline.store, 'extend', { key: `${attemptId}:${updateId}`, input: vouched });
    expect(await typed(attemptId, extend, { ...vouched, deadline: inDays(390) }, updateId)).toBe('confirmation_needed');
    expect(await typed(attemptId, withdraw, { actor: 'sam', reason: 'ill' })).toBe('confirmation_needed');
    expect(await audit(attemptId)).toMatchObject([{ action: 'claim_act' }, { action: 'claim_act' }]);
  });

  it('that is confirmed too late is refused in words, and stands', async () => {
    const { candidate, attemptId } = await registered();
    expect(await typed(attemptId, extend, { ...ana, window: 'start', deadline: inDays(400) })).toBe('confirmation_needed');
    await candidate.start();
    const [claim] = await listed(attemptId);
    expect(refusalOf(await confirm(claim.id))).toEqual(refused(409, 'wrong_phase'));
    expect(await listed(attemptId)).toMatchObject([{ state: 'pending' }]);
  });

  it('waits whether it reopens, withdraws or gives work to somebody; what goes back to the pool is done as claimed', async () => {
    const { attemptId } = await handedIn();
    const [assignment] = await assignmentsOf(attemptId);
    const assignmentId = assignment?.id ?? '';
    await pipeline.store.graders.meet({ subject: 'gil', designated: false });
    expect(await typed(attemptId, reopen, { ...ana, test: 'aptitude', deadline: inDays(1) })).toBe('confirmation_needed');
    expect(await typed(attemptId, reassign, { ...ana, assignmentId, grader: 'gil' })).toBe('confirmation_needed');
    expect((await story(attemptId)).phase).toBe('aptitude_grading');
    const [given] = await listed(attemptId);
    expect(refusalOf(await confirm(given.id, api.as('gil', 'staff')))).toEqual(refused(409, 'second_person_needed'));
    expect((await confirm(given.id)).body.state).toBe('confirmed');
    expect((await assignmentsOf(attemptId)).find(({ id }) => id === assignmentId)?.reservedFor).toBe('gil');

    expect(await typed(attemptId, reassign, { ...ana, assignmentId })).toBe('done');
    expect((await assignmentsOf(attemptId)).find(({ id }) => id === assignmentId)?.reservedFor).toBeNull();
    expect((await audit(attemptId)).at(-1)).toMatchObject({ action: 'reassign', actor: 'ana', details: { claimed: true } });
    expect(await untilCalled(attemptId, true)).toContain('reassign as claimed by ana, typed in the Temporal UI');
  });

  it('settles no correction until it is confirmed', async () => {
    const { certificateId, subject } = await certifiedAttempt(pipeline.store, { credentials: pipeline.credentials() });
    const { correctionId } = await openCorrection(pipeline, certificateId);
    const handle = pipeline.client.workflow.getHandle(correctionWorkflowId(correctionId));
    const failure: unknown = await handle.executeUpdate(settle, { args: [{ ...ana, resolution: 'reinstated' }] }).catch((error: unknown) => error);
    expect(refusalOfFailure(failure)?.code).toBe('confirmation_needed');
    const read = async () => (await sam('GET', `/v1/staff/certificates/${certificateId}`)).body.status;
    expect(await read()).toBe('suspended');
    const claim = (await sam('GET', `${claims}?state=pending`)).body.claimedActs.find(
      (one: { correctionId: string }) => one.correctionId === correctionId,
    );
    expect(claim).toMatchObject({ act: 'settle', terms: { resolution: 'reinstated' }, attemptId: null });
    expect(refusalOf(await confirm(claim.id, api.as(subject, 'staff')))).toEqual(refused(403, 'conflict_of_interest'));
    expect((await confirm(claim.id)).body.state).toBe('confirmed');
    expect(await read()).toBe('valid');
    await expect(handle.result()).resolves.toEqual({ resolution: 'reinstated' });
  });

  it('calls staff to a correction no longer than it waits: dismissed, it is over', async () => {
    const { certificateId } = await certifiedAttempt(pipeline.store, { credentials: pipeline.credentials() });
    const { correctionId } = await openCorrection(pipeline, certificateId);
    const handle = pipeline.client.workflow.getHandle(correctionWorkflowId(correctionId));
    for (const resolution of ['reinstated', 'revoked'] as const)
      await handle.executeUpdate(settle, { args: [{ ...ana, resolution }] }).catch(() => {});
    const called = async () => (await handle.describe()).typedSearchAttributes.get(CertNeedsAttention) === true;
    await until(async () => (await called()) || 'staff are not called');
    const waiting = (await sam('GET', `${claims}?state=pending`)).body.claimedActs.filter(
      (one: { correctionId: string }) => one.correctionId === correctionId,
    );
    expect(waiting).toHaveLength(2);
    expect((await dismiss(waiting[0].id)).status).toBe(200);
    const details = async () => (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails;
    expect(await called()).toBe(true);
    expect((await dismiss(waiting[1].id)).body.state).toBe('dismissed');
    await until(async () => !(await called()) || 'staff are called still');
    expect(await details()).toContain('no act waits to be confirmed any more');
    expect((await dismiss(waiting[1].id)).status).toBe(200);
    expect((await sam('GET', `/v1/staff/certificates/${certificateId}`)).body.status).toBe('suspended');
  });
});

describe('an act of staff that is sent again under its key answers as it did, whatever it or others have changed since', () => {
  type Repeat = {
    readonly name: string;
    /** The request, and what comes between it and its repeat. */
    readonly play: () => Promise<{ readonly request: readonly [string, string, object?]; readonly since: () => Promise<unknown> }>;
  };
  const attempts = '/v1/staff/attempts';
  const post = async (path: string, body: object) => expect((await sam('POST', path, body)).status).toBeLessThan(300);
  const withdrawn = (attemptId: string) => post(`${attempts}/${attemptId}/withdrawal`, { reason: 'asked' });
  /** Once Temporal has forgotten it too: api/staff-acts.test.ts. */
  const ended = (workflowId: string) => async () => {
    await pipeline.client.workflow.getHandle(workflowId).result();
  };

  const repeats: readonly Repeat[] = [
    {
      name: 'a withdrawal, once the workflow has ended by it',
      async play() {
        const { attemptId } = await registered();
        return { request: ['POST', `${attempts}/${attemptId}/withdrawal`, { reason: 'asked' }], since: ended(attemptWorkflowId(attemptId)) };
      },
    },
    {
      name: 'an extension, once its window is closed',
      async play() {
        const { candidate, attemptId } = await registered();
        const body = { window: 'start', deadline: inDays(380), reason: 'ill' };
        return { request: ['POST', `${attempts}/${attemptId}/extension`, body], since: () => candidate.start() };
      },
    },
    {
      name: 'an extension to the very deadline that stood, once the attempt is over',
      async play() {
        const { attemptId } = await registered();
        const body = { window: 'start', deadline: (await story(attemptId)).deadlines.start, reason: 'to be sure' };
        return { request: ['POST', `${attempts}/${attemptId}/extension`, body], since: () => withdrawn(attemptId) };
      },
    },
    {
      name: 'a correction of a deadline, once its window is closed',
      async play() {
        const { candidate, attemptId } = await registered();
        await post(`${attempts}/${attemptId}/extension`, { window: 'start', deadline: inDays(390), reason: 'ill' });
        const body = { window: 'start', deadline: inDays(370), reason: 'a slip' };
        return { request: ['POST', `${attempts}/${attemptId}/deadline-correction`, body], since: () => candidate.start() };
      },
    },
    {
      name: 'a reopening, once the test was handed in again and the attempt ended',
      async play() {
        const { candidate, attemptId } = await handedIn();
        const body = { test: 'aptitude', deadline: inDays(1), reason: 'a power cut' };
        const since = async () => {
          await candidate.submit();
          await withdrawn(attemptId);
          await ended(attemptWorkflowId(attemptId))();
        };
        return { request: ['POST', `${attempts}/${attemptId}/reopening`, body], since };
      },
    },
    {
      name: 'a reassignment, once the assignment is void and the workflow has ended',
      async play() {
        const { attemptId } = await handedIn();
        const [assignment] = await assignmentsOf(attemptId);
        const since = async () => {
          await withdrawn(attemptId);
          await ended(attemptWorkflowId(attemptId))();
        };
        return { request: ['POST', `/v1/staff/assignments/${assignment?.id}/reassignment`, { reason: 'on leave' }], since };
      },
    },
    {
      name: 'a settlement, once the correction has ended by it',
      async play() {
        const { certificateId } = await certifiedAttempt(pipeline.store, { credentials: pipeline.credentials() });
        const { correctionId } = await openCorrection(pipeline, certificateId);
        const request = ['POST', `/v1/staff/corrections/${correctionId}/settlement`, { resolution: 'revoked', reason: 'fraud' }] as const;
        return { request, since: ended(correctionWorkflowId(correctionId)) };
      },
    },
    {
      name: 'a settlement by a replacement, once the correction has ended by it',
      async play() {
        const { certificateId } = await certifiedAttempt(pipeline.store, { credentials: pipeline.credentials() });
        const { correctionId } = await openCorrection(pipeline, certificateId);
        const body = { resolution: 'replaced', name: 'Ada King', reason: 'married' };
        return { request: ['POST', `/v1/staff/corrections/${correctionId}/settlement`, body], since: ended(correctionWorkflowId(correctionId)) };
      },
    },
  ];

  it.each(repeats)('$name', async ({ play }) => {
    const { request, since } = await play();
    const key = { 'idempotency-key': randomUUID() };
    const send = () => sam(request[0], request[1], request[2], key);
    const first = await send();
    expect(first.status).toBe(200);
    await since();
    const again = await send();
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    const other = await sam(request[0], request[1], request[2], { 'idempotency-key': randomUUID() });
    expect([409, 422], 'another act is another').toContain(other.status);
  });
});
