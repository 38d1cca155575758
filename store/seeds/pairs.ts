import type { Test } from '../../domain/exam.ts';
import type { Period } from '../../domain/report.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';
import type { PairRow } from '../graders/agreement.ts';
import { idsWithin } from '../ids-within.ts';

/** The newest say how somebody marks now. */
const PAIRS_MAX = 20_000;

/** What a grader gave for an item of a seed (`own`) and what is agreed of it (`other`). */
export type SeedPairRow = PairRow & { readonly grader: string; readonly seed_id: string; readonly recorded_at: Date };

type SeedPairsAsked = {
  readonly grader?: string;
  readonly seedIds?: readonly string[];
  readonly isInTraining: boolean;
  readonly before?: Date | undefined;
  readonly within?: Period;
};

const madeWithin = (period: Period) =>
  Prisma.sql`${idsWithin(Prisma.sql`m.id`, period)} AND m.recorded_at >= ${period.since} AND m.recorded_at < ${period.until}`;

/** Of seeds that stand, the newest first: a seed that was ended says nothing any more. */
export function readSeedPairs(
  { prisma }: { readonly prisma: Transaction },
  { grader, seedIds, isInTraining, before, within }: SeedPairsAsked,
): Promise<SeedPairRow[]> {
  return prisma.$queryRaw<SeedPairRow[]>`
    SELECT m.grader, m.seed_id, m.recorded_at, a.exam_id, a.exam_version_id, s.test, s.case_study_id, x.submission_id, m.item_id, m.millipoints AS own, agreed.millipoints AS other
    FROM seed_mark m JOIN seed_seat y ON y.assignment_id = m.assignment_id AND y.in_training = ${isInTraining} JOIN seed x ON x.id = m.seed_id AND x.ended_at IS NULL
      JOIN LATERAL jsonb_to_recordset(x.marks) AS agreed ("itemId" text, millipoints int) ON agreed."itemId" = m.item_id
      JOIN submission b ON b.id = x.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE ${grader === undefined ? Prisma.sql`true` : Prisma.sql`m.grader = ${grader}`}
      AND ${seedIds === undefined ? Prisma.sql`true` : Prisma.sql`m.seed_id = ANY(${[...seedIds]}::uuid[])`}
      AND ${before === undefined ? Prisma.sql`true` : Prisma.sql`m.recorded_at < ${before}`}
      AND ${within === undefined ? Prisma.sql`true` : madeWithin(within)}
    ORDER BY m.recorded_at DESC, m.id LIMIT ${PAIRS_MAX}`;
}

/** The newest scripts of somebody's training tell how they mark. */
const TRAINED_SCRIPTS_MAX = 50;

/** What somebody in training gave for an item, and what is agreed of it. */
export type TrainedMarkRow = {
  readonly assignment_id: string;
  readonly seed_id: string;
  readonly exam_id: string;
  readonly exam_version_id: string;
  readonly test: Test;
  readonly case_study_id: string | null;
  readonly completed_at: Date;
  readonly is_ended: boolean;
  readonly item_id: string;
  readonly given: number;
  readonly given_reason: string;
  readonly agreed: number;
  readonly agreed_reason: string;
};

/** Of the newest scripts that they completed in training, the newest first; of seeds that were ended since, too. */
export function readTrainedMarks({ prisma }: Pick<RecordContext, 'prisma'>, grader: string): Promise<TrainedMarkRow[]> {
  return prisma.$queryRaw<TrainedMarkRow[]>`
    WITH newest AS (
      SELECT t.id, t.completed_at, y.seed_id FROM claim c JOIN assignment t ON t.id = c.assignment_id AND t.state = 'completed' AND t.holder = c.grader
        JOIN seed_seat y ON y.assignment_id = t.id AND y.in_training
      WHERE c.grader = ${grader} AND c.released_at IS NULL ORDER BY t.completed_at DESC, t.id LIMIT ${TRAINED_SCRIPTS_MAX}
    )
    SELECT newest.id AS assignment_id, newest.seed_id, newest.completed_at, v.exam_id, x.exam_version_id, x.test, s.case_study_id, x.ended_at IS NOT NULL AS is_ended,
      m.item_id, m.millipoints AS given, m.reason AS given_reason, agreed.millipoints AS agreed, coalesce(agreed.reason, '') AS agreed_reason
    FROM newest JOIN seed x ON x.id = newest.seed_id JOIN exam_version v ON v.id = x.exam_version_id
      JOIN submission b ON b.id = x.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN seed_mark m ON m.assignment_id = newest.id
      JOIN LATERAL jsonb_to_recordset(x.marks) AS agreed ("itemId" text, millipoints int, reason text) ON agreed."itemId" = m.item_id
    ORDER BY newest.completed_at DESC, newest.id, m.item_id`;
}
