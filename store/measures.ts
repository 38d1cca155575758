import { OUTCOMES, PHASES, type Phase } from '../domain/attempt.ts';
import type { Test } from '../domain/exam.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext } from './context.ts';
import { promises, readTally, tally } from './tallies.ts';

/** Of the promised time, these shares are told apart: a promise at half, at risk, and broken. */
export const PROMISE_PERCENTS = [50, 80, 100] as const;

export type OpenPhase = Exclude<Phase, 'certified' | 'failed' | 'lapsed' | 'withdrawn'>;
const OPEN_PHASES = PHASES.filter((phase) => !OUTCOMES.some((outcome) => outcome === phase));
export const ASSIGNMENT_STATES = ['free', 'leased', 'expired', 'held'] as const;
export type AssignmentState = (typeof ASSIGNMENT_STATES)[number];

export type Gradings = { readonly test: Test; readonly underWay: number; readonly past: Readonly<Record<(typeof PROMISE_PERCENTS)[number], number>> };
/** Of the submissions that wait for our machinery alone. */
export type Stalled = { readonly test: Test; readonly oldestAgeSeconds: number };
export type Undecided = { readonly test: Test; readonly count: number; readonly oldestAgeSeconds: number };
/** Of how many results there are, those that were out within five working days, and those within the promise of their exam's policy. */
export type Results = { readonly test: Test; readonly total: number; readonly withinWorkingWeek: number; readonly asPromised: number };

const GRADING_PHASES = Prisma.sql`('aptitude_grading', 'case_study_grading')`;

/**
 * Of an undecided submission u: another round took its place, it was withdrawn, or it was decided while it was written down. Asked so, since of an
 * EXISTS among others the planner may read all decisions that there are.
 */
const isOwedNothing = Prisma.sql`(
  (SELECT a.outcome FROM attempt a WHERE a.id = u.attempt_id) IS NOT DISTINCT FROM 'withdrawn'
  OR (SELECT s.round FROM sitting s WHERE s.attempt_id = u.attempt_id AND s.test = u.test) IS DISTINCT FROM u.round
  OR (SELECT d.id FROM decision d WHERE d.attempt_id = u.attempt_id AND d.test = u.test AND d.grading_round = u.round) IS NOT NULL)`;

/** Where the pipeline stands, counted from the records, for metrics. Each function is one statement. */
export function createMeasureStore(context: RecordContext) {
  const { prisma, clock } = context;
  return {
    /** All open attempts by where they stand, which is the rule of phaseOf (domain/attempt.ts); a phase that none is in is left out. */
    openAttempts: (): Promise<readonly { phase: OpenPhase; count: number }[]> => prisma.$queryRaw`
      SELECT phase, count(*)::int AS count FROM attempt_standing WHERE phase IN (${Prisma.join(OPEN_PHASES)}) GROUP BY phase`,

    /** Submissions of open attempts that are being graded, and how much of the promised time is gone: of what is promised by `due_at`. */
    async gradings(): Promise<readonly Gradings[]> {
      const now = await clock();
      const past = (percent: number) => Prisma.sql`count(*) FILTER (WHERE ${now} >= st.due_at - promise.time * ${1 - percent / 100}::float8)::int`;
      const rows = await prisma.$queryRaw<{ test: Test; under_way: number; past_50: number; past_80: number; past_100: number }[]>`
        WITH ${promises}
        SELECT promise.test, count(*)::int AS under_way, ${past(50)} AS past_50, ${past(80)} AS past_80, ${past(100)} AS past_100
        FROM attempt_standing st JOIN promise ON promise.exam_id = st.exam_id AND promise.version = st.version AND st.phase = promise.test || '_grading'
        WHERE st.phase IN ${GRADING_PHASES} AND st.due_at IS NOT NULL GROUP BY promise.test`;
      return rows.map((row) => ({ test: row.test, underWay: row.under_way, past: { 50: row.past_50, 80: row.past_80, 100: row.past_100 } }));
    },

    /** Open assignments that nobody who marks may take, by purpose. */
    unstaffedAssignments: (): Promise<readonly { purpose: string; count: number }[]> => prisma.$queryRaw`
      SELECT purpose, count(*)::int AS count FROM assignment WHERE state = 'open' AND purpose <> 'seed' AND unstaffed_since IS NOT NULL GROUP BY purpose`,

    /** Graders whose marks drift, until staff settle it. */
    /** Acts that take two persons: those that wait for the second one, those that are confirmed and not done, and those that one person did alone and nobody has reviewed. */
    async actsOfTwo(): Promise<{ readonly waiting: number; readonly confirmed: number; readonly unreviewed: number }> {
      const [row] = await prisma.$queryRaw<{ waiting: number; confirmed: number; unreviewed: number }[]>`
        SELECT (SELECT count(*)::int FROM proposed_act WHERE state = 'open' AND expires_at > ${await clock()}) AS waiting,
          (SELECT count(*)::int FROM proposed_act WHERE state = 'confirmed') AS confirmed,
          (SELECT count(*)::int FROM proposed_act WHERE is_break_glass AND reviewed_at IS NULL) AS unreviewed`;
      return row ?? { waiting: 0, confirmed: 0, unreviewed: 0 };
    },

    async graderDrifts(): Promise<number> {
      const [row] = await prisma.$queryRaw<{ count: number }[]>`
        SELECT count(DISTINCT grader)::int AS count FROM drift d WHERE NOT EXISTS (SELECT 1 FROM drift_settlement x WHERE x.drift_id = d.id)`;
      return row?.count ?? 0;
    },

    /** How long ago the marking model was last fitted, by the schedule or by hand, also where the same marks gave the version that was there; 0 while none is asked. */
    async markingFitAgeSeconds(): Promise<number> {
      const [row] = await prisma.$queryRaw<{ age: number }[]>`
        SELECT coalesce((
          SELECT extract(epoch FROM ${await clock()} - greatest((SELECT max(fitted_at) FROM marking_model),
            (SELECT max(ended_at) FROM marking_refit WHERE outcome ->> 'kind' = 'fitted')))::float8
          FROM (SELECT marking_model_id FROM marking_model_activation ORDER BY position DESC LIMIT 1) asked WHERE asked.marking_model_id IS NOT NULL), 0) AS age`;
      return row?.age ?? 0;
    },

    /** Assignments that are yet to be completed: free, leased, leased by somebody whose lease ran out, or held for staff since a grader could not read the file. */
    assignments: async (): Promise<readonly { purpose: string; state: AssignmentState; count: number }[]> => prisma.$queryRaw`
      SELECT purpose, CASE WHEN state = 'held' THEN 'held' WHEN lease_expires_at IS NULL THEN 'free' WHEN lease_expires_at > ${await clock()} THEN 'leased' ELSE 'expired' END AS state,
        count(*)::int AS count
      FROM assignment WHERE state IN ('open', 'held') AND purpose <> 'seed' GROUP BY 1, 2`,

    /**
     * Receipts that no decision answers. Kept as they arise (`undecided_submission`), whatever state their attempt claims: what got lost
     * between the two shows here. What staff took back (a reopened round, a withdrawn attempt) is owed no decision.
     */
    async undecidedSubmissions(): Promise<readonly Undecided[]> {
      const rows = await prisma.$queryRaw<{ test: Test; count: number; age: number }[]>`
        SELECT u.test, count(*)::int AS count, extract(epoch FROM ${await clock()} - min(u.submitted_at))::float8 AS age
        FROM undecided_submission u WHERE NOT ${isOwedNothing} GROUP BY u.test`;
      return rows.map(({ test, count, age }) => ({ test, count, oldestAgeSeconds: age }));
    },

    /**
     * Undecided submissions without an open assignment: nobody is waited for but our own machinery, since the last mark, or
     * since the submission while assignments are yet to be opened. That is a matter of seconds.
     */
    async stalledSubmissions(): Promise<readonly Stalled[]> {
      const rows = await prisma.$queryRaw<{ test: Test; age: number }[]>`
        SELECT u.test, extract(epoch FROM ${await clock()} - min(coalesce(marking.marked_at, u.submitted_at)))::float8 AS age
        FROM undecided_submission u
          CROSS JOIN LATERAL (
            SELECT max(t.completed_at) AS marked_at, coalesce(bool_or(t.state IN ('open', 'held')), false) AS goes_on
            FROM assignment t WHERE t.submission_id = u.submission_id AND t.purpose <> 'seed'
          ) marking
        WHERE NOT marking.goes_on AND NOT ${isOwedNothing} GROUP BY u.test`;
      return rows.map(({ test, age }) => ({ test, oldestAgeSeconds: age }));
    },

    /** Forgets undecided submissions that are owed no decision. Returns how many. */
    forgetUndecided: (): Promise<number> => prisma.$executeRaw`DELETE FROM undecided_submission u WHERE ${isOwedNothing}`,

    /** First decisions on what was submitted. */
    async results(): Promise<readonly Results[]> {
      const rows = await readTally(context, 'results');
      const countOf = (test: string, part: keyof Results) => rows.find((row) => row.label === test && row.part === part)?.count ?? 0;
      return [...new Set(rows.map(({ label }) => label))].map((test) => ({
        test: test as Test,
        total: countOf(test, 'total'),
        withinWorkingWeek: countOf(test, 'withinWorkingWeek'),
        asPromised: countOf(test, 'asPromised'),
      }));
    },

    /**
     * First editions of certificates, and those issued within a day of the pass: of the last mark, from which on nothing but
     * our own machinery is waited for. (Decision and certificate are one transaction: between those two there is no time.)
     */
    async certificates(): Promise<{ readonly total: number; readonly withinADay: number }> {
      const rows = await readTally(context, 'certificates');
      const countOf = (part: string) => rows.find((row) => row.part === part)?.count ?? 0;
      return { total: countOf('total'), withinADay: countOf('withinADay') };
    },

    /** Counts once and for all what those of these that only grow count; call it now and then. Returns whether there may be more. */
    tally: (): Promise<boolean> => tally(context),
  };
}

export type MeasureStore = ReturnType<typeof createMeasureStore>;
