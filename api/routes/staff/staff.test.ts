import { blindDueAt } from '../../../domain/marking.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openAssignments,
  refusalOf,
  refused,
  registeredAttempt,
  startedAttempt,
  startTestApi,
  submittedAttempt,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

const absent = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();

describe('staff look at', () => {
  it('attempts of everybody, open ones alone if asked, by a cursor', async () => {
    const ids = [
      await registeredAttempt(api.as('a', 'candidate')),
      await registeredAttempt(api.as('b', 'candidate')),
      await registeredAttempt(api.as('c', 'candidate')),
    ];
    await api.as('b', 'candidate')('POST', `/v1/attempts/${ids[1]}/withdrawal`);
    const idsOf = (body: { attempts: { id: string }[] }) => body.attempts.map((attempt) => attempt.id);
    const all = await staff('GET', '/v1/staff/attempts?limit=2');
    expect(idsOf(all.body)).toEqual([ids[2], ids[1]]);
    expect(idsOf((await staff('GET', `/v1/staff/attempts?limit=2&after=${all.body.next}`)).body)).toEqual([ids[0]]);
    expect(idsOf((await staff('GET', '/v1/staff/attempts?open=true')).body)).toEqual([ids[2], ids[0]]);
  });

  it('an attempt with its audit', async () => {
    const attemptId = await startedAttempt(api.as('audited', 'candidate'));
    await staff('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, { percent: 150, reason: 'Dyslexia' });
    const { status, body } = await staff('GET', `/v1/staff/attempts/${attemptId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: attemptId, phase: 'aptitude_test', candidateId: expect.any(String), accommodationPercent: 150 });
    expect(body.audit).toEqual([
      { actor: 'sam', action: 'accommodate', reason: 'Dyslexia', details: { from: 100, to: 150 }, at: expect.any(String) },
    ]);
    expect(refusalOf(await staff('GET', `/v1/staff/attempts/${absent}`))).toEqual(refused(404, 'not_found'));
  });

  it('assignments: who holds what until when, and whose they are', async () => {
    const { attemptId, submissionId } = await submittedAttempt(api.as('graded', 'candidate'));
    await openAssignments(api, submissionId, [1, 2]);
    const claimed = await api.as('gil', 'grader')('POST', '/v1/assignments/claims');
    const { body } = await staff('GET', `/v1/staff/assignments?attemptId=${attemptId}&state=open`);
    expect(body.assignments).toHaveLength(2);
    const held = body.assignments.find((assignment: { holder: string | null }) => assignment.holder === 'gil');
    expect(blindDueAt(new Date(held.dueAt)).toISOString()).toBe(claimed.body.dueAt); // staff see the instant, the grader the hour
    expect(held).toEqual({
      id: claimed.body.id,
      attemptId,
      test: 'aptitude',
      purpose: 'mark',
      seat: expect.any(Number),
      state: 'open',
      holder: 'gil',
      reservedFor: null,
      unstaffedSince: null,
      unstaffedBecause: null,
      leaseExpiresAt: claimed.body.leaseExpiresAt,
      fencingToken: 1,
      dueAt: expect.any(String),
      completedAt: null,
      reminders: [],
    });
    const first = await staff('GET', '/v1/staff/assignments?limit=1');
    const second = await staff('GET', `/v1/staff/assignments?limit=1&after=${first.body.next}`);
    expect(second.body).toMatchObject({ assignments: [{ attemptId }], next: null });
    expect((await staff('GET', `/v1/staff/assignments/${claimed.body.id}/attempt`)).body).toEqual({
      attemptId,
      candidateId: expect.any(String),
      candidateSubject: 'graded',
      examVersion: 'small@1',
    });
    expect(refusalOf(await staff('GET', `/v1/staff/assignments/${absent}/attempt`))).toEqual(refused(404, 'not_found'));
  });
});

describe('who marks', () => {
  it('is everybody who asked for work, as their token told, by a cursor', async () => {
    await api.as('zoe', 'grader')('GET', '/v1/assignments');
    await api.as('zora', 'designated')('POST', '/v1/assignments/claims');
    await api.as('zora', 'designated')('GET', '/v1/assignments');
    await api.as('zaza', 'candidate')('GET', '/v1/attempts');
    const { body } = await staff('GET', '/v1/staff/graders?after=z');
    expect(body).toEqual({
      graders: [
        { subject: 'zoe', designated: false, state: 'active', lastSeenAt: expect.any(String) },
        { subject: 'zora', designated: true, state: 'active', lastSeenAt: expect.any(String) },
      ],
      next: null,
    });
    const page = await staff('GET', '/v1/staff/graders?after=z&limit=1');
    expect(page.body).toMatchObject({ graders: [{ subject: 'zoe' }], next: 'zoe' });
    expect((await staff('GET', `/v1/staff/graders?after=${page.body.next}`)).body.graders).toMatchObject([{ subject: 'zora' }]);
    await api.as('zora', 'grader')('GET', '/v1/assignments');
    expect((await staff('GET', '/v1/staff/graders?after=zoe')).body.graders).toMatchObject([{ subject: 'zora', designated: false }]);
  });
});

describe('an accommodation', () => {
  it('scales the window under way while Temporal is away, once a key', async () => {
    const candidate = api.as('accommodated', 'candidate');
    const attemptId = await startedAttempt(candidate);
    const deadline = async () => Date.parse((await candidate('GET', `/v1/attempts/${attemptId}/aptitude-test`)).body.deadline);
    const before = await deadline();
    const set = () =>
      staff('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, { percent: 150, reason: 'Dyslexia' }, { 'idempotency-key': 'one' });
    expect((await set()).body).toMatchObject({ accommodationPercent: 150 });
    expect((await set()).status).toBe(200);
    expect((await deadline()) - before).toBe(45 * 60_000);
    expect((await staff('GET', `/v1/staff/attempts/${attemptId}`)).body.audit).toHaveLength(1);
  });

  it('is refused outside 100 to 1000 percent and without a reason; nothing changes', async () => {
    const attemptId = await registeredAttempt(api.as('unaccommodated', 'candidate'));
    const set = (body: unknown) => staff('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, body);
    for (const body of [
      { percent: 99, reason: 'x' },
      { percent: 1001, reason: 'x' },
      { percent: 150.5, reason: 'x' },
      { percent: 150, reason: ' ' },
      { percent: 150 },
    ]) {
      expect(refusalOf(await set(body))).toEqual(refused(422, 'validation_failed'));
    }
    expect((await staff('GET', `/v1/staff/attempts/${attemptId}`)).body).toMatchObject({ accommodationPercent: 100, audit: [] });
    expect(refusalOf(await staff('PUT', `/v1/staff/attempts/${absent}/accommodation`, { percent: 150, reason: 'x' }))).toEqual(
      refused(404, 'not_found'),
    );
  });
});

describe('acts of staff that the workflow does', () => {
  it('answer 503 with when to try again while Temporal is away', { timeout: 30_000 }, async () => {
    const attemptId = await startedAttempt(api.as('extended', 'candidate'));
    const answer = await staff('POST', `/v1/staff/attempts/${attemptId}/extension`, { window: 'aptitude', deadline: tomorrow, reason: 'Power cut' });
    expect(refusalOf(answer)).toEqual(refused(503, 'unavailable'));
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  it('are refused before Temporal is asked when they are not valid or there is no such attempt', async () => {
    const attemptId = await registeredAttempt(api.as('act-on-me', 'candidate'));
    const bad = [
      ['extension', { window: 'aptitude', deadline: 'tomorrow', reason: 'x' }, 'deadline'],
      ['extension', { window: 'nothing', deadline: tomorrow, reason: 'x' }, 'window'],
      ['withdrawal', {}, 'reason'],
      ['reopening', { test: 'oral', deadline: tomorrow, reason: 'x' }, 'test'],
    ] as const;
    for (const [act, body, field] of bad) {
      const answer = await staff('POST', `/v1/staff/attempts/${attemptId}/${act}`, body);
      expect({ ...refusalOf(answer), field: answer.body.fields[0].path }).toEqual({ ...refused(422, 'validation_failed'), field });
    }
    expect(refusalOf(await staff('POST', `/v1/staff/attempts/${absent}/withdrawal`, { reason: 'x' }))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await staff('POST', `/v1/staff/assignments/${absent}/reassignment`, { reason: 'x' }))).toEqual(refused(404, 'not_found'));
  });
});
