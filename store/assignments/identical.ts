import { createHash } from 'node:crypto';
import type { ExamContent } from '../../domain/exam.ts';
import type { GradableSubmission } from '../../domain/grading.ts';
import { identityOf } from '../../domain/identical-answers.ts';

/** What identical answers to an item have in common, and no others: a hash, so that it says nothing of them. Of texts alone, where the policy has groups. */
export function answerHashesOf(exam: ExamContent, submission: GradableSubmission, itemIds: readonly string[]): string[] {
  return itemIds.flatMap((itemId) => answerHashOf(exam, submission, itemId) ?? []);
}

/** Undefined where the answer is of no group. */
export function answerHashOf(exam: ExamContent, submission: GradableSubmission, itemId: string): string | undefined {
  const { identicalAnswers } = exam.policy;
  if (identicalAnswers === undefined || !('responses' in submission)) return undefined;
  const response = submission.responses[itemId];
  const identity = typeof response === 'string' ? identityOf(response, identicalAnswers) : undefined;
  if (identity === undefined) return undefined;
  return createHash('sha256')
    .update(JSON.stringify([exam.examId, exam.version, itemId, identity]))
    .digest('hex');
}
