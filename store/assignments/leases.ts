import type { ReleaseReason } from '../../domain/grader.ts';
import { Refusal } from '../../domain/refusal.ts';
import { keepConflict } from '../graders/conflicts.ts';
import { graderNotActive, lockGrader } from '../graders/records.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { inIdempotentTransaction, type Clock, type IdempotencyKey, type RecordContext, type Transaction } from '../context.ts';
import { watchStaffing } from './staffing.ts';
import { goOn } from './stretches.ts';

/** Proof of holding an assignment. */
export type Lease = { readonly assignmentId: string; readonly grader: string; readonly fencingToken: number };

export type LeaseRow = { id: string; fencing_token: number; lease_expires_at: Date; now: Date };

/** "I am still at it": the lease runs anew. */
export function heartbeat({ prisma, clock }: RecordContext, lease: Lease): Promise<{ leaseExpiresAt: Date }> {
  return extendLease(prisma, clock, lease);
}

/**
 * Gives the assignment back to the pool, for anybody, also where staff had chosen this grader; the draft is kept for whoever released it.
 * A conflict is written down, so that nothing of this candidate comes again.
 */
export async function releaseAssignment(
  context: RecordContext,
  {
    assignmentId,
    grader,
    fencingToken,
    reason,
    idempotency,
  }: Lease & { reason?: ReleaseReason | undefined; idempotency?: IdempotencyKey | undefined },
): Promise<{ released: true }> {
  const released = await inIdempotentTransaction(context, idempotency, async (tx) => {
    // Before the assignment, in the order of all who lock both.
    if (reason === 'conflict') await lockGrader(tx, context, grader);
    const now = await context.clock();
    const [row] = await tx.$queryRaw<{ submission_id: string; now: Date }[]>`
      UPDATE assignment SET holder = NULL, lease_expires_at = NULL, reserved_for = NULL
      WHERE id = ${assignmentId}::uuid AND holder = ${grader} AND fencing_token = ${fencingToken} AND state = 'open' RETURNING submission_id, ${now} AS now`;
    if (!row) throw await leaseLost(tx, { assignmentId, grader });
    await tx.$executeRaw`
      UPDATE claim SET released_at = ${row.now}, release_cause = 'released', release_reason = ${reason ?? null}
      WHERE assignment_id = ${assignmentId}::uuid AND released_at IS NULL`;
    if (reason === 'conflict') await keepConflictWith(tx, { grader, submissionId: row.submission_id, at: row.now });
    return { released: true } as const;
  });
  if (reason !== undefined) await watchStaffing(context);
  return released;
}

/** Whose script it is the grader does not learn, and staff do. */
async function keepConflictWith(tx: Transaction, { grader, submissionId, at }: { grader: string; submissionId: string; at: Date }): Promise<void> {
  const { subject } = await tx.candidate.findFirstOrThrow({
    where: { attempts: { some: { sittings: { some: { submissions: { some: { id: submissionId } } } } } } },
    select: { subject: true },
  });
  await keepConflict(tx, { grader, conflict: { kind: 'candidate', value: subject }, source: 'release', by: grader, at });
}

/** Extends the lease of whoever acts under it. A lease that ran out but that nobody took goes on. */
export async function extendLease(
  tx: Transaction,
  clock: Clock,
  { assignmentId, grader, fencingToken }: Lease,
): Promise<{ leaseExpiresAt: Date; now: Date }> {
  const now = await clock();
  const [lease] = await tx.$queryRaw<LeaseRow[]>`
    WITH extended AS (
      UPDATE assignment SET lease_expires_at = ${now} + make_interval(secs => lease_seconds)
      WHERE id = ${assignmentId}::uuid AND holder = ${grader} AND fencing_token = ${fencingToken} AND state = 'open'
      RETURNING id, holder, fencing_token, lease_expires_at, ${now} AS now
    ), going_on AS (${goOn(Prisma.sql`SELECT id, holder, fencing_token, now FROM extended`)})
    SELECT id, fencing_token, lease_expires_at, now FROM extended`;
  if (!lease) throw await leaseLost(tx, { assignmentId, grader });
  return { leaseExpiresAt: lease.lease_expires_at, now: lease.now };
}

/**
 * Why an act under a lease is refused. The grader knows the assignment only by having claimed it, and what became of it only where it was theirs to
 * the end: nobody else takes a seed, so what others did with a script that was given back would tell one from the other.
 */
export async function leaseLost(tx: Transaction, { assignmentId, grader }: { assignmentId: string; grader: string }): Promise<Refusal> {
  const row = await tx.assignment.findFirst({
    where: { id: assignmentId, claims: { some: { grader } } },
    select: { state: true, holder: true, claims: { where: { grader, releasedAt: null }, select: { id: true } } },
  });
  if (!row) return assignmentNotFound();
  const isTheirs = row.claims.length > 0;
  if (isTheirs && row.state === 'completed') return new Refusal('assignment_closed', 'This assignment is completed; its marks do not change.');
  if (isTheirs && row.state === 'void')
    return new Refusal('assignment_closed', 'This assignment was withdrawn by staff. Your draft is kept; there is nothing more to do.');
  const suspended = await tx.grader.findFirst({ where: { subject: grader, state: 'suspended' }, select: { subject: true } });
  if (suspended) return graderNotActive('suspended');
  return new Refusal(
    'lease_lost',
    'You no longer hold this assignment: it was released, or its lease ran out and it was taken over. Your draft is kept.',
    {
      heldByYou: row.holder === grader,
    },
  );
}

export function assignmentNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such assignment.');
}
