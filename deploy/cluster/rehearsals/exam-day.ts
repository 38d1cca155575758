import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../../platform/failure.ts';
import { plotPanels, type Panel } from '../../../platform/svg-plot.ts';
import { runTool, saidBy, type ToolRun } from '../../check/run-tool.ts';
import { replicas, type Counts } from '../pods.ts';
import { mostOf, watchingScaling, type Look } from '../scaling.ts';
import { release, type Stage } from '../stage.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';

/**
 * Everybody who is registered sits the same test within minutes, graders mark without a pause, and KEDA adds pods by Temporal's backlog and takes
 * them away again. Every answer that was acknowledged is looked for in PostgreSQL.
 */

const VALUES = fileURLToPath(new URL('exam-day-values.yaml', import.meta.url));
const TRIALS = fileURLToPath(new URL('../../../trials', import.meta.url));
const PLAY = { candidates: 160, peakSeconds: 40, workSeconds: 30, graders: 18 } as const;
const PLAY_SECONDS = 1500;
/** The cool-down, and a minute for each replica that goes. */
const SHRINK_SECONDS = 600;
/** Those that an exam day is work for. */
const SHOWN = ['certification', 'grading-auto', 'grading-human', 'publication', 'feedback', 'notification'] as const;
const COLOURS: Readonly<Record<(typeof SHOWN)[number], string>> = {
  certification: '#1f4e9c',
  'grading-auto': '#b8430c',
  'grading-human': '#c79a00',
  publication: '#2a7d46',
  feedback: '#7a3b96',
  notification: '#6b7280',
};

export const examDay: Rehearsal = { name: 'exam-day', play };

async function play(stage: Stage): Promise<Outcome> {
  const { cluster, log, signal, image, plots } = stage;
  await release(stage, { image, values: [VALUES] });
  const { wanted: before } = await replicas(cluster);
  const { result: told, looks } = await watchingScaling(cluster, { signal, backlog: true }, async () => {
    const played = await people(stage);
    log(`exam day: ${PLAY.candidates} candidates, all results ${played.examDay.afterSeconds.toFixed(0)} s after the last submission`);
    await untilAsBefore(stage, before);
    return played;
  });
  const replicasMost = mostOf(looks);
  log(`exam day: the most replicas ${JSON.stringify(replicasMost)}, and ${JSON.stringify(before)} again`);
  if (plots !== undefined) await writeFile(join(plots, 'cluster-exam-day.svg'), plotOf(looks));
  await release(stage, { image });
  const answersLost = told.checks.reduce((sum, { acknowledged, found }) => sum + acknowledged - found, 0);
  return {
    requests: told.requests,
    requestsFailed: told.repeated,
    answersLost,
    replicasMost,
    shown: {
      ...told.examDay,
      checks: told.checks,
      operations: told.operations.filter(({ stage: name }) => name === 'exam day'),
      backlogMost: mostOf(looks, 'backlog'),
      readyMost: mostOf(looks, 'ready'),
      watchedSeconds: Math.round(looks.at(-1)?.atSeconds ?? 0),
      model: await modelled(stage),
    },
  };
}

type Told = {
  readonly examDay: { readonly candidates: number; readonly seconds: number; readonly afterSeconds: number; readonly resultSeconds: object };
  readonly requests: number;
  readonly repeated: number;
  readonly operations: readonly { readonly stage: string }[];
  readonly checks: readonly { readonly what: string; readonly acknowledged: number; readonly found: number }[];
};

/** In a process of their own, as people are: what they do is not slowed down by what looks at them. */
async function people({ doors, servers, signal }: Stage): Promise<Told> {
  const { name, user, password, port } = servers.database;
  const database = `postgresql://${user}:${password}@/${name}?host=${encodeURIComponent(doors.sockets)}&port=${port}`;
  const options = {
    api: doors.apiUrl,
    issuer: doors.issuerUrl,
    database,
    candidates: PLAY.candidates,
    'peak-seconds': PLAY.peakSeconds,
    'work-seconds': PLAY.workSeconds,
    graders: PLAY.graders,
    seed: 'exam-day',
  };
  const args = [join(TRIALS, 'load/exam-day-main.ts'), ...commandLine(options)];
  return lastLine(await runTool({ command: process.execPath, args, timeoutSeconds: PLAY_SECONDS, signal })) as Told;
}

function commandLine(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]);
}

function lastLine(run: ToolRun): unknown {
  if (run.code !== 0) throw new Failure(saidBy(run).slice(-4000));
  return JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '');
}

async function untilAsBefore({ cluster, signal }: Stage, before: Counts): Promise<void> {
  const giveUpAt = Date.now() + SHRINK_SECONDS * 1000;
  for (;;) {
    const { wanted } = await replicas(cluster);
    const more = Object.keys(wanted).filter((pool) => (wanted[pool] ?? 0) > (before[pool] ?? 0));
    if (more.length === 0) return;
    if (Date.now() > giveUpAt) throw new Failure(`after ${SHRINK_SECONDS} s there still are more replicas than before: ${JSON.stringify(wanted)}`);
    await pause(1000, undefined, { signal });
  }
}

type Simulated = { readonly markings: readonly { readonly scales: readonly { readonly queues: Readonly<Record<string, object>> }[] }[] };

/** What `simulate` says of the same people on the chart's own requests and targets. */
async function modelled({ signal }: Stage): Promise<object> {
  const options = {
    now: PLAY.candidates,
    'per-week': PLAY.candidates,
    scales: 1,
    'exam-day': 100,
    'exam-day-minutes': PLAY.peakSeconds / 60,
    'autosave-seconds': 2,
    marking: 'double',
  };
  const args = [join(TRIALS, 'simulation/simulate.ts'), '--json', ...commandLine(options)];
  const told = lastLine(await runTool({ command: process.execPath, args, signal })) as Simulated;
  const queues = told.markings[0]?.scales[0]?.queues ?? {};
  return Object.fromEntries(SHOWN.map((pool) => [pool, queues[pool] ?? {}]));
}

function plotOf(looks: readonly Look[]): string {
  const pools = SHOWN.filter((pool) => looks.some(({ backlog }) => pool in backlog));
  const panel = (title: string, valueOf: (look: Look, pool: string) => number): Panel => ({
    title,
    xLabel: 'seconds since people began to register',
    yAtLeast: 4,
    lines: pools.map((pool) => ({
      name: pool,
      colour: COLOURS[pool],
      points: looks.map((look) => ({ x: look.atSeconds, y: valueOf(look, pool) })),
    })),
  });
  return plotPanels({
    title: 'An exam day on the cluster',
    subtitle: `${PLAY.candidates} candidates start within ${PLAY.peakSeconds} s and work for ${PLAY.workSeconds} s; ${PLAY.graders} graders without a pause; one node of two processors`,
    panels: [
      panel('Tasks that wait, as KEDA tells the autoscaler', ({ backlog }, pool) => backlog[pool] ?? 0),
      panel('Replicas wanted', ({ wanted }, pool) => wanted[pool] ?? 0),
      panel('Replicas ready', ({ ready }, pool) => ready[pool] ?? 0),
    ],
  });
}
