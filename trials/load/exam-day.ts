import { setTimeout as pause } from 'node:timers/promises';
import type { Journey } from '../people/candidates.ts';
import { seededRandom } from '../people/random.ts';
import { percentile } from '../support/statistics.ts';
import { awaitResult, sitTest } from './candidates.ts';
import type { PeopleContext } from './context.ts';
import { readPending } from './pending.ts';
import type { ExamDay } from './report.ts';

/** Everybody who is registered starts within minutes, and works off the same test. */

/** Ample even for two slow cores; beyond it something hangs, and it is better to say so. */
const SETTLE_SECONDS = 1800;

type Peak = { readonly journeys: readonly Journey[]; readonly peakSeconds: number; readonly workSeconds: number };

/** Resolves when all have their results. */
export async function playExamDay(context: PeopleContext, { journeys, peakSeconds, workSeconds }: Peak): Promise<ExamDay> {
  const { options, database, signal } = context;
  const random = seededRandom(options.seed, 'arrivals');
  const beganAt = performance.now();
  const seconds = () => (performance.now() - beganAt) / 1000;
  const looking = new AbortController();
  const looks: Promise<void>[] = [];
  const sitting = journeys.map(async (journey) => {
    await pause(random() * peakSeconds * 1000, undefined, { signal });
    await sitTest(context, journey, workSeconds);
    looks.push(awaitResult(journey, AbortSignal.any([looking.signal, signal])));
  });
  await Promise.all(sitting);
  const submittedAt = seconds();
  await untilAllDecided(context);
  const decidedAt = seconds();
  looking.abort();
  await Promise.all(looks);
  const { rows } = await database.query<{ seconds: number }>(
    `SELECT extract(epoch FROM d.decided_at - b.submitted_at)::float8 AS seconds
     FROM decision d JOIN submission b ON b.id = d.submission_id WHERE d.attempt_id = ANY($1::uuid[])`,
    [journeys.map(({ attemptId }) => attemptId)],
  );
  const waits = rows.map((row) => row.seconds);
  return {
    candidates: journeys.length,
    seconds: submittedAt,
    afterSeconds: decidedAt - submittedAt,
    resultSeconds: { p50: percentile(waits, 50), p95: percentile(waits, 95), max: percentile(waits, 100) },
  };
}

export function untilAllDecided(context: PeopleContext): Promise<void> {
  return until(context, 'results of the exam day', async () => (await readPending(context.database)).undecided);
}

export function untilNoFactWaits(context: PeopleContext): Promise<void> {
  return until(context, 'facts that no workflow has loaded', async () => (await readPending(context.database)).facts);
}

async function until({ signal }: PeopleContext, what: string, left: () => Promise<number>): Promise<void> {
  const giveUpAt = performance.now() + SETTLE_SECONDS * 1000;
  for (let count = await left(); count > 0; count = await left()) {
    if (performance.now() > giveUpAt) throw new Error(`after ${SETTLE_SECONDS} s there still are ${count} ${what}`);
    await pause(500, undefined, { signal });
  }
}
