import { checkDraft, mergeDraft, withPossiblePoints, type DraftMark, type MergedDraft, type SavedMark } from '../../domain/drafts.ts';
import { Refusal, type FieldProblem, type RefusalCode } from '../../domain/refusal.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { inTransaction, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { extendLease, type Lease } from './leases.ts';
import { markablesOf, type CoveredColumns } from './markables.ts';

type Draft = Lease & { readonly marks: readonly DraftMark[] };

type KeptDraft = { readonly leaseExpiresAt: Date; readonly savedAt: Date; readonly kept: readonly SavedMark[] };

/**
 * Keeps marks in the making, an item at a time, and the lease. Refused with `marks_invalid` or `stale_sequence` for the items
 * that cannot be saved; the others are saved all the same. Who has lost the lease is refused, and the marks are kept too.
 */
export async function saveDraft(context: ExamContext, draft: Draft): Promise<KeptDraft> {
  const saved = await keepingDraft(context, draft, () =>
    inTransaction(context, async (tx) => {
      const { leaseExpiresAt, now } = await extendLease(tx, context.clock, draft);
      return { leaseExpiresAt, savedAt: now, ...(await takeIn(tx, context, { ...draft, at: now })) };
    }),
  );
  if (saved.problems.length > 0) {
    throw new Refusal('marks_invalid', 'Some of these marks cannot be saved; all others are.', { fields: saved.problems, ...currentOf(saved) });
  }
  if (saved.newer.length > 0) {
    throw new Refusal('stale_sequence', 'Newer marks are saved already, perhaps from another window or device. What was not older is saved too.', {
      ...currentOf(saved),
    });
  }
  return { leaseExpiresAt: saved.leaseExpiresAt, savedAt: saved.savedAt, kept: saved.kept };
}

/** As responses show them: the newer ones, whole. */
function currentOf({ newer }: Pick<MergedDraft, 'newer'>) {
  return newer.length === 0 ? {} : { current: newer.map(shownMark) };
}

/** What a grader sees of a saved mark. */
export function shownMark({ itemId, points, reason, sequence, savedAt }: SavedMark) {
  return { itemId, points, reason, sequence, savedAt };
}

/** The lease is somebody else's or nobody's. */
const LOST_CODES: readonly RefusalCode[] = ['lease_lost', 'assignment_closed', 'grader_not_active'];

/**
 * Does what needs the lease. Where that is lost the marks are kept as this grader's draft before the refusal: of a completion
 * (`isFinal`) they are the newest there are.
 */
export async function keepingDraft<Result>(
  context: ExamContext,
  draft: Omit<Draft, 'fencingToken'> & { readonly isFinal?: boolean },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal && LOST_CODES.includes(error.code)) await keepLost(context, draft);
    throw error;
  }
}

/** Whoever completed the assignment has marks, and needs no draft. */
async function keepLost(context: ExamContext, draft: Omit<Draft, 'fencingToken'> & { readonly isFinal?: boolean }): Promise<void> {
  const { assignmentId, grader } = draft;
  await inTransaction(context, async (tx) => {
    const [row] = await tx.$queryRaw<{ now: Date }[]>`
      SELECT ${await context.clock()} AS now FROM assignment
      WHERE id = ${assignmentId}::uuid AND NOT (state = 'completed' AND holder IS NOT DISTINCT FROM ${grader})`;
    if (!row) return;
    const marks = withPossiblePoints(await coveredBy(tx, context, assignmentId), draft.marks);
    await takeIn(tx, context, { ...draft, marks, at: row.now });
  });
}

type ToTakeIn = Omit<Draft, 'fencingToken'> & { readonly at: Date; readonly isFinal?: boolean };

/** One after the other for each draft: its row is locked before it is read. */
async function takeIn(
  tx: Transaction,
  context: ExamContext,
  { assignmentId, grader, marks, at, isFinal = false }: ToTakeIn,
): Promise<MergedDraft & { readonly problems: readonly FieldProblem[] }> {
  const checked = checkDraft(await coveredBy(tx, context, assignmentId), marks);
  await tx.$executeRaw`
    INSERT INTO draft (assignment_id, grader, marks, saved_at) VALUES (${assignmentId}::uuid, ${grader}, '[]'::jsonb, ${at}) ON CONFLICT DO NOTHING`;
  const [row] = await tx.$queryRaw<DraftRow[]>`
    SELECT marks, saved_at AS "savedAt" FROM draft WHERE assignment_id = ${assignmentId}::uuid AND grader = ${grader} FOR UPDATE`;
  if (!row) throw new TypeError('what was inserted is there');
  const merged = mergeDraft(savedMarksOf(row), checked.marks, { savedAt: at.toISOString(), isFinal });
  const content = merged.marks as unknown as Prisma.InputJsonArray;
  await tx.draft.update({
    where: { assignmentId_grader: { assignmentId, grader } },
    data: { marks: content, savedAt: at },
    select: { assignmentId: true },
  });
  return { ...merged, problems: checked.problems };
}

async function coveredBy(tx: Transaction, { examVersions }: ExamContext, assignmentId: string) {
  const [row] = await tx.$queryRaw<(CoveredColumns & { exam_version_id: string })[]>`
    SELECT t.item_ids, s.test, s.case_study_id, a.exam_version_id
    FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE t.id = ${assignmentId}::uuid`;
  if (!row) throw new TypeError('a lease is of an assignment');
  return markablesOf(await examVersions.contentOf(row.exam_version_id, tx), row);
}

type DraftRow = { readonly marks: unknown; readonly savedAt: Date };

/** The marks of a draft. Those that a release before saved were not counted. */
export function savedMarksOf({ marks, savedAt }: DraftRow): readonly SavedMark[] {
  const uncounted = { sequence: 1, countedBy: 'server', savedAt: savedAt.toISOString() } as const;
  return (marks as readonly (DraftMark & Partial<SavedMark>)[]).map((mark) => ({ ...uncounted, ...mark, sequence: mark.sequence ?? 1 }));
}
