import { APPEAL_SEAT } from '../../domain/grading.ts';
import type { Test } from '../../domain/exam.ts';
import { markingQualityReport, type DoubleMark, type FoundDrift, type SeedMarkPair, type SeenAgain } from '../../domain/marking-quality-report.ts';
import { isOverturned } from '../../domain/overturned.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import type { PeriodContent } from '../../domain/report-tables.ts';
import type { Period } from '../../domain/report.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { pairsOf, type PairRow } from '../graders/agreement.ts';
import { isIndependent } from '../graders/independent.ts';
import { FIRST_ID } from '../ids.ts';
import { idsWithin } from '../ids-within.ts';
import { readSeedPairs } from '../seeds/pairs.ts';

/** Decisions that are read at once with all their items. */
const PAGE = 1000;

export async function readMarkingQuality(tx: Transaction, { examVersions }: ExamContext, period: Period): Promise<PeriodContent> {
  const contents = { contentOf: (id: string) => examVersions.contentOf(id, tx) };
  return markingQualityReport({
    submissions: await countSubmissions(tx, period),
    doubles: await readDoubles(tx, contents, period),
    seenAgain: await readSeenAgain(tx, contents, period),
    seeds: await readSeeds(tx, contents, period),
    drifts: await readDrifts(tx, period),
  });
}

type Contents = Pick<ExamContext['examVersions'], 'contentOf'>;

/** The first decision of each: what an appeal or a regrade found later is nobody's marking. */
function firstDecided({ since, until }: Period): Prisma.Sql {
  return Prisma.sql`(d.supersedes_id IS NULL AND d.submission_id IS NOT NULL AND d.decided_at >= ${since} AND d.decided_at < ${until})`;
}

async function countSubmissions(tx: Transaction, period: Period): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM decision d WHERE ${firstDecided(period)}`;
  return row?.count ?? 0;
}

type DoubleRow = PairRow & { readonly first_grader: string; readonly second_grader: string; readonly is_adjudicated: boolean };

async function readDoubles(tx: Transaction, contents: Contents, period: Period): Promise<readonly DoubleMark[]> {
  const rows = await tx.$queryRaw<DoubleRow[]>`
    SELECT a.exam_id, a.exam_version_id, s.test, s.case_study_id, m.submission_id, m.item_id, m.grader AS first_grader, o.grader AS second_grader,
      m.millipoints AS own, o.millipoints AS other,
      (SELECT true FROM mark j JOIN assignment jt ON jt.id = j.assignment_id AND jt.purpose = 'adjudicate'
        WHERE j.submission_id = m.submission_id AND j.item_id = m.item_id LIMIT 1) IS NOT NULL AS is_adjudicated
    FROM decision d JOIN attempt a ON a.id = d.attempt_id JOIN submission b ON b.id = d.submission_id JOIN sitting s ON s.id = b.sitting_id
      JOIN assignment t ON t.submission_id = b.id AND t.seat = 1 JOIN mark m ON m.assignment_id = t.id
      JOIN assignment ot ON ot.submission_id = b.id AND ot.seat = 2 JOIN mark o ON o.assignment_id = ot.id AND o.item_id = m.item_id
    WHERE ${firstDecided(period)}
    ORDER BY d.id, m.item_id`;
  return (await pairsOf(rows, contents)).map(({ row, first, second }) => ({
    examId: row.exam_id,
    test: row.test,
    submissionId: row.submission_id,
    firstGrader: row.first_grader,
    secondGrader: row.second_grader,
    isAdjudicated: row.is_adjudicated,
    first,
    second,
  }));
}

type SeenRow = {
  readonly id: string;
  readonly exam_id: string;
  readonly exam_version_id: string;
  readonly test: Test;
  readonly grader: string;
  readonly own: Readonly<Record<string, number>>;
  readonly items: readonly ItemScore[];
  readonly passed: boolean;
};

/** Page by page: a decision's items are many times what is told of it. */
async function readSeenAgain(tx: Transaction, contents: Contents, period: Period): Promise<readonly SeenAgain[]> {
  const seen: SeenAgain[] = [];
  for (let after = FIRST_ID, isOver = false; !isOver;) {
    const page = await tx.$queryRaw<{ id: string }[]>`
      SELECT d.id FROM decision d WHERE ${idsWithin(Prisma.sql`d.id`, period)} AND d.id > ${after}::uuid AND ${firstDecided(period)} ORDER BY d.id LIMIT ${PAGE}`;
    for (const row of await readSeenOf(tx, page)) seen.push(await seenOf(row, contents));
    after = page.at(-1)?.id ?? after;
    isOver = page.length < PAGE;
  }
  return seen;
}

async function readSeenOf(tx: Transaction, decisions: readonly { readonly id: string }[]): Promise<readonly SeenRow[]> {
  if (decisions.length === 0) return [];
  return tx.$queryRaw<SeenRow[]>`
    SELECT d.id, a.exam_id, a.exam_version_id, d.test, marked.grader, marked.own, d.items, d.passed
    FROM decision d JOIN attempt a ON a.id = d.attempt_id
      CROSS JOIN LATERAL (
        SELECT m.grader, jsonb_object_agg(m.item_id, m.millipoints) AS own
        FROM assignment t JOIN mark m ON m.assignment_id = t.id WHERE t.submission_id = d.submission_id AND ${isIndependent('t')} GROUP BY m.grader
      ) marked
    WHERE d.id = ANY(${decisions.map(({ id }) => id)}::uuid[])
      AND EXISTS (SELECT 1 FROM mark o JOIN assignment ot ON ot.id = o.assignment_id AND ot.seat < ${APPEAL_SEAT}::int
        WHERE o.submission_id = d.submission_id AND o.grader <> marked.grader)
    ORDER BY d.id, marked.grader`;
}

async function seenOf(
  { exam_id: examId, exam_version_id: examVersionId, test, grader, own, items, passed }: SeenRow,
  contents: Contents,
): Promise<SeenAgain> {
  const { passMark } = (await contents.contentOf(examVersionId)).policy;
  const marks = Object.entries(own).map(([itemId, millipoints]) => ({ itemId, millipoints }));
  return { examId, test, grader, isTurned: isOverturned({ passed, items, passMark, own: marks }) };
}

async function readSeeds(tx: Transaction, contents: Contents, period: Period): Promise<readonly SeedMarkPair[]> {
  const rows = await readSeedPairs({ prisma: tx }, { isInTraining: false, within: period });
  return (await pairsOf(rows, contents)).map(({ row, first, second }) => ({
    examId: row.exam_id,
    test: row.test,
    grader: row.grader,
    submissionId: row.submission_id,
    first,
    second,
  }));
}

function readDrifts(tx: Transaction, period: Period): Promise<FoundDrift[]> {
  return tx.$queryRaw<FoundDrift[]>`
    SELECT r.grader, r.direction FROM drift r
    WHERE ${idsWithin(Prisma.sql`r.id`, period)} AND r.found_at >= ${period.since} AND r.found_at < ${period.until} ORDER BY r.id`;
}
