import { describe, expect, test } from 'vitest';
import { createMeter, operationOf } from './meter.ts';

const answered = (method: string, path: string, milliseconds: number, { status = 200, tries = 1 } = {}) => ({
  method,
  path,
  milliseconds,
  status,
  tries,
});

describe('operationOf', () => {
  test.each([
    ['POST', '/v1/attempts', 201, 'register'],
    ['GET', '/v1/attempts/1', 200, 'status'],
    ['GET', '/v1/attempts/1/results', 200, 'other'],
    ['POST', '/v1/attempts/1/aptitude-test', 200, 'start'],
    ['PUT', '/v1/attempts/1/responses/t1', 200, 'autosave'],
    ['POST', '/v1/attempts/1/aptitude-test/submission', 200, 'submit'],
    ['POST', '/v1/attempts/1/case-study/submission', 200, 'submit'],
    ['POST', '/v1/attempts/1/case-study', 200, 'download'],
    ['POST', '/v1/assignments/claims', 200, 'claim'],
    ['POST', '/v1/assignments/claims', 204, 'claim, nothing there'],
    ['POST', '/v1/assignments/1/completion', 200, 'complete'],
  ])('%s %s with %i is %s', (method, path, status, operation) => {
    expect(operationOf({ method, path, status })).toBe(operation);
  });
});

describe('createMeter', () => {
  test('tells percentiles by stage and operation, and what had to be repeated', () => {
    let now = 0;
    const meter = createMeter(() => now);
    meter.stage('one');
    now = 20_000;
    for (let milliseconds = 1; milliseconds <= 100; milliseconds += 1) meter.record(answered('POST', '/v1/attempts', milliseconds));
    meter.stage('two');
    now = 22_000;
    meter.record(answered('POST', '/v1/attempts', 7, { tries: 3 }));
    expect(meter.figures()).toEqual([
      { stage: 'one', operation: 'register', count: 100, perSecond: 5, p50: 50, p95: 95, p99: 99, max: 100, repeated: 0 },
      { stage: 'two', operation: 'register', count: 1, perSecond: 0.5, p50: 7, p95: 7, p99: 7, max: 7, repeated: 1 },
    ]);
  });
});
