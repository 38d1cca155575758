import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppealState } from '../../domain/appeal.ts';
import type { Policy } from '../../domain/exam.ts';
import { ring } from '../../platform/temporal/ring.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { refusalOf } from '../../api/staff-acts.ts';
import { attemptBell } from '../../workflows/bells.ts';
import { extend, reopen, withdraw } from '../../workflows/messages.ts';
import { CertAppeal, CertOutcome } from '../../workflows/search-attributes.ts';
import { openCorrection, settleCorrection } from '../support/correction-shapes.ts';
import { createCandidate, markNext, startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { rightAnswers } from '../support/shapes.ts';
import { actAsStaff } from '../support/staff-acts.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ exams: [] });
});
afterAll(() => pipeline.stop());

async function publish(policy: Partial<Policy>): Promise<string> {
  const examId = `appeals-${randomUUID()}`;
  await pipeline.store.examVersions.publish({
    content: smallExam({ marking: 'single', appealWindowSeconds: 3600, ...policy }, examId),
    actor: 'test',
  });
  return examId;
}

type Points = Readonly<Record<string, number>>;

/** Every choice is right, and of the texts there are so many points, of 5 each: 10 of 20 points are the machine's. */
async function failed(points: Points, policy: Partial<Policy> = {}) {
  const examId = await publish(policy);
  const candidate = createCandidate(pipeline, { examId });
  const attemptId = await candidate.register();
  await untilPhase(pipeline, attemptId, 'registered');
  await candidate.start();
  await candidate.answer(rightAnswers);
  await candidate.submit();
  await markNext(pipeline, { pointsOf: (itemId) => points[itemId] ?? 0 });
  await untilPhase(pipeline, attemptId, 'failed');
  return { candidate, attemptId, examId, subject: candidate.subject };
}

async function file({ attemptId, subject }: { attemptId: string; subject: string }, itemIds: readonly string[]): Promise<void> {
  const items = itemIds.map((itemId) => ({ itemId, reason: 'overlooked' as const, text: 'The second half of my answer says it.' }));
  await ring(pipeline.client, attemptBell({ ...(await pipeline.store.appeals.file({ attemptId, subject, items })), fact: 'appealed' }));
}

async function untilAppeal(attemptId: string, state: AppealState): Promise<void> {
  await until(async () => {
    const [appeal] = await pipeline.store.appeals.ofAttempt(attemptId);
    return appeal?.state === state || `the appeal is ${appeal?.state}`;
  });
}

/** Staff find it so in the Temporal UI. */
async function untilShown(attemptId: string, state: AppealState): Promise<void> {
  await until(async () => {
    const { typedSearchAttributes } = await pipeline.handle(attemptId).describe();
    return typedSearchAttributes.get(CertAppeal) === state || 'the workflow has not heard of it';
  });
}

const ofAttempt = async (attemptId: string) => (await pipeline.store.attempts.read({ attemptId })).facts;
const results = (attemptId: string) => pipeline.store.decisions.results(attemptId);
const kinds = async (attemptId: string) => (await pipeline.store.notices.list(attemptId)).map(({ kind }) => kind);

async function untilTold(attemptId: string, kind: string): Promise<void> {
  await until(async () => (await kinds(attemptId)).includes(kind) || `told of ${(await kinds(attemptId)).join(', ')}`);
}

async function explained(attemptId: string) {
  return pipeline.store.decisions.explanations({ attemptId, actor: 'test', role: 'operator', reason: 'test' });
}

describe('an appeal', () => {
  it('that is upheld turns a fail into a pass, and the attempt goes on as any', async () => {
    const of = await failed({ t1: 2, t2: 3 }, { offerWindowSeconds: 86_400 });
    await file(of, ['t1']);
    await markNext(pipeline, { pointsOf: () => 4 });
    await untilAppeal(of.attemptId, 'upheld');
    const [first, second] = await results(of.attemptId);
    expect([first?.passed, first?.millipoints]).toEqual([false, 15_000]);
    expect([second?.passed, second?.millipoints, second?.round]).toEqual([true, 17_000, 2]);
    expect(second?.items.find(({ itemId }) => itemId === 't1')).toMatchObject({ millipoints: 4000, basis: 'appealed' });
    expect(second?.feedback.find(({ itemId }) => itemId === 't1')).toMatchObject({ points: 4, pointsBefore: 2 });
    await untilPhase(pipeline, of.attemptId, 'case_study_offered');
    await untilShown(of.attemptId, 'upheld');
    expect((await pipeline.handle(of.attemptId).describe()).typedSearchAttributes.get(CertOutcome)).toBeUndefined();
    await untilTold(of.attemptId, 'appeal_aptitude_passed');
    await of.candidate.download();
    await of.candidate.upload();
    await of.candidate.submit('case_study');
    await markNext(pipeline);
    await untilPhase(pipeline, of.attemptId, 'certified');
    const decisions = await explained(of.attemptId);
    expect(decisions.map(({ differences }) => differences)).toEqual([[], [], []]);
    expect(decisions[1]?.supersedes?.appeal?.answer).toBe('upheld');
  });

  it('never lowers a result: a lower mark refuses it, with a decision of its own that names the one before', async () => {
    const of = await failed({ t1: 2, t2: 3 });
    await file(of, ['t1', 't2']);
    await markNext(pipeline, { pointsOf: () => 1 });
    await untilAppeal(of.attemptId, 'refused');
    const [first, second] = await results(of.attemptId);
    expect(second?.millipoints).toBe(first?.millipoints);
    expect(second?.items).toEqual(first?.items);
    await untilTold(of.attemptId, 'appeal_refused');
    expect((await ofAttempt(of.attemptId)).outcome).toBe('failed');
    expect((await explained(of.attemptId)).flatMap(({ differences }) => differences)).toEqual([]);
    await expect(file(of, ['t1'])).rejects.toMatchObject({ code: 'appealed_already' });
  });

  it('that is right in part raises those points, and the window goes on where it was', async () => {
    const of = await failed({ t1: 1, t2: 1 });
    const settledAt = (await ofAttempt(of.attemptId)).settledAt;
    await file(of, ['t1', 't2']);
    await markNext(pipeline, { pointsOf: (itemId) => (itemId === 't1' ? 3 : 1) });
    await untilAppeal(of.attemptId, 'partly');
    await untilTold(of.attemptId, 'appeal_raised');
    expect((await results(of.attemptId)).at(-1)?.millipoints).toBe(14_000);
    expect((await ofAttempt(of.attemptId)).settledAt).toBe(settledAt);
  });

  it('that is withdrawn while somebody marks leaves the result as it was, and their mark counts for nothing', async () => {
    const of = await failed({ t1: 2, t2: 3 });
    await file(of, ['t1']);
    const grader = `grader-${randomUUID()}`;
    let held: Awaited<ReturnType<Pipeline['store']['assignments']['claim']>>;
    await until(async () => (held = await pipeline.store.assignments.claim({ grader, designated: false })) !== undefined || 'nothing to mark');
    const withdrawn = await pipeline.store.appeals.withdraw({ attemptId: of.attemptId, subject: of.subject });
    await ring(pipeline.client, attemptBell({ ...withdrawn, fact: 'appeal_withdrawn' }));
    const lease = { assignmentId: held?.id ?? '', grader, fencingToken: held?.fencingToken ?? 0 };
    await expect(pipeline.store.assignments.complete({ ...lease, marks: [{ itemId: 't1', points: 5, reason: 'all there' }] })).rejects.toMatchObject({
      code: 'assignment_closed',
    });
    await untilTold(of.attemptId, 'appeal_withdrawn');
    expect(await results(of.attemptId)).toHaveLength(1);
    await untilShown(of.attemptId, 'withdrawn');
  });

  it('after the end of the window by the database is refused, and its attempt closes', async () => {
    const of = await failed({ t1: 2, t2: 3 }, { appealWindowSeconds: 1 });
    await until(async () => (await pipeline.handle(of.attemptId).describe()).status.name === 'COMPLETED' || 'it is open');
    await expect(file(of, ['t1'])).rejects.toMatchObject({ code: 'deadline_passed' });
  });

  it('is marked by nobody who marked before, and is none of what they are asked', async () => {
    const of = await failed({ t1: 2, t2: 3 });
    await file(of, ['t1']);
    await until(
      async () => (await pipeline.store.assignments.listForStaff({ attemptId: of.attemptId, state: 'open', limit: 5 })).length === 1 || 'no seat',
    );
    const [before] = await pipeline.store.assignments.listForStaff({ attemptId: of.attemptId, state: 'completed', limit: 5 });
    const [open] = await pipeline.store.assignments.listForStaff({ attemptId: of.attemptId, state: 'open', limit: 5 });
    const act = { actor: 'staff-1', reason: 'test', actionKey: randomUUID() };
    await expect(
      pipeline.store.assignments.reassign({ ...act, attemptId: of.attemptId, assignmentId: open?.id ?? '', grader: before?.holder ?? '' }),
    ).rejects.toMatchObject({ code: 'already_involved' });
    await markNext(pipeline, { pointsOf: () => 2 });
    await untilAppeal(of.attemptId, 'refused');
  });

  it('holds off another attempt, and another attempt holds off an appeal', async () => {
    const of = await failed({ t1: 2, t2: 3 });
    await file(of, ['t1']);
    await expect(createCandidate(pipeline, { examId: of.examId, subject: of.subject }).register()).rejects.toMatchObject({
      code: 'attempt_already_open',
    });
    await markNext(pipeline, { pointsOf: () => 2 });
    await untilAppeal(of.attemptId, 'refused');
    const other = await failed({ t1: 2, t2: 3 });
    await createCandidate(pipeline, { examId: other.examId, subject: other.subject }).register();
    await expect(file(other, ['t1'])).rejects.toMatchObject({ code: 'attempt_already_open' });
  });

  it('stands while staff reopen, extend or withdraw: each is refused, and it is answered all the same', async () => {
    const of = await failed({ t1: 2, t2: 3 });
    await file(of, ['t1']);
    const staff = { actor: 'sam', reason: 'asked to' };
    const deadline = new Date(Date.now() + 86_400_000).toISOString();
    const acts = [
      () => actAsStaff(pipeline, of.attemptId, reopen, { ...staff, test: 'aptitude', deadline }),
      () => actAsStaff(pipeline, of.attemptId, extend, { ...staff, window: 'aptitude', deadline }),
      () => actAsStaff(pipeline, of.attemptId, withdraw, staff),
    ];
    for (const act of acts) expect(refusalOf(await act().catch((refusal: unknown) => refusal))?.code).toBe('wrong_phase');
    await expect(pipeline.store.attempts.withdraw({ attemptId: of.attemptId, subject: of.subject })).rejects.toMatchObject({ code: 'wrong_phase' });
    await markNext(pipeline, { pointsOf: () => 3 });
    await untilAppeal(of.attemptId, 'upheld');
    expect((await results(of.attemptId)).map(({ round }) => round)).toEqual([1, 2]);
  });

  it('that made a certificate is past once that is in doubt: a correction and an appeal never meet', async () => {
    const examId = await publish({ offerWindowSeconds: 86_400 });
    const candidate = createCandidate(pipeline, { examId });
    const attemptId = await candidate.register();
    await candidate.start();
    await candidate.answer(rightAnswers);
    await candidate.submit();
    await markNext(pipeline);
    await untilPhase(pipeline, attemptId, 'case_study_offered');
    await candidate.download();
    await candidate.upload();
    await candidate.submit('case_study');
    await markNext(pipeline, { pointsOf: () => 1 });
    await untilPhase(pipeline, attemptId, 'failed');
    await file({ attemptId, subject: candidate.subject }, ['k1', 'k2']);
    await markNext(pipeline, { pointsOf: (_itemId, max) => max });
    await untilPhase(pipeline, attemptId, 'certified');
    const correctionId = randomUUID();
    await openCorrection(pipeline, (await pipeline.store.certificates.ofAttempt(attemptId)).id, correctionId);
    await expect(file({ attemptId, subject: candidate.subject }, ['k1'])).rejects.toMatchObject({ code: 'appealed_already' });
    await settleCorrection(pipeline, correctionId, { resolution: 'revoked' });
    expect((await results(attemptId)).map(({ test, passed }) => [test, passed])).toEqual([
      ['aptitude', true],
      ['case_study', false],
      ['case_study', true],
    ]);
    expect((await explained(attemptId)).flatMap(({ differences }) => differences)).toEqual([]);
    await expect(file({ attemptId, subject: candidate.subject }, ['k1'])).rejects.toMatchObject({ code: 'appealed_already' });
  });

  it('is explained by what it was before and by whose mark it has more', async () => {
    const of = await failed({ t1: 2, t2: 3 });
    await file(of, ['t1']);
    await markNext(pipeline, { pointsOf: () => 3 });
    await untilAppeal(of.attemptId, 'upheld');
    const [, answer] = await explained(of.attemptId);
    expect(answer?.differences).toEqual([]);
    expect(answer?.items.find(({ itemId }) => itemId === 't1')).toMatchObject({ basis: 'appealed', millipointsBefore: 2000 });
  });
});
