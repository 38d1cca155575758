import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRelay } from '../../workers/delivery.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createCandidate, markNext, startPipeline, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { appliedRegrade, untilThrough } from '../support/regrade-shapes.ts';
import { regradeWorkflowId } from '../../workflows/regrade-messages.ts';

/** Regrades with Temporal and the pools: what is under way, and what is out. */

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ exams: ['under-way', 'out'].map((examId) => smallExam({ marking: 'single' }, examId)) });
});
afterAll(() => pipeline?.stop());

async function submitted(examId: string) {
  const candidate = createCandidate(pipeline, { examId });
  const attemptId = await candidate.register();
  await candidate.start();
  await candidate.answer({ c1: ['b'], c2: ['a', 'b'], t1: 'because', t2: 'because of that' });
  await candidate.submit();
  return { candidate, attemptId };
}

describe('a regrade', () => {
  it('that is applied while an attempt is graded decides it: nothing is published by the key of before, and it goes on', async () => {
    const { attemptId } = await submitted('under-way');
    await appliedRegrade(pipeline, { examId: 'under-way' });
    await markNext(pipeline);
    await untilPhase(pipeline, attemptId, 'case_study_offered');
    const results = await pipeline.store.decisions.results(attemptId);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ passed: true, feedback: [] });
  });

  it(
    'that nobody began, as with Temporal away, is begun by the relay, and whoever passes by it goes on in their next attempt',
    { timeout: 120_000 },
    async () => {
      const { candidate, attemptId } = await submitted('out');
      await markNext(pipeline);
      await untilPhase(pipeline, attemptId, 'failed');
      const regradeId = await appliedRegrade(pipeline, { examId: 'out' });
      const relay = createRelay({ ...pipeline, storage: pipeline.storage() });
      const running = relay.run();
      try {
        await untilThrough(pipeline, regradeId);
      } finally {
        relay.stop();
        await running;
      }
      await expect(pipeline.client.workflow.getHandle(regradeWorkflowId(regradeId)).result()).resolves.toEqual({ applied: 1 });
      const next = await candidate.register();
      await untilPhase(pipeline, next, 'case_study_offered');
    },
  );
});
