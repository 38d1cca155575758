import { agreementOf, type Agreement, type MarkPair } from '../../domain/agreement.ts';
import { partsOf, type Test } from '../../domain/exam.ts';
import type { ExamContext } from '../exam-versions.ts';
import { isIndependent } from './independent.ts';
import { MARKS_OF_LATE, marksOfLate } from './of-late.ts';
import { readSeedPairs } from '../seeds/pairs.ts';

export type ExamAgreement = Agreement & { readonly examId: string; readonly test: Test; readonly items: readonly ItemAgreement[] };

/** Of one item or criterion: its id is unique within a test of an exam version alone. */
type ItemAgreement = Agreement & { readonly version: number; readonly caseStudyId: string | null; readonly itemId: string };

export type PairRow = {
  exam_id: string;
  exam_version_id: string;
  test: Test;
  case_study_id: string | null;
  submission_id: string;
  item_id: string;
  own: number;
  other: number;
};

/** A pair of marks as shares of the item's points, and where it stands. */
type Pair<Row extends PairRow = PairRow> = MarkPair & { readonly row: Row; readonly version: number };

/**
 * How far a grader's marks agree with those that somebody else gave independently, and with what is agreed of seeds, by exam and test. Only
 * what is decided counts. Graders themselves are told of seeds `seedsBefore` alone: at once, it would say which was one.
 */
export async function readAgreement(
  { prisma, examVersions }: ExamContext,
  grader: string,
  { seedsBefore }: { seedsBefore?: Date | undefined } = {},
): Promise<readonly ExamAgreement[]> {
  const seeds = await readSeedPairs({ prisma }, { grader, isInTraining: false, before: seedsBefore });
  // By script, each looked up once and not with each of its marks.
  const rows = await prisma.$queryRaw<PairRow[]>`
    WITH given AS MATERIALIZED ${marksOfLate(grader, MARKS_OF_LATE)}, script AS MATERIALIZED (
      SELECT own.assignment_id, own.submission_id, a.exam_id, a.exam_version_id, s.test, s.case_study_id
      FROM (SELECT DISTINCT assignment_id, submission_id FROM given) own
        JOIN assignment t ON t.id = own.assignment_id AND ${isIndependent('t')}
        JOIN submission b ON b.id = own.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      WHERE EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = a.id AND d.submission_id = own.submission_id)
    )
    SELECT x.exam_id, x.exam_version_id, x.test, x.case_study_id, x.submission_id, m.item_id, m.millipoints AS own, o.millipoints AS other
    FROM script x
      JOIN assignment ot ON ot.submission_id = x.submission_id AND ot.id <> x.assignment_id AND ${isIndependent('ot')}
      JOIN mark o ON o.assignment_id = ot.id AND o.grader <> ${grader}
      JOIN given m ON m.assignment_id = x.assignment_id AND m.item_id = o.item_id
    ORDER BY m.recorded_at DESC, m.id`;
  const pairs = await pairsOf([...seeds, ...rows], examVersions);
  return groupsOf(pairs, ({ row }) => `${row.exam_id} ${row.test}`).map(([first, group]) => ({
    examId: first.row.exam_id,
    test: first.row.test,
    ...agreementOf(group, scriptsOf(group)),
    items: groupsOf(group, ({ row, version }) => `${version} ${row.case_study_id} ${row.item_id}`)
      .map(([{ row, version }, ofItem]) => ({
        version,
        caseStudyId: row.case_study_id,
        itemId: row.item_id,
        ...agreementOf(ofItem, scriptsOf(ofItem)),
      }))
      .toSorted((one, other) => other.version - one.version || (one.itemId < other.itemId ? -1 : 1)),
  }));
}

export function scriptsOf(pairs: readonly Pair[]): number {
  return new Set(pairs.map(({ row }) => row.submission_id)).size;
}

/** By a key, each with its first one. */
export function groupsOf<Row extends PairRow>(
  pairs: readonly Pair<Row>[],
  keyOf: (pair: Pair<Row>) => string,
): readonly (readonly [Pair<Row>, readonly Pair<Row>[]])[] {
  return [...Map.groupBy(pairs, keyOf).values()].flatMap((group) => (group[0] ? [[group[0], group] as const] : []));
}

/** What is given for an item, as a share of its points, so that items of many points weigh as those of few. Each exam version is read once. */
export async function pairsOf<Row extends PairRow>(
  rows: readonly Row[],
  examVersions: Pick<ExamContext['examVersions'], 'contentOf'>,
): Promise<readonly Pair<Row>[]> {
  const tests = Map.groupBy(rows, takenOf);
  const known = new Map<string, { readonly version: number; readonly points: ReadonlyMap<string, number> }>();
  for (const [taken, [row]] of tests) {
    if (!row) continue;
    const exam = await examVersions.contentOf(row.exam_version_id);
    const parts = partsOf(exam, { test: row.test, caseStudyId: row.case_study_id });
    known.set(taken, { version: exam.version, points: new Map(parts.map(({ id, millipoints }) => [id, millipoints])) });
  }
  return rows.map((row) => {
    const { version = 0, points } = known.get(takenOf(row)) ?? {};
    const max = points?.get(row.item_id);
    if (max === undefined) throw new TypeError(`version ${row.exam_version_id} has no item ${row.item_id}`);
    return { row, version, first: row.own / max, second: row.other / max };
  });
}

function takenOf({ exam_version_id: examVersionId, test, case_study_id: caseStudyId }: PairRow): string {
  return `${examVersionId} ${test} ${caseStudyId}`;
}
