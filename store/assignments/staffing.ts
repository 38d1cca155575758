import { v7 as uuidv7 } from 'uuid';
import { inTransaction, type RecordContext } from '../context.ts';
import { isThere, mayTake, work } from '../graders/may-take.ts';

/** Work that was opened a moment ago waits for whom the day brings. */
const OPEN_FOR_SECONDS = 120;

/**
 * Looks whether somebody is left who may take each open assignment (store/graders/may-take.ts): every half minute, and at once where work
 * is given back or a grader's record changes. What changed is kept, and rings at its attempt, so that staff are told when nobody is left, and when somebody
 * is again. Returns how many assignments changed.
 */
export function watchStaffing(context: RecordContext): Promise<number> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    // One after the other: two at once could each hold a row that the other one wants.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('staffing'))`;
    const changed = await tx.$queryRaw<{ attempt_id: string; now: Date }[]>`
      WITH judged AS (
        SELECT t.id, s.attempt_id, t.holder IS NOT NULL OR EXISTS (
            SELECT 1 FROM grader g WHERE (t.reserved_for IS NULL OR t.reserved_for = g.subject) AND ${isThere(now)} AND ${mayTake}
          ) AS staffed
        FROM ${work}
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
