import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../../local/stack.ts';
import { askAll, type Asked } from './alerts-dashboards.ts';
import { cohortDirectory, play, type Played } from './alerts-play.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import type { Notification } from './alertmanager.ts';
import { EVALUATION_SECONDS, SCRAPE_SECONDS, startMonitoring, type Alert, type Monitoring } from './prometheus.ts';
import { readCommandLine, refuseCommandLine } from '../../platform/arguments.ts';
import { stopSignal } from '../../local/stop-signal.ts';
import { formatTable } from '../support/table.ts';

/**
 * `npm run watch:alerts [-- COHORT]`: a real Prometheus scrapes API and workers of an embedded stack with the rules that we
 * deploy, while a cohort is played. One pool is stopped until its alert fires and reaches a receiver through a real
 * Alertmanager, then it is started again until the alert is resolved. Exits 1 when anything of that does not come true.
 */

const POOL = 'grading-auto';
const WATCHED = 'CertifiablePoolDown';
/** What else a stopped pool may set off within the minutes of a run. Any other alert that fires is a surprise. */
const EXPECTED = new Set([WATCHED, 'CertifiableQueueWithoutPollers']);
const STOP_AFTER_SUBMISSIONS = 3;
/** Two minutes of `for`, and half a minute each for the recording rule and for a busy machine. */
const FIRE_SECONDS_MAX = 240;
const RESOLVE_SECONDS_MAX = 120;
const LOOK_MILLISECONDS = 500;

const USAGE = `Usage: npm run watch:alerts [-- DIR]

Watches an embedded stack with the rules that we deploy while the cohort of DIR is played, and stops a pool until its alert fires.`;

type Watch = {
  readonly since: number;
  readonly tell: (text: string) => void;
  readonly fired: ReadonlySet<string>;
  readonly surprises: ReadonlySet<string>;

  readonly alerts: () => readonly Alert[];
};

async function main(): Promise<number> {
  const { positionals } = readCommandLine(USAGE, { allowPositionals: true });
  const [wanted] = positionals;
  if (positionals.length > 1) refuseCommandLine(USAGE, ['one folder at most is taken']);
  const signal = stopSignal();
  const directory = await cohortDirectory(wanted ?? fileURLToPath(new URL('../../../shared/cohort', import.meta.url)));
  if (wanted !== undefined && directory === undefined) {
    console.error(`${wanted}: has no candidates.jsonl`);
    return 2;
  }
  console.log(
    `scraped every ${SCRAPE_SECONDS} s, rules without an interval of their own every ${EVALUATION_SECONDS} s; all \`for\` and windows as deployed`,
  );
  try {
    const problems = await withEmbeddedStack({ log: (line) => console.log(line), signal }, (stack) => watchStack({ stack, directory, signal }));
    for (const problem of problems) console.error(problem);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(signal.aborted ? 'stopped; nothing is left running' : error);
    return signal.aborted ? 130 : 1;
  }
}

async function watchStack({ stack, directory, signal }: { stack: Stack; directory: string | undefined; signal: AbortSignal }): Promise<string[]> {
  const files = await mkdtemp(join(tmpdir(), 'certifiable-prometheus-'));
  try {
    const monitoring = await startMonitoring({ stack, directory: files, log: (line) => console.log(line), signal });
    try {
      return await rehearse({ stack, directory, monitoring, signal });
    } finally {
      await monitoring.stop();
    }
  } finally {
    await rm(files, { recursive: true, force: true });
  }
}

type Rehearsal = { stack: Stack; directory: string | undefined; monitoring: Monitoring; signal: AbortSignal };

async function rehearse({ stack, directory, monitoring, signal }: Rehearsal): Promise<string[]> {
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const watch = startWatch(monitoring, until);
  let submissions = 0;
  await untilRulesHaveRun(monitoring, watch, until);
  watch.tell(`${(await monitoring.targets()).length} processes are scraped; ${directory === undefined ? "the demo's cast" : 'the cohort'} begins`);
  const playing = play({ stack, directory, onSubmission: () => (submissions += 1), signal: until });
  playing.catch((error: unknown) => ending.abort(error));
  try {
    await waitFor(() => submissions >= STOP_AFTER_SUBMISSIONS, { what: 'submissions', seconds: 120, signal: until });
    const took = await stopAndStart({ stack, monitoring, watch, signal: until });
    const played = await playing;
    watch.tell(`${played.summary}; ${submissions} submissions`);
    await pause(2 * SCRAPE_SECONDS * 1000, undefined, { signal: until });
    const asked = await askAll(monitoring, { since: watch.since, until: Date.now() });
    await report({ monitoring, watch, asked, took });
    return problemsOf({ watch, played, asked });
  } catch (error) {
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    ending.abort();
  }
}

/** Before the recording rules have run for the first time, every pool is missed. */
async function untilRulesHaveRun(monitoring: Monitoring, watch: Watch, signal: AbortSignal): Promise<void> {
  let recorded = false;
  const look = async () => {
    while (!recorded && !signal.aborted) {
      recorded = (await monitoring.query(`pool:certifiable_processes_up:count{pool="${POOL}"}`)).length > 0;
      await pause(LOOK_MILLISECONDS, undefined, { signal });
    }
  };
  await Promise.all([look(), waitFor(() => recorded && !watch.alerts().some(isWatched), { what: 'the rules to run', seconds: 90, signal })]);
}

/** Tells what alerts become: firing ones all, pending ones of the stopped pool (others are for a moment before the first scrape counts). */
function startWatch(monitoring: Monitoring, signal: AbortSignal): Watch {
  const since = Date.now();
  const tell = (text: string) => console.log(`${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  const states = new Map<string, Alert>();
  const fired = new Set<string>();
  const surprises = new Set<string>();
  let current: readonly Alert[] = [];
  const look = async () => {
    current = await monitoring.alerts();
    const seen = new Set(current.map(keyOf));
    for (const alert of current) {
      const before = states.get(keyOf(alert));
      states.set(keyOf(alert), alert);
      if (alert.state === 'firing') fired.add(alert.labels['alertname'] ?? '');
      if (alert.state === 'firing' && !isExpected(alert)) surprises.add(describe(alert));
      if (before?.state !== alert.state && (alert.state === 'firing' || isOfPool(alert))) tell(`${alert.state.padEnd(8)} ${describe(alert)}`);
    }
    for (const [key, alert] of states) {
      if (seen.has(key)) continue;
      states.delete(key);
      if (alert.state === 'firing' || isOfPool(alert)) tell(`${alert.state === 'firing' ? 'resolved' : 'passed  '} ${describe(alert)}`);
    }
  };
  void (async () => {
    while (!signal.aborted) {
      await look().catch(() => {}); // repeated with the next
      await pause(LOOK_MILLISECONDS, undefined, { signal }).catch(() => {});
    }
  })();
  return { since, tell, fired, surprises, alerts: () => current };
}

const keyOf = ({ labels }: Alert) => JSON.stringify(labels);
const isOfPool = ({ labels }: Pick<Alert, 'labels'>) => labels['pool'] === POOL || labels['queue'] === POOL;
const isExpected = (alert: Alert) => EXPECTED.has(alert.labels['alertname'] ?? '') && isOfPool(alert);
const isWatched = ({ labels }: Pick<Alert, 'labels'>) => labels['alertname'] === WATCHED && labels['pool'] === POOL;
const describe = ({ labels, annotations }: Alert) => `${labels['alertname']} (${labels['severity']}): ${annotations['summary']}`;

type Took = { readonly fire: number; readonly told: number; readonly resolve: number; readonly toldResolved: number };

async function stopAndStart({
  stack,
  monitoring,
  watch,
  signal,
}: Pick<Rehearsal, 'stack' | 'monitoring' | 'signal'> & { watch: Watch }): Promise<Took> {
  const pool = stack.processes[POOL];
  if (!pool) throw new TypeError(`the embedded stack has no pool ${POOL}`);
  const isFiring = () => watch.alerts().some((alert) => isWatched(alert) && alert.state === 'firing');
  const told = (status: Notification['status']) => monitoring.notifications.find((one) => isWatched(one) && one.status === status);
  const secondsSince = (at: number) => Math.round((Date.now() - at) / 100) / 10;

  watch.tell(`${POOL} is stopped`);
  await pool.stop();
  const stoppedAt = Date.now();
  await waitFor(isFiring, { what: `${WATCHED} to fire`, seconds: FIRE_SECONDS_MAX, signal });
  const fire = secondsSince(stoppedAt);
  await waitFor(() => told('firing') !== undefined, { what: 'Alertmanager to tell of it', seconds: 60, signal });
  const toldAfter = secondsSince(stoppedAt);
  const waiting = await monitoring.query(`queue:certifiable_backlog_tasks:max{queue="${POOL}",type="activity"}`);
  const age = await monitoring.query(`queue:certifiable_backlog_age_seconds:max{queue="${POOL}",type="activity"}`);
  watch.tell(
    `told to ${told('firing')?.receiver} by Alertmanager; ${waiting[0]?.value[1]} tasks wait, the oldest for ${Math.round(Number(age[0]?.value[1]))} s`,
  );

  await pool.start();
  const startedAt = Date.now();
  watch.tell(`${POOL} is started again`);
  await waitFor(() => !watch.alerts().some(isWatched), { what: `${WATCHED} to be resolved`, seconds: RESOLVE_SECONDS_MAX, signal });
  const resolve = secondsSince(startedAt);
  await waitFor(() => told('resolved') !== undefined, { what: 'Alertmanager to tell that it is resolved', seconds: 60, signal });
  watch.tell(`told to ${told('resolved')?.receiver} that it is resolved`);
  return { fire, told: toldAfter, resolve, toldResolved: secondsSince(startedAt) };
}

async function waitFor(isSo: () => boolean, { what, seconds, signal }: { what: string; seconds: number; signal: AbortSignal }): Promise<void> {
  const giveUpAt = Date.now() + seconds * 1000;
  while (!isSo()) {
    signal.throwIfAborted();
    if (Date.now() > giveUpAt) throw new Error(`waited ${seconds} s for ${what}`);
    await pause(100, undefined, { signal });
  }
}

async function report({
  monitoring,
  watch,
  asked,
  took,
}: {
  monitoring: Monitoring;
  watch: Watch;
  asked: readonly Asked[];
  took: Took;
}): Promise<void> {
  const samples = await monitoring.query('sum by (job, pool) (scrape_samples_scraped)');
  console.log(
    `\n${formatTable(samples, [
      { title: 'scraped', value: ({ metric }) => metric['job'] ?? '' },
      { title: 'pool', value: ({ metric }) => metric['pool'] ?? '' },
      { title: 'samples a scrape', value: ({ value }) => value[1], align: 'right' },
    ])}`,
  );
  const dashboards = [...new Set(asked.map(({ dashboard }) => dashboard))];
  const count = (dashboard: string, outcome: Asked['outcome']) =>
    String(asked.filter((one) => one.dashboard === dashboard && one.outcome === outcome).length);
  console.log(
    `\n${formatTable(dashboards, [
      { title: 'dashboard', value: (name) => name },
      { title: 'queries', value: (name) => String(asked.filter(({ dashboard }) => dashboard === name).length), align: 'right' },
      { title: 'with data', value: (name) => count(name, 'data'), align: 'right' },
      { title: 'without', value: (name) => count(name, 'no data'), align: 'right' },
      { title: 'refused', value: (name) => count(name, 'error'), align: 'right' },
    ])}`,
  );
  console.log('\nwithout data in this run:');
  for (const { dashboard, panel, expr, outcome } of asked) if (outcome === 'no data') console.log(`  ${dashboard}: ${panel}: ${expr}`);
  console.log(`\nfired and kept quiet by Alertmanager: ${keptQuiet({ watch, monitoring }).join(', ') || 'none'}`);
  console.log(
    `\n${WATCHED} fired ${took.fire} s after ${POOL} was stopped and was told after ${took.told} s; it was resolved ${took.resolve} s after the pool was ready again, and that was told after ${took.toldResolved} s`,
  );
}

/** Alerts that fired and of which nobody was told: routing keeps quiet what follows from another. */
function keptQuiet({ watch, monitoring }: { watch: Watch; monitoring: Monitoring }): string[] {
  const told = new Set(monitoring.notifications.map(({ labels }) => labels['alertname']));
  return [...watch.fired].filter((name) => !told.has(name));
}

function problemsOf({ watch, played, asked }: { watch: Watch; played: Played; asked: readonly Asked[] }): string[] {
  return [
    ...played.problems,
    ...[...watch.surprises].map((alert) => `fired, and nothing is known that it should have: ${alert}`),
    ...asked.flatMap(({ dashboard, panel, expr, error }) => (error === undefined ? [] : [`${dashboard}: ${panel}: ${expr}: ${error}`])),
  ];
}

process.exit(await main());
