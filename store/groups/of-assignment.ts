import { v7 as uuidv7 } from 'uuid';
import type { Markable } from '../../domain/exam.ts';
import { checkMarks } from '../../domain/marking.ts';
import type { Millipoints } from '../../domain/points.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { GroupMark, Prisma } from '../../prisma/generated/client.ts';
import { answerHashOf } from '../assignments/identical.ts';
import { leaseLost, type Lease } from '../assignments/leases.ts';
import { markablesOf } from '../assignments/markables.ts';
import { purposeAsShown } from '../assignments/open.ts';
import { GRADABLE_COLUMNS, underGradingOf, type SubmissionUnderGrading } from '../assignments/under-grading.ts';
import { inTransaction, nowBy, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { mayTake, work } from '../graders/may-take.ts';

type Own = { readonly assignmentId: string; readonly grader: string };

/** An item of an assignment whose answer others may have given too. */
export type Group = {
  readonly itemId: string;
  /** Open scripts of others with the same answer that nobody holds and this grader may take. */
  readonly others: number;
  /** What this grader has for all of them. */
  readonly mark: { readonly id: string; readonly millipoints: Millipoints; readonly reason: string } | null;
};

/** More are not counted: a hundred identical ones are as good a reason. */
const OTHERS_MAX = 1000;

/**
 * The groups that the answers of an open assignment belong to, for who holds it; none for a dispute, a file, or where the policy has no groups. Each
 * script goes to graders one by one as ever: a group changes neither who marks what nor what is due first.
 */
export async function listGroups(context: ExamContext, own: Own): Promise<readonly Group[]> {
  const { prisma, clock } = context;
  const { assignment, hashes } = await readOwn(prisma, context, own);
  if (assignment.state !== 'open' || hashes.size === 0) return [];
  const all = [...hashes.values()];
  const [standing, counted] = [
    await standingMarks(prisma, own.grader, all),
    await countOthers(prisma, await clock(), { ...own, ...assignment, hashes: all }),
  ];
  return [...hashes].flatMap(([itemId, hash]) => {
    const [mark, others] = [standing.get(hash), counted.get(hash) ?? 0];
    return mark || others > 0 ? [{ itemId, others, mark: mark ? { id: mark.id, millipoints: mark.millipoints, reason: mark.reason } : null }] : [];
  });
}

async function standingMarks(tx: Transaction, grader: string, hashes: readonly string[]): Promise<ReadonlyMap<string, GroupMark>> {
  const rows = await tx.groupMark.findMany({ where: { grader, answerHash: { in: [...hashes] }, endedAt: null } });
  return new Map(rows.map((row) => [row.answerHash, row]));
}

/** By submission: two seats of one are one script more, of which this grader takes one at most. */
async function countOthers(
  tx: Transaction,
  now: Prisma.Sql,
  { grader, submissionId, hashes }: { grader: string; submissionId: string; hashes: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.$queryRaw<{ hash: string; others: number }[]>`
    SELECT wanted.hash, others.count AS others FROM unnest(${[...hashes]}::text[]) AS wanted (hash) CROSS JOIN LATERAL (
      SELECT count(DISTINCT found.submission_id)::int AS count FROM (
        SELECT t.submission_id FROM ${work} JOIN grader g ON g.subject = ${grader}
        WHERE t.state = 'open' AND t.answer_hashes <> '{}' AND t.answer_hashes @> ARRAY[wanted.hash] AND t.purpose = 'mark'
          AND t.submission_id <> ${submissionId}::uuid AND (t.holder IS NULL OR t.lease_expires_at <= ${now})
          AND (t.reserved_for IS NULL OR t.reserved_for = ${grader}) AND ${mayTake}
        LIMIT ${2 * OTHERS_MAX}::int) found
    ) others`;
  return new Map(rows.map(({ hash, others }) => [hash, Math.min(others, OTHERS_MAX)]));
}

type NewGroupMark = { readonly itemId: string; readonly points: number; readonly reason: string };

/**
 * Keeps points and a reason for all identical answers to an item, this script's included, in the place of what this grader kept for them before. It is
 * no mark: each script is completed for itself, and what is completed never changes. The same again keeps what stands.
 */
export function markGroup(context: ExamContext, { mark, ...lease }: Lease & { mark: NewGroupMark }): Promise<{ id: string }> {
  return inTransaction(context, async (tx) => {
    const { assignment, hashes, markables, examVersionId } = await readHeldNow(tx, context, lease);
    const answerHash = groupOf(hashes, mark.itemId);
    const { millipoints, reason } = checkedMark(markables, mark);
    const { grader } = lease;
    // Of two windows of one grader the later one finds what the earlier one kept.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`group ${grader} ${answerHash}`}))`;
    const at = await nowBy(context.clock, tx);
    const standing = await tx.groupMark.findFirst({ where: { grader, answerHash, endedAt: null } });
    if (standing?.millipoints === millipoints && standing.reason === reason) return use(tx, { id: standing.id, assignmentId: assignment.id, at });
    await tx.groupMark.updateMany({ where: { grader, answerHash, endedAt: null }, data: { endedAt: at } });
    const { id } = await tx.groupMark.create({
      data: { id: uuidv7(), grader, examVersionId, itemId: mark.itemId, answerHash, millipoints, reason, markedAt: at },
      select: { id: true },
    });
    return use(tx, { id, assignmentId: assignment.id, at });
  });
}

function checkedMark(markables: readonly Markable[], mark: NewGroupMark) {
  const { marks, problems } = checkMarks(
    markables.filter(({ itemId }) => itemId === mark.itemId),
    [mark],
  );
  const [checked] = marks;
  if (checked && problems.length === 0) return checked;
  const fields = problems.map(({ path, message }) => ({ path: path.replace('marks[0].', ''), message }));
  throw new Refusal('marks_invalid', 'This mark cannot be kept for the group; nothing was changed.', { fields });
}

/** The holder takes what they kept for the group into this script's draft: written down, as evidence that the mark was made as one of a group. */
export function takeGroupMark(context: ExamContext, { groupMarkId, ...lease }: Lease & { groupMarkId: string }): Promise<{ id: string }> {
  return inTransaction(context, async (tx) => {
    const { assignment, hashes } = await readHeldNow(tx, context, lease);
    const kept = await tx.groupMark.findFirst({
      where: { id: groupMarkId, grader: lease.grader, answerHash: { in: [...hashes.values()] } },
      select: { id: true },
    });
    if (!kept) throw noGroup();
    return use(tx, { id: kept.id, assignmentId: assignment.id, at: await nowBy(context.clock, tx) });
  });
}

async function use(tx: Transaction, { id, assignmentId, at }: { id: string; assignmentId: string; at: Date }): Promise<{ id: string }> {
  await tx.groupMarkUse.createMany({ data: [{ groupMarkId: id, assignmentId, usedAt: at }], skipDuplicates: true });
  return { id };
}

/** What was kept for the group is offered for no further script. Drafts that have it, and marks, stay. Ended again, or by another one, it stays so. */
export async function endGroupMark({ prisma, clock }: ExamContext, { groupMarkId, grader }: { groupMarkId: string; grader: string }): Promise<void> {
  const ended = await prisma.$executeRaw`
    UPDATE group_mark SET ended_at = ${await clock()} WHERE id = ${groupMarkId}::uuid AND grader = ${grader} AND ended_at IS NULL`;
  if (ended === 0 && (await prisma.groupMark.count({ where: { id: groupMarkId, grader } })) === 0) throw noGroup();
}

function groupOf(hashes: ReadonlyMap<string, string>, itemId: string): string {
  const hash = hashes.get(itemId);
  if (hash === undefined) throw noGroup();
  return hash;
}

function noGroup(): Refusal {
  return new Refusal('not_found', 'There is no such group of identical answers.');
}

/** Refused to who does not hold it at this moment. The lock is against whoever takes it over or completes it meanwhile. */
async function readHeldNow(tx: Transaction, context: ExamContext, { fencingToken, ...own }: Lease) {
  const [held] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM assignment WHERE id = ${own.assignmentId}::uuid AND holder = ${own.grader} AND fencing_token = ${fencingToken} AND state = 'open' FOR SHARE`;
  if (!held) throw await leaseLost(tx, own);
  return readOwn(tx, context, own);
}

async function readOwn(tx: Transaction, context: ExamContext, { assignmentId, grader }: Own) {
  const assignment = await tx.assignment.findFirst({
    where: { id: assignmentId, claims: { some: { grader, releasedAt: null } } },
    relationLoadStrategy: 'join',
    include: { submission: { select: GRADABLE_COLUMNS } },
  });
  if (!assignment) throw await leaseLost(tx, { assignmentId, grader });
  const { submission } = assignment;
  const under = await underGradingOf(context, submission);
  const covered = { item_ids: assignment.itemIds, test: under.test, case_study_id: submission.sitting.caseStudyId };
  return {
    assignment,
    hashes: hashesOf(under, assignment),
    markables: markablesOf(under.exam, covered),
    examVersionId: submission.sitting.attempt.examVersionId,
  };
}

/** By item. Of one that was opened before there were groups too: nobody else's is counted, and a group mark may be taken all the same. */
function hashesOf(
  { exam, gradable }: SubmissionUnderGrading,
  { purpose, itemIds }: { purpose: string; itemIds: readonly string[] },
): ReadonlyMap<string, string> {
  // A seed is as any script to who marks it: without its groups it could be told from the others.
  if (purposeAsShown(purpose) !== 'mark') return new Map();
  return new Map(
    itemIds.flatMap((itemId) => {
      const hash = answerHashOf(exam, gradable, itemId);
      return hash === undefined ? [] : [[itemId, hash] as const];
    }),
  );
}
