import type { Phase } from '../domain/attempt.ts';
import type { Test } from '../domain/exam.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext } from './context.ts';

/** Of the promised time, these shares are told apart: a promise at half, at risk, and broken. */
export const PROMISE_PERCENTS = [50, 80, 100] as const;

export type OpenPhase = Exclude<Phase, 'certified' | 'failed' | 'lapsed' | 'withdrawn'>;
export const ASSIGNMENT_STATES = ['free', 'leased', 'expired', 'held'] as const;
export type AssignmentState = (typeof ASSIGNMENT_STATES)[number];

export type Gradings = { readonly test: Test; readonly underWay: number; readonly past: Readonly<Record<(typeof PROMISE_PERCENTS)[number], number>> };
/** Of the submissions that wait for our machinery alone. */
export type Stalled = { readonly test: Test; readonly oldestAgeSeconds: number };
export type Undecided = { readonly test: Test; readonly count: number; readonly oldestAgeSeconds: number };
/** Of how many results there are, those that were out within five working days, and those within the promise of their exam's policy. */
export type Results = { readonly test: Test; readonly total: number; readonly withinWorkingWeek: number; readonly asPromised: number };

/** The rule of domain/working-week.ts. */
function workingWeekAfter(instant: Prisma.Sql): Prisma.Sql {
  const weekday = Prisma.sql`extract(isodow FROM ${instant} AT TIME ZONE 'UTC')`;
  return Prisma.sql`CASE WHEN ${weekday} < 6 THEN ${instant} + interval '7 days'
    ELSE date_trunc('day', ${instant}, 'UTC') + make_interval(days => (13 - ${weekday})::int) END`;
}

/**
 * What was promised, once an exam version: reading its whole content for each row would cost more than all the rest. Every
 * row has its promise; it is joined from the left because the planner takes a join for a filter, and then goes row by row.
 */
const promises = Prisma.sql`promise AS MATERIALIZED (
  SELECT v.id AS exam_version_id, p.key AS test, make_interval(secs => p.value::float8) AS time
  FROM exam_version v CROSS JOIN jsonb_each_text(v.content->'policy'->'resultPromiseSeconds') p)`;

/** Where the pipeline stands, counted from the records, for metrics. Each function is one statement. */
export function createMeasureStore({ prisma, clock }: RecordContext) {
  return {
    /** The rule of phaseOf (domain/attempt.ts) over all open attempts; a phase that none is in is left out. */
    openAttempts: (): Promise<readonly { phase: OpenPhase; count: number }[]> => prisma.$queryRaw`
      SELECT CASE
          WHEN cs.id IS NOT NULL THEN CASE WHEN cs.frozen_at IS NULL THEN 'case_study' ELSE 'case_study_grading' END
          WHEN a.aptitude_decision_id IS NOT NULL THEN 'case_study_offered'
          WHEN apt.id IS NOT NULL THEN CASE WHEN apt.frozen_at IS NULL THEN 'aptitude_test' ELSE 'aptitude_grading' END
          ELSE 'registered' END AS phase, count(*)::int AS count
      FROM attempt a
        LEFT JOIN sitting apt ON apt.attempt_id = a.id AND apt.test = 'aptitude'
        LEFT JOIN sitting cs ON cs.attempt_id = a.id AND cs.test = 'case_study'
      WHERE a.outcome IS NULL GROUP BY 1`,

    /** Submissions of open attempts that are being graded, and how much of the promised time is gone. */
    async gradings(): Promise<readonly Gradings[]> {
      const now = await clock();
      const past = (percent: number) => Prisma.sql`count(*) FILTER (WHERE ${now} >= s.frozen_at + promise.time * ${percent / 100}::float8)::int`;
      const rows = await prisma.$queryRaw<{ test: Test; under_way: number; past_50: number; past_80: number; past_100: number }[]>`
        WITH ${promises}
        SELECT s.test, count(*)::int AS under_way, ${past(50)} AS past_50, ${past(80)} AS past_80, ${past(100)} AS past_100
        FROM attempt a JOIN sitting s ON s.attempt_id = a.id JOIN submission b ON b.sitting_id = s.id AND b.round = s.round
          LEFT JOIN promise ON promise.exam_version_id = a.exam_version_id AND promise.test = s.test
        WHERE a.outcome IS NULL AND s.frozen_at IS NOT NULL AND (s.test = 'case_study' OR a.aptitude_decision_id IS NULL)
        GROUP BY s.test`;
      return rows.map((row) => ({ test: row.test, underWay: row.under_way, past: { 50: row.past_50, 80: row.past_80, 100: row.past_100 } }));
    },

    /** Open assignments that nobody who marks may take, by purpose. */
    unstaffedAssignments: (): Promise<readonly { purpose: string; count: number }[]> => prisma.$queryRaw`
      SELECT purpose, count(*)::int AS count FROM assignment WHERE state = 'open' AND purpose <> 'seed' AND unstaffed_since IS NOT NULL GROUP BY purpose`,

    /** Graders whose marks drift, until staff settle it. */
    async graderDrifts(): Promise<number> {
      const [row] = await prisma.$queryRaw<{ count: number }[]>`
        SELECT count(DISTINCT grader)::int AS count FROM drift d WHERE NOT EXISTS (SELECT 1 FROM drift_settlement x WHERE x.drift_id = d.id)`;
      return row?.count ?? 0;
    },

    /** Assignments that are yet to be completed: free, leased, leased by somebody whose lease ran out, or held for staff since a grader could not read the file. */
    assignments: async (): Promise<readonly { purpose: string; state: AssignmentState; count: number }[]> => prisma.$queryRaw`
      SELECT purpose, CASE WHEN state = 'held' THEN 'held' WHEN lease_expires_at IS NULL THEN 'free' WHEN lease_expires_at > ${await clock()} THEN 'leased' ELSE 'expired' END AS state,
        count(*)::int AS count
      FROM assignment WHERE state IN ('open', 'held') AND purpose <> 'seed' GROUP BY 1, 2`,

    /**
     * Receipts that no decision answers. Counted from the submissions, whatever state their attempt claims: what got lost
     * between the two shows here. What staff took back (a reopened round, a withdrawn attempt) is owed no decision.
     */
    async undecidedSubmissions(): Promise<readonly Undecided[]> {
      const rows = await prisma.$queryRaw<{ test: Test; count: number; age: number }[]>`
        SELECT s.test, count(*)::int AS count, extract(epoch FROM ${await clock()} - min(b.submitted_at))::float8 AS age
        FROM submission b JOIN sitting s ON s.id = b.sitting_id AND s.round = b.round JOIN attempt a ON a.id = s.attempt_id
        WHERE a.outcome IS DISTINCT FROM 'withdrawn'
          AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = s.attempt_id AND d.test = s.test AND d.grading_round = b.round)
        GROUP BY s.test`;
      return rows.map(({ test, count, age }) => ({ test, count, oldestAgeSeconds: age }));
    },

    /**
     * Undecided submissions without an open assignment: nobody is waited for but our own machinery, since the last mark, or
     * since the submission while assignments are yet to be opened. That is a matter of seconds.
     */
    async stalledSubmissions(): Promise<readonly Stalled[]> {
      const rows = await prisma.$queryRaw<{ test: Test; age: number }[]>`
        SELECT s.test, extract(epoch FROM ${await clock()} - min(coalesce(marking.marked_at, b.submitted_at)))::float8 AS age
        FROM submission b JOIN sitting s ON s.id = b.sitting_id AND s.round = b.round JOIN attempt a ON a.id = s.attempt_id
          CROSS JOIN LATERAL (
            SELECT max(t.completed_at) AS marked_at, coalesce(bool_or(t.state IN ('open', 'held')), false) AS goes_on FROM assignment t WHERE t.submission_id = b.id AND t.purpose <> 'seed'
          ) marking
        WHERE a.outcome IS DISTINCT FROM 'withdrawn' AND NOT marking.goes_on
          AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = s.attempt_id AND d.test = s.test AND d.grading_round = b.round)
        GROUP BY s.test`;
      return rows.map(({ test, age }) => ({ test, oldestAgeSeconds: age }));
    },

    /** First decisions on what was submitted; a later one that supersedes another is no new result. */
    results: (): Promise<readonly Results[]> => prisma.$queryRaw`
      WITH ${promises}
      SELECT d.test, count(*)::int AS total,
        count(*) FILTER (WHERE d.decided_at <= ${workingWeekAfter(Prisma.sql`b.submitted_at`)})::int AS "withinWorkingWeek",
        count(*) FILTER (WHERE d.decided_at <= b.submitted_at + promise.time)::int AS "asPromised"
      FROM decision d JOIN submission b ON b.id = d.submission_id JOIN attempt a ON a.id = d.attempt_id
        LEFT JOIN promise ON promise.exam_version_id = a.exam_version_id AND promise.test = d.test
      WHERE d.supersedes_id IS NULL GROUP BY d.test`,

    /**
     * First editions of certificates, and those issued within a day of the pass: of the last mark, from which on nothing but
     * our own machinery is waited for. (Decision and certificate are one transaction: between those two there is no time.)
     */
    async certificates(): Promise<{ readonly total: number; readonly withinADay: number }> {
      const [row] = await prisma.$queryRaw<{ total: number; in_time: number }[]>`
        SELECT count(*)::int AS total, count(*) FILTER (WHERE c.issued_at <= passed.at + interval '24 hours')::int AS in_time
        FROM certificate c
          JOIN decision d ON d.attempt_id = c.attempt_id AND d.test = 'case_study' AND d.passed AND d.supersedes_id IS NULL
          CROSS JOIN LATERAL (
            SELECT coalesce(max(t.completed_at), d.decided_at) AS at FROM assignment t WHERE t.submission_id = d.submission_id AND t.purpose <> 'seed' AND t.state = 'completed'
          ) passed
        WHERE c.edition = 1`;
      return { total: row?.total ?? 0, withinADay: row?.in_time ?? 0 };
    },
  };
}

export type MeasureStore = ReturnType<typeof createMeasureStore>;
