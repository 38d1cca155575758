import { expectationAfter } from '../domain/expectation.ts';
import type { Instant } from '../domain/attempt.ts';
import type { Policy, Test } from '../domain/exam.ts';
import { markingOf, outlooksOf, type GraderOffer, type GroupLoad, type Measured, type Outlook, type PerSubmission } from '../domain/outlook.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { byLookUp } from './by-look-up.ts';
import { inTransaction, writeTogether, type Transaction } from './context.ts';
import type { ExamContext, ExamVersionStore } from './exam-versions.ts';
import { isThere, qualifies } from './graders/may-take.ts';
import { activeSecondsOfClaim } from './assignments/stretches.ts';
import { firstIdAt } from './ids.ts';
import { insertExpectation } from './sittings/submissions.ts';
import { tidingsWrite } from './tidings.ts';

/** Of whoever marks an exam's test in one language; null where its answers are in any. */
type Group = { readonly examId: string; readonly language: string | null; readonly test: Test };

/** A group's outlook with the policy of its newest exam version, and what time it is now by PostgreSQL's clock. */
export type GroupOutlook = Group & { readonly policy: Policy; readonly outlook: Outlook; readonly now: Instant };

/** Several pools count by turns: what is younger need not be counted again. */
const COUNTED_SECONDS = 45;
/** What counts as of late. */
const LATE_DAYS = 28;
/** Fewer scripts would tell how long one person took, fewer submissions what became of a few. */
const MEASURED_OF_AT_LEAST = 10;
/** It is counted every minute: beyond so many claims the middle is what it is, and the work of a month is summed up each time. */
const MEASURED_OF_NEWEST = 10_000;
/** In a younger installation what came in its first days is not taken for every day. */
const FIRST_DAYS = 7;

const PHASE_OF = Prisma.sql`CASE s.test WHEN 'aptitude' THEN 'aptitude_grading' ELSE 'case_study_grading' END`;
const underGradingOf = (examId: Prisma.Sql, phase: Prisma.Sql) =>
  Prisma.sql`(SELECT count(*)::int FROM attempt_standing st WHERE st.exam_id = ${examId} AND st.phase = ${phase})`;

/**
 * Of a sitting s, its attempt a and the exam version v: the outlook of whoever marks it, with what has come and gone since it was counted
 * (read along the index of phases alone).
 */
export const outlookOfSitting = Prisma.sql`(
  SELECT o.content || jsonb_build_object('sinceCounted', ${underGradingOf(Prisma.sql`a.exam_id`, PHASE_OF)} - o.under_grading)
  FROM marking_outlook o WHERE o.exam_id = a.exam_id AND o.language = coalesce(v.language, '') AND o.test = s.test)`;

/** What those who mark have before them, counted anew every minute (domain/outlook.ts): dates and forecasts are told by it. */
export function createOutlookStore(context: ExamContext) {
  return {
    /** Counts, unless somebody did a moment ago. Returns whether it did. */
    count: () => countOutlooks(context),

    /** Tells whoever waits for a result past the date that they were told when it is expected now, once a date. Returns how many. */
    tellLater: () => tellLater(context),

    /** As they were last counted. */
    list: (): Promise<readonly GroupOutlook[]> => listOutlooks(context.prisma, context),
  };
}

export async function listOutlooks(
  tx: Transaction,
  { clock, examVersions }: Pick<ExamContext, 'clock' | 'examVersions'>,
): Promise<readonly GroupOutlook[]> {
  const rows = await tx.$queryRaw<(GroupRow & { outlook: Outlook; now: Date })[]>`
    SELECT o.exam_id AS "examId", nullif(o.language, '') AS language, o.test, newest.id AS "examVersionId", o.content AS outlook, ${await clock()} AS now
    FROM marking_outlook o JOIN LATERAL (
      SELECT v.id FROM exam_version v WHERE v.exam_id = o.exam_id AND coalesce(v.language, '') = o.language ORDER BY v.version DESC LIMIT 1
    ) newest ON TRUE ORDER BY o.exam_id, o.language, o.test`;
  return Array.fromAsync(rows, async ({ examVersionId, now, ...row }) => {
    const { policy } = await examVersions.contentOf(examVersionId, tx);
    return { ...row, policy, now: now.getTime() };
  });
}

async function countOutlooks(context: ExamContext): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    const [turn] = await tx.$queryRaw<{ free: boolean; now: Date }[]>`
      SELECT pg_try_advisory_xact_lock(hashtext('outlook')) AND NOT EXISTS (
        SELECT 1 FROM marking_outlook WHERE counted_at > ${now} - make_interval(secs => ${COUNTED_SECONDS}::int)) AS free, ${now} AS now, ${byLookUp}`;
    if (!turn?.free) return false;
    const groups = await readGroups(tx, context.examVersions, turn.now);
    const outlooks = outlooksOf(groups, turn.now.getTime());
    const rows = groups.map(({ key, examId, language, test }) => ({ examId, language: language ?? '', test, content: outlooks.get(key) }));
    await tx.$executeRaw`
      INSERT INTO marking_outlook AS o (exam_id, language, test, content, under_grading, counted_at)
      SELECT s."examId", s.language, s.test, s.content, ${underGradingOf(Prisma.sql`s."examId"`, PHASE_OF)}, ${turn.now}
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS s ("examId" text, language text, test text, content jsonb)
      ON CONFLICT (exam_id, language, test) DO UPDATE SET content = excluded.content, under_grading = excluded.under_grading, counted_at = excluded.counted_at`;
    return true;
  });
}

/** How many are told at once; the others at the next look. */
const TOLD_AT_ONCE = 100;
/** Who could be told no date is told one once there is one, but not within the day. */
const NO_DATE_DAYS = 1;

type LateRow = {
  submission_id: string;
  attempt_id: string;
  test: Test;
  round: number;
  submitted_at: Date;
  number: number;
  expected_by: Date | null;
  exam_version_id: string;
  outlook: Outlook | null;
  now: Date;
};

async function tellLater(context: ExamContext): Promise<number> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('expectations')), ${byLookUp}`;
    // Found among what is undecided before anything is joined to it: to find them in the order of their ids a planner may read all submissions there ever were.
    const late = await tx.$queryRaw<LateRow[]>`
      WITH late AS MATERIALIZED (
        SELECT u.submission_id, u.attempt_id, u.test, u.round, u.submitted_at, told.number, told.expected_by
        FROM undecided_submission u
          CROSS JOIN LATERAL (SELECT * FROM result_expectation x WHERE x.submission_id = u.submission_id ORDER BY x.number DESC LIMIT 1) told
        WHERE told.expected_by <= ${now} OR (told.expected_by IS NULL AND told.told_at <= ${now} - make_interval(days => ${NO_DATE_DAYS}::int))
      )
      SELECT late.*, a.exam_version_id, ${outlookOfSitting} AS outlook, ${now} AS now
      FROM late JOIN sitting s ON s.attempt_id = late.attempt_id AND s.test = late.test AND s.round = late.round
        JOIN attempt_standing st ON st.attempt_id = late.attempt_id AND st.phase = ${PHASE_OF}
        JOIN attempt a ON a.id = late.attempt_id JOIN exam_version v ON v.id = a.exam_version_id
      ORDER BY late.submission_id LIMIT ${TOLD_AT_ONCE}`;
    const writes = await Array.fromAsync(late, (row) => laterWrites(tx, context, row));
    const told = writes.filter((ofOne) => ofOne.length > 0);
    for (const ofOne of told) await writeTogether(tx, ofOne);
    return told.length;
  });
}

/** The date and the tidings of it, or nothing for whom there is nothing new to say. */
async function laterWrites(tx: Transaction, { examVersions }: ExamContext, row: LateRow): Promise<readonly Prisma.Sql[]> {
  const { submission_id: submissionId, attempt_id: attemptId, test, round, now } = row;
  const { policy } = await examVersions.contentOf(row.exam_version_id, tx);
  const awaited = { test, policy, submittedAt: row.submitted_at.getTime(), now: now.getTime() };
  const expectation = expectationAfter(row.outlook ?? undefined, awaited);
  if (!expectation && row.expected_by === null) return [];
  const number = row.number + 1;
  const expectedBy = expectation ? new Date(expectation.expectedBy) : null;
  const basis = expectation?.basis ?? { kind: 'none' };
  const step = { kind: 'result_later', test, round, number, expectedBy: expectedBy?.toISOString() ?? null } as const;
  return [
    insertExpectation(submissionId, { number, expectedBy, basis, toldAt: now }),
    tidingsWrite({ attemptId, tidings: { kind: 'step', step } }, Prisma.sql`${now}::timestamptz`),
  ];
}

type GroupRow = Group & { readonly examVersionId: string };

async function readGroups(tx: Transaction, examVersions: ExamVersionStore, now: Date): Promise<readonly (GroupLoad & Group)[]> {
  const groups = await tx.$queryRaw<GroupRow[]>`
    SELECT newest.exam_id AS "examId", newest.language, s.test, newest.id AS "examVersionId"
    FROM (SELECT DISTINCT ON (exam_id, language) id, exam_id, language FROM exam_version ORDER BY exam_id, language, version DESC) newest
      CROSS JOIN (VALUES ('aptitude'), ('case_study')) s (test)`;
  const [graders, work, late, measured] = [
    byKey(await readGraders(tx, Prisma.sql`${now}::timestamptz`)),
    byKey(await readWork(tx)),
    byKey(await readLate(tx, now)),
    await readMeasured(tx, now),
  ];
  return Array.fromAsync(groups, async ({ examVersionId, ...group }) => {
    const key = keyOf(group);
    const { policy } = await examVersions.contentOf(examVersionId, tx);
    const { underGrading = 0, open = NOTHING, completed = NOTHING } = work.get(key) ?? {};
    const { submissionsAWeek = 0, perSubmission = null } = late.get(key) ?? {};
    return {
      ...group,
      key,
      marking: markingOf(policy),
      graders: graders.get(key)?.graders ?? [],
      underGrading,
      open,
      completed,
      submissionsAWeek,
      perSubmission,
      measured: {
        group: measuredOf(measured, { examId: group.examId, test: group.test }),
        pooled: measuredOf(measured, { examId: null, test: group.test }),
      },
    };
  });
}

const NOTHING: PerSubmission = { marks: 0, adjudications: 0 };

function keyOf({ examId, language, test }: Group): string {
  return JSON.stringify([examId, language, test]);
}

function byKey<Row extends Group>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** Who marks each group, by the rule of claims. */
function readGraders(tx: Transaction, now: Prisma.Sql): Promise<(Group & { graders: GraderOffer[] })[]> {
  return tx.$queryRaw`
    SELECT v.exam_id AS "examId", v.language, s.test,
      jsonb_agg(jsonb_build_object('subject', g.subject, 'designated', g.designated, 'hoursAWeek', g.hours_a_week)) AS graders
    FROM (SELECT DISTINCT exam_id, language FROM exam_version) v CROSS JOIN LATERAL (SELECT v.exam_id) a
      CROSS JOIN (VALUES ('aptitude'), ('case_study')) s (test) JOIN grader g ON ${isThere(now)} AND ${qualifies}
    GROUP BY 1, 2, 3`;
}

/** What is handed in and not decided, and how far its marking is. */
function readWork(tx: Transaction): Promise<(Group & { underGrading: number; open: PerSubmission; completed: PerSubmission })[]> {
  const counted = (states: Prisma.Sql) => Prisma.sql`jsonb_build_object(
    'marks', count(t.id) FILTER (WHERE t.purpose = 'mark' AND ${states}), 'adjudications', count(t.id) FILTER (WHERE t.purpose = 'adjudicate' AND ${states}))`;
  return tx.$queryRaw`
    SELECT a.exam_id AS "examId", v.language, s.test, count(DISTINCT b.id)::int AS "underGrading",
      ${counted(Prisma.sql`t.state IN ('open', 'held')`)} AS open, ${counted(Prisma.sql`t.state = 'completed'`)} AS completed
    FROM attempt_standing st JOIN attempt a ON a.id = st.attempt_id JOIN exam_version v ON v.id = a.exam_version_id
      JOIN sitting s ON s.attempt_id = a.id AND st.phase = ${PHASE_OF}
      JOIN submission b ON b.sitting_id = s.id AND b.round = s.round LEFT JOIN assignment t ON t.submission_id = b.id AND t.purpose <> 'seed'
    WHERE st.phase IN ('aptitude_grading', 'case_study_grading') GROUP BY 1, 2, 3`;
}

/** What came a week of late, and how much marking those that were decided had. */
async function readLate(tx: Transaction, now: Date): Promise<(Group & { submissionsAWeek: number; perSubmission: PerSubmission | null })[]> {
  const since = Prisma.sql`${now}::timestamptz - make_interval(days => ${LATE_DAYS}::int)`;
  return tx.$queryRaw`
    SELECT a.exam_id AS "examId", v.language, s.test,
      (count(*) * 7.0 / least(${LATE_DAYS}::int, greatest(${FIRST_DAYS}::int, ceil(extract(epoch FROM ${now}::timestamptz - min(began.at)) / 86400))))::float8 AS "submissionsAWeek",
      CASE WHEN count(d.id) >= ${MEASURED_OF_AT_LEAST} THEN jsonb_build_object('marks', sum(done.marks) FILTER (WHERE d.id IS NOT NULL)::float8 / count(d.id),
        'adjudications', sum(done.adjudications) FILTER (WHERE d.id IS NOT NULL)::float8 / count(d.id)) END AS "perSubmission"
    FROM (SELECT submitted_at AS at FROM submission ORDER BY id LIMIT 1) began CROSS JOIN submission b
      JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id JOIN exam_version v ON v.id = a.exam_version_id
      LEFT JOIN decision d ON d.attempt_id = a.id AND d.submission_id = b.id AND d.supersedes_id IS NULL
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE t.purpose = 'mark') AS marks, count(*) FILTER (WHERE t.purpose = 'adjudicate') AS adjudications
        FROM assignment t WHERE t.submission_id = b.id AND t.state = 'completed'
      ) done
    WHERE b.id > ${idOf(now.getTime())}::uuid AND b.submitted_at > ${since} GROUP BY 1, 2, 3`;
}

/** Where what is of late begins. With a week to spare for work that was begun before. */
function idOf(now: number): string {
  return firstIdAt(now - (LATE_DAYS + 7) * 86_400_000);
}

type MeasuredRow = { readonly examId: string | null; readonly test: Test; readonly purpose: string; readonly seconds: number };

/** Of active time in the middle, by exam and over all of them: a script that lay overnight took nobody's hours. */
function readMeasured(tx: Transaction, now: Date): Promise<MeasuredRow[]> {
  return tx.$queryRaw`
    SELECT a.exam_id AS "examId", s.test, t.purpose, percentile_cont(0.5) WITHIN GROUP (ORDER BY active.seconds) AS seconds
    FROM (
      SELECT id, assignment_id, grader FROM claim
      WHERE id > ${idOf(now.getTime())}::uuid AND released_at IS NULL ORDER BY id DESC LIMIT ${MEASURED_OF_NEWEST}::int
    ) c JOIN assignment t ON t.id = c.assignment_id
      JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      CROSS JOIN LATERAL (SELECT ${activeSecondsOfClaim} AS seconds OFFSET 0) active
    WHERE t.purpose <> 'seed' AND t.state = 'completed' AND t.completed_at > ${now}::timestamptz - make_interval(days => ${LATE_DAYS}::int)
      AND active.seconds IS NOT NULL
    GROUP BY GROUPING SETS ((a.exam_id, s.test, t.purpose), (s.test, t.purpose)) HAVING count(*) >= ${MEASURED_OF_AT_LEAST}`;
}

function measuredOf(rows: readonly MeasuredRow[], of: { examId: string | null; test: Test }): Measured {
  const seconds = (purpose: string) =>
    rows.find((row) => row.examId === of.examId && row.test === of.test && row.purpose === purpose)?.seconds ?? null;
  return { markSeconds: seconds('mark'), adjudicationSeconds: seconds('adjudicate') };
}

export type OutlookStore = ReturnType<typeof createOutlookStore>;
