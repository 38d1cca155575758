import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';
import { importedOf } from './erasures.ts';

/** Rows as they are read: instants in UTC, points in thousandths. */
type Row = Readonly<Record<string, unknown>>;

type ExportedFile = {
  readonly uploadId: string;
  readonly attemptId: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
};

/** Everything that is kept about one person (docs/privacy.md), but what would tell of others. */
export type PersonalExport = {
  readonly madeAt: Date;
  readonly sections: readonly { readonly name: string; readonly what: string; readonly rows: readonly Row[] }[];
  /** Those that are still there. */
  readonly files: readonly ExportedFile[];
  /** Of what was rendered for them: decisions and certificates. */
  readonly documentIds: readonly string[];
};

/** What follows from one another: the person, their attempts, sittings, submissions and certificates; of imported ones those that staff found to be theirs. */
const whoseOf = (condition: Prisma.Sql, certificateIds: readonly string[]) => Prisma.sql`WITH c AS (SELECT id FROM candidate WHERE ${condition}),
  a AS (SELECT id FROM attempt WHERE candidate_id = (SELECT id FROM c)),
  s AS (SELECT id FROM sitting WHERE attempt_id IN (SELECT id FROM a)),
  b AS (SELECT id FROM submission WHERE sitting_id IN (SELECT id FROM s)),
  x AS (SELECT id FROM certificate WHERE candidate_id = (SELECT id FROM c) OR attempt_id IN (SELECT id FROM a) OR id = ANY(${[...certificateIds]}::uuid[]))`;

const OF_ATTEMPT = 'r.attempt_id IN (SELECT id FROM a)';
/** Of marking nothing is told while it goes on. */
const IS_OVER = `EXISTS (SELECT 1 FROM submission y JOIN sitting z ON z.id = y.sitting_id JOIN attempt w ON w.id = z.attempt_id WHERE y.id = r.submission_id
  AND w.outcome IS NOT NULL AND NOT EXISTS (SELECT 1 FROM appeal q WHERE q.attempt_id = w.id AND q.state = 'open'))`;

const SECTIONS: readonly { readonly name: string; readonly what: string; readonly sql: string }[] = [
  {
    name: 'person',
    what: 'Who you are to us, as your sign-in told',
    sql: `SELECT r.id, r.subject, r.name, r.email, r.locale, r.time_zone AS "timeZone", r.created_at AS "knownSince" FROM candidate r WHERE r.id = (SELECT id FROM c)`,
  },
  {
    name: 'accommodations',
    what: 'By how much your limits were made longer, and why',
    sql: `SELECT r.exam_id AS "examId", r.kind, r.percent, r.valid_from AS "validFrom", r.valid_until AS "validUntil", r.reason, r.evidence, r.recorded_at AS "recordedAt", r.ended_at AS "endedAt"
      FROM accommodation r WHERE r.candidate_id = (SELECT id FROM c) ORDER BY r.id`,
  },
  {
    name: 'attempts',
    what: 'Your attempts, and what became of them',
    sql: `SELECT r.id, r.exam_id AS "examId", v.version, r.registered_at AS "registeredAt", r.start_by AS "startBy", r.download_by AS "downloadBy", r.outcome, r.outcome_reason AS "outcomeReason", r.settled_at AS "settledAt"
      FROM attempt r JOIN exam_version v ON v.id = r.exam_version_id WHERE r.id IN (SELECT id FROM a) ORDER BY r.id`,
  },
  {
    name: 'tests',
    what: 'When you took which test, and how long you had',
    sql: `SELECT r.attempt_id AS "attemptId", r.test, r.round, r.started_at AS "startedAt", r.deadline, r.frozen_at AS "frozenAt", r.case_study_id AS "caseStudyId" FROM sitting r WHERE ${OF_ATTEMPT} ORDER BY r.id`,
  },
  {
    name: 'extensions',
    what: 'What moved your deadlines',
    sql: `SELECT r.attempt_id AS "attemptId", r."window", r.kind, r.until, r.granted_at AS "grantedAt", r.extra_seconds AS "extraSeconds" FROM extension r WHERE ${OF_ATTEMPT} ORDER BY r.position`,
  },
  {
    name: 'answers',
    what: 'What you saved last, item by item',
    sql: `SELECT t.attempt_id AS "attemptId", t.test, r.item_id AS "itemId", r.value, r.saved_at AS "savedAt" FROM response r JOIN sitting t ON t.id = r.sitting_id
      WHERE r.sitting_id IN (SELECT id FROM s) ORDER BY t.id, r.item_id`,
  },
  {
    name: 'submissions',
    what: 'What you handed in, with its receipt',
    sql: `SELECT r.id, t.attempt_id AS "attemptId", t.test, r.round, r.cause, r.content, r.upload_id AS "uploadId", r.content_hash AS "contentHash", r.submitted_at AS "submittedAt", r.receipt
      FROM submission r JOIN sitting t ON t.id = r.sitting_id WHERE r.id IN (SELECT id FROM b) ORDER BY r.id`,
  },
  {
    name: 'remarks',
    what: 'What graders gave and wrote, once your attempt was over; who they are is not told',
    sql: `SELECT r.submission_id AS "submissionId", r.item_id AS "itemId", r.millipoints, r.reason FROM mark r WHERE r.submission_id IN (SELECT id FROM b) AND ${IS_OVER}
      ORDER BY r.submission_id, r.item_id, r.id`,
  },
  {
    name: 'decisions',
    what: 'Your results, with the points of each item in thousandths',
    sql: `SELECT r.id, r.attempt_id AS "attemptId", r.test, r.grading_round AS round, r.passed, r.millipoints, r.millipoints_max AS "millipointsMax", r.items, r.supersedes_id AS "supersedes", r.decided_at AS "decidedAt"
      FROM decision r WHERE ${OF_ATTEMPT} ORDER BY r.decided_at, r.id`,
  },
  {
    name: 'feedback',
    what: 'What you were told of each item',
    sql: `SELECT r.attempt_id AS "attemptId", r.test, r.grading_round AS round, r.entries FROM feedback r WHERE ${OF_ATTEMPT}
      AND EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = r.attempt_id AND d.test = r.test AND d.grading_round = r.grading_round) ORDER BY r.attempt_id, r.test, r.grading_round`,
  },
  {
    name: 'appeals',
    what: 'Your appeals',
    sql: `SELECT r.id, r.attempt_id AS "attemptId", r.test, r.items, r.fee_reference AS "feeReference", r.filed_at AS "filedAt", r.state, r.settled_at AS "settledAt" FROM appeal r WHERE ${OF_ATTEMPT} ORDER BY r.id`,
  },
  {
    name: 'complaints',
    what: 'Your complaints, and what was answered',
    sql: `SELECT r.id, r.attempt_id AS "attemptId", r.about, r.text, r.filed_at AS "filedAt", r.answer, r.answered_at AS "answeredAt" FROM complaint r WHERE ${OF_ATTEMPT} ORDER BY r.id`,
  },
  {
    name: 'certificates',
    what: 'Your certificates, with the signed credentials',
    sql: `SELECT r.id, r.attempt_id AS "attemptId", r.number, r.name, r.exam_title AS "examTitle", r.basis_points AS "basisPoints", r.issued_at AS "issuedAt", r.status, r.replaces_id AS "replaces", r.credential
      FROM certificate r WHERE r.id IN (SELECT id FROM x) ORDER BY r.issued_at, r.id`,
  },
  {
    name: 'corrections',
    what: 'Doubts about your certificates, and how they were settled',
    sql: `SELECT r.certificate_id AS "certificateId", r.reason, r.opened_at AS "openedAt", r.replacement, r.resolution, r.resolved_reason AS "resolvedReason", r.resolved_at AS "resolvedAt"
      FROM correction r WHERE r.certificate_id IN (SELECT id FROM x) ORDER BY r.id`,
  },
  {
    name: 'notices',
    what: 'What stands in your inbox',
    sql: `SELECT r.attempt_id AS "attemptId", r.kind, r.subject, r.body, r.created_at AS "createdAt" FROM notice r WHERE ${OF_ATTEMPT} ORDER BY r.id`,
  },
  {
    name: 'mails',
    what: 'Which mails went to you, and what became of them',
    sql: `SELECT r.kind, r.state, r.created_at AS "createdAt", r.settled_at AS "settledAt" FROM mail r WHERE r.candidate_id = (SELECT id FROM c) ORDER BY r.id`,
  },
  {
    name: 'acts',
    what: 'What staff did about your attempts, and why; who they are is not told',
    sql: `SELECT r.attempt_id AS "attemptId", r.action, r.reason, r.at FROM audit_entry r
      WHERE (${OF_ATTEMPT} OR r.certificate_id IN (SELECT id FROM x)) AND r.action NOT IN ('read_submission', 'read_explanation', 'claim_act', 'propose_act') ORDER BY r.at, r.id`,
  },
  {
    name: 'readings',
    what: 'When staff read your attempts; who they are is not told',
    sql: `SELECT r.attempt_id AS "attemptId", r.operation, r.at FROM reading r WHERE ${OF_ATTEMPT} ORDER BY r.at, r.id`,
  },
  {
    name: 'erasures',
    what: 'Erasures that you asked for, or that were ordered',
    sql: `SELECT r.state, r.keeps_register AS "keepsRegister", r.asked_at AS "askedAt", r.due_at AS "dueAt", r.settled_reason AS "declinedBecause" FROM erasure r
      WHERE r.candidate_id = (SELECT id FROM c) ORDER BY r.id`,
  },
];

/** What is kept of a person: as they ask for it themselves. Refused as not found where nothing is. */
export function exportOwn(context: RecordContext, { subject }: { subject: string }): Promise<PersonalExport> {
  return inTransaction(context, async (tx) => readExport(context, tx, { condition: Prisma.sql`subject = ${subject}`, certificateIds: [] }));
}

/** As somebody of ours makes it for them, which is audited. Refused as not found. */
export function exportFor(
  context: RecordContext,
  {
    candidateId,
    certificateIds = [],
    ...act
  }: { candidateId: string; certificateIds?: readonly string[]; actor: string; reason: string; key: string },
): Promise<PersonalExport> {
  return inTransaction(context, async (tx) => {
    await importedOf(tx, certificateIds);
    const exported = await readExport(context, tx, { condition: Prisma.sql`id = ${candidateId}::uuid`, certificateIds });
    const { actor, reason, key } = act;
    const details = { candidateId, ...(certificateIds.length > 0 && { certificateIds: [...certificateIds] }) };
    await recordAct(
      tx,
      { actionKey: `export-person:${key}`, actor, reason },
      { attemptId: null, action: 'export_person', details, at: exported.madeAt },
    );
    return exported;
  });
}

async function readExport(
  { clock }: RecordContext,
  tx: Transaction,
  { condition, certificateIds }: { condition: Prisma.Sql; certificateIds: readonly string[] },
): Promise<PersonalExport> {
  const of = whoseOf(condition, certificateIds);
  const sections = [];
  for (const { name, what, sql } of SECTIONS) {
    const rows = await tx.$queryRaw<{ row: Row }[]>`${of} SELECT to_jsonb(q) AS row FROM (${Prisma.raw(sql)}) q`;
    if (name === 'person' && rows.length === 0) throw new Refusal('not_found', 'Nothing is kept of such a person.');
    sections.push({ name, what, rows: rows.map(({ row }) => row) });
  }
  const files = await tx.$queryRaw<ExportedFile[]>`
    ${of} SELECT u.id AS "uploadId", t.attempt_id AS "attemptId", u.file_name AS name, u.media_type AS "mediaType", u.size_bytes AS "sizeBytes", u.declared_sha256 AS sha256
    FROM upload u JOIN sitting t ON t.id = u.sitting_id WHERE t.id IN (SELECT id FROM s) AND u.completed_at IS NOT NULL AND u.rejected_at IS NULL
      AND u.scan_state IS DISTINCT FROM 'infected' ORDER BY u.id`;
  const documents = await tx.$queryRaw<{ id: string }[]>`
    ${of} SELECT d.id FROM decision d WHERE d.attempt_id IN (SELECT id FROM a) UNION ALL SELECT id FROM x`;
  return { madeAt: await nowBy(clock, tx), sections, files, documentIds: documents.map(({ id }) => id) };
}
