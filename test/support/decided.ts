import { humanPartOf, machinePartOf } from '../../domain/grading.ts';
import { reconcile, averageDisputes, scoreOf } from '../../domain/reconciliation.ts';
import { passes } from '../../domain/score.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { Store } from '../../store/store.ts';
import { submittedAttempt } from './sitting.ts';

/** What one grader gives for the text items of the small exam. */
export type Given = { readonly grader: string; readonly points: readonly [t1: number, t2: number] };

type Marked = { readonly attemptId: string; readonly submissionId: string };

/** A script of the small exam that these graders marked, one after the other, each once. Nothing else may be open meanwhile. */
export async function markedScript(store: Store, given: readonly Given[], { examId = 'small' } = {}): Promise<Marked> {
  const { attemptId, submissionId } = await submittedAttempt(store, { examId });
  await store.assignments.open({
    submissionId,
    purpose: 'mark',
    seats: given.map((_given, index) => index + 1),
    dueAt: new Date(Date.now() + 7 * 86_400_000),
  });
  for (const { grader, points } of given) {
    const held = await store.assignments.claim({ grader, designated: false });
    if (!held) throw new Error(`nothing to mark for ${grader}`);
    const marks = ['t1', 't2'].map((itemId, index) => ({ itemId, points: points[index] ?? 0, reason: 'because' }));
    await store.assignments.complete({ assignmentId: held.id, grader, fencingToken: held.fencingToken, marks });
  }
  return { attemptId, submissionId };
}

/** The same, decided as the rules say, disputes by their mean. */
export async function decidedScript(
  store: Store,
  { given, credentials, examId }: { given: readonly Given[]; credentials: CredentialIssuer; examId?: string },
): Promise<Marked> {
  const marked = await markedScript(store, given, examId === undefined ? {} : { examId });
  const { exam, gradable } = await store.assignments.underGrading(marked.submissionId);
  const { markables, blanks } = humanPartOf(exam, gradable);
  const { settled, disputes } = reconcile(markables, await store.assignments.marks(marked.submissionId), exam.policy);
  const items = [...machinePartOf(exam, gradable), ...blanks, ...settled, ...averageDisputes(disputes)];
  const score = scoreOf(items);
  const decision = { ...marked, test: 'aptitude', round: 1, passed: passes(score, exam.policy.passMark), score, items } as const;
  await store.decisions.publish(decision, credentials);
  return marked;
}
