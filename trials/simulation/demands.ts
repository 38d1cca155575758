import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ATTEMPT_QUEUES, type AttemptQueue } from '../../workflows/queues.ts';
import { sumOfSamples, type Sample } from '../support/metrics-text.ts';
import type { Happening } from './people.ts';

/** What each happening asks of the machines, and what a task of each queue costs: measured, not guessed (simulate-measured.json). */

/**
 * Tasks that a happening brings to each queue, as workflows/ has it. Workflow tasks: one for each doorbell and one for each
 * activity that ends.
 */
export const TASKS: Readonly<Record<AttemptQueue, Partial<Readonly<Record<Happening, number>>>>> = {
  certification: { registered: 1, started: 1, submitted: 3, marked: 1, decided: 4, downloaded: 1, handed_in: 2, decided_case_study: 4 },
  'grading-auto': { submitted: 1 },
  'grading-human': { submitted: 1, handed_in: 1 },
  feedback: { decided: 2, decided_case_study: 2 },
  publication: { decided: 1, decided_case_study: 1 },
  notification: { decided: 1, decided_case_study: 1 },
};

/** The parts that all attempts share; a test's answers come on top (autosaves). */
export const SHARED = ['api', 'Temporal', 'PostgreSQL'] as const;
export type Shared = (typeof SHARED)[number];

const demand = z.strictObject({
  /** That the pool did while it was measured. */
  tasks: z.number(),
  /** By the structure of the workflow (TASKS). */
  tasksExpected: z.number(),
  /** Processor time of the pool's process for one task, all that goes with it included; at rest it takes some, which is left out. */
  cpuSeconds: z.number(),
  /** From start to end of one task, as Temporal's SDK measured it. */
  executionSeconds: z.number(),
  /** From being scheduled to being started. */
  scheduleToStartSeconds: z.number(),
});

const demands = z.strictObject({
  measured: z.string(),
  machine: z.string(),
  attempts: z.number(),
  pools: z.record(z.enum(ATTEMPT_QUEUES), demand),
  /** Processor time for one attempt with all its steps. */
  sharedCpuSeconds: z.record(z.enum(SHARED), z.number()),
  /** And for one saved answer. */
  autosaveCpuSeconds: z.record(z.enum(SHARED), z.number()),
});

export type Demand = z.output<typeof demand>;
export type Demands = z.output<typeof demands>;

export const MEASURED_FILE = fileURLToPath(new URL('measured.json', import.meta.url));

/** Of the last run that was saved (npm run simulate -- --check --save). */
export async function readDemands(): Promise<Demands> {
  return demands.parse(JSON.parse(await readFile(MEASURED_FILE, 'utf8')));
}

export function expectedTasks(queue: AttemptQueue, happened: Readonly<Record<Happening, number>>): number {
  return Object.entries(TASKS[queue]).reduce((sum, [what, count]) => sum + count * happened[what as Happening], 0);
}

/** Tasks that a pool's process has done, and how long they took, from its /metrics. */
export function workDone(
  samples: readonly Sample[],
  queue: AttemptQueue,
): { tasks: number; executionSeconds: number; scheduleToStartSeconds: number } {
  const kind = queue === 'certification' ? 'workflow_task' : 'activity';
  const execution = latency(samples, `temporal_${kind}_execution_latency`);
  const waited = latency(samples, `temporal_${kind}_schedule_to_start_latency`);
  return { tasks: execution.count, executionSeconds: execution.seconds, scheduleToStartSeconds: waited.seconds };
}

/** The SDK tells milliseconds or seconds, by its settings, and names the unit. */
function latency(samples: readonly Sample[], name: string): { count: number; seconds: number } {
  for (const [suffix, perSecond] of [
    ['_milliseconds', 1000],
    ['_seconds', 1],
    ['', 1000],
  ] as const) {
    const count = sumOfSamples(samples, `${name}${suffix}_count`);
    if (count > 0) return { count, seconds: sumOfSamples(samples, `${name}${suffix}_sum`) / perSecond };
  }
  return { count: 0, seconds: 0 };
}
