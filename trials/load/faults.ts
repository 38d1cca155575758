import { setTimeout as pause } from 'node:timers/promises';
import type { Journey } from '../people/candidates.ts';
import { arriveSteadily, sitTest } from './candidates.ts';
import type { LoadContext } from './context.ts';
import { readPending } from './pending.ts';
import { drainRate, recoveryOf, type AgeSample, type CountSample, type Recovery } from './recovery.ts';
import { forEachAtMost } from '../people/streams.ts';

/** What happens when a worker is gone, and when there is one more. */

const LOOK_MILLISECONDS = 500;
const CALM_SECONDS = 20;
const HOLD_SECONDS = 8;
const RECOVERY_SECONDS_MAX = 90;
const WORK_SECONDS = 4;

/** So many candidates at most come while a worker is killed. */
export function candidatesOfKill(perSecond: number): number {
  return perSecond * (CALM_SECONDS + RECOVERY_SECONDS_MAX + HOLD_SECONDS);
}

export type Kill = Recovery & { readonly process: string; readonly pendingAtKill: number };

/** Kills one worker of two (-9) under a steady load, and leaves it dead until all is as before; then starts it again. */
export async function killOne(context: LoadContext, name: string, journeys: Journey[]): Promise<Kill> {
  const { stack, options, database, log, signal } = context;
  const worker = stack.processes[name];
  if (!worker) throw new RangeError(`there is no process ${name}`);
  const over = new AbortController();
  const arriving = arriveSteadily(context, { journeys, perSecond: options.perSecond, workSeconds: WORK_SECONDS, over: over.signal });
  arriving.catch(() => {}); // awaited below

  const samples: AgeSample[] = [];
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const sampleUntil = async (isOver: () => boolean) => {
    while (!isOver()) {
      await pause(LOOK_MILLISECONDS, undefined, { signal });
      const { factSeconds, undecidedSeconds } = await readPending(database);
      samples.push({ at: seconds(), seconds: Math.max(factSeconds, undecidedSeconds) });
    }
  };
  await sampleUntil(() => seconds() >= CALM_SECONDS);
  const { undecided: pendingAtKill } = await readPending(database);
  const killedAt = seconds();
  await worker.kill();
  log(`killed (-9) ${name} with ${pendingAtKill} submissions under way`);
  const recovery = () => recoveryOf(samples, { killedAt, holdSeconds: HOLD_SECONDS });
  // A lost task is missed only when its time-out has passed: calm before that is not yet recovery.
  await sampleUntil(
    () => seconds() >= killedAt + RECOVERY_SECONDS_MAX || (seconds() >= killedAt + 30 && recovery().recoveredAfterSeconds !== undefined),
  );
  over.abort();
  await arriving;
  await worker.start();
  return { ...recovery(), process: name, pendingAtKill };
}

export type Drain = { readonly workers: number; readonly submissions: number; readonly seconds: number; readonly perSecond: number | undefined };

/** Lets submissions pile up while no worker of the pool runs, then starts `workers` of them. */
export async function drain(
  context: LoadContext,
  { pool, workers, journeys }: { pool: string; workers: number; journeys: readonly Journey[] },
): Promise<Drain> {
  const { stack, options, database, log, signal } = context;
  const all = Object.values(stack.processes).filter(({ name }) => name === pool || name.startsWith(`${pool}-`));
  await Promise.all(all.map((worker) => worker.stop()));
  await forEachAtMost(streamOf(journeys), options.atOnce, (journey) => sitTest(context, journey, 0));
  const waiting = (await readPending(database)).attempts;
  log(`${waiting} attempts have facts that wait; starting ${workers} of ${pool}`);

  const startedAt = performance.now();
  const samples: CountSample[] = [];
  await Promise.all(all.slice(0, workers).map((worker) => worker.start()));
  for (let left = waiting; left > 0;) {
    await pause(LOOK_MILLISECONDS / 2, undefined, { signal });
    left = (await readPending(database)).attempts;
    samples.push({ at: (performance.now() - startedAt) / 1000, count: left });
  }
  await Promise.all(all.slice(workers).map((worker) => worker.start()));
  return { workers, submissions: waiting, seconds: samples.at(-1)?.at ?? 0, perSecond: drainRate([{ at: 0, count: waiting }, ...samples]) };
}

async function* streamOf<Element>(elements: readonly Element[]): AsyncGenerator<Element> {
  yield* elements;
}
