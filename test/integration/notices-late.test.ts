import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createCandidate, markNext, startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { rightAnswers } from '../support/shapes.ts';

/** Nobody tells candidates anything: the pool is away, or of a build that does not know the steps yet. */

let pipeline: Pipeline;

beforeAll(async () => {
  const reminded = { startWindowSeconds: 8, caseStudyLimitSeconds: 4, candidateReminderSeconds: { start: [6, 1], case_study: [3, 1] } };
  pipeline = await startPipeline({ exams: [smallExam(reminded)], away: ['notification'] });
});
afterAll(() => pipeline?.stop());

const told = async (attemptId: string) => (await pipeline.store.notices.list(attemptId)).map(({ kind }) => kind);

it('no window ends late and no result waits for what the candidate is to be told, and the rest is told later', async () => {
  const absent = createCandidate(pipeline);
  await absent.register();
  const taker = createCandidate(pipeline);
  await taker.register();
  await until(async () => (await pipeline.handle(taker.attemptId).describe()).status.name === 'RUNNING' || 'no workflow');
  await taker.start();
  await taker.answer(rightAnswers);
  await taker.submit();
  await untilPhase(pipeline, absent.attemptId, 'lapsed');
  for (const _seat of [1, 2]) await markNext(pipeline);
  await untilPhase(pipeline, taker.attemptId, 'case_study_offered');
  await taker.download();
  await untilPhase(pipeline, taker.attemptId, 'failed');
  const { asOf, sittings } = (await pipeline.store.attempts.read({ attemptId: taker.attemptId })).facts;
  expect(sittings.case_study?.frozenAt).toBe(sittings.case_study?.deadline);
  expect(asOf - (sittings.case_study?.deadline ?? 0)).toBeLessThan(20_000);
  expect([...(await told(absent.attemptId)), ...(await told(taker.attemptId))]).toEqual([]);

  await pipeline.bringUp(['notification']);
  await until(async () => (await told(absent.attemptId)).includes('lapsed') || 'not told yet');
  await until(async () => (await told(taker.attemptId)).includes('case_study_not_submitted') || 'not told yet');
  for (const { attemptId } of [absent, taker]) {
    await expect(pipeline.handle(attemptId).result()).resolves.toBeDefined();
    expect(await told(attemptId)).not.toContain('deadline_near');
  }
  expect(await told(taker.attemptId)).toEqual(expect.arrayContaining(['aptitude_submitted', 'aptitude_passed']));
});
