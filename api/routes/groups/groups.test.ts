import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAssignments, refusalOf, refused, startedAttempt, startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

let api: TestApi;
let people = 0;
beforeAll(async () => {
  api = await startTestApi();
  const exam = smallExam();
  await api.publish({ ...exam, policy: { ...exam.policy, identicalAnswers: 'folded' } });
  await api.publish({ ...exam, examId: 'without-groups' });
});
afterAll(() => api.close());

/** Each test with scripts of its own: what others left open is claimed away. */
beforeEach(async () => {
  while ((await api.as(`sweeper-${(people += 1)}`, 'grader')('POST', '/v1/assignments/claims')).status !== 204);
});

type Script = { readonly candidate: string; readonly attemptId: string; readonly submissionId: string };
type Held = { readonly call: Caller; readonly subject: string; readonly id: string; readonly fencingToken: number };

async function script(t1: string, { seats = [1], examId = 'small', candidate = `candidate-${(people += 1)}` } = {}): Promise<Script> {
  const call = api.as(candidate, 'candidate', 'grader');
  const attemptId = await startedAttempt(call, examId);
  for (const [itemId, value] of Object.entries({ t1, t2: `Of ${candidate} alone` }))
    await call('PUT', `/v1/attempts/${attemptId}/responses/${itemId}`, { value, sequence: 1 });
  const { body } = await call('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
  await openAssignments(api, body.submissionId, seats);
  return { candidate, attemptId, submissionId: body.submissionId };
}

async function claimedBy(subject: string, role: 'grader' | 'designated' = 'grader'): Promise<Held> {
  const call = api.as(subject, role);
  const { body } = await call('POST', '/v1/assignments/claims');
  return { call, subject, id: body.id, fencingToken: body.fencingToken };
}
const claimed = () => claimedBy(`grader-${(people += 1)}`);

const groupsOf = async ({ call, id }: Held) => (await call('GET', `/v1/assignments/${id}/groups`)).body.groups;
const mark = ({ call, id, fencingToken }: Held, given: object) =>
  call('PUT', `/v1/assignments/${id}/group-marks`, { fencingToken, itemId: 't1', points: 3, reason: 'Half of it', ...given });
const take = ({ call, id, fencingToken }: Held, groupMarkId: string) =>
  call('PUT', `/v1/assignments/${id}/group-marks/${groupMarkId}/use`, { fencingToken });
const complete = ({ call, id, fencingToken }: Held, points = 3, reason = 'Half of it') =>
  call('POST', `/v1/assignments/${id}/completion`, {
    fencingToken,
    marks: [
      { itemId: 't1', points, reason },
      { itemId: 't2', points: 5, reason: '' },
    ],
  });
const records = async () => (await api.as('sam', 'staff')('GET', '/v1/staff/exams/small/group-marks?version=1')).body.groupMarks;

describe('identical answers', () => {
  it('are told as a number, and nothing of whose they are', async () => {
    for (const answer of ['Availability first', 'availability  FIRST.', 'Availability first', 'Consistency first']) await script(answer);
    const gil = await claimed();
    const { body } = await gil.call('GET', `/v1/assignments/${gil.id}/groups`);
    expect(body).toEqual({ groups: [{ itemId: 't1', others: 2, mark: null }] });
  });

  it('count scripts, not seats, of those alone that the grader may mark and nobody holds', async () => {
    const both = `both-${(people += 1)}`;
    await script('Same', { candidate: both });
    await script('Same', { seats: [1, 2] });
    await script('Same', { seats: [1, 2] });
    const conflicting = await script('Same');
    const first = await claimedBy(both);
    // Of theirs, two with two seats and one: not their own script.
    expect(await groupsOf(first)).toMatchObject([{ others: 2 }]);
    await first.call('POST', '/v1/graders/me/conflicts', { kind: 'candidate', value: conflicting.candidate });
    expect(await groupsOf(first)).toMatchObject([{ others: 1 }]);
    // Whoever takes theirs may mark all others: of the one that is held a seat is left.
    const second = await claimed();
    expect(await groupsOf(second)).toMatchObject([{ others: 3 }]);
    await claimed();
    await claimed();
    expect(await groupsOf(second)).toMatchObject([{ others: 2 }]);
  });

  it('are in no group where the policy has none, in a dispute, or once handed in', async () => {
    await script('Same', { examId: 'without-groups' });
    await script('Same', { examId: 'without-groups' });
    const gil = await claimed();
    expect(await groupsOf(gil)).toEqual([]);
    expect(refusalOf(await mark(gil, {}))).toEqual(refused(404, 'not_found'));
    await claimed();
    const { submissionId } = await script('Same here');
    await script('Same here');
    const gus = await claimed();
    expect(await groupsOf(gus)).toMatchObject([{ others: 1 }]);
    await complete(gus);
    expect(await groupsOf(gus)).toEqual([]);
    await claimed();
    await api.services.store.assignments.open({ submissionId, purpose: 'adjudicate', seats: [3], itemIds: ['t1'], dueAt: new Date() });
    const dana = await claimedBy('dana', 'designated');
    expect(await groupsOf(dana)).toEqual([]);
    expect(refusalOf(await mark(dana, {}))).toEqual(refused(404, 'not_found'));
  });

  it('are nobody’s to ask for who does not hold the script', async () => {
    await script('Same');
    const gil = await claimed();
    expect(refusalOf(await api.as('gus', 'grader')('GET', `/v1/assignments/${gil.id}/groups`))).toEqual(refused(404, 'not_found'));
    await gil.call('POST', `/v1/assignments/${gil.id}/release`, { fencingToken: gil.fencingToken });
    expect(refusalOf(await mark(gil, {}))).toEqual(refused(409, 'lease_lost'));
    expect(refusalOf(await gil.call('GET', `/v1/assignments/${gil.id}/groups`))).toEqual(refused(409, 'lease_lost'));
  });
});

describe('a group mark', () => {
  it('is offered to who made it for each identical answer, and makes marks only where each script is completed', async () => {
    for (let count = 0; count < 3; count += 1) await script('Same of three');
    const gil = await claimed();
    const { id } = (await mark(gil, {})).body;
    await complete(gil);
    const second = await claimedBy(gil.subject);
    expect((await second.call('GET', `/v1/assignments/${second.id}`)).body.draft).toBeNull();
    expect(await groupsOf(second)).toEqual([{ itemId: 't1', others: 1, mark: { id, points: 3, reason: 'Half of it' } }]);
    for (let times = 0; times < 2; times += 1) expect((await take(second, id)).status).toBe(204);
    await complete(second);
    const third = await claimedBy(gil.subject);
    await take(third, id);
    await complete(third, 4, 'Better, looked at for itself');
    const [record] = await records();
    expect(record).toMatchObject({ id, grader: gil.subject, itemId: 't1', points: 3, endedAt: null });
    expect(record.taken.map(({ assignmentId, stands }: { assignmentId: string; stands: boolean }) => [assignmentId, stands])).toEqual([
      [gil.id, true],
      [second.id, true],
      [third.id, false],
    ]);
  });

  it('is one grader’s alone: who marks the other seat of the same scripts sees nothing of it', async () => {
    const scripts = [await script('Same twice', { seats: [1, 2] }), await script('Same twice', { seats: [1, 2] })];
    const gil = await claimed();
    const { id } = (await mark(gil, {})).body;
    const gus = await claimed();
    expect(await groupsOf(gus)).toMatchObject([{ itemId: 't1', mark: null }]);
    expect(refusalOf(await take(gus, id))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await gus.call('DELETE', `/v1/group-marks/${id}`))).toEqual(refused(404, 'not_found'));
    await Promise.all([mark(gus, { points: 1, reason: 'Little' }), mark(gil, { points: 5, reason: '' })]);
    await complete(gus, 1, 'Little');
    await complete(gil, 5, '');
    for (const { subject, points } of [
      { subject: gil.subject, points: 5 },
      { subject: gus.subject, points: 1 },
    ]) {
      const next = await claimedBy(subject);
      expect(await groupsOf(next)).toMatchObject([{ mark: { points } }]);
      await complete(next, points, points === 5 ? '' : 'Little');
    }
    for (const { submissionId } of scripts) {
      const marks = await api.services.store.assignments.marks(submissionId);
      const t1 = marks.filter(({ itemId }) => itemId === 't1').map(({ millipoints }) => millipoints);
      expect(t1.toSorted((one, other) => one - other)).toEqual([1000, 5000]);
    }
  });

  it('is changed by another one, kept once by a repeat and by two windows, and taken back; what is completed stands', async () => {
    for (let count = 0; count < 2; count += 1) await script('Same and changed');
    const gil = await claimed();
    const ids = await Promise.all([1, 2, 3, 4].map(async () => (await mark(gil, {})).body.id));
    expect(new Set(ids).size).toBe(1);
    const changed = (await mark(gil, { points: 2, reason: 'Less' })).body.id;
    expect(changed).not.toBe(ids[0]);
    await complete(gil, 2, 'Less');
    expect(refusalOf(await mark(gil, { points: 1 }))).toEqual(refused(409, 'assignment_closed'));
    const next = await claimedBy(gil.subject);
    expect(await groupsOf(next)).toEqual([{ itemId: 't1', others: 0, mark: { id: changed, points: 2, reason: 'Less' } }]);
    for (let times = 0; times < 2; times += 1) expect((await next.call('DELETE', `/v1/group-marks/${changed}`)).status).toBe(204);
    expect(await groupsOf(next)).toEqual([]);
    const [newest, before] = await records();
    expect(newest).toMatchObject({ id: changed, endedAt: expect.any(String), taken: [{ assignmentId: gil.id, stands: true }] });
    expect(before).toMatchObject({ id: ids[0], endedAt: expect.any(String), taken: [{ assignmentId: gil.id, stands: false }] });
  });

  it('is refused as any mark is: beyond the points, without the reason that lost points need, for what is not there', async () => {
    await script('Same');
    const gil = await claimed();
    for (const [given, path] of [
      [{ points: 5.5 }, 'points'],
      [{ points: 1.234 }, 'points'],
      [{ reason: ' ' }, 'reason'],
    ] as const) {
      const answer = await mark(gil, given);
      expect(refusalOf(answer)).toEqual(refused(422, 'marks_invalid'));
      expect(answer.body.fields).toMatchObject([{ path }]);
    }
    for (const itemId of ['c1', 'nothing']) expect(refusalOf(await mark(gil, { itemId }))).toEqual(refused(404, 'not_found'));
    expect(await groupsOf(gil)).toEqual([]);
  });

  it('made before a reopening says nothing of what is handed in then but where it is the same answer, and each mark stays its own', async () => {
    const scripts = [await script('Same'), await script('Same'), await script('Same')];
    const scriptOf = async ({ id: assignmentId }: Held) => {
      const attemptId = await api.services.store.assignments.attemptOf(assignmentId);
      return scripts.find((one) => one.attemptId === attemptId) as Script;
    };
    const gil = await claimed();
    const { id } = (await mark(gil, {})).body;
    await take(gil, id);
    expect((await complete(gil)).status).toBe(200);
    const open: (Held & Script)[] = [];
    while (open.length < 2) {
      const held = await claimedBy(gil.subject);
      const one = await scriptOf(held);
      expect(await groupsOf(held)).toMatchObject([{ mark: { points: 3 } }]);
      await take(held, id);
      await reopen(one);
      expect(refusalOf(await complete(held))).toEqual(refused(409, 'assignment_closed'));
      open.push({ ...held, ...one });
    }
    const [changed, kept] = open as [Held & Script, Held & Script];
    await handedInAgain(changed, 'Another answer');
    const afterChange = await claimedBy(gil.subject);
    expect(await groupsOf(afterChange)).toEqual([]);
    expect(refusalOf(await take(afterChange, id))).toEqual(refused(404, 'not_found'));
    expect((await complete(afterChange, 1, 'Not at all')).status).toBe(200);
    await handedInAgain(kept, 'Same');
    const afterKeeping = await claimedBy(gil.subject);
    expect(await groupsOf(afterKeeping)).toMatchObject([{ mark: { id, points: 3 } }]);
    await take(afterKeeping, id);
    expect((await complete(afterKeeping, 4, 'More of it')).status).toBe(200);

    const [record] = await records();
    expect(record.taken.map(({ assignmentId, stands }: { assignmentId: string; stands: boolean | null }) => [assignmentId, stands])).toEqual([
      [gil.id, true],
      [changed.id, null],
      [kept.id, null],
      [afterKeeping.id, false],
    ]);
    // Staff see in the story of each attempt which mark came from a group, and whether it says the same.
    const ofT1 = async ({ attemptId }: Script) => {
      const { body } = await api.as('sam', 'staff')('GET', `/v1/staff/attempts/${attemptId}/story`);
      return body.assignments.map(({ id: assignmentId, marks }: { id: string; marks: readonly { itemId: string; fromGroup: unknown }[] }) => [
        assignmentId,
        marks.find(({ itemId }) => itemId === 't1')?.fromGroup,
      ]);
    };
    expect(await ofT1(await scriptOf(gil))).toEqual([[gil.id, { groupMarkId: id, stands: true }]]);
    expect(await ofT1(changed)).toEqual([
      [changed.id, undefined],
      [afterChange.id, null],
    ]);
    expect(await ofT1(kept)).toEqual([
      [kept.id, undefined],
      [afterKeeping.id, { groupMarkId: id, stands: false }],
    ]);
  });

  const reopen = ({ attemptId }: Script) =>
    api.services.store.sittings.reopen({
      attemptId,
      test: 'aptitude',
      deadline: new Date(Date.now() + 3_600_000),
      actor: 'sam',
      reason: 'the network of the room was down',
      actionKey: `reopen-${attemptId}`,
    });

  async function handedInAgain({ candidate, attemptId }: Script, t1: string): Promise<void> {
    const call = api.as(candidate, 'candidate');
    expect((await call('PUT', `/v1/attempts/${attemptId}/responses/t1`, { value: t1, sequence: 2 })).status).toBe(200);
    const { body } = await call('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
    await openAssignments(api, body.submissionId, [1]);
  }

  it('outlives a lease that is lost, and is of no use to a script that staff took away', async () => {
    await script('Same and lost');
    await script('Same and lost');
    const gil = await claimed();
    const { id } = (await mark(gil, {})).body;
    await api.as('sam', 'staff')('PATCH', `/v1/staff/graders/${gil.subject}`, { state: 'suspended', reason: 'A test' });
    expect(refusalOf(await take(gil, id))).toEqual(refused(409, 'grader_not_active'));
    expect(refusalOf(await complete(gil))).toEqual(refused(409, 'grader_not_active'));
    await api.as('sam', 'staff')('PATCH', `/v1/staff/graders/${gil.subject}`, { state: 'active', reason: 'A test' });
    const again = await claimedBy(gil.subject);
    expect(await groupsOf(again)).toMatchObject([{ mark: { id } }]);
  });
});

it('two hundred identical answers are counted, and each is still completed for itself', { timeout: 300_000 }, async () => {
  for (let done = 0; done < 200; done += 20) await Promise.all(Array.from({ length: 20 }, () => script('Two hundred alike')));
  const gil = await claimed();
  expect(await groupsOf(gil)).toMatchObject([{ others: 199 }]);
  const { id } = (await mark(gil, {})).body;
  await complete(gil);
  for (let count = 0; count < 5; count += 1) {
    const next = await claimedBy(gil.subject);
    expect(await groupsOf(next)).toMatchObject([{ others: 198 - count, mark: { id } }]);
    await take(next, id);
    await complete(next);
  }
  const [record] = await records();
  expect(record.taken.filter(({ stands }: { stands: boolean }) => stands).length).toBe(6);
});
