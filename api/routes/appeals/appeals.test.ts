import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../../domain/exam.ts';
import { Prisma } from '../../../prisma/generated/client.ts';
import { postgresClock } from '../../../store/context.ts';
import { issuerOf, refusalOf, refused, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { decidedCaseStudy, decidedScript, type Given } from '../../../test/support/decided.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

/** Temporal is away throughout: what is filed is a fact all the same. */
let api: TestApi;
/** What the database's clock says, while that is set. */
let stopped: string | undefined;

beforeAll(async () => {
  api = await startTestApi({ clock: () => (stopped === undefined ? postgresClock() : Prisma.sql`${stopped}::timestamptz`) });
});
afterAll(() => api.close());

const WINDOW_SECONDS = 14 * 86_400;
const GIVEN = [
  { grader: 'gil', points: [2, 3] },
  { grader: 'gwen', points: [2, 3] },
] as const;

async function published(policy: Partial<Policy> = {}): Promise<string> {
  const examId = `appeals-${randomUUID()}`;
  await api.publish(smallExam({ appealWindowSeconds: WINDOW_SECONDS, passMark: 4000, ...policy }, examId));
  return examId;
}

/** Nothing of the choices and five of the ten points of the texts: 25 %, where 40 % pass. The workflow has begun, and waits for appeals. */
async function failed({
  given = GIVEN,
  policy = {},
  takesAppeals = true,
}: { given?: readonly Given[]; policy?: Partial<Policy>; takesAppeals?: boolean } = {}) {
  const { store } = api.services;
  const script = await decidedScript(store, { given, credentials: await issuerOf(api.services), examId: await published(policy) });
  const subject = (await store.attempts.read({ attemptId: script.attemptId })).subject;
  if (takesAppeals) await store.attempts.beginTakingAppeals(script.attemptId);
  return { ...script, subject, candidate: api.as(subject, 'candidate'), path: `/v1/attempts/${script.attemptId}/appeals` };
}

const of = (...itemIds: string[]) => ({ items: itemIds.map((itemId) => ({ itemId, reason: 'overlooked', text: 'See its second half.' })) });

/** Marked by somebody new, as its workflow would have it, and answered. */
async function answered({ attemptId, submissionId }: { attemptId: string; submissionId: string }, points: Readonly<Record<string, number>>) {
  const { store } = api.services;
  const [appeal] = await store.appeals.ofAttempt(attemptId);
  const itemIds = appeal?.items.map(({ itemId }) => itemId) ?? [];
  await store.assignments.open({ submissionId, purpose: 'mark', seats: [4], itemIds, dueAt: new Date(Date.now() + 7 * 86_400_000) });
  const grader = `new-${randomUUID()}`;
  const held = await store.assignments.claim({ grader, designated: false });
  const marks = itemIds.map((itemId) => ({ itemId, points: points[itemId] ?? 0, reason: 'looked at anew' }));
  await store.assignments.complete({ assignmentId: held?.id ?? '', grader, fencingToken: held?.fencingToken ?? 0, marks });
  return store.appeals.answer({ attemptId, appealId: appeal?.id ?? '' }, await issuerOf(api.services));
}

describe('an appeal', () => {
  it('is filed while Temporal is away, once, however often it is sent', async () => {
    const { candidate, path, attemptId } = await failed();
    const before = await candidate('GET', path);
    expect(before.body.appealable).toMatchObject({
      test: 'aptitude',
      feeIsAsked: false,
      items: [{ itemId: 't1', points: 2, pointsMax: 5 }, { itemId: 't2' }],
    });
    const answers = await Promise.all(Array.from({ length: 6 }, () => candidate('POST', path, of('t1'))));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.appeals[0].id)).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ appealable: null, appeals: [{ state: 'open', test: 'aptitude', settledAt: null }] });
    expect(refusalOf(await candidate('POST', path, of('t1', 't2')))).toEqual(refused(409, 'appealed_already'));
    const deliveries = await api.services.store.deliveries.take(100);
    expect(deliveries.filter((delivery) => delivery.attemptId === attemptId && delivery.fact === 'appealed').length).toBeLessThanOrEqual(1);
    const { body } = await candidate('GET', `/v1/attempts/${attemptId}`);
    expect(body).toMatchObject({ phase: 'failed', waitingFor: { whom: 'graders', code: 'answer_appeal' } });
  });

  it('is in time until the last millisecond of the window by the database, and late at its end', async () => {
    const [inTime, late] = [await failed(), await failed()];
    const endOf = async ({ attemptId }: { attemptId: string }) =>
      ((await api.services.store.attempts.read({ attemptId })).settledAt?.getTime() ?? 0) + WINDOW_SECONDS * 1000;
    stopped = new Date(await endOf(late)).toISOString();
    const refusedAtTheEnd = await late.candidate('POST', late.path, of('t1'));
    stopped = new Date((await endOf(inTime)) - 1).toISOString();
    const takenBefore = await inTime.candidate('POST', inTime.path, of('t1'));
    stopped = undefined;
    expect(refusalOf(refusedAtTheEnd)).toEqual(refused(409, 'deadline_passed'));
    expect(takenBefore.status).toBe(201);
  });

  it('is of what people marked below its full points, named once each', async () => {
    const { candidate, path } = await failed();
    const wrong = await candidate('POST', path, of('t1', 'c1', 't1', 'nothing'));
    expect(refusalOf(wrong)).toEqual(refused(422, 'appeal_invalid'));
    expect(wrong.body.fields.map(({ path: at }: { path: string }) => at)).toEqual(['items[1].itemId', 'items[2].itemId', 'items[3].itemId']);
    expect((await candidate('POST', path, { items: [] })).status).toBe(422);
    expect((await candidate('GET', path)).body.appeals).toEqual([]);
  });

  it('is nobody else’s, of nothing that did not fail, and of no attempt whose workflow would never hear of it', async () => {
    const { path, candidate } = await failed();
    expect(refusalOf(await api.as('stranger', 'candidate')('POST', path, of('t1')))).toEqual(refused(404, 'not_found'));
    expect((await api.as('gil', 'grader')('POST', path, of('t1'))).status).toBe(403);
    expect(refusalOf(await candidate('POST', `${path}/withdrawal`))).toEqual(refused(404, 'not_found'));
    const passed = await failed({ policy: { passMark: 1000 } });
    expect(refusalOf(await passed.candidate('POST', passed.path, of('t1')))).toEqual(refused(409, 'wrong_phase'));
    const before = await failed({ takesAppeals: false });
    expect(refusalOf(await before.candidate('POST', before.path, of('t1')))).toEqual(refused(409, 'not_appealable'));
    expect((await before.candidate('GET', before.path)).body.appealable).toBeNull();
  });

  it('needs the reference of a fee where the policy has one, and tells that it is to be paid back where the appeal was right', async () => {
    const paid = await failed({ policy: { appealFee: 'required' } });
    expect(refusalOf(await paid.candidate('POST', paid.path, of('t1')))).toEqual(refused(422, 'appeal_invalid'));
    expect((await paid.candidate('POST', paid.path, { ...of('t1'), feeReference: 'INV-7' })).body.appeals[0].feeReference).toBe('INV-7');
    await answered(paid, { t1: 3 });
    expect((await paid.candidate('GET', paid.path)).body.appeals[0].refund).toBe('due');
    const free = await failed();
    expect(refusalOf(await free.candidate('POST', free.path, { ...of('t1'), feeReference: 'INV-7' }))).toEqual(refused(422, 'appeal_invalid'));
  });

  it('has its fee to be paid back until staff record that it was, once', async () => {
    const fee = { feeReference: 'INV-8' };
    const [right, wrong] = [await failed({ policy: { appealFee: 'required' } }), await failed({ policy: { appealFee: 'required' } })];
    for (const each of [right, wrong]) await each.candidate('POST', each.path, { ...of('t1'), ...fee });
    const [staff, due] = [api.as('sam', 'staff'), (attemptId: string) => `/v1/staff/appeals?refundDue=true&attemptId=${attemptId}`];
    const refundOf = async ({ attemptId }: { attemptId: string }) =>
      `/v1/staff/appeals/${(await api.services.store.appeals.ofAttempt(attemptId))[0]?.id}/refund`;
    const paid = { reference: 'OUT-1' };
    expect(refusalOf(await staff('POST', await refundOf(right), paid))).toEqual(refused(409, 'no_refund_due'));
    expect(await answered(right, { t1: 3 })).toEqual({ result: 'upheld' });
    expect(await answered(wrong, { t1: 1 })).toEqual({ result: 'refused' });
    expect((await wrong.candidate('GET', wrong.path)).body.appeals[0].refund).toBeNull();
    expect(refusalOf(await staff('POST', await refundOf(wrong), paid))).toEqual(refused(409, 'no_refund_due'));
    expect((await staff('GET', due(wrong.attemptId))).body.appeals).toEqual([]);
    expect((await staff('GET', due(right.attemptId))).body.appeals).toMatchObject([{ refund: 'due', feeReference: 'INV-8', refundReference: null }]);
    expect((await api.as('audrey', 'auditor')('POST', await refundOf(right), paid)).status).toBe(403);
    expect(refusalOf(await api.as(right.subject, 'candidate', 'staff')('POST', await refundOf(right), paid))).toEqual(
      refused(403, 'conflict_of_interest'),
    );
    const recorded = await Promise.all([staff('POST', await refundOf(right), paid), staff('POST', await refundOf(right), paid)]);
    expect(recorded.map(({ status }) => status)).toEqual([204, 204]);
    expect(refusalOf(await staff('POST', await refundOf(right), { reference: 'OUT-2' }))).toEqual(refused(409, 'refund_recorded'));
    expect((await staff('GET', due(right.attemptId))).body.appeals).toEqual([]);
    const [row] = (await staff('GET', `/v1/staff/appeals?attemptId=${right.attemptId}`)).body.appeals;
    expect(row).toMatchObject({ refund: 'paid', refundReference: 'OUT-1', refundedBy: 'sam', refundedAt: expect.any(String) });
    expect((await right.candidate('GET', right.path)).body.appeals[0].refund).toBe('paid');
  });

  it('that is withdrawn stays so, sent again as well, and another is not taken', async () => {
    const { candidate, path } = await failed();
    await candidate('POST', path, of('t1'));
    for (let times = 0; times < 2; times += 1) expect((await candidate('POST', `${path}/withdrawal`)).body.appeals[0].state).toBe('withdrawn');
    expect((await candidate('POST', path, of('t1'))).body.appeals[0].state).toBe('withdrawn');
    expect(refusalOf(await candidate('POST', path, of('t2')))).toEqual(refused(409, 'appealed_already'));
  });

  it('is answered once, by whichever of two that answer it at once', async () => {
    const appealed = await failed();
    await appealed.candidate('POST', appealed.path, of('t1', 't2'));
    expect(await answered(appealed, { t1: 5, t2: 3 })).toEqual({ result: 'partly' });
    const { store } = api.services;
    const [appeal] = await store.appeals.ofAttempt(appealed.attemptId);
    const credentials = await issuerOf(api.services);
    const again = await Promise.all(
      Array.from({ length: 4 }, () => store.appeals.answer({ attemptId: appealed.attemptId, appealId: appeal?.id ?? '' }, credentials)),
    );
    expect(again).toEqual(Array.from({ length: 4 }, () => ({ result: 'partly' })));
    expect(await store.decisions.results(appealed.attemptId)).toHaveLength(2);
    expect(refusalOf(await appealed.candidate('POST', `${appealed.path}/withdrawal`))).toEqual(refused(409, 'appeal_settled'));
    const { body } = await appealed.candidate('GET', `/v1/attempts/${appealed.attemptId}/results`);
    expect(body.decisions[1].feedback.find(({ itemId }: { itemId: string }) => itemId === 't1')).toMatchObject({
      points: 5,
      pointsBefore: 2,
      remarks: ['looked at anew'],
    });
    expect(body.decisions[1].feedback.find(({ itemId }: { itemId: string }) => itemId === 't2')).toMatchObject({ points: 3, pointsBefore: 3 });
  });

  it('is seen by staff and auditors, but by nobody who is its candidate, or marks it', async () => {
    const appealed = await failed();
    await appealed.candidate('POST', appealed.path, of('t1'));
    const listed = async (subject: string, ...roles: ('staff' | 'auditor')[]) =>
      (await api.as(subject, ...roles)('GET', `/v1/staff/appeals?open=true&attemptId=${appealed.attemptId}`)).body.appeals;
    expect(await listed('sam', 'staff')).toMatchObject([
      { attemptId: appealed.attemptId, state: 'open', items: [{ itemId: 't1', text: 'See its second half.' }] },
    ]);
    expect(await listed('audrey', 'auditor')).toHaveLength(1);
    expect(await listed(appealed.subject, 'staff')).toEqual([]);
    const { store } = api.services;
    await store.assignments.open({
      submissionId: appealed.submissionId,
      purpose: 'mark',
      seats: [4],
      itemIds: ['t1'],
      dueAt: new Date(Date.now() + 86_400_000),
    });
    const held = await store.assignments.claim({ grader: 'sue', designated: false });
    expect(await listed('sue', 'staff')).toEqual([]);
    await store.assignments.complete({
      assignmentId: held?.id ?? '',
      grader: 'sue',
      fencingToken: held?.fencingToken ?? 0,
      marks: [{ itemId: 't1', points: 1, reason: 'no' }],
    });
    // The first decision stands beside it; until the appeal is answered it is not theirs to read.
    expect(await listed('sue', 'staff')).toEqual([]);
    const [appeal] = await store.appeals.ofAttempt(appealed.attemptId);
    await store.appeals.answer({ attemptId: appealed.attemptId, appealId: appeal?.id ?? '' }, await issuerOf(api.services));
    expect((await api.as('sue', 'staff')('GET', `/v1/staff/appeals?attemptId=${appealed.attemptId}`)).body.appeals).toMatchObject([
      { state: 'refused' },
    ]);
  });

  it('looks to its grader as any script: the same fields, the whole rubric of a file, and no word of an appeal', async () => {
    const { store } = api.services;
    const script = await decidedCaseStudy(store, {
      given: [{ grader: 'gil', points: [1, 1] }],
      credentials: await issuerOf(api.services),
      examId: await published({ marking: 'single', passMark: 9000 }),
    });
    await store.attempts.beginTakingAppeals(script.attemptId);
    const { subject } = await store.attempts.read({ attemptId: script.attemptId });
    const filed = await api.as(subject, 'candidate')('POST', `/v1/attempts/${script.attemptId}/appeals`, of('k1'));
    expect(filed.status).toBe(201);
    const dueAt = new Date(Date.now() + 7 * 86_400_000);
    await store.assignments.open({ submissionId: script.submissionId, purpose: 'mark', seats: [4], dueAt });
    const shown = (await api.as('gina', 'grader')('POST', '/v1/assignments/claims', {})).body;
    expect(shown.criteria.map(({ itemId }: { itemId: string }) => itemId)).toEqual(['k1', 'k2']);
    expect(shown.purpose).toBe('mark');
    expect(JSON.stringify(shown)).not.toMatch(/appeal|overlooked|second half|"seat"/i);
  });
});

/** By arithmetic on what was given alone: nothing of ours decides here. */
function outcomeByHand(first: readonly [number, number], second: readonly [number, number], appeal: readonly [number, number]) {
  const before = [0, 1].map((item) => (Number(first[item]) * 100 + Number(second[item]) * 100) / 2);
  const after = before.map((hundredths, item) => Math.max(hundredths, Number(appeal[item]) * 100));
  const raised = after.filter((hundredths, item) => hundredths > Number(before[item])).length;
  const sum = (of2: readonly number[]) => Number(of2[0]) + Number(of2[1]);
  // 2000 hundredths of a point there are; 40 % of them pass.
  return { answer: ['refused', 'partly', 'upheld'][raised], hundredths: sum(after), failedBefore: sum(before) < 800, passes: sum(after) >= 800 };
}

describe('everybody who failed and appeals', () => {
  it('has the outcome that comes of the marks by hand', async () => {
    let seed = 2026;
    const drawn = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return (seed % 11) / 2; // 0 to 5 points in halves
    };
    const pair = () => [drawn(), drawn()] as const;
    const seen = new Map<string, number>();
    for (let candidate = 0; candidate < 60 && [...seen.values()].reduce((a, b) => a + b, 0) < 24; candidate += 1) {
      const [first, second, appeal] = [pair(), pair(), pair()];
      const expected = outcomeByHand(first, second, appeal);
      if (!expected.failedBefore || [...first, ...second].some((points) => points === 5)) continue;
      const appealed = await failed({
        given: [
          { grader: `a${candidate}`, points: first },
          { grader: `b${candidate}`, points: second },
        ],
      });
      expect((await appealed.candidate('POST', appealed.path, of('t1', 't2'))).status).toBe(201);
      expect(await answered(appealed, { t1: appeal[0], t2: appeal[1] })).toEqual({ result: expected.answer });
      const decision = (await api.services.store.decisions.results(appealed.attemptId)).at(-1);
      expect([decision?.millipoints, decision?.passed]).toEqual([expected.hundredths * 10, expected.passes]);
      expect((await appealed.candidate('GET', `/v1/attempts/${appealed.attemptId}`)).body.phase).toBe(
        expected.passes ? 'case_study_offered' : 'failed',
      );
      const key = `${expected.answer} ${expected.passes}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted()).toEqual(['partly false', 'partly true', 'refused false', 'upheld false', 'upheld true']);
  }, 240_000);
});
