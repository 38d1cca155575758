import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  openAssignments,
  publishDecision,
  refusalOf,
  refused,
  startTestApi,
  submittedAttempt,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

let api: TestApi;
let people = 0;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  // Of two, neither is spared for adjudications.
  await api.as('another designated', 'designated')('GET', '/v1/graders/me');
});
afterAll(() => api.close());

/** Each test with scripts of its own: what others left open is claimed away. */
beforeEach(async () => {
  while ((await api.as(`sweeper-${(people += 1)}`, 'grader')('POST', '/v1/assignments/claims')).status !== 204);
});

type Held = { readonly call: Caller; readonly subject: string; readonly id: string; readonly path: string; readonly fencingToken: number };
type Script = { readonly attemptId: string; readonly submissionId: string };

async function script(): Promise<Script> {
  const submitted = await submittedAttempt(api.as(`candidate-${(people += 1)}`, 'candidate'));
  await openAssignments(api, submitted.submissionId);
  return submitted;
}

/** A grader with a script of their own in hand. */
async function holding(role: 'grader' | 'designated' = 'grader'): Promise<Held & Script> {
  const opened = await script();
  const subject = `${role}-${(people += 1)}`;
  const call = api.as(subject, role);
  const { body } = await call('POST', '/v1/assignments/claims');
  return { ...opened, call, subject, id: body.id, path: `/v1/assignments/${body.id}/comments`, fencingToken: body.fencingToken };
}

const textsOf = async ({ call, path }: Held) => (await call('GET', path)).body.comments.map(({ text }: { text: string }) => text);
const add = async ({ call, path }: Held, comment: object) => (await call('POST', path, { itemId: 't1', ...comment })).body.id as string;
const sam = () => api.as('sam', 'staff');

describe('the comment bank of an assignment', () => {
  it('has a grader’s own comments for them alone, and those for everybody for all, without who wrote them', async () => {
    const [gil, gus, dana] = [await holding(), await holding(), await holding('designated')];
    const own = await add(gil, { text: 'Own of gil', points: 2.5 });
    const forAll = await add(dana, { text: 'For all', forAll: true });
    const { body } = await gil.call('GET', gil.path);
    expect(body.comments).toEqual([
      { id: own, itemId: 't1', text: 'Own of gil', points: 2.5, isOwn: true, uses: 0 },
      { id: forAll, itemId: 't1', text: 'For all', points: null, isOwn: false, uses: 0 },
    ]);
    expect(await textsOf(gus)).toEqual(['For all']);
    expect(JSON.stringify(body)).not.toMatch(/dana|designated-/);
  });

  it('is carried to the next version of the item, and says no points that it does not have there', async () => {
    const gil = await holding();
    await add(gil, { text: 'Three quarters', points: 4 });
    await add(gil, { text: 'A little', points: 1 });
    const exam = smallExam();
    const items = exam.items.map((item) => (item.id === 't1' ? { ...item, millipoints: 2000 } : item));
    await api.publish({ ...exam, version: exam.version + 1, items });
    await gil.call('POST', `/v1/assignments/${gil.id}/release`, { fencingToken: gil.fencingToken, reason: 'not_my_field' });
    await script();
    const { body } = await gil.call('POST', '/v1/assignments/claims');
    const { comments } = (await gil.call('GET', `/v1/assignments/${body.id}/comments`)).body;
    expect(comments.filter(({ isOwn }: { isOwn: boolean }) => isOwn)).toMatchObject([
      { text: 'Three quarters', points: null },
      { text: 'A little', points: 1 },
    ]);
  });

  it('is of what somebody holds: given back, or another’s, it is neither read nor added to', async () => {
    const [gil, gus] = [await holding(), await holding()];
    expect(refusalOf(await gus.call('GET', gil.path))).toEqual(refused(404, 'not_found'));
    await gil.call('POST', `/v1/assignments/${gil.id}/release`, { fencingToken: gil.fencingToken, reason: 'not_my_field' });
    expect(refusalOf(await gil.call('GET', gil.path))).toEqual(refused(409, 'lease_lost'));
    expect(refusalOf(await gil.call('POST', gil.path, { itemId: 't1', text: 'So' }))).toEqual(refused(409, 'lease_lost'));
    expect((await api.as('nobody', 'candidate')('GET', gus.path)).status).toBe(403);
  });
});

describe('a comment', () => {
  it('that says the same and stands is there once, by a key or by none, also when two add it at once', async () => {
    const gil = await holding();
    const ids = await Promise.all([1, 2, 3, 4].map(() => add(gil, { text: 'The same', points: 1 })));
    expect(new Set(ids).size).toBe(1);
    expect(await add(gil, { text: 'The same', points: 2 })).not.toBe(ids[0]);
    const keyed = () => gil.call('POST', gil.path, { itemId: 't2', text: 'Keyed' }, { 'idempotency-key': 'k' });
    const { body } = await keyed();
    await gil.call('POST', `${gil.path}/${body.id}/retirement`);
    expect((await keyed()).body).toEqual(body);
    expect(await textsOf(gil)).not.toContain('Keyed');
  });

  it('is kept as a text that people see, and refused with what is wrong with it', async () => {
    const gil = await holding();
    await add(gil, { text: 'Cafe\u0301' });
    expect(await textsOf(gil)).toContain('Caf\u00e9');
    for (const [comment, code, path] of [
      [{ text: ' ' }, 'validation_failed', 'text'],
      [{ text: 'x\u202Ey' }, 'validation_failed', 'text'],
      [{ text: 'So', points: 5.01 }, 'comment_invalid', 'points'],
      [{ text: 'So', points: 1.234 }, 'comment_invalid', 'points'],
      [{ text: 'So', itemId: 'nothing' }, 'comment_invalid', 'itemId'],
    ] as const) {
      const answer = await gil.call('POST', gil.path, { itemId: 't1', ...comment });
      expect(refusalOf(answer)).toEqual(refused(422, code));
      expect(answer.body.fields).toMatchObject([{ path }]);
    }
  });

  it('for everybody is a designated grader’s or staff’s to give and to retire', async () => {
    const [gil, dana] = [await holding(), await holding('designated')];
    expect(refusalOf(await gil.call('POST', gil.path, { itemId: 't1', text: 'So', forAll: true }))).toEqual(refused(403, 'forbidden'));
    const id = await add(dana, { text: 'Dana for all', forAll: true });
    expect(refusalOf(await gil.call('POST', `${gil.path}/${id}/retirement`))).toEqual(refused(404, 'not_found'));
    for (let times = 0; times < 2; times += 1) expect((await dana.call('POST', `${dana.path}/${id}/retirement`)).status).toBe(204);
    expect(await textsOf(gil)).not.toContain('Dana for all');
    const own = await add(gil, { text: 'Mine' });
    expect(refusalOf(await dana.call('POST', `${dana.path}/${own}/retirement`))).toEqual(refused(404, 'not_found'));
  });

  it('is at most one of a hundred of an item; a retired one makes room', async () => {
    const gil = await holding();
    const ids: string[] = [];
    for (let count = 0; count < 100; count += 1) ids.push(await add(gil, { text: `Remark ${count}` }));
    const more = () => gil.call('POST', gil.path, { itemId: 't1', text: 'One more' });
    const refusal = await more();
    expect(refusalOf(refusal)).toEqual(refused(409, 'comments_full'));
    expect(refusal.body.limit).toBe(100);
    expect((await gil.call('POST', gil.path, { itemId: 't2', text: 'Elsewhere' })).status).toBe(201);
    await gil.call('POST', `${gil.path}/${ids[0]}/retirement`);
    expect((await more()).status).toBe(201);
  });
});

describe('the uses of a comment', () => {
  it('count once a script, by its holder alone, and are told once the script is decided', async () => {
    const gil = await holding();
    const id = await add(gil, { text: 'Used' });
    const use = (fencingToken: number) => gil.call('PUT', `${gil.path}/${id}/use`, { fencingToken });
    const usesOf = async () => (await gil.call('GET', gil.path)).body.comments.find((comment: { id: string }) => comment.id === id).uses;
    expect(refusalOf(await use(gil.fencingToken + 1))).toEqual(refused(409, 'lease_lost'));
    for (let times = 0; times < 2; times += 1) expect((await use(gil.fencingToken)).status).toBe(204);
    expect(await usesOf()).toBe(0);
    const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 1, reason: 'Used' }));
    expect((await gil.call('POST', `/v1/assignments/${gil.id}/completion`, { fencingToken: gil.fencingToken, marks })).status).toBe(200);
    expect(refusalOf(await use(gil.fencingToken))).toEqual(refused(409, 'assignment_closed'));
    await publishDecision(api, { attemptId: gil.attemptId, submissionId: gil.submissionId, test: 'aptitude', passed: false });
    expect(await usesOf()).toBe(1);
  });

  it('of somebody else’s own comment are refused', async () => {
    const [gil, gus] = [await holding(), await holding()];
    const id = await add(gil, { text: 'Only gil' });
    expect(refusalOf(await gus.call('PUT', `${gus.path}/${id}/use`, { fencingToken: gus.fencingToken }))).toEqual(refused(404, 'not_found'));
  });
});

describe('staff and auditors', () => {
  it('read every comment of an exam, whose it is and what became of it; staff alone add and retire, for a reason, audited', async () => {
    const gil = await holding();
    const own = await add(gil, { text: 'Gil for staff to see' });
    const path = '/v1/staff/exams/small/comments';
    const wanted = {
      test: 'case_study',
      caseStudyId: smallExam().caseStudies[0]?.id,
      itemId: 'k1',
      text: 'From staff',
      points: 3,
      reason: 'Agreed by the panel',
    };
    const { status, body } = await sam()('POST', path, wanted, { 'idempotency-key': 'add' });
    expect(status).toBe(201);
    expect((await sam()('POST', path, wanted, { 'idempotency-key': 'add' })).body).toEqual(body);
    for (const commentId of [own, own, body.id]) {
      expect((await sam()('POST', `/v1/staff/comments/${commentId}/retirement`, { reason: 'Names a candidate' })).status).toBe(204);
    }
    expect(await textsOf(gil)).not.toContain('Gil for staff to see');
    const first = await api.as('ann', 'auditor')('GET', `${path}?limit=1`);
    expect(first.body).toMatchObject({
      comments: [{ id: body.id, test: 'case_study', itemId: 'k1', points: 3, grader: null, writtenBy: 'sam', retiredBy: 'sam', uses: 0 }],
      next: body.id,
    });
    const second = await api.as('ann', 'auditor')('GET', `${path}?limit=1&after=${first.body.next}`);
    expect(second.body.comments).toMatchObject([{ id: own, caseStudyId: null, grader: gil.subject, writtenBy: gil.subject, retiredBy: 'sam' }]);
    expect(refusalOf(await api.as('ann', 'auditor')('POST', path, wanted))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await sam()('GET', '/v1/staff/exams/nothing/comments'))).toEqual(refused(404, 'exam_not_published'));
    expect(refusalOf(await sam()('POST', path, { ...wanted, caseStudyId: undefined }))).toEqual(refused(422, 'comment_invalid'));
  });
});
