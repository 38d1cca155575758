import type { RecordContext } from '../context.ts';

/** Marks the open assignments of a submission as reminded; each percentage once. */
export async function remind(
  { prisma, clock }: RecordContext,
  { submissionId, percent }: { submissionId: string; percent: number },
): Promise<number> {
  return prisma.$executeRaw`
    INSERT INTO reminder (assignment_id, percent, reminded_at)
    SELECT id, ${percent}, ${await clock()} FROM assignment WHERE submission_id = ${submissionId}::uuid AND state = 'open' AND purpose <> 'seed'
    ON CONFLICT DO NOTHING`;
}
