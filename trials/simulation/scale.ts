import { TESTS, type Test } from '../../domain/exam.ts';
import { ATTEMPT_QUEUES, type AttemptQueue } from '../../workflows/queues.ts';
import { DAY, WEEK, workingDaysLater } from './draws.ts';
import { SHARED, TASKS, type Demands, type Shared } from './demands.ts';
import type { MarkedOptions } from './options.ts';
import { simulatePeople, type Happening, type PeopleParameters, type Story } from './people.ts';
import type { ChartPool } from './pools.ts';
import { simulateQueue, type QueueFigures } from './queues.ts';

/** One scale: its people, with the graders that there are and with enough of them, then the machines that serve those. */

/** What is promised, and the days of the service level objective (95 % of results within them). */
const PROMISE_SECONDS = WEEK;
const OBJECTIVE_DAYS = 5;
/** After the weeks that are measured, until every promise of theirs is due. */
const TAIL_WEEKS = 2;
/** Beyond so many a week, one candidate and one grader stand for several. */
const PER_WEEK_MOST = 2500;
const STEP_SECONDS = 5;
/** What happens to several at once is spread over this time: they only stand for others. */
const GRAIN_SPREAD_SECONDS = 60;

type PeopleFigures = {
  readonly graders: number;
  readonly designated: number;
  readonly openMost: number;
  readonly openMean: number;
  readonly workflowsMost: number;
  readonly promiseKeptShare: number;
  readonly objectiveKeptShare: number;
  readonly waitDays: { readonly p50: number; readonly p95: number; readonly max: number };
  readonly busyShare: number;
  readonly adjudicationsWaitingMost: number;
};

type PoolFigures = QueueFigures & { readonly perSecondMost: number; readonly perReplica: number; readonly chartMax: number };

export type ScaleFigures = {
  readonly perWeek: number;
  /** Candidates and graders that each simulated one stands for. */
  readonly grain: number;
  readonly asItIs: PeopleFigures;
  readonly enough: PeopleFigures;
  readonly gradingHoursPerWeek: number;
  readonly adjudicationHoursPerWeek: number;
  /** With fewer, what waits grows without end. */
  readonly gradersLeast: number;
  /** What the graders there are can mark in a week, however long it waits. */
  readonly perWeekMost: number;
  readonly costPerAttempt: number;
  /** Of one that goes through both tests. */
  readonly costOfAll: number;
  readonly queues: Readonly<Record<AttemptQueue, PoolFigures>>;
  /** Cores in the busiest minute. */
  readonly sharedCores: Readonly<Record<Shared, number>>;
  readonly sittingMost: number;
  readonly limits: readonly string[];
};

export type Scale = { readonly figures: ScaleFigures; readonly stories: { readonly asItIs: Story; readonly enough: Story } };

export type Machines = { readonly demands: Demands; readonly pools: Readonly<Record<AttemptQueue, ChartPool>> };

export function simulateScale(options: MarkedOptions, machines: Machines, perWeek: number): Scale {
  const grain = Math.max(1, Math.ceil(perWeek / PER_WEEK_MOST));
  const until = (options.warmUpWeeks + options.weeks + TAIL_WEEKS) * WEEK;
  const base: PeopleParameters = { ...options.people, perWeek: perWeek / grain, until };
  const asItIs = simulatePeople({ ...base, graders: people(options.people.graders, grain), designated: people(options.people.designated, grain) });
  const unlimited = simulatePeople({ ...base, graders: Infinity, designated: Infinity });
  const hours = hoursOf(options, unlimited, grain);
  const designated = Math.max(1, Math.ceil(hours.adjudicating / grain / (options.hoursPerWeek * options.busyShare)));
  const graders = Math.ceil(hours.marking / grain / (options.hoursPerWeek * options.busyShare));
  const enough = simulatePeople({ ...base, graders, designated });

  const registered = inWindow(options, unlimited.happenings).filter(({ what }) => what === 'registered').length;
  const attemptsPerWeek = (registered * grain) / options.weeks;
  const queues = queuesOf(options, machines, enough, grain);
  const figures = {
    perWeek,
    grain,
    asItIs: peopleFigures(options, asItIs, { graders: options.people.graders, designated: options.people.designated, grain }),
    enough: peopleFigures(options, enough, { graders: graders * grain, designated: designated * grain, grain }),
    gradingHoursPerWeek: hours.marking,
    adjudicationHoursPerWeek: hours.adjudicating,
    gradersLeast: Math.ceil(hours.marking / options.hoursPerWeek),
    perWeekMost: (options.people.graders * options.hoursPerWeek * attemptsPerWeek) / hours.marking,
    costPerAttempt: ((hours.marking + hours.adjudicating) * options.hourly) / attemptsPerWeek,
    costOfAll: hoursOfAll(options) * options.hourly,
    queues,
    sharedCores: sharedCores(options, machines.demands, enough, grain),
    sittingMost: sittingMost(options, enough) * grain,
  };
  return { figures: { ...figures, limits: limitsOf(options, figures) }, stories: { asItIs, enough } };
}

/** Not even one person in a world that is made smaller is nobody. */
function people(count: number, grain: number): number {
  return Math.max(1, Math.round(count / grain));
}

function windowOf({ warmUpWeeks, weeks }: MarkedOptions): { from: number; to: number } {
  return { from: warmUpWeeks * WEEK, to: (warmUpWeeks + weeks) * WEEK };
}

function inWindow<Timed extends { readonly at: number }>(options: MarkedOptions, timed: readonly Timed[]): readonly Timed[] {
  const { from, to } = windowOf(options);
  return timed.filter(({ at }) => at >= from && at < to);
}

// People

function peopleFigures(
  options: MarkedOptions,
  story: Story,
  { graders, designated, grain }: { graders: number; designated: number; grain: number },
): PeopleFigures {
  const counts = inWindow(options, story.counts);
  const most = (value: (count: Story['counts'][number]) => number) => Math.max(0, ...counts.map(value));
  const mean = (value: (count: Story['counts'][number]) => number) => counts.reduce((sum, count) => sum + value(count), 0) / counts.length;
  const waits = TESTS.flatMap((test) => inWindow(options, story.waits[test]).map(({ seconds }) => seconds / DAY)).toSorted((a, b) => a - b);
  const at = (share: number) => waits[Math.max(0, Math.ceil(waits.length * share) - 1)] ?? 0;
  return {
    graders,
    designated,
    openMost: most(({ open }) => open) * grain,
    openMean: mean(({ open }) => open) * grain,
    workflowsMost: most(({ workflows }) => workflows) * grain,
    promiseKeptShare: keptShare(options, story, (submittedAt) => submittedAt + PROMISE_SECONDS),
    objectiveKeptShare: keptShare(options, story, (submittedAt) => workingDaysLater(submittedAt, OBJECTIVE_DAYS)),
    waitDays: { p50: at(0.5), p95: at(0.95), max: at(1) },
    busyShare: mean(({ busy }) => busy) / people(graders, grain),
    adjudicationsWaitingMost: most(({ adjudicationsWaiting }) => adjudicationsWaiting) * grain,
  };
}

/** Of what was submitted in the window; what has no decision in the end has broken its promise. */
function keptShare(options: MarkedOptions, { results, undecided }: Story, due: (submittedAt: number) => number): number {
  const { from, to } = windowOf(options);
  const isCounted = ({ submittedAt }: { submittedAt: number }) => submittedAt >= from && submittedAt < to;
  const counted = results.filter(isCounted);
  const kept = counted.filter(({ submittedAt, decidedAt }) => decidedAt <= due(submittedAt)).length;
  return kept / Math.max(1, counted.length + undecided.filter(isCounted).length);
}

function hoursPer({ people: { markDuration, adjudicationDuration }, figures, hoursPerWeek }: MarkedOptions, test: Test) {
  const workHours = (elapsed: number) => (elapsed / WEEK) * hoursPerWeek;
  return {
    marking: (1 + figures.markedTwiceShare) * workHours(markDuration[test]),
    adjudicating: figures.adjudicatedShare * workHours(adjudicationDuration[test]),
  };
}

/** Hours a week that the submissions of the window take. */
function hoursOf(options: MarkedOptions, { results }: Story, grain: number): { marking: number; adjudicating: number } {
  const { from, to } = windowOf(options);
  let [marking, adjudicating] = [0, 0];
  for (const test of TESTS) {
    const submitted = results.filter((result) => result.test === test && result.submittedAt >= from && result.submittedAt < to).length;
    const each = hoursPer(options, test);
    marking += (submitted * grain * each.marking) / options.weeks;
    adjudicating += (submitted * grain * each.adjudicating) / options.weeks;
  }
  return { marking, adjudicating };
}

function hoursOfAll(options: MarkedOptions): number {
  return TESTS.reduce((sum, test) => sum + hoursPer(options, test).marking + hoursPer(options, test).adjudicating, 0);
}

// Machines

function queuesOf(options: MarkedOptions, { demands, pools }: Machines, story: Story, grain: number): Readonly<Record<AttemptQueue, PoolFigures>> {
  const figures = ATTEMPT_QUEUES.map((queue) => {
    const { tasks: measured, tasksExpected } = demands.pools[queue];
    const tasks = tasksInSteps(options, story, { queue, weight: (grain * measured) / tasksExpected, grain });
    const pool = pools[queue];
    // Without a limit, to see what is needed; the chart's is told beside it.
    const unlimited = { ...pool, scaling: { ...pool.scaling, max: Infinity } };
    const simulated = simulateQueue(tasks, { stepSeconds: STEP_SECONDS, pool: unlimited });
    return [queue, { ...simulated, perSecondMost: busiestMinute(tasks) / 60, perReplica: pool.perSecond, chartMax: pool.scaling.max }] as const;
  });
  return Object.fromEntries(figures) as Record<AttemptQueue, PoolFigures>;
}

function tasksInSteps(
  options: MarkedOptions,
  story: Story,
  { queue, weight, grain }: { queue: AttemptQueue; weight: number; grain: number },
): Float64Array {
  const { from, to } = windowOf(options);
  const steps = new Float64Array((to - from) / STEP_SECONDS);
  const spread = grain === 1 ? 1 : GRAIN_SPREAD_SECONDS / STEP_SECONDS;
  const perHappening: Partial<Record<Happening, number>> = TASKS[queue];
  for (const { at, what } of inWindow(options, story.happenings)) {
    const tasks = (perHappening[what] ?? 0) * weight;
    const first = Math.floor((at - from) / STEP_SECONDS);
    for (let step = first; step < Math.min(first + spread, steps.length); step += 1) steps[step] = (steps[step] ?? 0) + tasks / spread;
  }
  return steps;
}

/** By minute, from an instant on. */
export function tasksPerMinute(
  options: MarkedOptions,
  { pools }: Demands,
  story: Story,
  { queue, grain }: { queue: AttemptQueue; grain: number },
  { from, minutes }: { from: number; minutes: number },
): readonly number[] {
  const steps = tasksInSteps(options, story, { queue, weight: (grain * pools[queue].tasks) / pools[queue].tasksExpected, grain });
  const perMinute = 60 / STEP_SECONDS;
  const first = (from - windowOf(options).from) / STEP_SECONDS;
  return Array.from({ length: minutes }, (_, minute) =>
    steps.slice(first + minute * perMinute, first + (minute + 1) * perMinute).reduce((sum, tasks) => sum + tasks, 0),
  );
}

function busiestMinute(steps: Float64Array): number {
  const width = 60 / STEP_SECONDS;
  let [most, sum] = [0, 0];
  for (let step = 0; step < steps.length; step += 1) {
    sum += (steps[step] ?? 0) - (steps[step - width] ?? 0);
    most = Math.max(most, sum);
  }
  return most;
}

/** What an attempt costs the shared parts is taken to be alike for each thing that happens in it; saved answers come on top. */
function sharedCores(options: MarkedOptions, demands: Demands, story: Story, grain: number): Readonly<Record<Shared, number>> {
  const happenings = inWindow(options, story.happenings);
  const registered = happenings.filter(({ what }) => what === 'registered').length;
  const { from, to } = windowOf(options);
  const minutes = new Float64Array((to - from) / 60);
  for (const { at } of happenings) minutes[Math.floor((at - from) / 60)] = (minutes[Math.floor((at - from) / 60)] ?? 0) + grain;
  const most = minutes.reduce((greatest, count) => Math.max(greatest, count), 0);
  const perAttempt = happenings.length / registered;
  const autosaves = (sittingMost(options, story) * grain) / options.autosaveSeconds;
  const cores = SHARED.map((name) => {
    const perHappening = demands.sharedCpuSeconds[name] / perAttempt;
    return [name, (most / 60) * perHappening + autosaves * demands.autosaveCpuSeconds[name]] as const;
  });
  return Object.fromEntries(cores) as Record<Shared, number>;
}

/** Candidates in their test at once. */
function sittingMost(options: MarkedOptions, story: Story): number {
  let [sitting, most] = [0, 0];
  for (const { at, what } of story.happenings) {
    if (what === 'started') sitting += 1;
    if (what === 'submitted') sitting -= 1;
    if (at >= windowOf(options).from && at < windowOf(options).to) most = Math.max(most, sitting);
  }
  return most;
}

// What limits

const LARGE_SERVER_CORES = 32;

function limitsOf(
  { people: there }: MarkedOptions,
  { gradersLeast, enough, queues, sharedCores: cores }: Omit<ScaleFigures, 'limits'>,
): readonly string[] {
  const round = (value: number) => Math.ceil(value).toLocaleString('en');
  return [
    ...(gradersLeast > there.graders
      ? [`graders: ${round(gradersLeast)} at the very least, ${round(enough.graders)} to keep the promise; ${round(there.graders)} there are`]
      : []),
    ...(enough.designated > there.designated ? [`designated graders: ${round(enough.designated)} are needed, ${there.designated} there are`] : []),
    ...ATTEMPT_QUEUES.filter((queue) => queues[queue].replicasMost > queues[queue].chartMax).map(
      (queue) => `${queue}: ${queues[queue].replicasMost} replicas in the worst minutes, the chart stops at ${queues[queue].chartMax}`,
    ),
    ...SHARED.filter((name) => cores[name] > LARGE_SERVER_CORES).map(
      (name) => `${name}: ${round(cores[name])} cores in the busiest minute, more than one large server has`,
    ),
  ];
}
