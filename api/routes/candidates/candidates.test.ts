import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openAssignments,
  refusalOf,
  refused,
  registeredAttempt,
  startTestApi,
  submittedAttempt,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

const expectCandidate = (subject: string, reason = 'wrote to us before registering') => staff('POST', '/v1/staff/candidates', { subject, reason });

describe('a candidate who never registered', () => {
  it('has what staff recorded for them from their first attempt on, and the name that they register with', async () => {
    const { status, body } = await expectCandidate('early');
    expect({ status, body }).toEqual({ status: 201, body: { id: expect.any(String), subject: 'early', name: null, hasRegistered: false } });
    const asked = { kind: 'extra_time', percent: 150, reason: 'Dyslexia', evidence: 'file 18/2026' };
    expect((await staff('POST', `/v1/staff/candidates/${body.id}/accommodations`, asked)).status).toBe(201);

    const candidate = api.as('early', 'candidate');
    // A token is seen before its holder registers: whoever is only expected is told nothing about themselves.
    expect((await candidate('GET', '/v1/attempts')).body.attempts).toEqual([]);
    const attemptId = await registeredAttempt(candidate);
    const attempt = (await candidate('GET', `/v1/attempts/${attemptId}`)).body;
    expect(attempt).toMatchObject({ accommodationPercent: 150, limit: { window: 'start', accommodationPercent: 150 } });
    expect(Date.parse(attempt.deadlines.start) - Date.parse(attempt.registeredAt)).toBe(1.5 * 365 * 86_400_000);
    const started = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test`);
    expect((Date.parse(started.body.deadline) - Date.parse(started.body.startedAt)) / 60_000).toBe(135);
    const again = await expectCandidate('early');
    expect({ status: again.status, body: again.body }).toEqual({
      status: 200,
      body: { ...body, name: 'Name of early', hasRegistered: true },
    });
  });

  it('is kept once, however often and by whomever they are expected at once', async () => {
    const answers = await Promise.all([1, 2, 3].map((count) => expectCandidate('raced', `reason ${count}`)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(refusalOf(await api.as('gil', 'grader')('POST', '/v1/staff/candidates', { subject: 'x', reason: 'x' }))).toEqual(
      refused(403, 'forbidden'),
    );
    expect(refusalOf(await staff('POST', '/v1/staff/candidates', { subject: ' ', reason: 'x' }))).toEqual(refused(422, 'validation_failed'));
  });

  it('goes by the name of their registration, though it comes by a broker that tells no time and a token was seen before', async () => {
    await expectCandidate('by-broker');
    await api.services.store.candidates.learn({ subject: 'by-broker', email: undefined, locale: 'de', timeZone: undefined, toldAt: new Date() });
    const { attemptId } = await api.services.store.attempts.register({ subject: 'by-broker', name: 'Bea Broker', examId: 'small' });
    expect((await staff('GET', `/v1/staff/attempts/${attemptId}/story`)).body.candidate.name).toBe('Bea Broker');
  });
});

describe('a grader who has not asked for work yet', () => {
  it('is qualified before they come, counts as nobody until then, and is bound by it from their first claim on', async () => {
    const path = '/v1/staff/graders/newcomer';
    expect(refusalOf(await staff('PATCH', path, { state: 'in_training', reason: 'starts in May' }))).toEqual(refused(404, 'not_found'));
    const expected = await staff('POST', '/v1/staff/graders', { subject: 'newcomer', reason: 'starts in May' });
    expect(expected).toMatchObject({ status: 201, body: { subject: 'newcomer', state: 'active', designated: false, conflicts: [] } });
    expect((await staff('POST', '/v1/staff/graders', { subject: 'newcomer', reason: 'again' })).status).toBe(200);
    await api.publish(smallExam({}, 'other'));
    expect((await staff('PATCH', path, { qualifications: [{ examId: 'other', test: 'aptitude' }], reason: 'is trained for it' })).status).toBe(200);
    expect((await staff('POST', `${path}/conflicts`, { conflict: { kind: 'candidate', value: 'friend' }, reason: 'is a friend' })).status).toBe(200);
    expect(refusalOf(await api.as('own', 'staff')('POST', '/v1/staff/graders', { subject: 'own', reason: 'me' }))).toEqual(
      refused(403, 'conflict_of_interest'),
    );

    const { attemptId, submissionId } = await submittedAttempt(api.as('scripted', 'candidate'));
    await openAssignments(api, submissionId);
    await api.services.store.assignments.watchStaffing();
    const newcomer = api.as('newcomer', 'grader');
    expect((await newcomer('POST', '/v1/assignments/claims')).status).toBe(204);
    expect((await staff('PATCH', path, { qualifications: null, reason: 'for all' })).status).toBe(200);
    expect((await newcomer('POST', '/v1/assignments/claims')).status).toBe(200);
    expect((await staff('GET', `/v1/staff/attempts/${attemptId}`)).status).toBe(200);
  });
});
