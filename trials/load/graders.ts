import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient, Assignment } from '../people/client.ts';
import type { PeopleContext } from './context.ts';
import { isOfExamDay, pointsIn } from './exams.ts';
import { seededRandom, type Random } from '../people/random.ts';

/** Graders without a pause: they claim and complete what the exam day brings, and leave what stands open alone. */

/** Of the marks: two of the same answer then differ by more than a fifth of its points. */
const SEVERE_SHARE = 0.1;
const POINTS_OFF = 2;
const LOOK_MILLISECONDS = 250;

/** Graders work for as long as `work` lasts, and finish what they hold. */
export async function whileGraded<Result>(context: PeopleContext, work: () => Promise<Result>): Promise<Result> {
  const closing = new AbortController();
  const desk = { open: 0 };
  const graders = Promise.all([
    watchAssignments(context, desk, closing.signal),
    ...Array.from({ length: context.options.graders }, (_, index) => gradeAll(context, index, desk, closing.signal)),
  ]);
  const working = work();
  try {
    // Graders end only when they are told to: ending earlier is a failure.
    await Promise.race([working, graders]);
  } finally {
    closing.abort();
    await Promise.allSettled([working, graders]);
  }
  await graders;
  return working;
}

/** All that stands open is due in years; claiming it only to give it back would be a load that nobody has. */
async function watchAssignments({ database, signal }: PeopleContext, desk: { open: number }, closed: AbortSignal): Promise<void> {
  while (!closed.aborted && !signal.aborted) {
    const { rows } = await database.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM assignment WHERE state = 'open' AND due_at < now() + interval '1 year' AND lease_expires_at IS NULL`,
    );
    desk.open = rows[0]?.open ?? 0;
    await rest(closed);
  }
}

async function gradeAll(context: PeopleContext, index: number, desk: { open: number }, closed: AbortSignal): Promise<void> {
  const isDesignated = index % 6 === 0;
  const api = context.cast({
    subject: `load-grader-${index}`,
    name: `Grader ${index}`,
    roles: isDesignated ? ['grader', 'designated'] : ['grader'],
  });
  const random = seededRandom(context.options.seed, `grader ${index}`);
  while (!closed.aborted && !context.signal.aborted) {
    const isTurn = desk.open > 0;
    // One grader for each that is open: the others would only take what stands.
    if (isTurn) desk.open -= 1;
    const assignment = isTurn ? await api.claim() : undefined;
    if (!assignment) await rest(closed);
    else if (!(await mark(api, assignment, random))) await rest(closed);
    else context.headcount.stirred();
  }
}

/** False for an assignment that was only given back. */
async function mark(api: ApiClient, assignment: Assignment, random: Random): Promise<boolean> {
  const { id, fencingToken } = assignment;
  const responses = examDayResponses(assignment);
  if (!responses) {
    await api.release(id, fencingToken);
    return false;
  }
  const marks = responses.map(({ itemId, pointsMax, response }) => {
    const severe = assignment.purpose === 'mark' && random() < SEVERE_SHARE;
    const points = Math.max(0, Math.min(pointsMax, pointsIn(response)) - (severe ? POINTS_OFF : 0));
    return { itemId, points, reason: points < pointsMax ? 'Half of it is missing.' : '' };
  });
  await api.complete(id, { fencingToken, marks });
  return true;
}

function examDayResponses(assignment: Assignment) {
  switch (assignment.test) {
    case 'aptitude':
      return assignment.responses.every(({ prompt }) => isOfExamDay(prompt)) ? assignment.responses : undefined;
    case 'case_study':
      return undefined;
  }
}

async function rest(closed: AbortSignal): Promise<void> {
  await pause(LOOK_MILLISECONDS, undefined, { signal: closed }).catch(() => {});
}
