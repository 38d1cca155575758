import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phaseOf, type Phase } from '../../domain/attempt.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createCandidate, markNext, startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { rightAnswers } from '../support/shapes.ts';

/** What the most prominent button of the Temporal UI does to an attempt, pressed in every phase in which one can stand. */

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ exams: [smallExam()] });
});
afterAll(() => pipeline?.stop());

const shownPhase = async (attemptId: string) => (await pipeline.handle(attemptId).describe()).searchAttributes['CertPhase']?.[0];

/** Once the workflow waits there, and not only the records. */
async function untilShown(attemptId: string, phase: Phase): Promise<void> {
  await untilPhase(pipeline, attemptId, phase);
  await until(async () => (await shownPhase(attemptId)) === phase || `the workflow shows ${String(await shownPhase(attemptId))}, not ${phase}`);
}

/** A way to the certificate, with something done wherever the attempt waits. */
async function certifiedDespite(press: (attemptId: string) => Promise<void>): Promise<{ attemptId: string; told: readonly string[] }> {
  const candidate = createCandidate(pipeline);
  await candidate.register();
  const { attemptId } = candidate;
  const wherever = async (phase: Phase) => {
    await untilShown(attemptId, phase);
    await press(attemptId);
  };
  await wherever('registered');
  await candidate.start();
  await wherever('aptitude_test');
  await candidate.answer(rightAnswers);
  await candidate.submit();
  await wherever('aptitude_grading');
  for (const _seat of [1, 2]) await markNext(pipeline);
  await wherever('case_study_offered');
  await candidate.download();
  await wherever('case_study');
  await candidate.upload();
  await candidate.submit('case_study');
  await wherever('case_study_grading');
  for (const _seat of [1, 2]) await markNext(pipeline);
  await untilPhase(pipeline, attemptId, 'certified');
  await expect(pipeline.handle(attemptId).result()).resolves.toMatchObject({ outcome: 'certified' });
  await until(async () => (await pipeline.store.notices.list(attemptId)).some(({ kind }) => kind === 'case_study_passed') || 'not told yet');
  return { attemptId, told: (await pipeline.store.notices.list(attemptId)).map(({ kind }) => kind) };
}

const ALL = ['registered', 'aptitude_submitted', 'aptitude_passed', 'case_study_submitted', 'case_study_passed'];

describe('an attempt, in every phase,', () => {
  it('goes on to its certificate when its cancellation is requested', async () => {
    const { attemptId, told } = await certifiedDespite(async (id) =>
      pipeline
        .handle(id)
        .cancel()
        .then(() => undefined),
    );
    expect(told).toEqual(ALL);
    expect(phaseOf((await pipeline.store.attempts.read({ attemptId })).facts)).toBe('certified');
  });
});
