import { v7 as uuidv7 } from 'uuid';
import type { Prisma } from '../../prisma/generated/client.ts';
import { byLookUp } from '../by-look-up.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { declined, isThere, mayTake, obstacleBetween, work } from '../graders/may-take.ts';

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
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('staffing')), ${byLookUp}`;
    const changed = await tx.$queryRaw<ChangedRow[]>`
      WITH judged AS (
        SELECT t.id, s.attempt_id, t.holder IS NOT NULL OR EXISTS (
            SELECT 1 FROM grader g WHERE (t.reserved_for IS NULL OR t.reserved_for = g.subject) AND ${isThere(now)} AND ${mayTake} AND NOT ${declined}
          ) AS staffed
        FROM ${work}
        WHERE t.state = 'open' AND t.purpose <> 'seed' AND t.created_at <= ${now} - make_interval(secs => ${OPEN_FOR_SECONDS}::int)
      )
      UPDATE assignment t SET unstaffed_since = CASE WHEN judged.staffed THEN NULL ELSE ${now} END
      FROM judged WHERE t.id = judged.id AND judged.staffed = (t.unstaffed_since IS NOT NULL)
      RETURNING t.id, judged.attempt_id, t.unstaffed_since IS NOT NULL AS unstaffed, ${now} AS now`;
    await keepWhy(
      tx,
      changed.filter(({ unstaffed }) => unstaffed).map(({ id }) => id),
      now,
    );
    const attempts = new Map(changed.map((row) => [row.attempt_id, row.now]));
    await tx.delivery.createMany({
      data: [...attempts].map(([attemptId, at]) => ({ id: uuidv7(), attemptId, fact: 'staffing_changed', createdAt: at, nextTryAt: at })),
    });
    return changed.length;
  });
}

type ChangedRow = { id: string; attempt_id: string; unstaffed: boolean; now: Date };

/** How many graders each obstacle stands in the way of: staff see at once what would help. */
async function keepWhy(tx: Transaction, assignmentIds: readonly string[], now: Prisma.Sql): Promise<void> {
  if (assignmentIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE assignment t SET unstaffed_because = judged.because
    FROM (
      SELECT t.id, coalesce((
        SELECT jsonb_object_agg(counted.obstacle, counted.graders) FROM (
          SELECT coalesce(${obstacleBetween}, CASE WHEN NOT ${isThere(now)} THEN 'not_seen' WHEN ${declined} THEN 'not_their_field' ELSE 'reserved_for_another' END) AS obstacle, count(*) AS graders
          FROM grader g GROUP BY 1) counted
      ), '{}'::jsonb) AS because
      FROM ${work} WHERE t.id = ANY(${[...assignmentIds]}::uuid[])
    ) judged WHERE t.id = judged.id`;
}
