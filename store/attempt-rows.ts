import type { AppealFacts } from '../domain/appeal.ts';
import type { AttemptFacts, Outcome, SittingFacts, Window } from '../domain/attempt.ts';
import type { Test } from '../domain/exam.ts';
import type { Shortage } from '../domain/grader.ts';
import { percentAt, percentSince, type Accommodation, type Extension } from '../domain/limit.ts';
import { Refusal } from '../domain/refusal.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { inTransaction, type Clock, type RecordContext, type Transaction } from './context.ts';

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
  /** The factor in force at the time of the facts. */
  readonly accommodationPercent: number;
  /** Of the candidate, for this exam; those that ended too. */
  readonly accommodations: readonly Accommodation[];
  /** Of each window, in the order in which they were granted. */
  readonly extensions: Readonly<Record<Window, readonly Extension[]>>;
  /** When the case study was offered, the carried-over pass included. */
  readonly offeredAt: Date | null;
  readonly registeredAt: Date;
  readonly outcomeReason: string | null;
  readonly settledAt: Date | null;
  readonly aptitudeDecisionId: string | null;
  readonly takesAppeals: boolean;
  /** Of a failed attempt: a regrade made a pass of its aptitude test, which waits for the candidate to register again. */
  readonly isPassedSince: boolean;
  readonly caseStudyId: string | null;
  /** When the result of each test's submission is expected, as it was last told; null where none was, and where it can't be said any more. */
  readonly expectedBy: Readonly<Record<Test, Date | null>>;
};

/** What the facts are made of. */
type FactsRow = {
  id: string;
  exam_version_id: string;
  accommodation_percent: number;
  accommodations: readonly Accommodation[] | null;
  start_by: Date;
  download_by: Date | null;
  aptitude_decision_id: string | null;
  told: boolean;
  appeal: AppealFacts | null;
  outcome: Outcome | null;
  settled_at: Date | null;
  as_of: Date;
  aptitude: SittingJson | null;
  case_study: SittingJson | null;
  opened: number;
  completed: number;
  unstaffed: number;
  unstaffed_because: Shortage | null;
  held: number;
  claims: number;
};

type Row = FactsRow & {
  candidate_id: string;
  subject: string;
  name: string;
  exam_id: string;
  version: number;
  extensions: readonly ExtensionJson[] | null;
  offered_at: Date | null;
  registered_at: Date;
  takes_appeals: boolean;
  /** Null while there is no outcome. */
  passed_since: boolean | null;
  outcome_reason: string | null;
  expected: Readonly<Record<Test, number | null>>;
};

type SittingJson = {
  id: string;
  round: number;
  started: number;
  deadline: number;
  frozen: number | null;
  submission: string | null;
  case_study_id: string | null;
  in_hand: boolean;
  held: 'pending' | 'infected' | null;
  not_replaced: boolean | null;
  told: boolean | null;
};

/** A part of a deadline, as JSON has it: what its kind does not have is null. */
type ExtensionJson = {
  window: Window;
  kind: Extension['kind'];
  at: number;
  until: number | null;
  outage_id: string | null;
  from: number | null;
  to: number | null;
  extra_seconds: number | null;
};

const milliseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000)::bigint`;

/** The accommodations that scale the limits of a candidate at an exam: they count from when they are both valid and recorded. */
export function accommodationsJson({ candidateId, examId }: { candidateId: Prisma.Sql; examId: Prisma.Sql }): Prisma.Sql {
  return Prisma.sql`(
    SELECT json_agg(json_build_object('percent', m.percent,
      'from', ${Prisma.raw(milliseconds('greatest(m.valid_from, m.recorded_at)'))}, 'until', ${Prisma.raw(milliseconds('least(m.valid_until, m.ended_at)'))}))
    FROM accommodation m WHERE m.candidate_id = ${candidateId} AND (m.exam_id IS NULL OR m.exam_id = ${examId}))`;
}

const extensionsJson = Prisma.raw(`(
  SELECT json_agg(json_build_object('window', e."window", 'kind', e.kind, 'at', ${milliseconds('e.granted_at')}, 'until', ${milliseconds('e.until')},
    'outage_id', e.outage_id, 'from', ${milliseconds('e.outage_from')}, 'to', ${milliseconds('e.outage_to')}, 'extra_seconds', e.extra_seconds)
    ORDER BY e.position)
  FROM extension e WHERE e.attempt_id = a.id)`);

/** Of a sitting: an upload arrived in time, and is neither taken nor refused yet. A freeze waits for it (store/sittings/freeze.ts). */
export function hasUploadInHand(sitting: string): Prisma.Sql {
  return Prisma.raw(`EXISTS (SELECT 1 FROM upload u WHERE u.sitting_id = ${sitting}.id AND u.completed_at IS NULL AND u.rejected_at IS NULL
    AND u.arrived_at < ${sitting}.deadline)`);
}

/** Of an upload: of several, the one that arrived last counts, however long each was looked at. */
export function arrivalOf(upload: string): Prisma.Sql {
  return Prisma.raw(`coalesce(${upload}.arrived_at, ${upload}.completed_at)`);
}

function sittingJson(sitting: string, submission: string): Prisma.Sql {
  return Prisma.raw(`CASE WHEN ${sitting}.id IS NULL THEN NULL ELSE json_build_object(
    'id', ${sitting}.id, 'round', ${sitting}.round, 'case_study_id', ${sitting}.case_study_id, 'submission', ${submission}.id,
    'told', ${submission}.told, 'started', ${milliseconds(`${sitting}.started_at`)}, 'deadline', ${milliseconds(`${sitting}.deadline`)},
    'frozen', ${milliseconds(`${sitting}.frozen_at`)}, 'in_hand', ${sitting}.frozen_at IS NULL AND ${hasUploadInHand(sitting).sql},
    'held', (SELECT u.scan_state FROM upload u WHERE u.id = ${submission}.upload_id AND u.scan_state <> 'clean'),
    'not_replaced', ${submission}.upload_id IS NOT NULL AND ${sitting}.round > 1 AND EXISTS (
      SELECT 1 FROM submission e JOIN assignment et ON et.submission_id = e.id JOIN file_flag f ON f.assignment_id = et.id
      WHERE e.sitting_id = ${sitting}.id AND e.round < ${sitting}.round AND e.upload_id = ${submission}.upload_id AND f.settlement = 'reopened')) END`);
}

const newestAppeal = Prisma.raw(`(
  SELECT json_build_object('appealId', q.id, 'test', q.test, 'submissionId', q.submission_id, 'filedAt', ${milliseconds('q.filed_at')}, 'state', q.state,
    'itemIds', (SELECT json_agg(i.item ->> 'itemId' ORDER BY i.place) FROM jsonb_array_elements(q.items) WITH ORDINALITY i (item, place)))
  FROM appeal q WHERE q.attempt_id = a.id ORDER BY q.filed_at DESC LIMIT 1)`);

/** The pass that a regrade made of the failed aptitude test of an attempt a, until a later attempt has carried it over. */
export const passedSince = Prisma.sql`
  SELECT d.id FROM decision d JOIN regrade_change g ON g.new_decision_id = d.id
  WHERE d.attempt_id = a.id AND d.test = 'aptitude' AND g.effect = 'passes'
    AND NOT EXISTS (SELECT 1 FROM attempt later WHERE later.candidate_id = a.candidate_id AND later.aptitude_decision_id = d.id)`;

/**
 * When the case study of an attempt a was offered, null while it is not: by the first pass of its aptitude test. What a regrade or a correction has put in the place of
 * that since is decided later, and opened nothing anew.
 */
export const offeredAt = Prisma.sql`CASE WHEN a.aptitude_decision_id IS NOT NULL THEN (
  SELECT greatest(min(first.decided_at), a.registered_at) FROM decision d
    JOIN decision first ON first.attempt_id = d.attempt_id AND first.test = d.test AND first.passed
  WHERE d.id = a.aptitude_decision_id) END`;

/** Of the same candidate and exam another attempt is under way, or was certified: nobody registers beside these. */
const elsewhere = Prisma.sql`
  SELECT 1 FROM attempt other WHERE other.candidate_id = a.candidate_id AND other.exam_id = a.exam_id AND coalesce(other.outcome, 'certified') = 'certified'`;

const factsColumns = Prisma.sql`
  a.id, a.exam_version_id, a.accommodation_percent, a.start_by, a.download_by, a.aptitude_decision_id, a.told, ${newestAppeal} AS appeal, a.outcome, a.settled_at,
  ${accommodationsJson({ candidateId: Prisma.sql`a.candidate_id`, examId: Prisma.sql`a.exam_id` })} AS accommodations,
  ${sittingJson('apt', 'apt_sub')} AS aptitude, ${sittingJson('cs', 'cs_sub')} AS case_study,
  task.opened, task.completed, task.unstaffed, task.unstaffed_because, task.held,
  (SELECT count(*)::int FROM claimed_act k WHERE k.attempt_id = a.id AND k.state = 'pending') AS claims`;

const expectedBy = (submission: string) =>
  `(SELECT ${milliseconds('x.expected_by')} FROM result_expectation x WHERE x.submission_id = ${submission}.id ORDER BY x.number DESC LIMIT 1)`;

const columns = Prisma.sql`
  ${factsColumns}, a.candidate_id, c.subject, c.name, a.exam_id, v.version, a.registered_at, a.takes_appeals,
  a.outcome = 'failed' AND EXISTS (${passedSince}) AND NOT EXISTS (${elsewhere}) AS passed_since, ${offeredAt} AS offered_at,
  ${extensionsJson} AS extensions, a.outcome_reason,
  json_build_object('aptitude', ${Prisma.raw(expectedBy('apt_sub'))}, 'case_study', ${Prisma.raw(expectedBy('cs_sub'))}) AS expected`;

const UNDER_GRADING = Prisma.raw('CASE WHEN cs.id IS NULL THEN apt_sub.id ELSE cs_sub.id END');

const factsJoins = Prisma.sql`
  LEFT JOIN sitting apt ON apt.attempt_id = a.id AND apt.test = 'aptitude'
  LEFT JOIN submission apt_sub ON apt_sub.sitting_id = apt.id AND apt_sub.round = apt.round
  LEFT JOIN sitting cs ON cs.attempt_id = a.id AND cs.test = 'case_study'
  LEFT JOIN submission cs_sub ON cs_sub.sitting_id = cs.id AND cs_sub.round = cs.round
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.state <> 'void')::int AS opened, count(*) FILTER (WHERE t.state = 'completed')::int AS completed,
      count(*) FILTER (WHERE t.state = 'open' AND t.unstaffed_since IS NOT NULL)::int AS unstaffed,
      (array_agg(t.unstaffed_because ORDER BY t.due_at, t.seat) FILTER (WHERE t.state = 'open' AND t.unstaffed_since IS NOT NULL))[1] AS unstaffed_because,
      count(*) FILTER (WHERE t.state = 'held')::int AS held
    FROM assignment t WHERE t.submission_id = ${UNDER_GRADING} AND t.purpose <> 'seed'
  ) task`;

const joins = Prisma.sql`JOIN candidate c ON c.id = a.candidate_id JOIN exam_version v ON v.id = a.exam_version_id ${factsJoins}`;

/** Once all that is open is marked, until it is decided: what is told with the facts needs no other load. */
const completeMarks = Prisma.sql`
  CASE WHEN a.outcome IS NULL AND task.opened > 0 AND task.opened = task.completed
      AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = a.id AND d.submission_id = ${UNDER_GRADING})
    THEN (
      SELECT json_agg(json_build_object('seat', t.seat, 'itemId', m.item_id, 'millipoints', m.millipoints) ORDER BY m.item_id, m.id)
      FROM mark m JOIN assignment t ON t.id = m.assignment_id WHERE m.submission_id = ${UNDER_GRADING}
    ) END AS marks`;

function sittingFacts(json: SittingJson | null, asOf: Date): SittingFacts | null {
  if (!json) return null;
  return {
    sittingId: json.id,
    round: json.round,
    startedAt: json.started,
    deadline: json.deadline,
    frozenAt: json.frozen,
    submissionId: json.submission,
    ...(json.in_hand && asOf.getTime() >= json.deadline ? { uploadInHand: true } : {}),
    ...(json.held === null ? {} : { fileHeld: json.held }),
    ...(json.not_replaced ? { fileNotReplaced: true } : {}),
    ...(json.told ? { told: true } : {}),
  };
}

function factsOf(row: FactsRow): AttemptFacts {
  const accommodations = accommodationsOf(row);
  const accommodatedAt = percentSince(accommodations, row.as_of.getTime());
  return {
    attemptId: row.id,
    asOf: row.as_of.getTime(),
    startBy: row.start_by.getTime(),
    downloadBy: row.download_by?.getTime() ?? null,
    sittings: { aptitude: sittingFacts(row.aptitude, row.as_of), case_study: sittingFacts(row.case_study, row.as_of) },
    aptitudePassed: row.aptitude_decision_id !== null,
    accommodationPercent: percentAt(accommodations, row.as_of.getTime()),
    ...(accommodatedAt === undefined ? {} : { accommodatedAt }),
    ...(row.told ? { told: true as const } : {}),
    outcome: row.outcome,
    ...(row.outcome === 'failed' && row.settled_at ? { settledAt: row.settled_at.getTime() } : {}),
    ...(row.appeal ? { appeal: row.appeal } : {}),
    assignments: { opened: row.opened, completed: row.completed, ...unstaffedOf(row), ...(row.held > 0 ? { held: row.held } : {}) },
    ...(row.claims > 0 ? { claims: row.claims } : {}),
  };
}

function recordOf(row: Row): AttemptRecord {
  const accommodations = accommodationsOf(row);
  return {
    facts: factsOf(row),
    candidateId: row.candidate_id,
    subject: row.subject,
    candidateName: row.name,
    examId: row.exam_id,
    examVersionId: row.exam_version_id,
    version: row.version,
    accommodationPercent: percentAt(accommodations, row.as_of.getTime()),
    accommodations,
    extensions: {
      start: extensionsOf(row, 'start'),
      aptitude: extensionsOf(row, 'aptitude'),
      offer: extensionsOf(row, 'offer'),
      case_study: extensionsOf(row, 'case_study'),
    },
    offeredAt: row.offered_at,
    registeredAt: row.registered_at,
    outcomeReason: row.outcome_reason,
    settledAt: row.settled_at,
    aptitudeDecisionId: row.aptitude_decision_id,
    takesAppeals: row.takes_appeals,
    isPassedSince: row.passed_since ?? false,
    caseStudyId: row.case_study?.case_study_id ?? null,
    expectedBy: { aptitude: instantOf(row.expected.aptitude), case_study: instantOf(row.expected.case_study) },
  };
}

function instantOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}

function unstaffedOf({
  unstaffed,
  unstaffed_because: unstaffedBecause,
}: FactsRow): Pick<AttemptFacts['assignments'], 'unstaffed' | 'unstaffedBecause'> {
  if (unstaffed === 0) return {};
  return unstaffedBecause ? { unstaffed, unstaffedBecause } : { unstaffed };
}

/** Without a record there is what the release before set for the attempt alone. */
function accommodationsOf({ accommodations, accommodation_percent: percent }: FactsRow): readonly Accommodation[] {
  return accommodations ?? (percent > 100 ? [{ percent, from: 0, until: null }] : []);
}

function extensionsOf({ extensions }: Row, window: Window): readonly Extension[] {
  return (extensions ?? []).filter((json) => json.window === window).map(extensionOf);
}

function extensionOf({ kind, at, until, outage_id, from, to, extra_seconds }: ExtensionJson): Extension {
  if (kind !== 'outage') return { kind, at, until: until ?? at };
  return { kind, outageId: outage_id ?? '', from: from ?? at, to: to ?? at, extraSeconds: extra_seconds ?? 0 };
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

/** Of these attempts, as they are at the time of this statement. */
export async function readAttemptsById(tx: Transaction, clock: Clock, attemptIds: readonly string[]): Promise<readonly AttemptRecord[]> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT ${columns}, ${await clock()} AS as_of FROM attempt a ${joins} WHERE a.id = ANY (${[...attemptIds]}::uuid[])`;
  return rows.map(recordOf);
}

/** What a workflow loads: no more than it goes on from, since it asks at every step. */
type Consumed = { readonly facts: AttemptFacts; readonly examVersionId: string };

/** The workflow's load: marks every delivery of the attempt as consumed and reads the facts, with the marks once they are complete, in one statement and snapshot. */
export function consumeFacts(context: RecordContext, attemptId: string): Promise<Consumed> {
  return consumeIn(context.prisma, context.clock, attemptId);
}

/** The first load of a workflow that waits for appeals: from then on they are taken. */
export function beginTakingAppeals(context: RecordContext, attemptId: string): Promise<Consumed> {
  const takes = Prisma.sql`, takes AS (UPDATE attempt SET takes_appeals = true WHERE id = ${attemptId}::uuid AND NOT takes_appeals)`;
  return consumeIn(context.prisma, context.clock, attemptId, takes);
}

/**
 * The same once nothing that began before holds the attempt any more: an appeal that was filed in the last moment of its window is there,
 * or is refused.
 */
export function consumeFactsOnceFree(context: RecordContext, attemptId: string): Promise<Consumed> {
  return inTransaction(context, async (tx) => {
    await takeAttempt(tx, attemptId);
    return consumeIn(tx, context.clock, attemptId);
  });
}

async function consumeIn(tx: Transaction, clock: Clock, attemptId: string, more: Prisma.Sql = Prisma.empty): Promise<Consumed> {
  const now = await clock();
  const [row] = await tx.$queryRaw<(FactsRow & { marks: AttemptFacts['marks'] | null })[]>`
    WITH consumed AS (
      UPDATE delivery SET consumed_at = ${now}
      WHERE attempt_id = ${attemptId}::uuid AND consumed_at IS NULL AND voided_at IS NULL
    )${more}
    SELECT ${factsColumns}, ${completeMarks}, ${now} AS as_of FROM attempt a ${factsJoins} WHERE a.id = ${attemptId}::uuid`;
  if (!row) throw attemptNotFound();
  return { facts: { ...factsOf(row), ...(row.marks ? { marks: row.marks } : {}) }, examVersionId: row.exam_version_id };
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
  await takeAttempt(tx, attemptId);
  return readAttempt(tx, clock, { attemptId, subject });
}

async function takeAttempt(tx: Transaction, attemptId: string): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM attempt WHERE id = ${attemptId}::uuid FOR NO KEY UPDATE`;
}
