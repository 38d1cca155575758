import { describe, expect, test } from 'vitest';
import { parseMetrics } from '../support/metrics-text.ts';
import { readDemands, workDone } from './demands.ts';
import { readSimulateOptions } from './options.ts';
import { coresOf, readPools } from './pools.ts';
import { simulateScale } from './scale.ts';

const demands = await readDemands();
const pools = await readPools(demands, 40);

function simulate(perWeek: number, ...args: readonly string[]) {
  const options = readSimulateOptions(['--weeks', '2', '--warm-up', '6', ...args]);
  if (!options) throw new Error('these are options');
  return simulateScale(options, { demands, pools }, perWeek).figures;
}

describe('a scale', () => {
  test('of today keeps its promises with the graders there are', () => {
    const figures = simulate(200);
    expect(figures.asItIs.promiseKeptShare).toBeGreaterThan(0.99);
    expect(figures.limits).toEqual([]);
    // 6 h and 16 h at $50, and what is adjudicated.
    expect(figures.costOfAll).toBeCloseTo(1100 + (0.1 * 1 + 0.1 * 3) * 50);
  });

  test('of ten times as many breaks them, and says that graders are what is missing', () => {
    const figures = simulate(2000);
    expect(figures.asItIs.promiseKeptShare).toBeLessThan(0.1);
    expect(figures.limits.join()).toMatch(/graders: [\d,]+ at the very least/);
    expect(figures.enough.promiseKeptShare).toBeGreaterThan(0.99);
    expect(figures.gradersLeast).toBeGreaterThan(300);
    expect(figures.perWeekMost).toBeGreaterThan(200);
    expect(figures.perWeekMost).toBeLessThan(600);
  });

  test('is half as dear with one mark', () => {
    expect(simulate(200, '--marks', '1').costOfAll).toBeLessThan(simulate(200).costOfAll * 0.55);
  });

  test('too large to follow each person of is simulated by some who stand for others, to much the same result', () => {
    const [exact, coarse] = [simulate(2400), simulate(24_000)];
    expect([exact.grain, coarse.grain]).toEqual([1, 10]);
    expect(coarse.enough.openMean / exact.enough.openMean).toBeCloseTo(10, 0);
    expect(coarse.costPerAttempt / exact.costPerAttempt).toBeCloseTo(1, 1);
    expect(coarse.queues.certification.perSecondMost).toBeGreaterThan(exact.queues.certification.perSecondMost * 5);
  });
});

describe('the pools of the model', () => {
  test('are those of the chart, as fast as was measured', () => {
    expect(coresOf('250m')).toBe(0.25);
    expect(coresOf('2')).toBe(2);
    expect(pools.certification.scaling.min).toBeGreaterThanOrEqual(1);
    expect(pools.certification.perSecond).toBeCloseTo(pools.certification.cores / demands.pools.certification.cpuSeconds);
  });
});

describe('what a pool has done', () => {
  test.each(['_milliseconds', '_seconds'])('is read from its metrics, in%s', (unit) => {
    const seconds = unit === '_seconds' ? 1 : 1000;
    const page = `temporal_activity_execution_latency${unit}_sum{activity_type="a"} ${2 * seconds}
temporal_activity_execution_latency${unit}_count{activity_type="a"} 40
temporal_activity_execution_latency${unit}_sum{activity_type="b"} ${1 * seconds}
temporal_activity_execution_latency${unit}_count{activity_type="b"} 10
temporal_activity_schedule_to_start_latency${unit}_sum 0
temporal_activity_schedule_to_start_latency${unit}_count 50`;
    expect(workDone(parseMetrics(page), 'feedback')).toEqual({ tasks: 50, executionSeconds: 3, scheduleToStartSeconds: 0 });
  });
});
