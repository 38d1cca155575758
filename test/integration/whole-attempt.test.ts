import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallExam } from '../support/exam.ts';
import { createCandidate, markNext, startPipeline, untilPhase, type Pipeline } from '../support/pipeline.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ exam: smallExam() });
});

afterAll(() => pipeline?.stop());

const rightAnswers = { c1: ['a'], c2: ['a', 'b'], t1: 'because', t2: 'because of that' };

describe('a whole attempt', () => {
  it('ends certified with the exact score when both tests are passed', async () => {
    const candidate = createCandidate(pipeline);
    const attemptId = await candidate.register();
    await candidate.start();
    await candidate.answer(rightAnswers);
    await candidate.submit();
    await markNext(pipeline);
    await markNext(pipeline, { pointsOf: (_itemId, max) => max - 0.5 });
    await untilPhase(pipeline, attemptId, 'case_study_offered');
    await candidate.download();
    await candidate.upload();
    await candidate.submit('case_study');
    await markNext(pipeline);
    await markNext(pipeline, { pointsOf: () => 8.5 });
    await untilPhase(pipeline, attemptId, 'certified');

    await expect(pipeline.handle(attemptId).result()).resolves.toEqual({ outcome: 'certified' });
    const certificate = await pipeline.store.decisions.certificate(attemptId);
    expect(certificate.basisPoints).toBe(9500); // (97.5 % + 92.5 %) / 2
    const { events } = await pipeline.handle(attemptId).fetchHistory();
    console.log('history events', events?.length, JSON.stringify(Object.groupBy(events ?? [], (e) => String(e.eventType)), (k, v) => Array.isArray(v) ? v.length : v));
    expect(events?.length).toBeLessThanOrEqual(140);
  });
});
