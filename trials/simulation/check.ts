import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { TESTS } from '../../domain/exam.ts';
import type { Stack } from '../../local/stack.ts';
import { ATTEMPT_QUEUES, type AttemptQueue } from '../../workflows/queues.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { machine } from '../load/report.ts';
import { parseMetrics } from '../support/metrics-text.ts';
import { readUsage, type Usage } from '../support/process-usage.ts';
import { seededRandom } from '../people/random.ts';
import { arrivals } from './draws.ts';
import { expectedTasks, MEASURED_FILE, SHARED, workDone, type Demand, type Demands } from './demands.ts';
import { playForReal, saveAnswers, type Played } from './check-play.ts';
import { HAPPENINGS, PEOPLE_DEFAULTS, simulatePeople, type Happening, type PeopleParameters, type Story } from './people.ts';
import { median, percentile, rounded } from '../support/statistics.ts';
import { formatTable } from '../support/table.ts';

/**
 * `npm run simulate -- --check`: the same people simulated and played for real, with an hour in two seconds, and what came
 * of both side by side. The real run also measures what tasks cost, which `--save` keeps for the simulations.
 */

/** Weeks of the business in minutes: mean delays are shortened more than hours are, or it would last half an hour. */
function compressed(seed: string): PeopleParameters {
  const hour = 2;
  const arriving = 150;
  const registrations = [...arrivals({ perSecondMax: 0.8, weight: () => 1, until: arriving, random: seededRandom(seed, 'registrations') })];
  return {
    ...PEOPLE_DEFAULTS,
    seed,
    perWeek: 0,
    registrations,
    until: 100_000,
    startDelay: 5,
    examDayShare: 0.3,
    examDayAt: 60,
    examDaySpread: 5,
    testLimit: 1.5 * hour,
    passShare: { aptitude: 0.7, case_study: 0.75 },
    downloadDelay: 8,
    offerWindow: 10_000,
    caseStudyLimit: 15,
    deadlineSpread: 2,
    notSubmittedShare: 0,
    appealWindow: 0,
    marks: 2,
    secondLookShare: 0,
    markDuration: { aptitude: 3 * hour, case_study: 8 * hour },
    adjudicationShare: { aptitude: 0, case_study: 0 },
    adjudicationDuration: { aptitude: 1, case_study: 1 },
    graders: 30,
    designated: 1,
    nights: false,
    countEvery: 1,
  };
}

type Comparison = { readonly what: string; readonly unit: string; readonly model: number; readonly real: number };
export type Checked = { readonly comparisons: readonly Comparison[]; readonly demands: Demands };

export async function checkAgainstReality(options: { seed: string; log: (line: string) => void; signal: AbortSignal }): Promise<Checked> {
  const { log, signal } = options;
  const parameters = compressed(options.seed);
  const story = simulatePeople({ ...parameters, until: lastMoment(parameters) });
  log(`${parameters.registrations?.length ?? 0} candidates and ${parameters.graders} graders, an hour in two seconds; an exam day after a minute`);
  return withEmbeddedStack({ log, signal }, async (stack) => {
    const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 4 });
    try {
      const before = await readAll(stack);
      const played = await playForReal({ stack, database, parameters, log, signal });
      const demands = await measureDemands({ stack, before, played, log, signal });
      return { comparisons: compare(story, played), demands };
    } finally {
      await database.end();
    }
  });
}

/** A simulation that ends with its last event counts nothing after it. */
function lastMoment(parameters: PeopleParameters): number {
  const { results } = simulatePeople({ ...parameters, countEvery: 1000 });
  return Math.max(...results.map(({ decidedAt }) => decidedAt));
}

function compare(story: Story, played: Played): readonly Comparison[] {
  const happened = countsOf(story);
  const counts = (['registered', 'submitted', 'handed_in', 'decided_case_study'] as const).map((what) => ({
    what: what.replaceAll('_', ' '),
    unit: '',
    model: happened[what],
    real: played.happened[what],
  }));
  const spans = [story.results, played.results].map((results) => {
    const submitted = Math.min(...results.map(({ submittedAt }) => submittedAt));
    return Math.max(...results.map(({ decidedAt }) => decidedAt)) - submitted;
  });
  const [modelSpan = 0, realSpan = 0] = spans;
  const timing = TESTS.flatMap((test) => {
    const name = test.replace('_', ' ');
    const waits = [story.waits[test].map(({ seconds }) => seconds), played.waits[test]] as const;
    const results = [story.results, played.results].map((all) =>
      all.filter((result) => result.test === test).map((result) => result.decidedAt - result.submittedAt),
    );
    return [
      { what: `${name}: wait for a grader, p50`, unit: 's', ...both(waits, 50) },
      { what: `${name}: wait for a grader, p95`, unit: 's', ...both(waits, 95) },
      { what: `${name}: submission to result, p50`, unit: 's', ...both(results, 50) },
      { what: `${name}: submission to result, p95`, unit: 's', ...both(results, 95) },
    ];
  });
  return [
    ...counts,
    { what: 'first submission to last result', unit: 's', model: modelSpan, real: realSpan },
    { what: 'results a minute', unit: '', model: (story.results.length / modelSpan) * 60, real: (played.results.length / realSpan) * 60 },
    { what: 'assignments that wait, most', unit: '', model: Math.max(...story.counts.map(({ waiting }) => waiting)), real: played.waitingMost },
    ...timing,
  ];
}

function both([model = [], real = []]: readonly (readonly number[])[], percent: number): { model: number; real: number } {
  return { model: percentile(model, percent), real: percentile(real, percent) };
}

function countsOf(story: Story): Readonly<Record<Happening, number>> {
  const counts = Object.fromEntries(HAPPENINGS.map((what) => [what, 0])) as Record<Happening, number>;
  for (const { what } of story.happenings) counts[what] += 1;
  return counts;
}

// What tasks cost

const REST_SECONDS = 10;
const AUTOSAVES = 1000;

type Reading = { readonly at: number; readonly usage: ReadonlyMap<string, Usage> };
/** Cores that a process takes while nothing happens: that is not what tasks cost. */
type Rest = ReadonlyMap<string, number>;

async function measureRest(stack: Stack, signal: AbortSignal): Promise<Rest> {
  const before = await readAll(stack);
  await pause(REST_SECONDS * 1000, undefined, { signal });
  const after = await readAll(stack);
  const seconds = after.at - before.at;
  return new Map(
    [...after.usage].map(([name, { cpuSeconds }]) => [name, (cpuSeconds - (before.usage.get(name)?.cpuSeconds ?? cpuSeconds)) / seconds]),
  );
}

async function readAll(stack: Stack): Promise<Reading> {
  const named = Object.values(stack.processes).flatMap((managed) => {
    const pid = managed.pid();
    return pid === undefined ? [] : [[managed.name, pid] as const];
  });
  return { at: performance.now() / 1000, usage: await readUsage(new Map(named)) };
}

type Measuring = {
  readonly stack: Stack;
  readonly before: Reading;
  readonly played: Played;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

async function measureDemands({ stack, before, played, log, signal }: Measuring): Promise<Demands> {
  const end = await readAll(stack);
  log(`one candidate saves ${AUTOSAVES} answers`);
  await saveAnswers(stack, AUTOSAVES, signal);
  const saved = await readAll(stack);
  const rest = await measureRest(stack, signal);
  const cpuOf = (name: string) => cpuBetween(rest, before, end, name);
  const pools = await Promise.all(ATTEMPT_QUEUES.map(async (queue) => [queue, await demandOf(stack, queue, cpuOf(queue), played)] as const));
  const attempts = played.happened.registered;
  const ofShared = (cpuSeconds: (name: string) => number, decimals: number) =>
    Object.fromEntries(SHARED.map((name) => [name, rounded(cpuSeconds(name), decimals)])) as Demands['sharedCpuSeconds'];
  return {
    measured: `${new Date().toISOString().slice(0, 10)}, npm run simulate -- --check`,
    machine: machine(),
    attempts,
    pools: Object.fromEntries(pools) as Record<AttemptQueue, Demand>,
    sharedCpuSeconds: ofShared((name) => cpuOf(name) / attempts, 4),
    autosaveCpuSeconds: ofShared((name) => cpuBetween(rest, end, saved, name) / AUTOSAVES, 6),
  };
}

/** Without what the process takes at rest. */
function cpuBetween(rest: Rest, from: Reading, to: Reading, name: string): number {
  const used = (to.usage.get(name)?.cpuSeconds ?? 0) - (from.usage.get(name)?.cpuSeconds ?? 0);
  return Math.max(0, used - (rest.get(name) ?? 0) * (to.at - from.at));
}

async function demandOf(stack: Stack, queue: AttemptQueue, cpuSeconds: number, played: Played): Promise<Demand> {
  const response = await fetch(`${stack.statusUrls[queue]}/metrics`);
  const { tasks, executionSeconds, scheduleToStartSeconds } = workDone(parseMetrics(await response.text()), queue);
  if (tasks === 0) throw new Error(`the pool ${queue} tells of no task: are its metrics named otherwise now?`);
  return {
    tasks,
    tasksExpected: expectedTasks(queue, played.happened),
    cpuSeconds: rounded(cpuSeconds / tasks, 5),
    executionSeconds: rounded(executionSeconds / tasks, 5),
    scheduleToStartSeconds: rounded(scheduleToStartSeconds / tasks, 5),
  };
}

export async function saveDemands(demands: Demands): Promise<void> {
  await writeFile(MEASURED_FILE, `${JSON.stringify(demands, undefined, 2)}\n`);
}

export function formatComparison({ comparisons, demands }: Checked): string {
  const figure = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
  const ratioOf = ({ model, real }: Comparison) => (model === 0 ? undefined : real / model);
  const ratios = comparisons.flatMap((comparison) => ratioOf(comparison) ?? []);
  const table = formatTable(comparisons, [
    { title: 'what', value: ({ what, unit }) => (unit === '' ? what : `${what} (${unit})`) },
    { title: 'model', value: ({ model }) => figure(model), align: 'right' },
    { title: 'real', value: ({ real }) => figure(real), align: 'right' },
    { title: 'real ÷ model', value: (row) => ratioOf(row)?.toFixed(2) ?? '–', align: 'right' },
  ]);
  const tasks = formatTable(Object.entries(demands.pools), [
    { title: 'queue', value: ([queue]) => queue },
    { title: 'tasks', value: ([, { tasks }]) => String(tasks), align: 'right' },
    { title: 'by the workflow', value: ([, { tasksExpected }]) => String(tasksExpected), align: 'right' },
    { title: 'waited ms', value: ([, { scheduleToStartSeconds }]) => (scheduleToStartSeconds * 1000).toFixed(1), align: 'right' },
    { title: 'took ms', value: ([, { executionSeconds }]) => (executionSeconds * 1000).toFixed(1), align: 'right' },
    { title: 'processor ms', value: ([, { cpuSeconds }]) => (cpuSeconds * 1000).toFixed(1), align: 'right' },
  ]);
  const shared = Object.entries(demands.sharedCpuSeconds).map(([name, seconds]) => `${name} ${(seconds * 1000).toFixed(0)} ms`);
  return [
    '\nThe same people in the model and on the embedded stack\n',
    table,
    `\nreal ÷ model: median ${median(ratios).toFixed(2)}, from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    '\nWhat tasks cost, measured in the real run\n',
    tasks,
    `\nprocessor time for one attempt: ${shared.join(', ')}`,
  ].join('\n');
}
