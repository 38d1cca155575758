import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openAssignments,
  downloadedAttempt,
  publishDecision,
  refusalOf,
  refused,
  registeredAttempt,
  startedAttempt,
  startTestApi,
  submittedAttempt,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';
import { createShiftedClock } from '../../../test/support/clock.ts';

let api: TestApi;
let staff: Caller;
const { clock, advanceSeconds } = createShiftedClock();
beforeAll(async () => {
  api = await startTestApi({ clock });
  await api.publish();
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

const absent = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';

async function candidateOf(attemptId: string): Promise<string> {
  return (await staff('GET', `/v1/staff/attempts/${attemptId}`)).body.candidateId;
}
const path = (candidateId: string) => `/v1/staff/candidates/${candidateId}/accommodations`;
const extraTime = { kind: 'extra_time', percent: 150, reason: 'Dyslexia', evidence: 'file 17/2026' };
const limitOf = async (caller: Caller, attemptId: string) => (await caller('GET', `/v1/attempts/${attemptId}`)).body.limit;

describe('an accommodation of a candidate', () => {
  it('is recorded with its evidence, applied to the attempt under way, and audited', async () => {
    const candidate = api.as('ada', 'candidate');
    const attemptId = await startedAttempt(candidate);
    const candidateId = await candidateOf(attemptId);
    const { status, body } = await staff('POST', path(candidateId), { ...extraTime, validUntil: '2199-01-01T00:00:00Z' });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        ...extraTime,
        id: expect.any(String),
        candidateId,
        examId: null,
        validFrom: expect.any(String),
        validUntil: '2199-01-01T00:00:00.000Z',
        recordedBy: 'sam',
        recordedAt: expect.any(String),
        endedAt: null,
      },
    });
    expect(await limitOf(candidate, attemptId)).toMatchObject({ window: 'aptitude', limitSeconds: 5400, accommodationPercent: 150, extensions: [] });
    const { audit } = (await staff('GET', `/v1/staff/attempts/${attemptId}`)).body;
    expect(audit).toMatchObject([{ actor: 'sam', action: 'accommodate', reason: 'Dyslexia', details: { from: 100, to: 150 } }]);
    expect((await staff('GET', path(candidateId))).body).toEqual({ accommodations: [body] });
  });

  it('once a key; it ends, and what is open keeps its time', async () => {
    const candidate = api.as('ben', 'candidate');
    const attemptId = await startedAttempt(candidate);
    const candidateId = await candidateOf(attemptId);
    const record = () => staff('POST', path(candidateId), extraTime, { 'idempotency-key': 'once' });
    const [first, second] = [await record(), await record()];
    expect(second.body).toEqual(first.body);
    const end = () => staff('POST', `${path(candidateId)}/${first.body.id}/ending`, { reason: 'Withdrawn' });
    const ended = await end();
    expect(ended.body).toMatchObject({ id: first.body.id, endedAt: expect.any(String) });
    expect((await end()).body).toEqual(ended.body);
    expect((await candidate('GET', `/v1/attempts/${attemptId}`)).body).toMatchObject({
      accommodationPercent: 100,
      limit: { accommodationPercent: 150 },
    });
  });

  it.each([
    ['by the candidate', (candidateId: string) => staff('POST', path(candidateId), extraTime)],
    [
      'by the attempt, as before',
      async (_candidateId: string, attemptId: string) =>
        staff('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, { percent: 150, reason: 'Dyslexia' }),
    ],
  ])('recorded %s, follows to the next attempt, which begins at a carried-over case study', async (_how, record) => {
    const candidate = api.as(randomUUID(), 'candidate');
    const first = await startedAttempt(candidate);
    await record(await candidateOf(first), first);
    await candidate('POST', `/v1/attempts/${first}/withdrawal`);
    const { attemptId, submissionId } = await submittedAttempt(candidate);
    expect(await deadlines(candidate, attemptId)).toMatchObject({ start: null });
    await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: true });
    await candidate('POST', `/v1/attempts/${attemptId}/case-study`);
    expect(await limitOf(candidate, attemptId)).toMatchObject({ window: 'case_study', accommodationPercent: 150 });
    const { openedAt, deadline } = await limitOf(candidate, attemptId);
    expect(Date.parse(deadline) - Date.parse(openedAt)).toBe(14 * 1.5 * 86_400_000);
    advanceSeconds(30 * 86_400);
    await api.services.store.sittings.freezeAtTimeOut({ attemptId, test: 'case_study' });
    await publishDecision(api, { attemptId, submissionId, test: 'case_study', passed: false });
    const retake = await registeredAttempt(candidate);
    expect((await candidate('GET', `/v1/attempts/${retake}`)).body).toMatchObject({
      phase: 'case_study_offered',
      accommodationPercent: 150,
      limit: { window: 'offer', accommodationPercent: 150 },
    });
    const offer = await limitOf(candidate, retake);
    expect(Date.parse(offer.deadline) - Date.parse(offer.openedAt)).toBe(30 * 1.5 * 86_400_000);
    await candidate('POST', `/v1/attempts/${retake}/case-study`);
    expect(await limitOf(candidate, retake)).toMatchObject({ window: 'case_study', accommodationPercent: 150 });
  });

  it('is told to no grader', async () => {
    const candidate = api.as('blind', 'candidate');
    const { attemptId, submissionId } = await submittedAttempt(candidate);
    await staff('POST', path(await candidateOf(attemptId)), { ...extraTime, percent: 987, evidence: 'file 4711' });
    await openAssignments(api, submissionId);
    const grader = api.as('gil', 'grader', 'designated');
    const claimed = await grader('POST', '/v1/assignments/claims');
    expect(claimed.status).toBe(200);
    const seen = JSON.stringify([claimed.body, (await grader('GET', `/v1/assignments/${claimed.body.id}`)).body]);
    expect(seen).not.toMatch(/987|4711|Dyslexia|accommodation/i);
    for (const role of ['grader', 'designated', 'candidate'] as const) {
      expect(refusalOf(await api.as('gil', role)('GET', path(await candidateOf(attemptId))))).toEqual(refused(403, 'forbidden'));
    }
  });

  it('is refused when it is not valid, or there is no such candidate; nothing changes', async () => {
    const attemptId = await registeredAttempt(api.as('invalid', 'candidate'));
    const candidateId = await candidateOf(attemptId);
    for (const body of [
      { ...extraTime, percent: 99 },
      { ...extraTime, percent: 1001 },
      { ...extraTime, kind: 'luck' },
      { ...extraTime, validFrom: '2026-02-30T12:00:00Z' },
      { ...extraTime, evidence: '\u202E' },
      { kind: 'extra_time', percent: 150 },
    ]) {
      expect(refusalOf(await staff('POST', path(candidateId), body))).toEqual(refused(422, 'validation_failed'));
    }
    const backwards = { ...extraTime, validFrom: '2030-01-02T00:00:00Z', validUntil: '2030-01-01T00:00:00Z' };
    expect(refusalOf(await staff('POST', path(candidateId), backwards))).toEqual(refused(422, 'accommodation_invalid'));
    const over = { ...extraTime, validFrom: '2020-01-01T00:00:00Z', validUntil: '2020-02-01T00:00:00Z' };
    expect(refusalOf(await staff('POST', path(candidateId), over))).toEqual(refused(422, 'accommodation_invalid'));
    expect(refusalOf(await staff('POST', path(candidateId), { ...extraTime, examId: 'smal' }))).toEqual(refused(404, 'exam_not_published'));
    expect((await staff('GET', path(candidateId))).body).toEqual({ accommodations: [] });
    expect(refusalOf(await staff('POST', path(absent), extraTime))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await staff('GET', path(absent)))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await staff('POST', `${path(candidateId)}/${absent}/ending`, { reason: 'x' }))).toEqual(refused(404, 'not_found'));
  });
});

describe('a correction of a deadline', () => {
  it('is told to the candidate by what binds, while Temporal is away', async () => {
    const candidate = api.as('corrected', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const { openedAt, deadline } = await limitOf(candidate, attemptId);
    const inDays = (days: number) => new Date(Date.parse(openedAt) + days * 86_400_000).toISOString();
    await api.services.store.attempts.extend({
      attemptId,
      window: 'case_study',
      deadline: new Date(inDays(80)),
      actor: 'sam',
      reason: 'ill',
      actionKey: randomUUID(),
    });
    const correct = (to: string, headers = {}) =>
      staff('POST', `/v1/staff/attempts/${attemptId}/deadline-correction`, { window: 'case_study', deadline: to, reason: 'A slip' }, headers);
    expect(refusalOf(await correct(inDays(13)))).toEqual(refused(409, 'deadline_out_of_bounds'));
    expect((await correct(inDays(13))).body).toMatchObject({ earliest: deadline, latest: inDays(80) });
    const key = { 'idempotency-key': 'slip' };
    expect((await correct(inDays(20), key)).body).toEqual({ deadline: inDays(20) });
    expect((await correct(inDays(20), key)).body).toEqual({ deadline: inDays(20) });
    expect(await limitOf(candidate, attemptId)).toMatchObject({
      window: 'case_study',
      deadline: inDays(20),
      extensions: [
        { kind: 'extension', deadline: inDays(80), seconds: null },
        { kind: 'correction', deadline: inDays(20), seconds: null },
      ],
    });
    expect((await candidate('GET', `/v1/attempts/${attemptId}/case-study`)).body.deadline).toBe(inDays(20));
  });
});

async function deadlines(caller: Caller, attemptId: string) {
  return (await caller('GET', `/v1/attempts/${attemptId}`)).body.deadlines;
}

it('an accommodation that is sent again under its key after its time answers as it did', async () => {
  const attemptId = await registeredAttempt(api.as('late-repeat', 'candidate'));
  const candidateId = await candidateOf(attemptId);
  const validUntil = new Date(Date.now() + 365 * 86_400_000).toISOString();
  const record = () => staff('POST', path(candidateId), { ...extraTime, validUntil }, { 'idempotency-key': 'late' });
  const first = await record();
  expect(first.status).toBe(201);
  advanceSeconds(366 * 86_400);
  const again = await record();
  expect([again.status, again.body.id]).toEqual([201, first.body.id]);
});
