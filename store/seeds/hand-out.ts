import { v4 as randomUuid } from 'uuid';
import { FIRST_SEED_SEAT } from '../../domain/seed.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { mayTake, mayTakeInTraining } from '../graders/may-take.ts';
import type { Drawn } from './draw.ts';

type ChosenRow = { seed_id: string; submission_id: string; due_at: Date; lease_seconds: number; now: Date };

/**
 * The seat of a seed in place of the script that `next` found (its submission_id, due_at, lease_seconds, exam_version_id, test and seed_share), for a
 * grader with nothing between them and it who never had it; undefined where the draw is not below the share, or there is none.
 */
export async function seatInPlace(
  tx: Transaction,
  { grader, now, next, drawn }: { grader: string; now: Prisma.Sql; next: Prisma.Sql; drawn: Drawn },
): Promise<string | undefined> {
  const [chosen] = await tx.$queryRaw<(ChosenRow & { in_place_of: string })[]>`
    ${next}
    SELECT x.id AS seed_id, x.submission_id, next.submission_id AS in_place_of, next.due_at, next.lease_seconds, ${now} AS now
    FROM next JOIN seed x ON x.exam_version_id = next.exam_version_id AND x.test = next.test ${ofGrader(grader)}
    WHERE ${drawn.number}::int < next.seed_share AND ${stands} AND ${mayTake} AND ${isNewTo(grader)}
    ORDER BY md5(x.id::text || ${drawn.askedAt} || ${grader}) LIMIT 1 FOR UPDATE OF x SKIP LOCKED`;
  return chosen && seatOf(tx, chosen, { ...drawn, inPlaceOf: chosen.in_place_of });
}

/**
 * For who is in training: of the exam and test of which they marked most, so that they get through with one. Whoever comes at the same moment waits
 * for the number of a seat: there is nothing else for them, and passing over it would tell them that no script is left.
 */
export async function seatToTrain(tx: Transaction, { grader, now }: { grader: string; now: Prisma.Sql }): Promise<string | undefined> {
  const [chosen] = await tx.$queryRaw<ChosenRow[]>`
    SELECT x.id AS seed_id, x.submission_id, ${now} AS now, (v.content #>> ARRAY['policy', 'leaseSeconds', x.test])::int AS lease_seconds,
      ${now} + make_interval(secs => (v.content #>> ARRAY['policy', 'resultPromiseSeconds', x.test])::int) AS due_at
    FROM seed x ${ofGrader(grader)}
    WHERE ${stands} AND ${mayTakeInTraining} AND ${isNewTo(grader)}
    ORDER BY (
      SELECT count(*) FROM seed_seat y JOIN assignment had ON had.id = y.assignment_id AND had.holder = ${grader} AND had.state = 'completed'
        JOIN seed z ON z.id = y.seed_id JOIN exam_version w ON w.id = z.exam_version_id
      WHERE y.in_training AND w.exam_id = v.exam_id AND z.test = x.test
    ) DESC, v.exam_id, x.test, md5(x.id::text || ${grader}) LIMIT 1 FOR UPDATE OF x`;
  return chosen && seatOf(tx, chosen, null);
}

const stands = Prisma.sql`x.ended_at IS NULL AND x.agreed_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.id = b.upload_id AND u.scan_state IN ('pending', 'infected'))`;

/** What the rule of claims looks at, of a seat that may be yet to be opened: no assignment has its id, so any other part counts. */
function ofGrader(grader: string): Prisma.Sql {
  return Prisma.sql`JOIN LATERAL (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS id, x.submission_id, 'seed'::text AS purpose) t ON true
    JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    JOIN exam_version v ON v.id = a.exam_version_id JOIN candidate k ON k.id = a.candidate_id JOIN grader g ON g.subject = ${grader}`;
}

/** Never had, given back or lost either: nobody is given a seed twice. */
function isNewTo(grader: string): Prisma.Sql {
  return Prisma.sql`NOT EXISTS (SELECT 1 FROM claim c WHERE c.submission_id = x.submission_id AND c.grader = ${grader})`;
}

/** A seat of its own for each grader. The seed's row is locked, so they are numbered one after the other. */
async function seatOf(
  tx: Transaction,
  { seed_id: seedId, submission_id: submissionId, due_at: dueAt, lease_seconds: leaseSeconds, now }: ChosenRow,
  drawn: (Drawn & { readonly inPlaceOf: string }) | null,
): Promise<string> {
  const id = randomUuid();
  await tx.$executeRaw`
    WITH opened AS (
      INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, created_at)
      SELECT ${id}::uuid, first.submission_id, greatest(${FIRST_SEED_SEAT}::int, (SELECT max(seat) + 1 FROM assignment WHERE submission_id = first.submission_id)),
        'seed', first.item_ids, ${leaseSeconds}::int, ${dueAt}, ${now}
      FROM assignment first WHERE first.submission_id = ${submissionId}::uuid AND first.seat = 1 RETURNING id
    )
    INSERT INTO seed_seat (assignment_id, seed_id, in_training, drawn, opened_at)
    SELECT id, ${seedId}::uuid, ${drawn === null}, ${drawn === null ? null : JSON.stringify(drawn)}::jsonb, ${now} FROM opened`;
  return id;
}

/** At least so long the script that a seed stood in for is not counted to its grader, and at most 255 minutes longer, as the secret says for each. */
const UNSEEN_MINUTES = 30;

/**
 * Submissions in whose place this grader was given a seed a while ago. A queue that does not get shorter by what was taken out of it would
 * say that this was a seed; when they are counted again has nothing to do with what the grader does.
 */
export function stoodInFor({ grader, now }: { grader: string; now: Prisma.Sql }): Prisma.Sql {
  return Prisma.sql`
    SELECT (y.drawn ->> 'inPlaceOf')::uuid AS submission_id
    FROM claim c JOIN seed_seat y ON y.assignment_id = c.assignment_id CROSS JOIN (SELECT secret FROM seed_secret ORDER BY generation DESC LIMIT 1) newest
    WHERE c.grader = ${grader} AND c.claimed_at > ${now} - make_interval(mins => ${UNSEEN_MINUTES}::int + get_byte(sha256(newest.secret || uuid_send(c.id)), 0))`;
}
