import type { AttemptFacts, Outcome, SittingFacts } from '../domain/attempt.ts';
import { Refusal } from '../domain/refusal.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { Clock, RecordContext, Transaction } from './context.ts';

/** One attempt with all that decides where it stands, read by one statement. */
export type AttemptRecord = {
  readonly facts: AttemptFacts;
  readonly candidateId: string;
  readonly subject: string;
  /** As it goes on a certificate. */
  readonly candidateName: string;
  readonly examId: string;
  readonly examVersionId: string;
  readonly version: number;
  readonly accommodationPercent: number;
  readonly registeredAt: Date;
  readonly outcomeReason: string | null;
  readonly settledAt: Date | null;
  readonly aptitudeDecisionId: string | null;
  readonly caseStudyId: string | null;
};

type Row = {
  id: string;
  candidate_id: string;
  subject: string;
  name: string;
  exam_id: string;
  exam_version_id: string;
  version: number;
  accommodation_percent: number;
  registered_at: Date;
  start_by: Date;
  download_by: Date | null;
  aptitude_decision_id: string | null;
  outcome: Outcome | null;
  outcome_reason: string | null;
  settled_at: Date | null;
  as_of: Date;
  aptitude: SittingJson | null;
  case_study: SittingJson | null;
  opened: number;
  completed: number;
};

type SittingJson = {
  id: string;
  round: number;
  started: number;
  deadline: number;
  frozen: number | null;
  submission: string | null;
  case_study_id: string | null;
};

function sittingJson(sitting: string, submission: string): Prisma.Sql {
  return Prisma.raw(`CASE WHEN ${sitting}.id IS NULL THEN NULL ELSE json_build_object(
    'id', ${sitting}.id, 'round', ${sitting}.round, 'case_study_id', ${sitting}.case_study_id, 'submission', ${submission}.id,
    'started', (extract(epoch FROM ${sitting}.started_at) * 1000)::bigint,
    'deadline', (extract(epoch FROM ${sitting}.deadline) * 1000)::bigint,
    'frozen', (extract(epoch FROM ${sitting}.frozen_at) * 1000)::bigint) END`);
}

const columns = Prisma.sql`
  a.id, a.candidate_id, c.subject, c.name, a.exam_id, a.exam_version_id, v.version, a.accommodation_percent, a.registered_at,
  a.start_by, a.download_by, a.aptitude_decision_id, a.outcome, a.outcome_reason, a.settled_at,
  ${sittingJson('apt', 'apt_sub')} AS aptitude, ${sittingJson('cs', 'cs_sub')} AS case_study,
  task.opened, task.completed`;

const joins = Prisma.sql`
  JOIN candidate c ON c.id = a.candidate_id
  JOIN exam_version v ON v.id = a.exam_version_id
  LEFT JOIN sitting apt ON apt.attempt_id = a.id AND apt.test = 'aptitude'
  LEFT JOIN submission apt_sub ON apt_sub.sitting_id = apt.id AND apt_sub.round = apt.round
  LEFT JOIN sitting cs ON cs.attempt_id = a.id AND cs.test = 'case_study'
  LEFT JOIN submission cs_sub ON cs_sub.sitting_id = cs.id AND cs_sub.round = cs.round
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.state <> 'void')::int AS opened, count(*) FILTER (WHERE t.state = 'completed')::int AS completed
    FROM assignment t WHERE t.submission_id = CASE WHEN cs.id IS NULL THEN apt_sub.id ELSE cs_sub.id END
  ) task`;

function sittingFacts(json: SittingJson | null): SittingFacts | null {
  if (!json) return null;
  return {
    sittingId: json.id,
    round: json.round,
    startedAt: json.started,
    deadline: json.deadline,
    frozenAt: json.frozen,
    submissionId: json.submission,
  };
}

function recordOf(row: Row): AttemptRecord {
  return {
    facts: {
      attemptId: row.id,
      asOf: row.as_of.getTime(),
      startBy: row.start_by.getTime(),
      downloadBy: row.download_by?.getTime() ?? null,
      sittings: { aptitude: sittingFacts(row.aptitude), case_study: sittingFacts(row.case_study) },
      aptitudePassed: row.aptitude_decision_id !== null,
      outcome: row.outcome,
      assignments: { opened: row.opened, completed: row.completed },
    },
    candidateId: row.candidate_id,
    subject: row.subject,
    candidateName: row.name,
    examId: row.exam_id,
    examVersionId: row.exam_version_id,
    version: row.version,
    accommodationPercent: row.accommodation_percent,
    registeredAt: row.registered_at,
    outcomeReason: row.outcome_reason,
    settledAt: row.settled_at,
    aptitudeDecisionId: row.aptitude_decision_id,
    caseStudyId: row.case_study?.case_study_id ?? null,
  };
}

/** Refusal for what is absent and for what is not yours: the same words, so that neither can be told from the other. */
export function attemptNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such attempt.');
}

/** Reads one attempt; with `subject`, only if it is that candidate's. Refused as not found. */
export async function readAttempt(
  tx: Transaction,
  clock: Clock,
  { attemptId, subject }: { attemptId: string; subject?: string | undefined },
): Promise<AttemptRecord> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT ${columns}, ${await clock()} AS as_of FROM attempt a ${joins}
    WHERE a.id = ${attemptId}::uuid ${subject === undefined ? Prisma.empty : Prisma.sql`AND c.subject = ${subject}`}`;
  if (!row) throw attemptNotFound();
  return recordOf(row);
}

/** Attempts newest first, after a cursor; of one candidate, or of all for staff. */
export async function readAttempts(
  context: RecordContext,
  { subject, after, limit, open }: { subject?: string | undefined; after?: string | undefined; limit: number; open?: boolean | undefined },
): Promise<readonly AttemptRecord[]> {
  const rows = await context.prisma.$queryRaw<Row[]>`
    SELECT ${columns}, ${await context.clock()} AS as_of FROM attempt a ${joins}
    WHERE TRUE
      ${subject === undefined ? Prisma.empty : Prisma.sql`AND c.subject = ${subject}`}
      ${after === undefined ? Prisma.empty : Prisma.sql`AND a.id < ${after}::uuid`}
      ${open ? Prisma.sql`AND a.outcome IS NULL` : Prisma.empty}
    ORDER BY a.id DESC LIMIT ${limit}`;
  return rows.map(recordOf);
}

/** The workflow's load: marks every delivery of the attempt as consumed and reads the facts, in one statement and snapshot. */
export async function consumeFacts(context: RecordContext, attemptId: string): Promise<AttemptRecord> {
  const now = await context.clock();
  const [row] = await context.prisma.$queryRaw<Row[]>`
    WITH consumed AS (
      UPDATE delivery SET consumed_at = ${now}
      WHERE attempt_id = ${attemptId}::uuid AND consumed_at IS NULL AND voided_at IS NULL
    )
    SELECT ${columns}, ${now} AS as_of FROM attempt a ${joins} WHERE a.id = ${attemptId}::uuid`;
  if (!row) throw attemptNotFound();
  return recordOf(row);
}

/**
 * Takes the attempt's row lock, then reads. Two statements on purpose: at READ COMMITTED only a new statement sees what
 * the holder of the lock committed to the other tables. Not FOR UPDATE: that would hold up the foreign keys of whoever has a
 * sitting's lock and wants to write of the attempt, as a freeze does, and the two would wait for each other.
 */
export async function lockAttempt(
  tx: Transaction,
  clock: Clock,
  { attemptId, subject }: { attemptId: string; subject?: string | undefined },
): Promise<AttemptRecord> {
  await tx.$executeRaw`SELECT 1 FROM attempt WHERE id = ${attemptId}::uuid FOR NO KEY UPDATE`;
  return readAttempt(tx, clock, { attemptId, subject });
}
