import { partsOf, type ExamContent, type Markable, type Test } from '../../domain/exam.ts';
import { checkMarks, type SubmittedMark } from '../../domain/marking.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { inIdempotentTransaction, type IdempotencyKey, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import type { ExamContext } from '../exam-versions.ts';
import { keepDraft } from './drafts.ts';
import { assignmentNotFound, leaseLost, type Lease } from './leases.ts';
import { insertMarks } from './marks.ts';

type Completion = Lease & { readonly marks: readonly SubmittedMark[] };

type CompletionRow = {
  state: string;
  holder: string | null;
  fencing_token: number;
  item_ids: string[];
  submission_id: string;
  attempt_id: string;
  exam_version_id: string;
  test: Test;
  case_study_id: string | null;
  now: Date;
};

/**
 * Completes an assignment: all its marks in one transaction, with one delivery. A stale token is refused and the marks
 * are kept as the grader's draft; completing again with the same token gives the same answer.
 */
export async function completeAssignment(
  context: ExamContext,
  request: Completion & { idempotency?: IdempotencyKey | undefined },
): Promise<Committed> {
  const { assignmentId, grader, marks } = request;
  try {
    return await inIdempotentTransaction(context, request.idempotency, (tx) => completeIn(tx, context, request));
  } catch (error) {
    if (error instanceof Refusal && error.code === 'lease_lost') {
      await keepDraft(context.prisma, { assignmentId, grader, marks, at: new Date() });
    }
    throw error;
  }
}

async function completeIn(
  tx: Transaction,
  { clock, examVersions }: ExamContext,
  { assignmentId, grader, fencingToken, marks }: Completion,
): Promise<Committed> {
  const [row] = await tx.$queryRaw<CompletionRow[]>`
    SELECT t.state, t.holder, t.fencing_token, t.item_ids, t.submission_id, s.attempt_id, a.exam_version_id, s.test, s.case_study_id, ${await clock()} AS now
    FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE t.id = ${assignmentId}::uuid FOR UPDATE OF t`;
  if (!row) throw assignmentNotFound();
  const mine = row.holder === grader && row.fencing_token === fencingToken;
  if (row.state === 'completed' && mine) return { attemptId: row.attempt_id, deliveryId: undefined };
  if (!mine || row.state !== 'open') throw await leaseLost(tx, { assignmentId, grader });

  const exam = await examVersions.contentOf(row.exam_version_id, tx);
  const checked = checkMarks(markablesOf(exam, row), marks);
  if (checked.problems.length > 0) {
    throw new Refusal('marks_invalid', 'These marks cannot be recorded; nothing was changed.', { fields: checked.problems });
  }
  const writes = [
    insertMarks(checked.marks, { assignmentId, submissionId: row.submission_id, grader, at: row.now }),
    Prisma.sql`UPDATE assignment SET state = 'completed', completed_at = ${row.now}, lease_expires_at = NULL WHERE id = ${assignmentId}::uuid`,
  ];
  return { attemptId: row.attempt_id, deliveryId: await commitFact(tx, { attemptId: row.attempt_id, fact: 'marked', at: row.now }, writes) };
}

/** What an assignment covers, with the points of each. */
function markablesOf(exam: ExamContent, { test, case_study_id: caseStudyId, item_ids }: CompletionRow): readonly Markable[] {
  const points = new Map(partsOf(exam, { test, caseStudyId }).map((part) => [part.id, part.millipoints]));
  return item_ids.map((itemId) => ({ itemId, millipointsMax: points.get(itemId) ?? 0 }));
}
