import { randomUUID } from 'node:crypto';
import pMap from 'p-map';
import type { Store } from '../../store/store.ts';

type Person = {
  readonly examId?: string;
  readonly name?: string;
  readonly email?: string | undefined;
  /** Beside the text items, which are answered. */
  readonly chosen?: Readonly<Record<string, readonly string[]>>;
};

/** A candidate in the middle of the aptitude test, through the store alone. */
export async function startedAttempt(
  store: Store,
  { examId = 'small', name = 'Ada Example', email }: Person = {},
): Promise<{ attemptId: string; subject: string }> {
  const subject = `candidate-${randomUUID()}`;
  const { attemptId } = await store.attempts.register({ subject, name, email, examId });
  await store.sittings.start({ attemptId, subject });
  return { attemptId, subject };
}

/** A frozen aptitude submission with both text items answered. */
export async function submittedAttempt(store: Store, person: Person = {}): Promise<{ attemptId: string; subject: string; submissionId: string }> {
  const attempt = await startedAttempt(store, person);
  const answers = { t1: 'an answer', t2: 'an answer', ...person.chosen };
  for (const [itemId, value] of Object.entries(answers)) await store.sittings.saveResponse({ ...attempt, itemId, value, sequence: 1 });
  const frozen = await store.sittings.submit({ ...attempt, test: 'aptitude' });
  if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('the submission was not frozen');
  return { ...attempt, submissionId: frozen.submission.submissionId };
}

/** Of many, some at a time: all at once would wait longer for a connection than anybody may. Each open to be marked twice. */
export function scriptsToMark(
  store: Store,
  { count, dueAt, examIdOf = () => 'small' }: { count: number; dueAt: Date; examIdOf?: (index: number) => string },
): Promise<{ attemptId: string; subject: string; submissionId: string }[]> {
  return pMap(
    Array.from({ length: count }, (_, index) => index),
    async (index) => {
      const submitted = await submittedAttempt(store, { examId: examIdOf(index) });
      await store.assignments.open({ submissionId: submitted.submissionId, purpose: 'mark', seats: [1, 2], dueAt });
      return submitted;
    },
    { concurrency: 10 },
  );
}

/** A refusal's code, or `ok`: what a racer got. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.name === 'Refusal') return String(error.code);
    throw error;
  }
}
