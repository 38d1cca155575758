import { checkMarks, differFrom, type RecordableMark, type SubmittedMark } from '../../domain/marking.ts';
import { pointsFromMillipoints } from '../../domain/points.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { inIdempotentTransaction, writeTogether, type IdempotencyKey, type Transaction } from '../context.ts';
import { commitFactWhere, type Committed } from '../deliveries.ts';
import type { ExamContext } from '../exam-versions.ts';
import { keepingDraft } from './drafts.ts';
import { assignmentNotFound, leaseLost, type Lease } from './leases.ts';
import { markablesOf, type CoveredColumns } from './markables.ts';
import { insertMarks, recordedMarks } from './marks.ts';
import type { KeptPurpose } from './open.ts';
import { insertSeedMarks, recordedSeedMarks } from '../seeds/seed-marks.ts';
import { goOn } from './stretches.ts';

type Completion = Lease & { readonly marks: readonly SubmittedMark[] };

type CompletionRow = CoveredColumns & {
  state: string;
  purpose: KeptPurpose;
  holder: string | null;
  fencing_token: number;
  submission_id: string;
  attempt_id: string;
  exam_version_id: string;
  now: Date;
};

/**
 * Completes an assignment: all its marks in one transaction, and a delivery once no other of its submission is open. A stale
 * token is refused and the marks are kept as the grader's draft. Completing again with the same token and the same marks gives
 * the same answer; with others it is refused, since the first ones stand.
 */
export async function completeAssignment(
  context: ExamContext,
  request: Completion & { idempotency?: IdempotencyKey | undefined },
): Promise<Committed> {
  return keepingDraft(context, { ...request, isFinal: true }, () =>
    inIdempotentTransaction(context, request.idempotency, (tx) => completeIn(tx, context, request)),
  );
}

async function completeIn(
  tx: Transaction,
  { clock, examVersions }: ExamContext,
  { assignmentId, grader, fencingToken, marks }: Completion,
): Promise<Committed> {
  const [row] = await tx.$queryRaw<CompletionRow[]>`
    SELECT t.state, t.purpose, t.holder, t.fencing_token, t.item_ids, t.submission_id, s.attempt_id, a.exam_version_id, s.test, s.case_study_id, ${await clock()} AS now
    FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE t.id = ${assignmentId}::uuid FOR UPDATE OF t`;
  if (!row) throw assignmentNotFound();
  const mine = row.holder === grader && row.fencing_token === fencingToken;
  if (!mine || row.state === 'void') throw await leaseLost(tx, { assignmentId, grader });

  const exam = await examVersions.contentOf(row.exam_version_id, tx);
  const checked = checkMarks(markablesOf(exam, row), marks);
  if (row.state === 'completed') {
    refuseOthers(row.purpose === 'seed' ? await recordedSeedMarks(tx, assignmentId) : await recordedMarks(tx, assignmentId), checked);
    return { attemptId: row.attempt_id, deliveryId: undefined };
  }
  if (checked.problems.length > 0) {
    throw new Refusal('marks_invalid', 'These marks cannot be recorded; nothing was changed.', { fields: checked.problems });
  }
  const isSeed = row.purpose === 'seed';
  const recorded = { assignmentId, grader, at: row.now };
  const writes = [
    // Else there would be as many for ever as there are assignments, each with what the marks say.
    Prisma.sql`DELETE FROM draft WHERE assignment_id = ${assignmentId}::uuid AND grader = ${grader}`,
    isSeed ? insertSeedMarks(checked.marks, recorded) : insertMarks(checked.marks, { ...recorded, submissionId: row.submission_id }),
    Prisma.sql`UPDATE assignment SET state = 'completed', completed_at = ${row.now}, lease_expires_at = NULL WHERE id = ${assignmentId}::uuid`,
    goOn(
      Prisma.sql`SELECT ${assignmentId}::uuid AS id, ${grader}::text AS holder, ${fencingToken}::int AS fencing_token, ${row.now}::timestamptz AS now`,
    ),
  ];
  // Nothing of the attempt waits for a seed.
  if (isSeed) {
    await writeTogether(tx, writes);
    return { attemptId: row.attempt_id, deliveryId: undefined };
  }
  // One that is locked may be completing at this moment, unseen: then both ring, so that in no order the last one is silent.
  const isLast = Prisma.sql`NOT EXISTS (
    SELECT 1 FROM assignment other WHERE other.submission_id = ${row.submission_id}::uuid AND other.state IN ('open', 'held') AND other.purpose <> 'seed' AND other.id <> ${assignmentId}::uuid
    FOR KEY SHARE SKIP LOCKED)`;
  const deliveryId = await commitFactWhere(tx, isLast, { attemptId: row.attempt_id, fact: 'marked', at: row.now }, writes);
  return { attemptId: row.attempt_id, deliveryId };
}

/** Marks never change: who hands in others the second time is told of those that stand. */
function refuseOthers(recorded: readonly RecordableMark[], { marks, problems }: ReturnType<typeof checkMarks>): void {
  if (problems.length === 0 && !differFrom(recorded, marks)) return;
  throw new Refusal('marks_recorded', 'You completed this assignment before, with other marks than these. Those stand, and never change.', {
    recorded: recorded.map(({ itemId, millipoints, reason }) => ({ itemId, points: pointsFromMillipoints(millipoints), reason })),
  });
}
