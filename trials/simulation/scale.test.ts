import { describe, expect, test } from 'vitest';
import { parseMetrics } from '../support/metrics-text.ts';
import { readDemands, workDone } from './demands.ts';
import { figuresOf, MARKING_PLAN_FILE, peopleMarking, readMarkingPlan, type Marking } from './marking.ts';
import { readSimulateOptions } from './options.ts';
import { coresOf, readPools } from './pools.ts';
import { simulateScale } from './scale.ts';

const demands = await readDemands();
const pools = await readPools(demands, 40);

const plan = await readMarkingPlan(MARKING_PLAN_FILE);

const simulated = new Map<string, ReturnType<typeof simulateScale>['figures']>();

/** Each once: the same draws give the same figures. */
function simulate(perWeek: number, marking: Marking = 'double', warmUpWeeks = 6) {
  const key = `${perWeek} ${marking} ${warmUpWeeks}`;
  const found = simulated.get(key);
  if (found) return found;
  const options = readSimulateOptions(['--weeks', '2', '--warm-up', String(warmUpWeeks)]);
  if (!options) throw new Error('these are options');
  const figures = figuresOf(plan, marking, options.risk);
  const scale = { ...options, figures, people: { ...options.people, ...peopleMarking(figures) } };
  const result = simulateScale(scale, { demands, pools }, perWeek).figures;
  simulated.set(key, result);
  return result;
}

describe('a scale', () => {
  test('of today is marked by the graders there are, and lacks adjudicators alone', () => {
    const figures = simulate(200);
    expect(figures.asItIs.waitDays.p95).toBeLessThan(0.5);
    expect(figures.enough.promiseKeptShare).toBeGreaterThan(0.99);
    expect(figures.limits).toEqual([`designated graders: ${figures.enough.designated} are needed, 5 there are`]);
    // 6 h and 16 h at $50, and what is adjudicated.
    const { adjudicatedShare } = figuresOf(plan, 'double', { limit: 0.1, sampleShare: 0 });
    expect(figures.costOfAll).toBeCloseTo(1100 + adjudicatedShare * (1 + 3) * 50);
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
    expect(simulate(200, 'single').costOfAll).toBeLessThan(simulate(200).costOfAll * 0.55);
  });

  test('marked by risk takes graders and money between one mark and two, and the second mark comes after the first', () => {
    const [single, risk, double] = [simulate(200, 'single'), simulate(200, 'risk'), simulate(200, 'double')];
    const { markedTwiceShare } = figuresOf(plan, 'risk', { limit: 0.1, sampleShare: 0.05 });
    expect(risk.gradingHoursPerWeek / single.gradingHoursPerWeek).toBeCloseTo(1 + markedTwiceShare, 1);
    expect(risk.enough.graders).toBeGreaterThan(single.enough.graders);
    expect(risk.enough.graders).toBeLessThan(0.8 * double.enough.graders);
    expect(risk.costPerAttempt).toBeLessThan(0.8 * double.costPerAttempt);
    expect(risk.enough.promiseKeptShare).toBeGreaterThan(0.9);
  });

  test('too large to follow each person of is simulated by some who stand for others, to much the same result', () => {
    const [exact, coarse] = [simulate(2400, 'double', 2), simulate(24_000, 'double', 2)];
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

describe('the figures of a way of marking', () => {
  test('are those of the plan, with the sample on top', () => {
    const without = figuresOf(plan, 'risk', { limit: 0.1, sampleShare: 0 });
    const found = plan.policies.find(({ policy, limit, machineCheck }) => policy === 'risk' && machineCheck && limit === 0.1);
    expect(without).toMatchObject({
      markedTwiceShare: found?.shareMarkedTwice,
      adjudicatedShare: found?.adjudicatedShare,
      wrongShare: found?.wrongShare,
    });
    const all = figuresOf(plan, 'risk', { limit: 0.1, sampleShare: 1 });
    const double = figuresOf(plan, 'double', { limit: 0.1, sampleShare: 0.05 });
    expect(all).toEqual({ ...double, marking: 'risk', wrongShareHigh: 0 });
  });

  test('are refused at a limit that the plan was not made at, with those that it was', () => {
    expect(() => figuresOf(plan, 'risk', { limit: 0.12, sampleShare: 0 })).toThrow('no "risk" at 12 %; it has 2, 5, 10, 15, 20, 30 %');
  });

  test('are refused from a file that is something else, by its name', async () => {
    await expect(readMarkingPlan(new URL('measured.json', import.meta.url).pathname)).rejects.toThrow(
      'measured.json is not what certifiable marking-plan --json prints',
    );
  });
});
