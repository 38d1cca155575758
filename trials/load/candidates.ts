import { setTimeout as pause } from 'node:timers/promises';
import { startTest, submitTest, type Journey } from '../people/candidates.ts';
import type { LoadContext, PeopleContext } from './context.ts';
import { answerWorth } from './exams.ts';
import { seededRandom } from '../people/random.ts';

/** Registered candidates who sit the aptitude test of the exam day. */

const SAVE_EVERY_SECONDS = 2;
/** Of the candidates; the others answer half of what is asked. */
const PASS_SHARE = 0.7;
const LOOK_SECONDS = 5;

/** Starts, answers for so long with an answer saved every 2 s, each item at least once, and submits. */
export async function sitTest({ options, headcount, signal }: PeopleContext, journey: Journey, workSeconds: number): Promise<void> {
  const random = seededRandom(options.seed, `candidate ${journey.attemptId}`);
  const points = random() < PASS_SHARE ? 5 : 1;
  const test = await startTest(journey);
  const saves = Math.max(test.items.length, Math.round(workSeconds / SAVE_EVERY_SECONDS));
  for (let save = 0; save < saves; save += 1) {
    await pause((workSeconds / saves) * 1000 * (0.5 + random()), undefined, { signal });
    const item = test.items[save % test.items.length];
    if (!item) throw new RangeError('the test has items');
    const sequence = Math.floor(save / test.items.length) + 1;
    await journey.api.saveResponse(journey.attemptId, item.id, { value: answerWorth(item.id, points), sequence });
    headcount.stirred();
  }
  await submitTest(journey);
}

/** Looks now and then, as a waiting candidate does, until the result is there or nobody wants to know any more. */
export async function awaitResult(journey: Journey, signal: AbortSignal): Promise<void> {
  await pause(LOOK_SECONDS * 1000, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    const attempt = await journey.api.attempt(journey.attemptId);
    journey.isIn(attempt.phase);
    if (attempt.phase !== 'aptitude_grading') return;
    await pause(LOOK_SECONDS * 1000, undefined, { signal }).catch(() => {});
  }
}

/** So many a second, evenly, until told to stop or nobody is left. Resolves when all who came have submitted. */
export async function arriveSteadily(
  context: LoadContext,
  { journeys, perSecond, workSeconds, over }: { journeys: Journey[]; perSecond: number; workSeconds: number; over: AbortSignal },
): Promise<void> {
  const sitting: Promise<void>[] = [];
  const ending = AbortSignal.any([over, context.signal]);
  while (!ending.aborted) {
    const journey = journeys.pop();
    if (!journey) break;
    sitting.push(sitTest(context, journey, workSeconds));
    await pause(1000 / perSecond, undefined, { signal: ending }).catch(() => {});
  }
  await Promise.all(sitting);
}
