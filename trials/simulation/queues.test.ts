import { describe, expect, test } from 'vitest';
import { simulateQueue, type PoolParameters } from './queues.ts';

const STEP = 5;
const pool = (changes: Partial<PoolParameters> = {}): PoolParameters => ({
  scaling: { min: 2, max: 20, targetQueueSize: 10, cooldownSeconds: 300 },
  perSecond: 1,
  startSeconds: 30,
  ...changes,
});
/** So many tasks in each step; nothing before and after. */
const tasksOf = (steps: number, arrivals: Readonly<Record<number, number>>) => Float64Array.from({ length: steps }, (_, step) => arrivals[step] ?? 0);

describe('a queue', () => {
  test('that its replicas keep up with makes nobody wait and adds no replica', () => {
    const figures = simulateQueue(new Float64Array(1000).fill(10), { stepSeconds: STEP, pool: pool() });
    expect(figures).toMatchObject({ tasks: 10_000, replicasMost: 2, waitSeconds: { p50: 0, p95: 0, max: 0 } });
    expect(figures.replicaHours).toBeCloseTo((2 * 1000 * STEP) / 3600);
  });

  test('makes tasks wait in order, as long as what is before them takes', () => {
    const fixed = pool({ scaling: { min: 2, max: 2, targetQueueSize: 10, cooldownSeconds: 300 } });
    const figures = simulateQueue(tasksOf(1, { 0: 100 }), { stepSeconds: STEP, pool: fixed });
    expect(figures).toMatchObject({ tasks: 100, replicasMost: 2, backlogMost: 90, waitSeconds: { p50: 20, max: 45 } });
  });

  test('gets replicas by its length, no more than doubled or four at once, and they begin when they are up', () => {
    const figures = simulateQueue(tasksOf(200, { 0: 400 }), { stepSeconds: STEP, pool: pool() });
    expect(figures.replicasMost).toBe(20);
    const slow = simulateQueue(tasksOf(200, { 0: 400 }), { stepSeconds: STEP, pool: pool({ startSeconds: 120 }) });
    expect(slow.waitSeconds.max).toBeGreaterThan(figures.waitSeconds.max + 30);
    const fixed = simulateQueue(tasksOf(200, { 0: 400 }), { stepSeconds: STEP, pool: pool({ startSeconds: 1e6 }) });
    expect(fixed.waitSeconds.max).toBe(195);
  });

  test('keeps to the most replicas that it may have', () => {
    const capped = pool({ scaling: { min: 2, max: 5, targetQueueSize: 10, cooldownSeconds: 300 } });
    expect(simulateQueue(tasksOf(200, { 0: 4000 }), { stepSeconds: STEP, pool: capped }).replicasMost).toBe(5);
  });

  test('gives replicas back after the cool-down alone', () => {
    const hours = (cooldownSeconds: number) =>
      simulateQueue(tasksOf(1000, { 0: 400 }), {
        stepSeconds: STEP,
        pool: pool({ scaling: { min: 2, max: 20, targetQueueSize: 10, cooldownSeconds } }),
      }).replicaHours;
    expect(hours(3000)).toBeGreaterThan(hours(300) * 2);
    // Two for all the time is the least there is.
    expect(hours(300)).toBeGreaterThan((2 * 1000 * STEP) / 3600);
  });
});
