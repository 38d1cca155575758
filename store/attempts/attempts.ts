import { v7 as uuidv7 } from 'uuid';
import { deadlineOf, mayWithdraw, phaseOf, windowOf, type AttemptFacts, type Outcome, type Window } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { consumeFacts, lockAttempt, readAttempt, readAttempts, type AttemptRecord } from '../attempt-rows.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import {
  inIdempotentTransaction,
  inTransaction,
  isUniqueViolation,
  type CandidateRequest,
  type IdempotencyKey,
  type StoreContext,
  type Transaction,
} from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import { eventWrites } from '../events/events.ts';
import type { ExamVersionStore } from '../exam-versions.ts';

export type Registration = {
  readonly subject: string;
  /** As it goes on a certificate. */
  readonly name: string;
  /** Where notices are mailed as well, in which language (BCP 47). What is left out stays as it was. */
  readonly email?: string | undefined;
  readonly locale?: string | undefined;
  readonly examId: string;
};

export type LapseResult = { readonly lapsed: boolean };

/** Attempts: registration, the windows that bind the candidate, and every way they end but by a decision. */
export function createAttemptStore(context: StoreContext, examVersions: ExamVersionStore) {
  const { clock } = context;

  async function registerIn(tx: Transaction, { subject, name, email, locale, examId }: Registration): Promise<Committed> {
    const exam = await examVersions.newest(examId, tx);
    const [candidate] = await tx.$queryRaw<{ id: string; now: Date }[]>`
      INSERT INTO candidate (id, subject, name, email, locale, created_at)
      VALUES (${uuidv7()}::uuid, ${subject}, ${name}, ${email ?? null}, ${locale ?? null}, ${await clock()})
      ON CONFLICT (subject) DO UPDATE SET name = excluded.name,
        email = coalesce(excluded.email, candidate.email), locale = coalesce(excluded.locale, candidate.locale)
      RETURNING id, ${await clock()} AS now`;
    if (!candidate) throw new TypeError('an upsert returns its row');
    const history = await historyOf(tx, candidate.id, examId);
    if (history.openAttemptId) {
      throw new Refusal('attempt_already_open', 'You have an attempt at this exam under way. Go on with that one, or withdraw it first.', {
        attemptId: history.openAttemptId,
      });
    }
    if (history.certificateId) throw new Refusal('already_certified', 'You hold a valid certificate of this exam.');
    const attemptId = uuidv7();
    const { policy } = exam.content;
    const registeredAt = candidate.now.getTime();
    const window = history.carriedDecisionId ? 'offer' : 'start';
    const deadline = new Date(deadlineOf(policy, window, registeredAt, 100));
    const downloadBy = history.carriedDecisionId ? deadline : null;
    const attempt = Prisma.sql`
      INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by, download_by, aptitude_decision_id)
      VALUES (${attemptId}::uuid, ${candidate.id}::uuid, ${exam.id}::uuid, ${examId}, ${candidate.now}, ${deadline}, ${downloadBy}, ${history.carriedDecisionId}::uuid)`;
    const told = eventWrites([{ type: 'attempt.registered', key: attemptId, data: { attemptId, examId } }], candidate.now);
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'registered', at: candidate.now }, [attempt, ...told]) };
  }

  return {
    /**
     * Registers a candidate for the newest version of an exam. An aptitude pass is carried over from a previous attempt
     * that failed at its case study. Refused while an attempt is open or a certificate is valid.
     */
    async register(request: Registration & { idempotency?: IdempotencyKey | undefined }): Promise<Committed> {
      try {
        return await inIdempotentTransaction(context, request.idempotency, (tx) => registerIn(tx, request));
      } catch (error) {
        if (isUniqueViolation(error)) {
          throw new Refusal('attempt_already_open', 'You have an attempt at this exam under way. Go on with that one, or withdraw it first.');
        }
        throw error;
      }
    },

    read: (query: { attemptId: string; subject?: string | undefined }): Promise<AttemptRecord> => readAttempt(context.prisma, clock, query),

    list: (query: { subject?: string | undefined; after?: string | undefined; limit: number; open?: boolean | undefined }) =>
      readAttempts(context, query),

    /** For the workflow: the attempt as it stands, everything delivered so far counted as heard. */
    consumeFacts: (attemptId: string): Promise<AttemptRecord> => consumeFacts(context, attemptId),

    /** Ends an attempt whose window has passed by PostgreSQL's clock; too early, or already taken, it changes nothing. */
    lapse({ attemptId, window }: { attemptId: string; window: Extract<Window, 'start' | 'offer'> }): Promise<LapseResult> {
      return inTransaction(context, async (tx) => {
        const { facts } = await lockAttempt(tx, clock, { attemptId });
        const waits = windowOf(phaseOf(facts)) === window;
        const deadline = window === 'start' ? facts.startBy : facts.downloadBy;
        if (!waits || deadline === null || facts.asOf < deadline) return { lapsed: false };
        await settle(tx, {
          attemptId,
          outcome: 'lapsed',
          reason: window === 'start' ? 'not started in time' : 'case study not downloaded in time',
          at: deadline,
        });
        return { lapsed: true };
      });
    },

    /** The candidate ends the attempt, until the first submission of the test under way. A repeat gets the same answer. */
    withdraw({ attemptId, subject, idempotency }: CandidateRequest): Promise<Committed> {
      return inIdempotentTransaction(context, idempotency, async (tx) => {
        const { facts } = await lockAttempt(tx, clock, { attemptId, subject });
        const phase = phaseOf(facts);
        if (phase === 'withdrawn') return { attemptId, deliveryId: undefined };
        if (!mayWithdraw(phase)) {
          throw new Refusal('wrong_phase', 'An attempt can be withdrawn until the first submission of the test under way.', { phase });
        }
        await closeSittings(tx, facts);
        await settle(tx, { attemptId, outcome: 'withdrawn', reason: 'withdrawn by the candidate', at: facts.asOf });
        return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'withdrawn', at: new Date(facts.asOf) }) };
      });
    },

    /** Staff end the attempt at any point before it is settled; assignments still open are void, marks stay. */
    withdrawByStaff({ attemptId, ...act }: AuditedAct & { attemptId: string }): Promise<{ outcome: Outcome }> {
      return inTransaction(context, async (tx) => {
        const { facts } = await lockAttempt(tx, clock, { attemptId });
        const at = new Date(facts.asOf);
        if (facts.outcome !== null && facts.outcome !== 'withdrawn') throw new Refusal('wrong_phase', `The attempt is ${facts.outcome} already.`);
        if (!(await recordAct(tx, act, { attemptId, action: 'withdraw', details: {}, at })) || facts.outcome === 'withdrawn')
          return { outcome: 'withdrawn' };
        await closeSittings(tx, facts, { staff: true });
        await voidAssignments(tx, attemptId);
        await settle(tx, { attemptId, outcome: 'withdrawn', reason: 'withdrawn by staff', at: facts.asOf });
        return { outcome: 'withdrawn' };
      });
    },

    /** Moves the deadline of the window under way to a later one, by name (design, section 3). */
    extend({ attemptId, window, deadline, ...act }: AuditedAct & { attemptId: string; window: Window; deadline: Date }): Promise<{ deadline: Date }> {
      return inTransaction(context, async (tx) => {
        const { facts } = await lockAttempt(tx, clock, { attemptId });
        const present = await lockedDeadline(tx, facts, window);
        const at = new Date(facts.asOf);
        const details = { window, from: present.toISOString(), to: deadline.toISOString() };
        if (deadline <= present) {
          if (deadline.getTime() === present.getTime()) return { deadline };
          throw new Refusal('deadline_not_later', `An extension never shortens: the deadline is ${present.toISOString()}.`, {
            deadline: present.toISOString(),
          });
        }
        if (!(await recordAct(tx, act, { attemptId, action: 'extend', details, at }))) return { deadline: present };
        await moveDeadline(tx, facts, window, deadline);
        return { deadline };
      });
    },

    /**
     * Sets the factor by which every window of this candidate's attempt is scaled, 150 for one and a half times. The
     * window under way grows with it and never shrinks; later ones follow. Staff record it, whatever Temporal does.
     */
    accommodate({ attemptId, percent, ...act }: AuditedAct & { attemptId: string; percent: number }): Promise<Committed> {
      return inTransaction(context, async (tx) => {
        const record = await lockAttempt(tx, clock, { attemptId });
        const { facts } = record;
        if (facts.outcome !== null) throw new Refusal('wrong_phase', `The attempt is ${facts.outcome} already.`);
        const at = new Date(facts.asOf);
        if (!(await recordAct(tx, act, { attemptId, action: 'accommodate', details: { from: record.accommodationPercent, to: percent }, at }))) {
          return { attemptId, deliveryId: undefined };
        }
        await tx.attempt.update({ where: { id: attemptId }, data: { accommodationPercent: percent }, select: { id: true } });
        const { policy } = await examVersions.contentOf(record.examVersionId, tx);
        const window = openWindow(facts);
        if (window) {
          const present = await lockedDeadline(tx, facts, window.name);
          const scaled = new Date(
            present.getTime() -
              deadlineOf(policy, window.name, window.from, record.accommodationPercent) +
              deadlineOf(policy, window.name, window.from, percent),
          );
          if (scaled > present) await moveDeadline(tx, facts, window.name, scaled);
        }
        return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'deadline_moved', at }) };
      });

      /** The window under way and when it opened. */
      function openWindow(facts: AttemptFacts): { name: Window; from: number } | undefined {
        const name = windowOf(phaseOf(facts));
        switch (name) {
          case 'start':
          case 'offer':
            return { name, from: facts.asOf };
          case 'aptitude':
          case 'case_study':
            return { name, from: facts.sittings[name]?.startedAt ?? facts.asOf };
          case undefined:
            return undefined;
        }
      }
    },

    /** What was done to an attempt by people, oldest first. */
    async audit(attemptId: string) {
      return context.prisma.auditEntry.findMany({ where: { attemptId }, orderBy: { at: 'asc' } });
    },
  };
}

type History = { readonly openAttemptId: string | null; readonly certificateId: string | null; readonly carriedDecisionId: string | null };

/** What a new registration depends on: an open attempt, a valid certificate, a pass to carry over. */
async function historyOf(tx: Transaction, candidateId: string, examId: string): Promise<History> {
  const [row] = await tx.$queryRaw<{ open: string | null; certificate: string | null; carried: string | null }[]>`
    SELECT
      (SELECT id FROM attempt WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} AND outcome IS NULL) AS open,
      (SELECT id FROM certificate WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} AND status <> 'revoked') AS certificate,
      (SELECT CASE WHEN outcome = 'failed' THEN aptitude_decision_id END
       FROM attempt WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} ORDER BY id DESC LIMIT 1) AS carried`;
  return { openAttemptId: row?.open ?? null, certificateId: row?.certificate ?? null, carriedDecisionId: row?.carried ?? null };
}

/** Ends an attempt; its row is locked by the caller. */
async function settle(
  tx: Transaction,
  { attemptId, outcome, reason, at }: { attemptId: string; outcome: Outcome; reason: string; at: number },
): Promise<void> {
  await tx.attempt.update({ where: { id: attemptId }, data: { outcome, outcomeReason: reason, settledAt: new Date(at) }, select: { id: true } });
}

/** Closes the open sitting without a submission. A freeze that won the sitting's lock first makes the withdrawal too late. */
async function closeSittings(tx: Transaction, facts: AttemptFacts, { staff = false } = {}): Promise<void> {
  const open = Object.values(facts.sittings).find((sitting) => sitting?.frozenAt === null);
  if (!open) return;
  const { count } = await tx.sitting.updateMany({ where: { id: open.sittingId, frozenAt: null }, data: { frozenAt: new Date(facts.asOf) } });
  if (count === 0 && !staff) throw new Refusal('wrong_phase', 'An attempt can be withdrawn until the first submission of the test under way.');
}

async function voidAssignments(tx: Transaction, attemptId: string): Promise<void> {
  await tx.assignment.updateMany({
    where: { state: 'open', submission: { sitting: { attemptId } } },
    data: { state: 'void', holder: null, leaseExpiresAt: null },
  });
}

/** The stored deadline of a window, under the lock that guards it. Refused when that window is not open. */
async function lockedDeadline(tx: Transaction, facts: AttemptFacts, window: Window): Promise<Date> {
  const closed = () => new Refusal('wrong_phase', `The window "${window}" is not open.`, { phase: phaseOf(facts) });
  switch (window) {
    case 'start':
    case 'offer':
      if (windowOf(phaseOf(facts)) !== window) throw closed();
      return new Date(window === 'start' ? facts.startBy : (facts.downloadBy ?? facts.asOf));
    case 'aptitude':
    case 'case_study':
      return lockedSittingDeadline(tx, { attemptId: facts.attemptId, test: window, closed });
  }
}

async function lockedSittingDeadline(
  tx: Transaction,
  { attemptId, test, closed }: { attemptId: string; test: Test; closed: () => Refusal },
): Promise<Date> {
  const [sitting] = await tx.$queryRaw<{ deadline: Date; frozen_at: Date | null }[]>`
    SELECT deadline, frozen_at FROM sitting WHERE attempt_id = ${attemptId}::uuid AND test = ${test} FOR UPDATE`;
  if (!sitting) throw closed();
  if (sitting.frozen_at) throw new Refusal('deadline_passed', 'The test is frozen. Reopen it instead, while it is being graded.');
  return sitting.deadline;
}

async function moveDeadline(tx: Transaction, facts: AttemptFacts, window: Window, deadline: Date): Promise<void> {
  const where = { id: facts.attemptId };
  switch (window) {
    case 'start':
      await tx.attempt.update({ where, data: { startBy: deadline }, select: { id: true } });
      return;
    case 'offer':
      await tx.attempt.update({ where, data: { downloadBy: deadline }, select: { id: true } });
      return;
    case 'aptitude':
    case 'case_study':
      await tx.sitting.update({ where: { attemptId_test: { attemptId: facts.attemptId, test: window } }, data: { deadline }, select: { id: true } });
  }
}

export type AttemptStore = ReturnType<typeof createAttemptStore>;
