import { v7 as uuidv7 } from 'uuid';
import { partsOf, type ExamContent, type TestTaken } from '../../domain/exam.ts';
import { millipointsFromPoints, pointsFromMillipoints, type Millipoints } from '../../domain/points.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { MarkingComment } from '../../prisma/generated/client.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { nowBy, type RecordContext, type Transaction } from '../context.ts';

/** The item or criterion that comments are of; in every version of its exam the one with the same id. */
type CommentedItem = {
  readonly examId: string;
  readonly test: TestTaken['test'];
  /** '' in the aptitude test. */
  readonly caseStudyId: string;
  readonly itemId: string;
};

export type NewComment = { readonly itemId: string; readonly text: string; readonly points?: number | undefined };

/** At hand for one item: of one grader's own, and of those for everybody. */
const COMMENTS_MAX = 100;

/** Keeps a comment, once while it stands; a repeat of the act answers with what it added. `owner` null: for everybody who marks the item. */
export async function writeComment(
  tx: Transaction,
  context: RecordContext,
  { comment, owner, exam, taken, act }: { comment: NewComment; owner: string | null; exam: ExamContent; taken: TestTaken; act: AuditedAct },
): Promise<MarkingComment> {
  const { examId, version } = exam;
  const item = { examId, test: taken.test, caseStudyId: taken.caseStudyId ?? '', itemId: comment.itemId };
  // One after the other: the bound holds, and of two that say the same the second finds the first.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`comments of ${examId}`}))`;
  const before = await actBefore(tx, act);
  if (before) return tx.markingComment.findUniqueOrThrow({ where: { id: String(before['commentId']) } });
  const millipoints = pointsFor(comment, maxOf(exam, taken, comment.itemId));
  const content = { ...item, text: comment.text, millipoints, owner };
  const standing = await tx.markingComment.findFirst({ where: { ...content, retiredAt: null } });
  if (!standing) await refuseMore(tx, { ...item, owner });
  const at = await nowBy(context.clock, tx);
  const kept = standing ?? (await tx.markingComment.create({ data: { id: uuidv7(), ...content, version, writtenBy: act.actor, writtenAt: at } }));
  const details = { commentId: kept.id, ...item, forAll: owner === null };
  await recordAct(tx, act, { attemptId: null, action: 'add_comment', details, at });
  return kept;
}

function maxOf(exam: ExamContent, taken: TestTaken, itemId: string): Millipoints {
  const part = partsOf(exam, taken).find(({ id }) => id === itemId);
  if (!part) throw invalid('itemId', 'is no item or criterion of this');
  return part.millipoints;
}

function pointsFor({ points }: NewComment, millipointsMax: Millipoints): Millipoints | null {
  if (points === undefined) return null;
  const millipoints = millipointsFromPoints(points);
  if (millipoints === undefined) throw invalid('points', 'must be 0 or more, with at most two decimals');
  if (millipoints > millipointsMax) throw invalid('points', `must be at most ${pointsFromMillipoints(millipointsMax)}`);
  return millipoints;
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('comment_invalid', `The comment cannot be kept: its ${path} ${message}.`, { fields: [{ path, message }] });
}

async function refuseMore(tx: Transaction, where: CommentedItem & { owner: string | null }): Promise<void> {
  if ((await tx.markingComment.count({ where: { ...where, retiredAt: null } })) < COMMENTS_MAX) return;
  throw new Refusal('comments_full', 'This item has as many comments as can be at hand. Retire one that nobody needs, then add this one.', {
    limit: COMMENTS_MAX,
  });
}

/** Nobody has it at hand any more; what was taken from it stands. Retired again, it stays as it was. */
export async function retire(tx: Transaction, context: RecordContext, { comment, act }: { comment: MarkingComment; act: AuditedAct }): Promise<void> {
  const at = await nowBy(context.clock, tx);
  const { count } = await tx.markingComment.updateMany({
    where: { id: comment.id, retiredAt: null },
    data: { retiredAt: at, retiredBy: act.actor },
  });
  if (count === 0) return;
  const { id: commentId, examId, itemId, owner } = comment;
  await recordAct(tx, act, { attemptId: null, action: 'retire_comment', details: { commentId, examId, itemId, forAll: owner === null }, at });
}

export function commentNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such comment.');
}
