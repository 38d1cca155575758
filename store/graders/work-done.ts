import type { Test } from '../../domain/exam.ts';
import { APPEAL_SEAT } from '../../domain/grading.ts';
import { isOverturned } from '../../domain/overturned.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ExamContext } from '../exam-versions.ts';
import { isIndependent } from './independent.ts';
import { MARKS_OF_LATE, marksOfLate } from './of-late.ts';

/** The newest say how long somebody takes now: of so many scripts, or so, are the marks of late. */
const CLAIMS_MAX = Prisma.sql`200`;

/** Scripts of one exam and test that a grader marked. */
export type WorkDone = {
  readonly examId: string;
  readonly test: Test;
  /** Those that somebody else marked or adjudicated as well, and are decided; of these, whose decision is another than the grader's marks alone give. */
  readonly seenAgain: number;
  readonly overturned: number;
  /** Those of which active time is known, and how long half of them took at most; null where there are none. */
  readonly timed: number;
  readonly activeSecondsMedian: number | null;
};

type DecidedRow = {
  exam_id: string;
  exam_version_id: string;
  test: Test;
  own: Readonly<Record<string, number>>;
  items: readonly ItemScore[];
  passed: boolean;
};
type TimedRow = { exam_id: string; test: Test; timed: number; median: number };

/** How often what a grader marked was turned by others, and how long it took them, by exam and test. */
export async function readWorkDone(context: ExamContext, grader: string): Promise<readonly WorkDone[]> {
  const [decided, timed] = [await readDecided(context, grader), await readTimed(context, grader)];
  const passMarks = new Map<string, number>();
  for (const id of new Set(decided.map((row) => row.exam_version_id))) passMarks.set(id, (await context.examVersions.contentOf(id)).policy.passMark);
  const turned = (row: DecidedRow) =>
    isOverturned({
      passed: row.passed,
      items: row.items,
      passMark: passMarks.get(row.exam_version_id) ?? 0,
      own: Object.entries(row.own).map(([itemId, millipoints]) => ({ itemId, millipoints })),
    });
  const keys = new Map([...decided, ...timed].map(({ exam_id: examId, test }) => [`${examId} ${test}`, { examId, test }]));
  return [...keys.values()].map(({ examId, test }) => {
    const isOf = (row: { readonly exam_id: string; readonly test: Test }) => row.exam_id === examId && row.test === test;
    const [seen, time] = [decided.filter(isOf), timed.find(isOf)];
    return {
      examId,
      test,
      seenAgain: seen.length,
      overturned: seen.filter(turned).length,
      timed: time?.timed ?? 0,
      activeSecondsMedian: time?.median ?? null,
    };
  });
}

/** The first decision of each: what a later appeal or regrade found is not the grader's. */
function readDecided({ prisma }: ExamContext, grader: string): Promise<DecidedRow[]> {
  return prisma.$queryRaw<DecidedRow[]>`
    WITH own AS (
      SELECT x.submission_id, x.marks, x.at FROM (
        SELECT m.assignment_id, m.submission_id, jsonb_object_agg(m.item_id, m.millipoints) AS marks, max(m.recorded_at) AS at
        FROM ${marksOfLate(grader, MARKS_OF_LATE)} m GROUP BY m.assignment_id, m.submission_id
      ) x JOIN assignment t ON t.id = x.assignment_id AND ${isIndependent('t')}
    )
    SELECT a.exam_id, a.exam_version_id, s.test, own.marks AS own, d.items, d.passed
    FROM own JOIN submission b ON b.id = own.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      JOIN LATERAL (
        SELECT items, passed FROM decision d WHERE d.attempt_id = a.id AND d.submission_id = b.id ORDER BY d.decided_at, d.id LIMIT 1
      ) d ON true
    WHERE EXISTS (SELECT 1 FROM mark o JOIN assignment ot ON ot.id = o.assignment_id AND ot.seat < ${APPEAL_SEAT}::int WHERE o.submission_id = b.id AND o.grader <> ${grader})
    ORDER BY own.at DESC`;
}

/** Completed ones, with what the grader worked at them under any lease. */
function readTimed({ prisma }: ExamContext, grader: string): Promise<TimedRow[]> {
  return prisma.$queryRaw<TimedRow[]>`
    SELECT a.exam_id, s.test, count(*)::int AS timed, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY active.seconds))::int AS median
    FROM (SELECT * FROM claim WHERE grader = ${grader} AND released_at IS NULL ORDER BY id DESC LIMIT ${CLAIMS_MAX}) c
      JOIN assignment t ON t.id = c.assignment_id AND t.state = 'completed' AND t.purpose IN ('mark', 'seed')
      JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      CROSS JOIN LATERAL (
        SELECT sum(extract(epoch FROM x.ended_at - x.started_at))::float8 AS seconds FROM marking_stretch x
        WHERE x.assignment_id = t.id AND x.grader = c.grader
      ) active
    WHERE active.seconds > 0
    GROUP BY a.exam_id, s.test`;
}
