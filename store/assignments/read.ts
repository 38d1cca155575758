import { Prisma } from '../../prisma/generated/client.ts';
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

const ASSIGNMENT_STATES = ['open', 'held', 'completed', 'void'];

/** Every lease, for staff: who holds what until when. Oldest due first, after a cursor. */
export async function listAssignments(
  { prisma }: RecordContext,
  { after, limit, state, attemptId }: { after?: string | undefined; limit: number; state?: string | undefined; attemptId?: string | undefined },
) {
  const ids = await prisma.$queryRaw<{ id: string }[]>(
    attemptId === undefined
      ? dueFirst({ after, limit, states: state === undefined ? ASSIGNMENT_STATES : [state] })
      : ofAttempt({ attemptId, after, limit, state }),
  );
  return prisma.assignment.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    orderBy: [{ dueAt: 'asc' }, { id: 'asc' }],
    include: { submission: { select: { sitting: { select: { attemptId: true, test: true } } } }, reminders: true },
  });
}

type Page = { readonly after: string | undefined; readonly limit: number };

const beyond = (after: string | undefined) =>
  after === undefined ? Prisma.empty : Prisma.sql`AND (t.due_at, t.id) > (SELECT c.due_at, c.id FROM assignment c WHERE c.id = ${after}::uuid)`;

/** Of each state the first along its index, and of these the first: one order of all would be another index of all that ever was. */
function dueFirst({ after, limit, states }: Page & { readonly states: readonly string[] }): Prisma.Sql {
  return Prisma.sql`
    SELECT one.id FROM unnest(${[...states]}::text[]) of_state (state) CROSS JOIN LATERAL (
      SELECT t.id, t.due_at FROM assignment t WHERE t.state = of_state.state AND t.purpose <> 'seed' ${beyond(after)} ORDER BY t.due_at, t.id LIMIT ${limit}
    ) one ORDER BY one.due_at, one.id LIMIT ${limit}`;
}

function ofAttempt({ attemptId, after, limit, state }: Page & { readonly attemptId: string; readonly state: string | undefined }): Prisma.Sql {
  return Prisma.sql`
    SELECT t.id FROM sitting s JOIN submission b ON b.sitting_id = s.id JOIN assignment t ON t.submission_id = b.id
    WHERE s.attempt_id = ${attemptId}::uuid AND t.purpose <> 'seed' ${state === undefined ? Prisma.empty : Prisma.sql`AND t.state = ${state}`} ${beyond(after)}
    ORDER BY t.due_at, t.id LIMIT ${limit}`;
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
