import { v4 as randomUuid, v7 as uuidv7 } from 'uuid';
import type { ExamContent, Test } from '../../domain/exam.ts';
import { humanPartOf, type GradableSubmission } from '../../domain/grading.ts';
import { checkMarks, type DraftMark, type SubmittedMark } from '../../domain/marking.ts';
import type { Markable } from '../../domain/exam.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { ResponseValue } from '../../domain/response.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import type { Committed } from '../attempts/attempts.ts';
import { inIdempotentTransaction, inTransaction, isUniqueViolation, type IdempotencyKey, type StoreContext, type Transaction } from '../context.ts';
import { commitFact } from '../deliveries.ts';
import type { ExamVersionStore } from '../exam-versions.ts';

export type Purpose = 'mark' | 'adjudicate';

/** A frozen submission with what grading needs of its exam. */
export type SubmissionUnderGrading = {
  readonly submissionId: string;
  readonly attemptId: string;
  readonly test: Test;
  readonly exam: ExamContent;
  readonly gradable: GradableSubmission;
  readonly uploadId: string | null;
  readonly mediaType: string | null;
};

/** What a grader holds: never the attempt, the candidate, the seat or a file name. */
export type HeldAssignment = {
  readonly id: string;
  readonly purpose: Purpose;
  readonly test: Test;
  readonly itemIds: readonly string[];
  readonly dueAt: Date;
  readonly state: 'open' | 'completed' | 'void';
  readonly fencingToken: number;
  readonly leaseExpiresAt: Date | null;
  readonly submission: SubmissionUnderGrading;
  readonly draft: readonly DraftMark[] | null;
  /** For the adjudicator alone: the marks in dispute, nameless and in no telling order. */
  readonly disputedMarks: readonly { itemId: string; millipoints: number; reason: string }[];
};

export type SeatMark = { readonly seat: number; readonly itemId: string; readonly millipoints: number };

/** A lease as a claim handed it out; plain JSON, since an Idempotency-Key may keep it. */
type ClaimedLease = { readonly assignmentId: string; readonly fencingToken: number; readonly leaseExpiresAt: string };

type LeaseRow = { id: string; fencing_token: number; lease_expires_at: Date; now: Date };

const GRADABLE_COLUMNS = {
  id: true,
  content: true,
  uploadId: true,
  sitting: {
    select: {
      test: true,
      caseStudyId: true,
      attemptId: true,
      attempt: { select: { examVersionId: true } },
      uploads: { select: { id: true, mediaType: true } },
    },
  },
} as const satisfies Prisma.SubmissionSelect;

type GradableRow = Prisma.SubmissionGetPayload<{ select: typeof GRADABLE_COLUMNS }>;

/** How often a claim is tried again when the same grader claims twice at once. */
const CLAIM_TRIES = 5;

/** Assignments: opened by the workflow, claimed under an expiring lease with a fencing token, completed once. */
export function createAssignmentStore(context: StoreContext, examVersions: ExamVersionStore) {
  const { prisma, clock } = context;

  async function underGrading(tx: Transaction, submissionId: string): Promise<SubmissionUnderGrading> {
    return gradableOf(
      tx,
      await tx.submission.findUniqueOrThrow({ where: { id: submissionId }, relationLoadStrategy: 'join', select: GRADABLE_COLUMNS }),
    );
  }

  async function gradableOf(tx: Transaction, row: GradableRow): Promise<SubmissionUnderGrading> {
    const { sitting } = row;
    const test = sitting.test as Test;
    const gradable: GradableSubmission =
      test === 'aptitude'
        ? { test, responses: (row.content ?? {}) as Record<string, ResponseValue> }
        : { test, caseStudyId: sitting.caseStudyId ?? '' };
    return {
      submissionId: row.id,
      attemptId: sitting.attemptId,
      test,
      exam: await examVersions.contentOf(sitting.attempt.examVersionId, tx),
      gradable,
      uploadId: row.uploadId,
      mediaType: sitting.uploads.find((upload) => upload.id === row.uploadId)?.mediaType ?? null,
    };
  }

  async function held(tx: Transaction, assignmentId: string, grader: string): Promise<HeldAssignment> {
    const row = await tx.assignment.findUniqueOrThrow({
      where: { id: assignmentId },
      relationLoadStrategy: 'join',
      include: { drafts: { where: { grader } }, submission: { select: GRADABLE_COLUMNS } },
    });
    const draft = row.drafts[0]?.marks as unknown as readonly DraftMark[] | undefined;
    const disputed =
      row.purpose === 'adjudicate'
        ? await tx.mark.findMany({
            where: { submissionId: row.submissionId, itemId: { in: row.itemIds } },
            orderBy: [{ itemId: 'asc' }, { millipoints: 'asc' }, { reason: 'asc' }],
          })
        : [];
    const submission = await gradableOf(tx, row.submission);
    return {
      id: row.id,
      purpose: row.purpose as Purpose,
      test: submission.test,
      itemIds: row.itemIds,
      dueAt: row.dueAt,
      state: row.state as HeldAssignment['state'],
      fencingToken: row.fencingToken,
      leaseExpiresAt: row.leaseExpiresAt,
      submission,
      draft: draft ?? null,
      disputedMarks: disputed.map(({ itemId, millipoints, reason }) => ({ itemId, millipoints, reason })),
    };
  }

  async function claimIn(tx: Transaction, { grader, designated }: { grader: string; designated: boolean }): Promise<ClaimedLease | null> {
    const now = await clock();
    // A live lease of this grader comes first: claiming again after a lost answer hands out the same work.
    const [live] = await tx.$queryRaw<LeaseRow[]>`
      SELECT id, fencing_token, lease_expires_at, ${now} AS now FROM assignment WHERE holder = ${grader} AND state = 'open' AND lease_expires_at > ${now} LIMIT 1`;
    if (live) return claimedLease(live);

    const [lease] = await tx.$queryRaw<(LeaseRow & { submission_id: string })[]>`
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
    if (!lease) return null;
    if (lease.fencing_token > 1) await claimAgain(tx, lease, grader);
    return claimedLease(lease);
  }

  /** Somebody, perhaps the same grader, had it before: that claim ends first, since two of them may not stand side by side. */
  async function claimAgain(tx: Transaction, lease: LeaseRow & { submission_id: string }, grader: string): Promise<void> {
    await tx.claim.updateMany({ where: { assignmentId: lease.id, releasedAt: null }, data: { releasedAt: lease.now, releaseCause: 'expired' } });
    await tx.claim.create({
      data: {
        id: uuidv7(),
        assignmentId: lease.id,
        submissionId: lease.submission_id,
        grader,
        fencingToken: lease.fencing_token,
        claimedAt: lease.now,
      },
      select: { id: true },
    });
  }

  /** Why an act under a lease is refused. The grader knows the assignment only by having claimed it. */
  async function leaseLost(tx: Transaction, { assignmentId, grader }: { assignmentId: string; grader: string }): Promise<Refusal> {
    const row = await tx.assignment.findFirst({ where: { id: assignmentId, claims: { some: { grader } } } });
    if (!row) return assignmentNotFound();
    if (row.state === 'completed') return new Refusal('assignment_closed', 'This assignment is completed; its marks do not change.');
    if (row.state === 'void')
      return new Refusal('assignment_closed', 'This assignment was withdrawn by staff. Your draft is kept; there is nothing more to do.');
    return new Refusal(
      'lease_lost',
      'You no longer hold this assignment: it was released, or its lease ran out and it was taken over. Your draft is kept.',
      {
        heldByYou: row.holder === grader,
      },
    );
  }

  /** Extends the lease of whoever acts under it. A lease that ran out but that nobody took goes on. */
  async function extendLease(tx: Transaction, { assignmentId, grader, fencingToken }: Lease): Promise<{ leaseExpiresAt: Date; now: Date }> {
    const now = await clock();
    const [lease] = await tx.$queryRaw<LeaseRow[]>`
      UPDATE assignment SET lease_expires_at = ${now} + make_interval(secs => lease_seconds)
      WHERE id = ${assignmentId}::uuid AND holder = ${grader} AND fencing_token = ${fencingToken} AND state = 'open'
      RETURNING id, fencing_token, lease_expires_at, ${now} AS now`;
    if (!lease) throw await leaseLost(tx, { assignmentId, grader });
    return { leaseExpiresAt: lease.lease_expires_at, now: lease.now };
  }

  async function keepDraft(
    tx: Transaction,
    { assignmentId, grader, marks, at }: { assignmentId: string; grader: string; marks: readonly DraftMark[]; at: Date },
  ) {
    const content = marks as unknown as Prisma.InputJsonArray;
    await tx.draft.upsert({
      where: { assignmentId_grader: { assignmentId, grader } },
      create: { assignmentId, grader, marks: content, savedAt: at },
      update: { marks: content, savedAt: at },
      select: { assignmentId: true },
    });
  }

  return {
    underGrading: (submissionId: string) => underGrading(prisma, submissionId),

    /**
     * Opens the assignments of a submission, once a seat: repeats change nothing. Marking covers every response that is
     * not blank, or every criterion; adjudication only the items named. Blank ones are scored here, without a grader.
     */
    async open({
      submissionId,
      purpose,
      seats,
      itemIds,
      dueAt,
    }: {
      submissionId: string;
      purpose: Purpose;
      seats: readonly number[];
      itemIds?: readonly string[] | undefined;
      dueAt: Date;
    }): Promise<{ markables: readonly Markable[]; blanks: readonly ItemScore[] }> {
      const { exam, gradable, test } = await underGrading(prisma, submissionId);
      const { markables, blanks } = humanPartOf(exam, gradable);
      if (markables.length === 0) return { markables, blanks };
      const now = await clock();
      const items = itemIds ?? markables.map((markable) => markable.itemId);
      // Under the shared locks of attempt and sitting: staff who withdraw or reopen at this moment leave nothing to mark.
      await prisma.$executeRaw`
        WITH standing AS (
          SELECT b.id FROM submission b JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
          WHERE b.id = ${submissionId}::uuid AND a.outcome IS NULL AND s.round = b.round FOR SHARE OF s, a
        )
        INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, created_at)
        SELECT task.id, standing.id, task.seat, ${purpose}, ${[...items]}::text[], ${exam.policy.leaseSeconds[test]}::int, ${dueAt}, ${now}
        FROM standing, unnest(${seats.map(() => randomUuid())}::uuid[], ${[...seats]}::int[]) AS task (id, seat)
        ON CONFLICT (submission_id, seat) DO NOTHING`;
      return { markables, blanks };
    },

    /** The next assignment for this grader, or the one already held; undefined when there is none to give. */
    async claim(request: { grader: string; designated: boolean; idempotency?: IdempotencyKey | undefined }): Promise<HeldAssignment | undefined> {
      for (let tries = 1; ; tries += 1) {
        try {
          const lease = await inIdempotentTransaction(context, request.idempotency, (tx) => claimIn(tx, request));
          if (!lease) return undefined;
          // The token is the one this claim was given: read anew, it could be that of whoever took over since.
          const assignment = await held(prisma, lease.assignmentId, request.grader);
          return { ...assignment, fencingToken: lease.fencingToken, leaseExpiresAt: new Date(lease.leaseExpiresAt) };
        } catch (error) {
          // The same grader claimed two seats of one submission at once; the other claim won.
          if (!isUniqueViolation(error) || tries === CLAIM_TRIES) throw error;
        }
      }
    },

    /** An assignment that this grader holds or completed. Refused as not found otherwise. */
    async read({ assignmentId, grader }: { assignmentId: string; grader: string }): Promise<HeldAssignment> {
      const own = await prisma.claim.findFirst({ where: { assignmentId, grader, releasedAt: null }, select: { id: true } });
      if (!own) throw await leaseLost(prisma, { assignmentId, grader });
      return held(prisma, assignmentId, grader);
    },

    /** What a grader holds and has completed, newest first, after a cursor (a claim's id). */
    async listOwn({ grader, after, limit }: { grader: string; after?: string | undefined; limit: number }) {
      return prisma.claim.findMany({
        where: { grader, releasedAt: null, ...(after === undefined ? {} : { id: { lt: after } }) },
        orderBy: { id: 'desc' },
        take: limit,
        include: { assignment: true },
      });
    },

    /** "I am still at it": the lease runs anew. */
    heartbeat: (lease: Lease): Promise<{ leaseExpiresAt: Date }> => extendLease(prisma, lease),

    /** Keeps marks in the making, and the lease. */
    saveDraft: (draft: Lease & { marks: readonly DraftMark[] }): Promise<{ leaseExpiresAt: Date; savedAt: Date }> =>
      inTransaction(context, async (tx) => {
        const { leaseExpiresAt, now } = await extendLease(tx, draft);
        await keepDraft(tx, { ...draft, at: now });
        return { leaseExpiresAt, savedAt: now };
      }),

    /** Gives the assignment back to the pool; the draft is kept for whoever released it. */
    release: ({
      assignmentId,
      grader,
      fencingToken,
      idempotency,
    }: Lease & { idempotency?: IdempotencyKey | undefined }): Promise<{ released: true }> =>
      inIdempotentTransaction(context, idempotency, async (tx) => {
        const now = await clock();
        const released = await tx.$executeRaw`
          UPDATE assignment SET holder = NULL, lease_expires_at = NULL
          WHERE id = ${assignmentId}::uuid AND holder = ${grader} AND fencing_token = ${fencingToken} AND state = 'open'`;
        if (released === 0) throw await leaseLost(tx, { assignmentId, grader });
        await tx.$executeRaw`
          UPDATE claim SET released_at = ${now}, release_cause = 'released' WHERE assignment_id = ${assignmentId}::uuid AND released_at IS NULL`;
        return { released: true };
      }),

    /**
     * Completes an assignment: all its marks in one transaction, with one delivery. A stale token is refused and the marks
     * are kept as the grader's draft; completing again with the same token gives the same answer.
     */
    async complete(request: Lease & { marks: readonly SubmittedMark[]; idempotency?: IdempotencyKey | undefined }): Promise<Committed> {
      const { assignmentId, grader, fencingToken } = request;
      try {
        return await inIdempotentTransaction(context, request.idempotency, (tx) => completeIn(tx, request));
      } catch (error) {
        if (error instanceof Refusal && error.code === 'lease_lost') {
          await keepDraft(prisma, { assignmentId, grader, marks: request.marks, at: new Date() });
        }
        throw error;
      }

      async function completeIn(tx: Transaction, { marks }: { marks: readonly SubmittedMark[] }): Promise<Committed> {
        const [row] = await tx.$queryRaw<CompletionRow[]>`
          SELECT t.state, t.holder, t.fencing_token, t.item_ids, t.submission_id, s.attempt_id, a.exam_version_id, s.test, s.case_study_id, ${await clock()} AS now
          FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
          WHERE t.id = ${assignmentId}::uuid FOR UPDATE OF t`;
        if (!row) throw assignmentNotFound();
        const mine = row.holder === grader && row.fencing_token === fencingToken;
        if (row.state === 'completed' && mine) return { attemptId: row.attempt_id, deliveryId: undefined };
        if (!mine || row.state !== 'open') throw await leaseLost(tx, { assignmentId, grader });

        const exam = await examVersions.contentOf(row.exam_version_id, tx);
        const checked = checkMarks(markablesOf(exam, row), marks);
        if (checked.problems.length > 0) {
          throw new Refusal('marks_invalid', 'These marks cannot be recorded; nothing was changed.', { fields: checked.problems });
        }
        const writes = [
          insertMarks(checked.marks, { assignmentId, submissionId: row.submission_id, grader, at: row.now }),
          Prisma.sql`UPDATE assignment SET state = 'completed', completed_at = ${row.now}, lease_expires_at = NULL WHERE id = ${assignmentId}::uuid`,
        ];
        return { attemptId: row.attempt_id, deliveryId: await commitFact(tx, { attemptId: row.attempt_id, fact: 'marked', at: row.now }, writes) };
      }
    },

    /** The marks of a submission with their seats, for the workflow. */
    async marks(submissionId: string): Promise<readonly SeatMark[]> {
      const rows = await prisma.mark.findMany({
        where: { submissionId },
        relationLoadStrategy: 'join',
        select: { itemId: true, millipoints: true, assignment: { select: { seat: true } } },
        orderBy: [{ itemId: 'asc' }, { id: 'asc' }],
      });
      return rows.map((row) => ({ seat: row.assignment.seat, itemId: row.itemId, millipoints: row.millipoints }));
    },

    /** Marks the open assignments of a submission as reminded; each percentage once. */
    async remind({ submissionId, percent }: { submissionId: string; percent: number }): Promise<number> {
      return prisma.$executeRaw`
        INSERT INTO reminder (assignment_id, percent, reminded_at)
        SELECT id, ${percent}, ${await clock()} FROM assignment WHERE submission_id = ${submissionId}::uuid AND state = 'open'
        ON CONFLICT DO NOTHING`;
    },

    /** Staff take an assignment from whoever holds it: for one grader, or back to the pool. The holder's draft is kept. */
    reassign({
      attemptId,
      assignmentId,
      grader,
      ...act
    }: AuditedAct & { attemptId: string; assignmentId: string; grader?: string | undefined }): Promise<{ assignmentId: string }> {
      return inTransaction(context, async (tx) => {
        const [row] = await tx.$queryRaw<{ state: string; holder: string | null; submission_id: string; now: Date }[]>`
          SELECT t.state, t.holder, t.submission_id, ${await clock()} AS now
          FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
          WHERE t.id = ${assignmentId}::uuid AND s.attempt_id = ${attemptId}::uuid FOR UPDATE OF t`;
        if (!row) throw new Refusal('not_found', 'This attempt has no such assignment.');
        if (row.state !== 'open') throw new Refusal('assignment_closed', `The assignment is ${row.state}: there is nothing to reassign.`);
        const details = { assignmentId, from: row.holder, to: grader ?? null };
        if (!(await recordAct(tx, act, { attemptId, action: 'reassign', details, at: row.now }))) return { assignmentId };
        if (grader !== undefined) {
          const involved = await tx.claim.findFirst({
            where: { submissionId: row.submission_id, grader, releasedAt: null, assignmentId: { not: assignmentId } },
          });
          const own = await tx.attempt.findFirst({ where: { id: attemptId, candidate: { subject: grader } }, select: { id: true } });
          if (involved || own)
            throw new Refusal('already_involved', 'This grader marks or has marked the same submission, or wrote it. Choose another.');
        }
        await tx.claim.updateMany({ where: { assignmentId, releasedAt: null }, data: { releasedAt: row.now, releaseCause: 'reassigned' } });
        await tx.assignment.update({
          where: { id: assignmentId },
          data: { holder: null, leaseExpiresAt: null, reservedFor: grader ?? null, fencingToken: { increment: 1 } },
          select: { id: true },
        });
        return { assignmentId };
      });
    },

    /** Every lease, for staff: who holds what until when. Oldest due first, after a cursor. */
    async listForStaff({
      after,
      limit,
      state,
      attemptId,
    }: {
      after?: string | undefined;
      limit: number;
      state?: string | undefined;
      attemptId?: string | undefined;
    }) {
      return prisma.assignment.findMany({
        where: { ...(state === undefined ? {} : { state }), ...(attemptId === undefined ? {} : { submission: { sitting: { attemptId } } }) },
        orderBy: [{ dueAt: 'asc' }, { id: 'asc' }],
        take: limit,
        ...(after === undefined ? {} : { cursor: { id: after }, skip: 1 }),
        include: { submission: { select: { sitting: { select: { attemptId: true, test: true } } } }, reminders: true },
      });
    },

    /** The way from an assignment to its attempt, which only staff may go. */
    async attemptOf(assignmentId: string): Promise<string> {
      const row = await prisma.assignment.findUnique({
        where: { id: assignmentId },
        select: { submission: { select: { sitting: { select: { attemptId: true } } } } },
      });
      if (!row) throw assignmentNotFound();
      return row.submission.sitting.attemptId;
    },
  };
}

type RecordedMark = { readonly itemId: string; readonly millipoints: number; readonly reason: string };

function insertMarks(
  marks: readonly RecordedMark[],
  { assignmentId, submissionId, grader, at }: { assignmentId: string; submissionId: string; grader: string; at: Date },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
    SELECT mark.id, ${assignmentId}::uuid, ${submissionId}::uuid, ${grader}, mark.item_id, mark.millipoints, mark.reason, ${at}
    FROM unnest(${marks.map(() => uuidv7())}::uuid[], ${marks.map((mark) => mark.itemId)}::text[], ${marks.map((mark) => mark.millipoints)}::int[],
      ${marks.map((mark) => mark.reason)}::text[]) AS mark (id, item_id, millipoints, reason)`;
}

function claimedLease(row: LeaseRow): ClaimedLease {
  return { assignmentId: row.id, fencingToken: row.fencing_token, leaseExpiresAt: row.lease_expires_at.toISOString() };
}

/** Proof of holding an assignment. */
export type Lease = { readonly assignmentId: string; readonly grader: string; readonly fencingToken: number };

type CompletionRow = {
  state: string;
  holder: string | null;
  fencing_token: number;
  item_ids: string[];
  submission_id: string;
  attempt_id: string;
  exam_version_id: string;
  test: Test;
  case_study_id: string | null;
  now: Date;
};

/** What an assignment covers, with the points of each. */
function markablesOf(
  exam: ExamContent,
  { test, case_study_id, item_ids }: Pick<CompletionRow, 'test' | 'case_study_id' | 'item_ids'>,
): readonly Markable[] {
  const points = new Map(
    test === 'aptitude'
      ? exam.items.map((item) => [item.id, item.millipoints])
      : exam.caseStudies
          .filter((caseStudy) => caseStudy.id === case_study_id)
          .flatMap((caseStudy) => caseStudy.rubric.map((criterion) => [criterion.id, criterion.millipoints] as const)),
  );
  return item_ids.map((itemId) => ({ itemId, millipointsMax: points.get(itemId) ?? 0 }));
}

function assignmentNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such assignment.');
}

export type AssignmentStore = ReturnType<typeof createAssignmentStore>;
