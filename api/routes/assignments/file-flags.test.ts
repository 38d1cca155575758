import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  downloadedAttempt,
  openAssignments,
  refusalOf,
  refused,
  startTestApi,
  submittedAttempt,
  type Answer,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';
import { uploadAll } from '../../../test/support/uploads.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api?.close());

const someone = (role: 'candidate' | 'grader' | 'designated') => api.as(`${role}-${randomUUID()}`, role);
const claim = (grader: Caller, query = ''): Promise<Answer> => grader('POST', `/v1/assignments/claims${query}`);
const flag = (grader: Caller, { id, fencingToken }: { id: string; fencingToken: number }, reason = 'It does not open.') =>
  grader('POST', `/v1/assignments/${id}/file-flag`, { fencingToken, reason });

let candidate: Caller;
let attemptId: string;
beforeEach(async () => {
  while ((await claim(someone('designated'))).status !== 204);
  candidate = someone('candidate');
  attemptId = await downloadedAttempt(api, candidate);
  const bytes = Buffer.from('# Mine');
  await uploadAll(candidate, attemptId, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
  const { body } = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
  await openAssignments(api, body.submissionId, [1, 2]);
});

const staff = () => api.as('sam', 'staff');
const dismiss = (reason = 'It opens with any reader.') => staff()('POST', `/v1/staff/attempts/${attemptId}/file-flag-dismissal`, { reason });
const story = async () => (await staff()('GET', `/v1/staff/attempts/${attemptId}/story`)).body;
const states = async () => (await story()).assignments.map(({ state }: { state: string }) => state).toSorted();

describe('a file that its grader cannot read', () => {
  it('is taken from them and held back from everybody, and staff and the candidate are told the truth', async () => {
    const gil = someone('grader');
    const { body: held } = await claim(gil);
    expect((await flag(gil, held)).status).toBe(204);
    for (const other of [gil, someone('grader'), someone('designated')]) expect((await claim(other, '?givenBack=true')).status).toBe(204);
    expect(refusalOf(await gil('GET', `/v1/assignments/${held.id}`))).toEqual(refused(409, 'lease_lost'));
    expect(await states()).toEqual(['held', 'held']);
    const { attempt, assignments, needsAttention } = await story();
    expect([attempt.heldAssignments, needsAttention]).toEqual([2, true]);
    expect(assignments.flatMap(({ fileFlags }: { fileFlags: object[] }) => fileFlags)).toMatchObject([
      { reason: 'It does not open.', settledAt: null, settlement: null },
    ]);
    const found = await staff()('POST', '/v1/staff/attempt-searches', { needsAttention: true });
    expect(found.body.attempts.map(({ id }: { id: string }) => id)).toContain(attemptId);
    expect((await candidate('GET', `/v1/attempts/${attemptId}`)).body.waitingFor).toMatchObject({ whom: 'certifiable', code: 'look_into_file' });
  });

  it('is flagged once, however often its grader says so, and by nobody who does not hold it', async () => {
    const gil = someone('grader');
    const { body: held } = await claim(gil);
    expect(refusalOf(await flag(someone('grader'), held))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await flag(gil, { ...held, fencingToken: held.fencingToken + 1 }))).toEqual(refused(409, 'lease_lost'));
    expect([(await flag(gil, held)).status, (await flag(gil, held, 'Still not.')).status]).toEqual([204, 204]);
    expect((await story()).assignments.flatMap(({ fileFlags }: { fileFlags: object[] }) => fileFlags)).toMatchObject([
      { reason: 'It does not open.' },
    ]);
    for (const reason of ['', '\u200B', 'x'.repeat(2001)])
      expect(refusalOf(await flag(gil, held, reason))).toEqual(refused(422, 'validation_failed'));
  });

  it('leaves whoever is at the other seat at work', async () => {
    const [gil, gus] = [someone('grader'), someone('grader')];
    const [{ body: first }, { body: second }] = [await claim(gil), await claim(gus)];
    await flag(gil, first);
    expect(await states()).toEqual(['held', 'open']);
    expect((await gus('POST', `/v1/assignments/${second.id}/heartbeat`, { fencingToken: second.fencingToken })).status).toBe(200);
  });

  it('goes to graders again once staff dismiss the flag, which is audited and settled once', async () => {
    const gil = someone('grader');
    const { body: held } = await claim(gil);
    await flag(gil, held);
    expect((await dismiss()).body).toMatchObject({ heldAssignments: 0 });
    expect(await states()).toEqual(['open', 'open']);
    const { audit, assignments, needsAttention } = await story();
    expect(audit).toContainEqual(expect.objectContaining({ action: 'dismiss_file_flags', actor: 'sam', reason: 'It opens with any reader.' }));
    expect(assignments.flatMap(({ fileFlags }: { fileFlags: object[] }) => fileFlags)).toMatchObject([{ settlement: 'dismissed', settledBy: 'sam' }]);
    expect(needsAttention).toBe(false);
    expect((await claim(someone('grader'))).body).toMatchObject({ test: 'case_study' });
    expect(refusalOf(await dismiss())).toEqual(refused(409, 'wrong_phase'));
  });

  it('stays held when a dismissal is sent again under its key after the file was flagged anew', async () => {
    const again = () =>
      staff()('POST', `/v1/staff/attempts/${attemptId}/file-flag-dismissal`, { reason: 'It opens.' }, { 'idempotency-key': `again-${attemptId}` });
    const gil = someone('grader');
    await flag(gil, (await claim(gil)).body);
    expect((await again()).status).toBe(200);
    const gus = someone('grader');
    await flag(gus, (await claim(gus)).body, 'Nor for me.');
    expect(await again()).toMatchObject({ status: 200, body: { heldAssignments: 2 } });
    expect(await states()).toEqual(['held', 'held']);
  });

  it('is held no more once staff reopen the case study; the first file stands if no other comes', async () => {
    const gil = someone('grader');
    await flag(gil, (await claim(gil)).body);
    const { store } = api.services;
    const deadline = new Date(Date.now() + 3_600_000);
    await store.sittings.reopen({ attemptId, test: 'case_study', deadline, actor: 'sam', reason: 'unreadable', actionKey: randomUUID() });
    expect(await states()).toEqual(['void', 'void']);
    expect((await story()).assignments.flatMap(({ fileFlags }: { fileFlags: object[] }) => fileFlags)).toMatchObject([{ settlement: 'reopened' }]);
    await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
    const { submissions } = (await candidate('GET', `/v1/attempts/${attemptId}/submissions`)).body;
    expect(submissions.filter(({ test }: { test: string }) => test === 'case_study')).toMatchObject([{ round: 1 }, { round: 2 }]);
  });
});

it('an aptitude script has no file to flag, and only staff dismiss', async () => {
  while ((await claim(someone('designated'))).status !== 204);
  const { submissionId } = await submittedAttempt(someone('candidate'));
  await openAssignments(api, submissionId);
  const gil = someone('grader');
  expect(refusalOf(await flag(gil, (await claim(gil)).body))).toEqual(refused(404, 'not_found'));
  for (const role of ['candidate', 'grader', 'designated'] as const)
    expect((await someone(role)('POST', `/v1/staff/attempts/${attemptId}/file-flag-dismissal`, { reason: 'x' })).status).toBe(403);
});
