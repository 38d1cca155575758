import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';
import { decidedScript } from '../../../test/support/decided.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';
import type { Role } from '../../actor.ts';
import type { ProblemCode } from '../../problems.ts';

let api: TestApi;
let sam: Caller;
let lea: Caller;
let attemptId: string;

beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  [sam, lea] = [api.as('sam', 'staff'), api.as('lea', 'staff')];
  const { store } = api.services;
  const given = ['g1', 'g2'].map((grader) => ({ grader, points: [4, 4] as const }));
  ({ attemptId } = await decidedScript(store, { given, credentials: await issuerOf(api.services) }));
});
afterAll(() => api.close());

const FIRST_DECISION = '00000000-0000-0000-0000-000000000000';
const about = { examId: 'small', test: 'aptitude', itemId: 'c1', reason: 'the key was wrong' };
const fullPoints = { ...about, change: { kind: 'full_points' } };
const paths = { list: '/v1/staff/regrades', of: (id: string) => `/v1/staff/regrades/${id}` };
const cancel = (id: string) => sam('POST', `${paths.of(id)}/cancellation`, { reason: 'mistaken' });

describe('a regrade', () => {
  it('is opened with its preview by one, looked at by an auditor, and applied by another, while Temporal is away', async () => {
    const { status, body } = await sam('POST', paths.list, fullPoints);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      examId: 'small',
      versions: [1],
      caseStudyId: null,
      change: { kind: 'full_points' },
      openedBy: 'sam',
      state: 'open',
      counts: [{ effect: 'raised', state: 'previewed', decisions: 1 }],
    });
    const { changes } = (await api.as('ada', 'auditor')('GET', `${paths.of(body.id)}/changes?effect=raised`)).body;
    expect(changes).toMatchObject([
      {
        attemptId,
        effect: 'raised',
        passed: false,
        before: { points: 8, pointsMax: 20, score: '40.00' },
        after: { points: 13, score: '65.00' },
        certificateId: null,
      },
    ]);
    const application = { previewHash: body.previewHash, reason: 'read, and so it is' };
    expect(refusalOf(await sam('POST', `${paths.of(body.id)}/application`, application))).toEqual(refused(409, 'second_person_needed'));
    const applied = await lea('POST', `${paths.of(body.id)}/application`, application);
    expect(applied).toMatchObject({ status: 200, body: { state: 'applying', settledBy: 'lea', finishedAt: null } });
    expect((await lea('POST', `${paths.of(body.id)}/application`, application)).body).toEqual(applied.body);
    expect(refusalOf(await cancel(body.id))).toEqual(refused(409, 'regrade_settled'));
    expect(refusalOf(await sam('POST', `${paths.of(body.id)}/preview`))).toEqual(refused(409, 'regrade_settled'));
    // It is not through: nobody has put anything right yet.
    expect(refusalOf(await sam('POST', paths.list, fullPoints))).toEqual(refused(409, 'regrade_open'));
    await api.services.store.regrades.finish({ regradeId: body.id });
  });

  it('is the same under the same key, is previewed anew, and is cancelled by anybody of staff', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const mapping = { ...about, itemId: 'c2', change: { kind: 'mapping', pointsByChoice: { a: 5, c: -2.5 } } };
    const opened = await sam('POST', paths.list, mapping, key);
    expect(opened.body.change).toEqual(mapping.change);
    expect((await sam('POST', paths.list, mapping, key)).body).toEqual(opened.body);
    expect(refusalOf(await sam('POST', paths.list, fullPoints, key))).toEqual(refused(422, 'idempotency_key_reused'));
    expect((await lea('POST', `${paths.of(opened.body.id)}/preview`)).body.previewHash).toBe(opened.body.previewHash);
    const stale = { previewHash: 'another', reason: 'so it is' };
    expect(refusalOf(await lea('POST', `${paths.of(opened.body.id)}/application`, stale))).toEqual(refused(409, 'regrade_changed'));
    expect((await cancel(opened.body.id)).body).toMatchObject({ state: 'cancelled', settledBy: 'sam', settledReason: 'mistaken' });
    expect((await sam('GET', paths.list)).body.regrades.map(({ id }: { id: string }) => id)).toContain(opened.body.id);
  });

  it('says which field does not fit the exam, and which is not one', async () => {
    const wrong: readonly (readonly [object, ProblemCode, string])[] = [
      [{ ...fullPoints, itemId: 'c9' }, 'regrade_invalid', 'itemId'],
      [{ ...fullPoints, test: 'case_study', caseStudyId: 'none' }, 'regrade_invalid', 'caseStudyId'],
      [{ ...about, itemId: 't1', change: { kind: 'key', correct: ['a'] } }, 'regrade_invalid', 'change.kind'],
      [{ ...about, itemId: 'c2', change: { kind: 'key', correct: ['z'] } }, 'regrade_invalid', 'change.correct'],
      [{ ...fullPoints, test: 'case_study' }, 'validation_failed', 'caseStudyId'],
      [{ ...fullPoints, submittedFrom: '2026-12-01T00:00:00Z', submittedUntil: '2026-12-01T00:00:00Z' }, 'validation_failed', 'submittedUntil'],
      [{ ...fullPoints, reason: ' ' }, 'validation_failed', 'reason'],
      [{ ...about, change: { kind: 'forgotten' } }, 'validation_failed', 'change.kind'],
      [{ ...about, change: { kind: 'mapping', pointsByChoice: { a: 1.005 } } }, 'validation_failed', 'change.pointsByChoice.a'],
    ];
    for (const [body, code, field] of wrong) {
      const answer = await sam('POST', paths.list, body);
      expect([refusalOf(answer), answer.body.fields[0]?.path], JSON.stringify(body)).toEqual([refused(422, code), field]);
    }
    for (const body of [
      { ...fullPoints, examId: 'absent' },
      { ...fullPoints, versions: [1, 7] },
    ])
      expect(refusalOf(await sam('POST', paths.list, body))).toEqual(refused(404, 'exam_not_published'));
    for (const id of [randomUUID(), 'no-id']) expect(refusalOf(await sam('GET', paths.of(id)))).toEqual(refused(404, 'not_found'));
  });

  it('is opened, applied and cancelled by staff alone, and read by auditors as well', async () => {
    const acts = [paths.list, `${paths.of(randomUUID())}/preview`, `${paths.of(randomUUID())}/application`, `${paths.of(randomUUID())}/cancellation`];
    const others: readonly Role[] = ['candidate', 'grader', 'designated'];
    for (const role of [...others, 'auditor'] as const)
      for (const path of acts) expect(refusalOf(await api.as('other', role)('POST', path, fullPoints)), path).toEqual(refused(403, 'forbidden'));
    for (const role of others) expect(refusalOf(await api.as('other', role)('GET', paths.list))).toEqual(refused(403, 'forbidden'));
  });
});

describe('a failed test that passes by a regrade', () => {
  it('is not called failed to its candidate, who is told to register again, until they have', async () => {
    const examId = `passes-${randomUUID()}`;
    await api.publish(smallExam({ passMark: 6000 }, examId));
    const { store } = api.services;
    const given = ['g3', 'g4'].map((grader) => ({ grader, points: [4, 4] as const }));
    const script = await decidedScript(store, { given, credentials: await issuerOf(api.services), examId });
    const candidate = api.as(script.subject, 'candidate');
    const standing = async () => (await candidate('GET', `/v1/attempts/${script.attemptId}`)).body;
    expect(await standing()).toMatchObject({ phase: 'failed', waitingFor: null, outcomeReasonCode: 'aptitude_test_not_passed' });
    const { body } = await sam('POST', paths.list, { ...fullPoints, examId });
    expect(body.counts).toMatchObject([{ effect: 'passes', decisions: 1 }]);
    await lea('POST', `${paths.of(body.id)}/application`, { previewHash: body.previewHash, reason: 'so it is' });
    // As its workflow does: Temporal is away here.
    await store.regrades.applyPage({ regradeId: body.id, after: FIRST_DECISION, credentials: await issuerOf(api.services) });
    expect(await standing()).toMatchObject({
      phase: 'failed',
      waitingFor: { whom: 'candidate', code: 'register_again', until: null },
      outcomeReasonCode: 'aptitude_test_passed_since',
    });
    const again = await candidate('POST', '/v1/attempts', { examId });
    expect(again.body).toMatchObject({ phase: 'case_study_offered' });
    expect(await standing()).toMatchObject({ phase: 'failed', waitingFor: null });
  });
});
