import { randomUUID } from 'node:crypto';
import { promisedAt } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import { humanPartOf, machinePartOf } from '../../domain/grading.ts';
import { reconcile, averageDisputes, scoreOf } from '../../domain/reconciliation.ts';
import { passes } from '../../domain/score.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { Store } from '../../store/store.ts';
import { submittedAttempt } from './sitting.ts';

/** What one grader gives for the text items of the small exam, or the criteria of its case study. */
export type Given = { readonly grader: string; readonly points: readonly [first: number, second: number] };

type Marked = { readonly attemptId: string; readonly subject: string; readonly submissionId: string };

/** A script of the small exam that these graders marked, one after the other, each once. Nothing else may be open meanwhile. */
export async function markedScript(
  store: Store,
  given: readonly Given[],
  { examId = 'small', chosen = {} }: { examId?: string; chosen?: Readonly<Record<string, readonly string[]>> } = {},
): Promise<Marked> {
  const submitted = await submittedAttempt(store, { examId, chosen });
  await markedBy(store, given, { submissionId: submitted.submissionId, itemIds: ['t1', 't2'] });
  return submitted;
}

async function markedBy(
  store: Store,
  given: readonly Given[],
  { submissionId, itemIds }: { submissionId: string; itemIds: readonly string[] },
): Promise<void> {
  const dueAt = await promisedFor(store, submissionId);
  await store.assignments.open({ submissionId, purpose: 'mark', seats: given.map((_given, index) => index + 1), dueAt });
  for (const { grader, points } of given) {
    const held = await store.assignments.claim({ grader, designated: false });
    if (!held) throw new Error(`nothing to mark for ${grader}`);
    const marks = itemIds.map((itemId, index) => ({ itemId, points: points[index] ?? 0, reason: 'because' }));
    await store.assignments.complete({ assignmentId: held.id, grader, fencingToken: held.fencingToken, marks });
  }
}

/** When its result is promised, as the workflow says it to whoever marks. */
async function promisedFor(store: Store, submissionId: string): Promise<Date> {
  const { attemptId, exam, test } = await store.assignments.underGrading(submissionId);
  const { facts } = await store.attempts.read({ attemptId });
  return new Date(promisedAt(exam.policy, test, facts.sittings[test]?.frozenAt ?? Number.NaN));
}

type ToDecide = {
  given: readonly Given[];
  credentials: CredentialIssuer;
  examId?: string;
  chosen?: Readonly<Record<string, readonly string[]>>;
};

/** The same, decided as the rules say, disputes by their mean. */
export async function decidedScript(store: Store, { given, credentials, examId = 'small', chosen = {} }: ToDecide): Promise<Marked> {
  const marked = await markedScript(store, given, { examId, chosen });
  return decided(store, { ...marked, test: 'aptitude', credentials });
}

/** A case study of the small exam, marked for k1 and k2 and decided likewise. Nothing else may be open meanwhile. */
export async function decidedCaseStudy(store: Store, { given, credentials, examId = 'small' }: ToDecide): Promise<Marked> {
  const { attemptId, subject, submissionId: aptitude } = await submittedAttempt(store, { examId });
  const items = ['c1', 'c2', 't1', 't2'].map((itemId) => ({ itemId, millipoints: 5000, millipointsMax: 5000, basis: 'single' }) as const);
  const score = { millipoints: 20_000, millipointsMax: 20_000 };
  await store.decisions.publish({ attemptId, test: 'aptitude', round: 1, submissionId: aptitude, passed: true, score, items }, credentials);
  await store.sittings.download({ attemptId, subject });
  const id = randomUUID();
  const file = { fileName: 'mine.md', mediaType: 'text/markdown', sizeBytes: 3, sha256: 'a'.repeat(64) };
  await store.uploads.announce({ id, attemptId, subject, ...file });
  await store.uploads.complete(id);
  const frozen = await store.sittings.submit({ attemptId, subject, test: 'case_study' });
  if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('the case study was not frozen');
  const { submissionId } = frozen.submission;
  await markedBy(store, given, { submissionId, itemIds: ['k1', 'k2'] });
  return decided(store, { attemptId, subject, submissionId, test: 'case_study', credentials });
}

/** Decides what was marked, disputes by their mean. */
export async function decided(
  store: Store,
  { attemptId, subject, submissionId, test, credentials }: Marked & { test: Test; credentials: CredentialIssuer },
): Promise<Marked> {
  const { exam, gradable } = await store.assignments.underGrading(submissionId);
  const { markables, blanks } = humanPartOf(exam, gradable);
  const { settled, disputes } = reconcile(markables, await store.assignments.marks(submissionId), exam.policy);
  const items = [...machinePartOf(exam, gradable), ...blanks, ...settled, ...averageDisputes(disputes)];
  const score = scoreOf(items);
  await store.decisions.publish({ attemptId, submissionId, test, round: 1, passed: passes(score, exam.policy.passMark), score, items }, credentials);
  return { attemptId, subject, submissionId };
}
