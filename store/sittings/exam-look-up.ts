import { LRUCache } from 'lru-cache';
import type { ExamContent } from '../../domain/exam.ts';
import { attemptNotFound } from '../attempt-rows.ts';
import type { ExamContext } from '../exam-versions.ts';

/** The exam of an attempt. Refused as not found. */
export type ExamLookUp = (attemptId: string) => Promise<ExamContent>;

/** What was read of an attempt needs no look-up later. */
export type RememberExam = (attempt: { readonly facts: { readonly attemptId: string }; readonly examVersionId: string }) => void;

/** The attempts whose exam version this process knows; the pairing never changes, so only memory bounds it. */
const EXAM_BY_ATTEMPT_MAX = 50_000;

export function createExamLookUp({ prisma, examVersions }: ExamContext): { examOf: ExamLookUp; rememberExam: RememberExam } {
  const examVersionByAttempt = new LRUCache<string, string>({ max: EXAM_BY_ATTEMPT_MAX });
  const rememberExam: RememberExam = ({ facts: { attemptId }, examVersionId }) => void examVersionByAttempt.set(attemptId, examVersionId);
  const examOf: ExamLookUp = async (attemptId) => {
    const known = examVersionByAttempt.get(attemptId);
    if (known) return examVersions.contentOf(known);
    const attempt = await prisma.attempt.findUnique({ where: { id: attemptId }, select: { examVersionId: true } });
    if (!attempt) throw attemptNotFound();
    examVersionByAttempt.set(attemptId, attempt.examVersionId);
    return examVersions.contentOf(attempt.examVersionId);
  };
  return { examOf, rememberExam };
}
