import { v7 as uuidv7 } from 'uuid';
import { Prisma } from '../../prisma/generated/client.ts';
import { inTransaction, type RecordContext } from '../context.ts';

/** Who did not ask for work for so long is not counted on. */
const LAST_SEEN_DAYS = 60;
/** Work that was opened a moment ago waits for whom the day brings. */
const OPEN_FOR_SECONDS = 120;

/**
 * Looks whether somebody is left for every open assignment: who may do such work, has no other part in the same submission, and
 * did not write it. What changed is kept, and rings at its attempt, so that staff are told when nobody is left, and when somebody
 * is again. Returns how many assignments changed.
 */
export function watchStaffing(context: RecordContext): Promise<number> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    const changed = await tx.$queryRaw<{ attempt_id: string; now: Date }[]>`
      WITH judged AS (
        SELECT t.id, s.attempt_id, t.holder IS NOT NULL OR EXISTS (${takers(now)}) AS staffed
        FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
          JOIN attempt a ON a.id = s.attempt_id JOIN candidate k ON k.id = a.candidate_id
        WHERE t.state = 'open' AND t.created_at <= ${now} - make_interval(secs => ${OPEN_FOR_SECONDS}::int)
      )
      UPDATE assignment t SET unstaffed_since = CASE WHEN judged.staffed THEN NULL ELSE ${now} END
      FROM judged WHERE t.id = judged.id AND judged.staffed = (t.unstaffed_since IS NOT NULL)
      RETURNING judged.attempt_id, ${now} AS now`;
    const attempts = new Map(changed.map((row) => [row.attempt_id, row.now]));
    await tx.delivery.createMany({
      data: [...attempts].map(([attemptId, at]) => ({ id: uuidv7(), attemptId, fact: 'staffing_changed', createdAt: at, nextTryAt: at })),
    });
    return changed.length;
  });
}

/** The graders who could take the assignment t of the candidate k. */
function takers(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT 1 FROM grader g
    WHERE g.last_seen_at > ${now} - make_interval(days => ${LAST_SEEN_DAYS}::int) AND (t.purpose = 'mark' OR g.designated)
      AND (t.reserved_for IS NULL OR t.reserved_for = g.subject) AND g.subject <> k.subject
      AND NOT EXISTS (
        SELECT 1 FROM claim c
        WHERE c.submission_id = t.submission_id AND c.grader = g.subject AND c.released_at IS NULL AND c.assignment_id <> t.id)`;
}
