import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { examOfShape, SHAPES } from '../support/shapes.ts';
import { writeHistory } from './fixtures.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ exams: SHAPES.map(examOfShape) });
});

afterAll(() => pipeline?.stop());

for (const shape of SHAPES) {
  it(`records ${shape.name}`, async () => {
    const attemptId = await shape.play({ pipeline, examId: examOfShape(shape).examId });
    await expect(pipeline.handle(attemptId).result()).resolves.toEqual({ outcome: shape.outcome });
    await writeHistory(shape.name, await pipeline.handle(attemptId).fetchHistory());
  });
}
