import { mean } from 'simple-statistics';
import { agreementOf, type Agreement } from '../../domain/agreement.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { AgreedMark, SeedBasis } from '../../domain/seed.ts';
import { readUnderGrading, type SubmissionUnderGrading } from '../assignments/under-grading.ts';
import type { ExamContext } from '../exam-versions.ts';
import { inConflict } from '../graders/may-take.ts';
import { groupsOf, pairsOf, scriptsOf } from '../graders/agreement.ts';
import { readSeedPairs } from './pairs.ts';

export type SeedState = 'proposed' | 'open' | 'ended';

export type SeedRecord = {
  readonly id: string;
  readonly attemptId: string;
  readonly examId: string;
  readonly version: number;
  readonly test: Test;
  readonly state: SeedState;
  readonly basis: SeedBasis;
  readonly marks: readonly AgreedMark[];
  readonly proposedBy: string;
  readonly reason: string;
  readonly proposedAt: Date;
  readonly agreedBy: readonly string[];
  readonly agreedAt: Date | null;
  readonly ending: { readonly by: string; readonly reason: string; readonly at: Date } | null;
  /** Graders who marked it among the real ones, and how far what they gave lies from what is agreed and above it, as shares of the points; null: nobody. */
  readonly markedBy: number;
  readonly distance: number | null;
  readonly above: number | null;
};

const WHERE: Readonly<Record<SeedState, object>> = {
  proposed: { agreedAt: null, endedAt: null },
  open: { agreedAt: { not: null }, endedAt: null },
  ended: { endedAt: { not: null } },
};

/** The newest first, with what came of each. */
export async function listSeeds(
  context: ExamContext,
  { state, after, limit }: { state?: SeedState | undefined; after?: string | undefined; limit: number },
): Promise<readonly SeedRecord[]> {
  const rows = await context.prisma.seed.findMany({
    where: { ...(state === undefined ? {} : WHERE[state]), ...(after === undefined ? {} : { id: { lt: after } }) },
    orderBy: { id: 'desc' },
    take: limit,
    include: { examVersion: { select: { examId: true, version: true } }, submission: { select: { sitting: { select: { attemptId: true } } } } },
  });
  const pairs = await pairsOf(await readSeedPairs(context, { seedIds: rows.map(({ id }) => id), isInTraining: false }), context.examVersions);
  return rows.map((row) => {
    const ofIt = pairs.filter((pair) => pair.row.seed_id === row.id);
    return {
      id: row.id,
      attemptId: row.submission.sitting.attemptId,
      examId: row.examVersion.examId,
      version: row.examVersion.version,
      test: row.test as Test,
      state: row.endedAt ? 'ended' : row.agreedAt ? 'open' : 'proposed',
      basis: row.basis as SeedBasis,
      marks: row.marks as unknown as readonly AgreedMark[],
      proposedBy: row.proposedBy,
      reason: row.reason,
      proposedAt: row.proposedAt,
      agreedBy: row.agreedBy,
      agreedAt: row.agreedAt,
      ending: row.endedAt && { by: row.endedBy ?? '', reason: row.endedReason ?? '', at: row.endedAt },
      markedBy: new Set(ofIt.map((pair) => pair.row.grader)).size,
      distance: ofIt.length === 0 ? null : mean(ofIt.map(({ first, second }) => Math.abs(first - second))),
      above: ofIt.length === 0 ? null : mean(ofIt.map(({ first, second }) => first - second)),
    };
  });
}

/** So many are told; the oldest come first, and the next once these are confirmed or ended. */
const TO_CONFIRM_MAX = 50;

export type SeedToConfirm = { readonly id: string; readonly examId: string; readonly test: Test; readonly reason: string; readonly proposedAt: Date };

/** Those that wait for a designated grader, and that this one may confirm: not proposed or written by them, nor by whom they are in conflict with. */
export function listSeedsToConfirm({ prisma }: ExamContext, grader: string): Promise<SeedToConfirm[]> {
  return prisma.$queryRaw<SeedToConfirm[]>`
    SELECT x.id, a.exam_id AS "examId", x.test, x.reason, x.proposed_at AS "proposedAt"
    FROM seed x JOIN submission b ON b.id = x.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      JOIN exam_version v ON v.id = a.exam_version_id JOIN candidate k ON k.id = a.candidate_id
    WHERE x.agreed_at IS NULL AND x.ended_at IS NULL AND x.proposed_by <> ${grader} AND k.subject <> ${grader}
      AND NOT EXISTS (SELECT 1 FROM grader g WHERE g.subject = ${grader} AND ${inConflict})
    ORDER BY x.id LIMIT ${TO_CONFIRM_MAX}`;
}

/** The script of a seed that waits to be confirmed, with the marks that are. Refused as not found once it waits no more. */
export async function readSeedScript(
  context: ExamContext,
  seedId: string,
): Promise<{ readonly id: string; readonly submission: SubmissionUnderGrading; readonly marks: readonly AgreedMark[] }> {
  const seed = await context.prisma.seed.findFirst({ where: { id: seedId, agreedAt: null, endedAt: null } });
  if (!seed) throw new Refusal('not_found', 'No such seed waits to be confirmed.');
  return { id: seed.id, submission: await readUnderGrading(context, seed.submissionId), marks: seed.marks as unknown as readonly AgreedMark[] };
}

/** How far what a grader gave agrees with what is agreed, by exam and test, of seeds among the real ones. */
export type SeedAgreement = Agreement & { readonly examId: string; readonly test: Test };

export async function readSeedAgreement(context: ExamContext, grader: string): Promise<readonly SeedAgreement[]> {
  const pairs = await pairsOf(await readSeedPairs(context, { grader, isInTraining: false }), context.examVersions);
  return groupsOf(pairs, ({ row }) => `${row.exam_id} ${row.test}`).map(([{ row }, group]) => ({
    examId: row.exam_id,
    test: row.test,
    ...agreementOf(group, scriptsOf(group)),
  }));
}
