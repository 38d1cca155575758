import type { RecordContext } from '../context.ts';
import { assignmentNotFound } from './leases.ts';

/** What a grader holds and has completed, newest first, after a cursor (a claim's id). */
export async function listOwnClaims(
  { prisma }: RecordContext,
  { grader, after, limit }: { grader: string; after?: string | undefined; limit: number },
) {
  return prisma.claim.findMany({
    where: { grader, releasedAt: null, ...(after === undefined ? {} : { id: { lt: after } }) },
    orderBy: { id: 'desc' },
    take: limit,
    include: { assignment: { include: { seedSeat: { select: { inTraining: true } } } } },
  });
}

/** Every lease, for staff: who holds what until when. Oldest due first, after a cursor. */
export async function listAssignments(
  { prisma }: RecordContext,
  { after, limit, state, attemptId }: { after?: string | undefined; limit: number; state?: string | undefined; attemptId?: string | undefined },
) {
  return prisma.assignment.findMany({
    where: {
      purpose: { not: 'seed' },
      ...(state === undefined ? {} : { state }),
      ...(attemptId === undefined ? {} : { submission: { sitting: { attemptId } } }),
    },
    orderBy: [{ dueAt: 'asc' }, { id: 'asc' }],
    take: limit,
    ...(after === undefined ? {} : { cursor: { id: after }, skip: 1 }),
    include: { submission: { select: { sitting: { select: { attemptId: true, test: true } } } }, reminders: true },
  });
}

/** The way from an assignment to its attempt, which only staff may go. */
export async function attemptOfAssignment({ prisma }: RecordContext, assignmentId: string): Promise<string> {
  const row = await prisma.assignment.findUnique({
    where: { id: assignmentId },
    select: { submission: { select: { sitting: { select: { attemptId: true } } } } },
  });
  if (!row) throw assignmentNotFound();
  return row.submission.sitting.attemptId;
}
