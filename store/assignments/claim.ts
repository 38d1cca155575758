import { v7 as uuidv7 } from 'uuid';
import { Prisma } from '../../prisma/generated/client.ts';
import { inIdempotentTransaction, isUniqueViolation, type Clock, type IdempotencyKey, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { readHeld, type HeldAssignment } from './held.ts';
import type { LeaseRow } from './leases.ts';

type Claim = { readonly grader: string; readonly designated: boolean };

/** A lease as a claim handed it out; plain JSON, since an Idempotency-Key may keep it. */
type ClaimedLease = { readonly assignmentId: string; readonly fencingToken: number; readonly leaseExpiresAt: string };

type TakenRow = LeaseRow & { submission_id: string };

/** How often a claim is tried again when the same grader claims twice at once. */
const CLAIM_TRIES = 5;

/** The next assignment for this grader, or the one already held; undefined when there is none to give. */
export async function claimAssignment(
  context: ExamContext,
  request: Claim & { idempotency?: IdempotencyKey | undefined },
): Promise<HeldAssignment | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      const lease = await inIdempotentTransaction(context, request.idempotency, (tx) => claimIn(tx, context.clock, request));
      if (!lease) return undefined;
      // The token is the one this claim was given: read anew, it could be that of whoever took over since.
      const assignment = await readHeld(context, { assignmentId: lease.assignmentId, grader: request.grader });
      return { ...assignment, fencingToken: lease.fencingToken, leaseExpiresAt: new Date(lease.leaseExpiresAt) };
    } catch (error) {
      // The same grader claimed two seats of one submission at once; the other claim won.
      if (!isUniqueViolation(error) || tries === CLAIM_TRIES) throw error;
    }
  }
}

async function claimIn(tx: Transaction, clock: Clock, { grader, designated }: Claim): Promise<ClaimedLease | null> {
  const now = await clock();
  // A live lease of this grader comes first: claiming again after a lost answer hands out the same work.
  const [live] = await tx.$queryRaw<LeaseRow[]>`
    SELECT id, fencing_token, lease_expires_at, ${now} AS now FROM assignment WHERE holder = ${grader} AND state = 'open' AND lease_expires_at > ${now} LIMIT 1`;
  if (live) return claimedLease(live);

  const [taken] = await tx.$queryRaw<TakenRow[]>(takeNext({ grader, designated }, now));
  if (!taken) return null;
  if (taken.fencing_token > 1) await claimAgain(tx, taken, grader);
  return claimedLease(taken);
}

/** Takes what was reserved for the grader, else what is due first, and writes down the claim where it is the first. */
function takeNext({ grader, designated }: Claim, now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    WITH next AS (
      SELECT t.id FROM assignment t
      WHERE t.state = 'open' AND (t.lease_expires_at IS NULL OR t.lease_expires_at <= ${now})
        AND (t.reserved_for IS NULL OR t.reserved_for = ${grader})
        ${designated ? Prisma.empty : Prisma.sql`AND t.purpose = 'mark'`}
        AND NOT EXISTS (
          SELECT 1 FROM claim c
          WHERE c.submission_id = t.submission_id AND c.grader = ${grader} AND c.released_at IS NULL AND c.assignment_id <> t.id)
        AND NOT EXISTS (
          SELECT 1 FROM submission b JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id JOIN candidate k ON k.id = a.candidate_id
          WHERE b.id = t.submission_id AND k.subject = ${grader})
      ORDER BY (t.reserved_for IS NULL), t.due_at, t.id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), taken AS (
      UPDATE assignment t
      SET holder = ${grader}, fencing_token = t.fencing_token + 1, lease_expires_at = ${now} + make_interval(secs => t.lease_seconds)
      FROM next WHERE t.id = next.id
      RETURNING t.id, t.submission_id, t.fencing_token, t.lease_expires_at, ${now} AS now
    ), first_claim AS (
      INSERT INTO claim (id, assignment_id, submission_id, grader, fencing_token, claimed_at)
      SELECT ${uuidv7()}::uuid, id, submission_id, ${grader}, fencing_token, now FROM taken WHERE fencing_token = 1
    )
    SELECT * FROM taken`;
}

/** Somebody, perhaps the same grader, had it before: that claim ends first, since two of them may not stand side by side. */
async function claimAgain(tx: Transaction, taken: TakenRow, grader: string): Promise<void> {
  await tx.claim.updateMany({ where: { assignmentId: taken.id, releasedAt: null }, data: { releasedAt: taken.now, releaseCause: 'expired' } });
  await tx.claim.create({
    data: {
      id: uuidv7(),
      assignmentId: taken.id,
      submissionId: taken.submission_id,
      grader,
      fencingToken: taken.fencing_token,
      claimedAt: taken.now,
    },
    select: { id: true },
  });
}

function claimedLease(row: LeaseRow): ClaimedLease {
  return { assignmentId: row.id, fencingToken: row.fencing_token, leaseExpiresAt: row.lease_expires_at.toISOString() };
}
