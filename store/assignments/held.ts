import { createHash } from 'node:crypto';
import type { Test } from '../../domain/exam.ts';
import type { SavedMark } from '../../domain/drafts.ts';
import type { RecordableMark } from '../../domain/marking.ts';
import type { AgreedMark } from '../../domain/seed.ts';
import type { ExamContext } from '../exam-versions.ts';
import { savedMarksOf } from './drafts.ts';
import { recordedSeedMarks, toldInTraining } from '../seeds/seed-marks.ts';
import { leaseLost } from './leases.ts';
import { purposeAsShown, type KeptPurpose, type Purpose } from './open.ts';
import { GRADABLE_COLUMNS, underGradingOf, type GradableRow, type SubmissionUnderGrading } from './under-grading.ts';

/** What a grader holds: never the attempt, the candidate, the seat or a file name. */
export type HeldAssignment = {
  readonly id: string;
  readonly purpose: Purpose;
  readonly test: Test;
  readonly itemIds: readonly string[];
  readonly dueAt: Date;
  readonly state: 'open' | 'completed' | 'void';
  readonly fencingToken: number;
  readonly leaseExpiresAt: Date | null;
  readonly submission: SubmissionUnderGrading;
  readonly draft: readonly SavedMark[] | null;
  /** For the adjudicator alone: the marks in dispute, nameless and in no telling order. `grader` is the same letter for the same one. */
  readonly disputedMarks: readonly { itemId: string; grader: string; millipoints: number; reason: string }[];
  /** Of standardisation alone: what is agreed, and what this grader gave, once it is completed. */
  readonly training?: Training;
};

export type Training = { readonly agreed: readonly AgreedMark[] | null; readonly given: readonly RecordableMark[] | null };

type Own = { readonly assignmentId: string; readonly grader: string };

/** An assignment that this grader holds or completed. Refused as not found otherwise. */
export async function readOwnAssignment(context: ExamContext, { assignmentId, grader }: Own): Promise<HeldAssignment> {
  const { prisma } = context;
  const own = await prisma.claim.findFirst({ where: { assignmentId, grader, releasedAt: null }, select: { id: true } });
  if (!own) throw await leaseLost(prisma, { assignmentId, grader });
  return readHeld(context, { assignmentId, grader });
}

/** The assignment as its grader sees it, whoever that is: the caller has checked. */
export async function readHeld(context: ExamContext, { assignmentId, grader }: Own): Promise<HeldAssignment> {
  const { prisma } = context;
  const row = await prisma.assignment.findUniqueOrThrow({
    where: { id: assignmentId },
    relationLoadStrategy: 'join',
    include: { drafts: { where: { grader } }, submission: { select: GRADABLE_COLUMNS } },
  });
  const [draft] = row.drafts;
  const disputed =
    row.purpose === 'adjudicate'
      ? await prisma.mark.findMany({
          where: { submissionId: row.submissionId, itemId: { in: row.itemIds } },
          orderBy: [{ itemId: 'asc' }, { millipoints: 'asc' }, { reason: 'asc' }],
        })
      : [];
  const letterOf = lettersOf(assignmentId, disputed);
  const submission = await underGradingOf(context, row.submission);
  return {
    id: row.id,
    purpose: purposeAsShown(row.purpose),
    test: submission.test,
    itemIds: row.itemIds,
    dueAt: row.dueAt,
    state: row.state as HeldAssignment['state'],
    fencingToken: row.fencingToken,
    leaseExpiresAt: row.leaseExpiresAt,
    submission,
    draft: draft ? savedMarksOf(draft) : null,
    disputedMarks: disputed.map(({ itemId, grader: by, millipoints, reason }) => ({ itemId, grader: letterOf.get(by) ?? '', millipoints, reason })),
    ...(await trainingOf(context, row)),
  };
}

async function trainingOf(
  { prisma }: ExamContext,
  { id, purpose, state }: { id: string; purpose: string; state: string },
): Promise<Pick<HeldAssignment, 'training'>> {
  if (purpose !== 'seed') return {};
  const agreed = await toldInTraining(prisma, id);
  if (agreed === undefined) return {};
  if (state !== 'completed') return { training: { agreed: null, given: null } };
  return { training: { agreed, given: await recordedSeedMarks(prisma, id) } };
}

/** What a claim took, as it found it. */
export type TakenWork = {
  readonly purpose: KeptPurpose;
  readonly item_ids: readonly string[];
  readonly due_at: Date;
  readonly submission: GradableRow;
};

/** Whoever is the first to hold it and marks has no draft of it, and sees nobody else's marks: there is nothing more to read. */
export async function heldFromTheFirst(
  context: ExamContext,
  { purpose, item_ids: itemIds, due_at: dueAt, submission: row }: TakenWork,
  id: string,
): Promise<Omit<HeldAssignment, 'fencingToken' | 'leaseExpiresAt'>> {
  const submission = await underGradingOf(context, row);
  const training = await trainingOf(context, { id, purpose, state: 'open' });
  return {
    id,
    purpose: purposeAsShown(purpose),
    test: submission.test,
    itemIds,
    dueAt,
    state: 'open',
    submission,
    draft: null,
    disputedMarks: [],
    ...training,
  };
}

/** A, B … for the graders of these marks. Which is which says nothing: neither who came first nor who they are in another assignment. */
function lettersOf(assignmentId: string, marks: readonly { readonly grader: string }[]): ReadonlyMap<string, string> {
  const lot = (grader: string) =>
    createHash('sha256')
      .update(JSON.stringify([assignmentId, grader]))
      .digest('hex');
  const graders = [...new Set(marks.map(({ grader }) => grader))].toSorted((one, other) => (lot(one) < lot(other) ? -1 : 1));
  return new Map(graders.map((grader, index) => [grader, String.fromCodePoint(65 + index)]));
}
