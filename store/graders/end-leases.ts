import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { inConflict, work } from './may-take.ts';

/**
 * Takes what a grader holds or is reserved away from them: it waits for anybody again, their drafts are kept, and the next claim has a
 * higher token. Returns how many. The grader's row is locked by the caller, so that no claim comes in between.
 */
export function endLeases(tx: Transaction, { grader, at, cause }: { grader: string; at: Date; cause: 'suspended' }): Promise<number> {
  return end(tx, {
    grader,
    at,
    cause,
    which: Prisma.sql`SELECT id FROM assignment WHERE state = 'open' AND (holder = ${grader} OR reserved_for = ${grader})`,
  });
}

/** The same for what is in conflict alone. */
export function endConflicting(tx: Transaction, { grader, at }: { grader: string; at: Date }): Promise<number> {
  return end(tx, {
    grader,
    at,
    cause: 'conflict',
    which: Prisma.sql`
      SELECT t.id FROM ${work} JOIN grader g ON g.subject = ${grader}
      WHERE t.state = 'open' AND (t.holder = ${grader} OR t.reserved_for = ${grader}) AND ${inConflict}`,
  });
}

async function end(tx: Transaction, { grader, at, cause, which }: { grader: string; at: Date; cause: string; which: Prisma.Sql }): Promise<number> {
  const [ended] = await tx.$queryRaw<{ count: number }[]>`
    WITH chosen AS MATERIALIZED (${which}), freed AS (
      UPDATE assignment t SET holder = CASE WHEN t.holder = ${grader} THEN NULL ELSE t.holder END,
        lease_expires_at = CASE WHEN t.holder = ${grader} THEN NULL ELSE t.lease_expires_at END,
        reserved_for = CASE WHEN t.reserved_for = ${grader} THEN NULL ELSE t.reserved_for END
      FROM chosen WHERE t.id = chosen.id AND t.state = 'open' RETURNING t.id
    ), released AS (
      UPDATE claim c SET released_at = ${at}, release_cause = ${cause}
      FROM freed WHERE c.assignment_id = freed.id AND c.grader = ${grader} AND c.released_at IS NULL
    )
    SELECT count(*)::int AS count FROM freed`;
  return ended?.count ?? 0;
}
