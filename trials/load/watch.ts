import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '../../local/stack.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { headcountLine } from '../people/headcount.ts';
import type { LoadContext } from './context.ts';
import { readPending, type Pending } from './pending.ts';
import { parseMetrics, sumOfSamples } from '../support/metrics-text.ts';
import { readUsage, type Usage } from '../support/process-usage.ts';

/** Looks every few seconds at what waits and what the processes take, says so, and keeps it by stage. */

const LOOK_SECONDS = 5;

export type Look = {
  readonly stage: string;
  /** Since the watch began. */
  readonly atSeconds: number;
  readonly pending: Pending;
  /** Tasks in each Temporal queue, as the delivery pool tells them to Prometheus; empty where it did not answer. */
  readonly queues: Readonly<Record<string, number>>;
  readonly usage: ReadonlyMap<string, Usage>;
};

export type Watch = {
  /** Takes a look, and begins a stage with it. */
  readonly stage: (name: string) => Promise<void>;
  readonly seconds: () => number;
  /** Takes a last look and ends. Rejects when a look failed. */
  readonly stop: () => Promise<readonly Look[]>;
};

const LOAD_DRIVER = 'load driver';

export function startWatch(context: LoadContext): Watch {
  const { stack, database, log, signal, headcount } = context;
  const closing = new AbortController();
  const looks: Look[] = [];
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  let stage = '';

  async function look(): Promise<void> {
    const [pending, queues, usage] = await Promise.all([readPending(database), readQueues(stack), readUsage(processesOf(stack))]);
    const taken = { stage, atSeconds: seconds(), pending, queues, usage };
    looks.push(taken);
    log(`${lineOf(taken)}; ${headcountLine(headcount)}`);
  }

  const ending = AbortSignal.any([closing.signal, signal]);
  const watching = (async () => {
    while (!ending.aborted) {
      await pause(LOOK_SECONDS * 1000, undefined, { signal: ending }).catch(() => {});
      if (!ending.aborted) await look();
    }
  })();
  watching.catch(() => {}); // reported by stop()

  return {
    seconds,
    async stage(name) {
      if (stage !== '') await look();
      stage = name;
      log(`— ${name}`);
      await look();
    },
    async stop() {
      closing.abort();
      await watching;
      await look();
      return looks;
    },
  };
}

function processesOf(stack: Stack): ReadonlyMap<string, number> {
  const running = Object.entries(stack.processes).flatMap(([name, managed]) => {
    const found = managed.pid();
    return found === undefined ? [] : [[name, found] as const];
  });
  return new Map([...running, [LOAD_DRIVER, process.pid]]);
}

async function readQueues(stack: Stack): Promise<Readonly<Record<string, number>>> {
  try {
    const response = await fetch(`${stack.statusUrls['delivery']}/metrics`, { signal: AbortSignal.timeout(10_000) });
    const samples = parseMetrics(await response.text());
    return Object.fromEntries(TASK_QUEUES.map((queue) => [queue, sumOfSamples(samples, 'certifiable_queue_backlog_tasks', { queue })]));
  } catch {
    return {};
  }
}

function lineOf({ stage, atSeconds, pending, queues, usage }: Look): string {
  const waiting = Object.entries(queues).filter(([, tasks]) => tasks > 0);
  return [
    `${atSeconds.toFixed(0).padStart(5)} s  ${stage}: ${pending.facts} facts wait (${pending.factSeconds.toFixed(1)} s)`,
    `${pending.undecided} undecided (${pending.undecidedSeconds.toFixed(1)} s)`,
    waiting.length === 0 ? 'queues empty' : waiting.map(([queue, tasks]) => `${queue} ${tasks}`).join(' '),
    `Temporal ${megabytes(usage.get('Temporal')?.bytes ?? 0)} MB`,
  ].join(', ');
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
