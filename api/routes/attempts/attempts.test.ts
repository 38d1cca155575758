import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  publishDecision,
  refusalOf,
  refused,
  registeredAttempt,
  startedAttempt,
  startTestApi,
  submittedAttempt,
  type TestApi,
} from '../../../test/support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

describe('registering', () => {
  it('answers where the attempt stands, what waits for whom and until when', async () => {
    const cleo = api.as('cleo', 'candidate');
    const { status, body, headers } = await cleo('POST', '/v1/attempts', { examId: 'small' });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/attempts/${body.id}`);
    expect(body).toMatchObject({
      examVersion: 'small@1',
      phase: 'registered',
      outcome: null,
      accommodationPercent: 100,
      settledAt: null,
      grading: null,
    });
    expect(body.waitingFor).toEqual({ whom: 'candidate', code: 'start_aptitude_test', what: 'start the aptitude test', until: body.deadlines.start });
    expect(Date.parse(body.deadlines.start) - Date.parse(body.registeredAt)).toBe(365 * 86_400_000);
    expect((await cleo('GET', headers.get('location') ?? '')).body).toMatchObject({ id: body.id, phase: 'registered' });
  });

  it('is done once for a key, however often it is asked, also at once', async () => {
    const candidate = api.as('impatient', 'candidate');
    const register = () => candidate('POST', '/v1/attempts', { examId: 'small' }, { 'idempotency-key': 'register-1' });
    const answers = await Promise.all([register(), register(), register()]);
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const other = await candidate('POST', '/v1/attempts', { examId: 'other' }, { 'idempotency-key': 'register-1' });
    expect(refusalOf(other)).toEqual(refused(422, 'idempotency_key_reused'));
    expect(refusalOf(await candidate('POST', '/v1/attempts', { examId: 'small' }))).toEqual(refused(409, 'attempt_already_open'));
  });

  it('is refused without a name for the certificate, without an exam, and with an unusable key; nothing is registered', async () => {
    const nameless = api.withToken(await api.issuer.token({ subject: 'nameless', roles: ['candidate'], name: '' }));
    const answer = await nameless('POST', '/v1/attempts', { examId: 'small' });
    expect({ ...refusalOf(answer), fields: answer.body.fields[0].path }).toEqual({ ...refused(422, 'validation_failed'), fields: 'token.name' });
    expect(refusalOf(await nameless('POST', '/v1/attempts', {}))).toEqual(refused(422, 'validation_failed'));
    const candidate = api.as('long-key', 'candidate');
    const keyed = await candidate('POST', '/v1/attempts', { examId: 'small' }, { 'idempotency-key': 'k'.repeat(201) });
    expect({ ...refusalOf(keyed), fields: keyed.body.fields[0].path }).toEqual({ ...refused(422, 'validation_failed'), fields: 'Idempotency-Key' });
    expect((await nameless('GET', '/v1/attempts')).body.attempts).toEqual([]);
    expect((await candidate('GET', '/v1/attempts')).body.attempts).toEqual([]);
  });
});

describe('an attempt', () => {
  it('tells each phase with its deadline and the promised result', async () => {
    const candidate = api.as('phases', 'candidate');
    const attemptId = await startedAttempt(candidate);
    const read = async () => (await candidate('GET', `/v1/attempts/${attemptId}`)).body;
    expect(await read()).toMatchObject({ phase: 'aptitude_test', waitingFor: { whom: 'candidate', code: 'submit_aptitude_test' } });
    const submitted = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
    const promisedBy = new Date(Date.parse(submitted.body.submittedAt) + 7 * 86_400_000).toISOString();
    expect(await read()).toMatchObject({
      phase: 'aptitude_grading',
      waitingFor: { whom: 'graders', code: 'grade_aptitude_test', what: 'grade the aptitude test', until: promisedBy },
      grading: { test: 'aptitude', submittedAt: submitted.body.submittedAt, promisedBy },
    });
    await publishDecision(api, { attemptId, submissionId: submitted.body.submissionId, test: 'aptitude', passed: true });
    expect(await read()).toMatchObject({ phase: 'case_study_offered', waitingFor: { whom: 'candidate', code: 'download_case_study' } });
  });

  it('says how it ended, and waits for nobody then', async () => {
    const candidate = api.as('failing', 'candidate');
    const { attemptId, submissionId } = await submittedAttempt(candidate);
    await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: false });
    expect((await candidate('GET', `/v1/attempts/${attemptId}`)).body).toMatchObject({
      phase: 'failed',
      outcome: 'failed',
      outcomeReason: 'aptitude test not passed',
      outcomeReasonCode: 'aptitude_test_not_passed',
      waitingFor: null,
      settledAt: expect.any(String),
    });
  });

  it('is withdrawn until the first submission, once', async () => {
    const candidate = api.as('quitter', 'candidate');
    const attemptId = await registeredAttempt(candidate);
    const withdraw = () => candidate('POST', `/v1/attempts/${attemptId}/withdrawal`);
    expect(await withdraw()).toMatchObject({ status: 200, body: { phase: 'withdrawn', waitingFor: null } });
    expect(await withdraw()).toMatchObject({ status: 200, body: { phase: 'withdrawn' } });
    expect(refusalOf(await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test`))).toEqual(refused(409, 'wrong_phase'));

    const late = api.as('late-quitter', 'candidate');
    const submitted = await submittedAttempt(late);
    expect(refusalOf(await late('POST', `/v1/attempts/${submitted.attemptId}/withdrawal`))).toEqual(refused(409, 'wrong_phase'));
  });

  it('of another candidate answers as one that does not exist', async () => {
    const attemptId = await registeredAttempt(api.as('owner', 'candidate'));
    const stranger = api.as('stranger', 'candidate');
    const absent = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
    for (const [method, rest] of [
      ['GET', ''],
      ['POST', '/withdrawal'],
      ['GET', '/submissions'],
      ['GET', '/results'],
      ['GET', '/certificate'],
      ['GET', '/notices'],
    ] as const) {
      const [theirs, none] = [await stranger(method, `/v1/attempts/${attemptId}${rest}`), await stranger(method, `/v1/attempts/${absent}${rest}`)];
      expect(refusalOf(theirs), rest).toEqual(refused(404, 'not_found'));
      expect({ ...theirs.body, requestId: '' }).toEqual({ ...none.body, requestId: '' });
    }
    expect((await api.as('owner', 'candidate')('GET', `/v1/attempts/${attemptId}`)).body.phase).toBe('registered');
  });
});

describe('the list of attempts', () => {
  it('is paged by a cursor, newest first, and holds only one’s own', async () => {
    const candidate = api.as('collector', 'candidate');
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.unshift(await registeredAttempt(candidate));
      await candidate('POST', `/v1/attempts/${ids[0]}/withdrawal`);
    }
    const first = await candidate('GET', '/v1/attempts?limit=2');
    expect(first.body.attempts.map((attempt: { id: string }) => attempt.id)).toEqual(ids.slice(0, 2));
    const second = await candidate('GET', `/v1/attempts?limit=2&after=${first.body.next}`);
    expect(second.body).toMatchObject({ attempts: [{ id: ids[2] }], next: null });
  });
});
