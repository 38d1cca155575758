import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext } from '../context.ts';
import type { PairRow } from '../graders/agreement.ts';

/** The newest say how somebody marks now. */
const PAIRS_MAX = 20_000;

/** What a grader gave for an item of a seed (`own`) and what is agreed of it (`other`). */
export type SeedPairRow = PairRow & { readonly grader: string; readonly seed_id: string; readonly recorded_at: Date };

/** Of seeds that stand, the newest first: a seed that was ended says nothing any more. */
export function readSeedPairs(
  { prisma }: Pick<RecordContext, 'prisma'>,
  { grader, seedIds, isInTraining, before }: { grader?: string; seedIds?: readonly string[]; isInTraining: boolean; before?: Date | undefined },
): Promise<SeedPairRow[]> {
  return prisma.$queryRaw<SeedPairRow[]>`
    SELECT m.grader, m.seed_id, m.recorded_at, a.exam_id, a.exam_version_id, s.test, s.case_study_id, x.submission_id, m.item_id, m.millipoints AS own, agreed.millipoints AS other
    FROM seed_mark m JOIN seed_seat y ON y.assignment_id = m.assignment_id AND y.in_training = ${isInTraining} JOIN seed x ON x.id = m.seed_id AND x.ended_at IS NULL
      JOIN LATERAL jsonb_to_recordset(x.marks) AS agreed ("itemId" text, millipoints int) ON agreed."itemId" = m.item_id
      JOIN submission b ON b.id = x.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE ${grader === undefined ? Prisma.sql`true` : Prisma.sql`m.grader = ${grader}`}
      AND ${seedIds === undefined ? Prisma.sql`true` : Prisma.sql`m.seed_id = ANY(${[...seedIds]}::uuid[])`}
      AND ${before === undefined ? Prisma.sql`true` : Prisma.sql`m.recorded_at < ${before}`}
    ORDER BY m.recorded_at DESC, m.id LIMIT ${PAIRS_MAX}`;
}
