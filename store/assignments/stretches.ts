import { PAUSE_SECONDS } from '../../domain/active-time.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/**
 * Writes down that a grader acts under their lease: the stretch goes on, or another begins after a pause. `acting` names rows with id,
 * holder, fencing_token and now, of assignments whose rows this statement or its transaction has locked. Two acts at one moment may
 * leave an empty stretch beside the one that goes on, and never count anything twice: it is always the newest that goes on.
 */
export function goOn(acting: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO marking_stretch AS going (assignment_id, fencing_token, started_at, ended_at, grader)
    SELECT acting.id, acting.fencing_token, CASE WHEN newest.ended_at >= acting.now - make_interval(secs => ${PAUSE_SECONDS}::int) THEN newest.started_at ELSE acting.now END,
      acting.now, acting.holder
    FROM (${acting}) acting LEFT JOIN LATERAL (
      SELECT started_at, ended_at FROM marking_stretch before
      WHERE before.assignment_id = acting.id AND before.fencing_token = acting.fencing_token ORDER BY started_at DESC LIMIT 1
    ) newest ON true
    ON CONFLICT (assignment_id, fencing_token, started_at) DO UPDATE SET ended_at = greatest(going.ended_at, excluded.ended_at)`;
}

/** How long whoever holds a claim c worked at its assignment (domain/active-time.ts), in seconds; null of before that was recorded. */
export const activeSecondsOfClaim = Prisma.sql`(
  SELECT extract(epoch FROM sum(worked.ended_at - worked.started_at))::float8 FROM marking_stretch worked
  WHERE worked.assignment_id = c.assignment_id AND worked.grader = c.grader)`;
