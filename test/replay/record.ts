import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { examOfShape, SHAPES } from '../support/shapes.ts';
import { correctionWorkflowId } from '../../workflows/correction-messages.ts';
import { CORRECTION_SHAPES } from '../support/correction-shapes.ts';
import { REGRADE_SHAPES } from '../support/regrade-shapes.ts';
import { REVIEW_SHAPES } from '../support/review-shapes.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { writeHistory } from './fixtures.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ exams: [...SHAPES.map(examOfShape), smallExam()] });
});

afterAll(() => pipeline?.stop());

for (const shape of SHAPES) {
  it(`records ${shape.name}`, async () => {
    const attemptId = await shape.play({ pipeline, examId: examOfShape(shape).examId });
    await expect(pipeline.handle(attemptId).result()).resolves.toEqual({ outcome: shape.outcome });
    await writeHistory(shape.name, await pipeline.handle(attemptId).fetchHistory());
  });
}

for (const shape of CORRECTION_SHAPES) {
  it(`records ${shape.name}`, async () => {
    const handle = pipeline.client.workflow.getHandle(correctionWorkflowId(await shape.play(pipeline)));
    if (shape.resolution === null) await expect(handle.result()).rejects.toThrow();
    else await expect(handle.result()).resolves.toEqual({ resolution: shape.resolution });
    await writeHistory(shape.name, await handle.fetchHistory());
  });
}

for (const shape of REVIEW_SHAPES) {
  it(`records ${shape.name}`, async () => {
    const handle = pipeline.client.workflow.getHandle(await shape.play(pipeline));
    await expect(handle.result()).resolves.toEqual(expect.arrayContaining([expect.any(String)]));
    await writeHistory(shape.name, await handle.fetchHistory());
  });
}

for (const shape of REGRADE_SHAPES) {
  it(`records ${shape.name}`, async () => {
    const handle = pipeline.client.workflow.getHandle(await shape.play(pipeline));
    await expect(handle.result()).resolves.toEqual({ applied: 1 });
    await writeHistory(shape.name, await handle.fetchHistory());
  });
}
