import { Prisma } from '../../prisma/generated/client.ts';

/** Of an erasure `z`: that it took away the answers of the attempt `a`. */
export const tookAnswers = Prisma.sql`z.candidate_id = a.candidate_id AND z.kind IN ('person', 'answers') AND (z.attempt_id IS NULL OR z.attempt_id = a.id) AND z.records_erased_at IS NOT NULL`;
