import { LRUCache } from 'lru-cache';
import type { ExamContent } from '../../domain/exam.ts';
import { attemptNotFound } from '../attempt-rows.ts';
import type { ExamContext } from '../exam-versions.ts';

/** The exam of an attempt. Refused as not found. */
export type ExamLookUp = (attemptId: string) => Promise<ExamContent>;

/** The attempts whose exam version this process knows; the pairing never changes, so only memory bounds it. */
const EXAM_BY_ATTEMPT_MAX = 50_000;

export function createExamLookUp({ prisma, examVersions }: ExamContext): ExamLookUp {
  const examVersionByAttempt = new LRUCache<string, string>({ max: EXAM_BY_ATTEMPT_MAX });
  return async (attemptId) => {
    const known = examVersionByAttempt.get(attemptId);
    if (known) return examVersions.contentOf(known);
    const attempt = await prisma.attempt.findUnique({ where: { id: attemptId }, select: { examVersionId: true } });
    if (!attempt) throw attemptNotFound();
    examVersionByAttempt.set(attemptId, attempt.examVersionId);
    return examVersions.contentOf(attempt.examVersionId);
  };
}
