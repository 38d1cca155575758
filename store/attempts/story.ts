import { attemptNotFound } from '../attempt-rows.ts';
import type { RecordContext } from '../context.ts';

/**
 * All that is on record of an attempt but what the candidate answered, as of one moment. Refused as not found. Answers are read one submission at a time,
 * and each such reading is audited (store/sittings/handed-in.ts).
 */
export async function readStory({ prisma }: RecordContext, attemptId: string) {
  const [attempt, mails, audit] = await prisma.$transaction(
    [
      prisma.attempt.findUnique({
        where: { id: attemptId },
        select: {
          candidate: { select: { id: true, subject: true, name: true, email: true, locale: true, timeZone: true } },
          standing: { select: { dueAt: true, needsAttention: true } },
          extensions: { orderBy: { position: 'asc' } },
          sittings: { orderBy: { startedAt: 'asc' }, select: SITTING },
          decisions: { orderBy: [{ decidedAt: 'asc' }, { id: 'asc' }] },
          notices: { orderBy: { createdAt: 'asc' } },
          certificates: { orderBy: { edition: 'asc' }, omit: { credential: true } },
        },
      }),
      prisma.mail.findMany({ where: { attemptId }, orderBy: { createdAt: 'asc' }, omit: { data: true, occasionKey: true } }),
      prisma.auditEntry.findMany({ where: { attemptId }, orderBy: { at: 'asc' } }),
    ],
    { isolationLevel: 'RepeatableRead' },
  );
  if (!attempt) throw attemptNotFound();
  return { ...attempt, mails, audit };
}

const SITTING = {
  test: true,
  round: true,
  startedAt: true,
  deadline: true,
  frozenAt: true,
  caseStudyId: true,
  uploads: { orderBy: { createdAt: 'asc' }, select: { id: true, fileName: true, mediaType: true, sizeBytes: true, scanState: true } },
  submissions: {
    orderBy: { submittedAt: 'asc' },
    select: {
      id: true,
      round: true,
      cause: true,
      contentHash: true,
      uploadId: true,
      submittedAt: true,
      expectations: { orderBy: { number: 'asc' } },
      assessment: { include: { markingModel: { select: { version: true } } } },
      assignments: {
        where: { purpose: { not: 'seed' } },
        orderBy: { seat: 'asc' },
        include: {
          claims: { orderBy: { claimedAt: 'asc' } },
          marks: { orderBy: { itemId: 'asc' } },
          groupUses: {
            orderBy: { usedAt: 'desc' },
            include: { groupMark: { select: { id: true, itemId: true, grader: true, millipoints: true, reason: true } } },
          },
          reminders: { orderBy: { percent: 'asc' } },
          fileFlags: { orderBy: { flaggedAt: 'asc' } },
        },
      },
    },
  },
} as const;

export type AttemptStory = Awaited<ReturnType<typeof readStory>>;
