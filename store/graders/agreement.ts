import { agreementOf, type Agreement, type MarkPair } from '../../domain/agreement.ts';
import { partsOf, type Test } from '../../domain/exam.ts';
import type { ExamContext } from '../exam-versions.ts';

/** The newest say how somebody marks now, and more would say no more. */
const PAIRS_MAX = 20_000;

export type ExamAgreement = Agreement & { readonly examId: string; readonly test: Test };

type PairRow = {
  exam_id: string;
  exam_version_id: string;
  test: Test;
  case_study_id: string | null;
  submission_id: string;
  item_id: string;
  own: number;
  other: number;
};

/** How far a grader's marks agree with those that somebody else gave independently, by exam and test. Only what is decided counts. */
export async function readAgreement({ prisma, examVersions }: ExamContext, grader: string): Promise<readonly ExamAgreement[]> {
  const rows = await prisma.$queryRaw<PairRow[]>`
    SELECT a.exam_id, a.exam_version_id, s.test, s.case_study_id, m.submission_id, m.item_id, m.millipoints AS own, o.millipoints AS other
    FROM mark m
    JOIN assignment t ON t.id = m.assignment_id AND t.purpose = 'mark'
    JOIN mark o ON o.submission_id = m.submission_id AND o.item_id = m.item_id AND o.grader <> m.grader
    JOIN assignment ot ON ot.id = o.assignment_id AND ot.purpose = 'mark'
    JOIN submission b ON b.id = m.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE m.grader = ${grader} AND EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = a.id AND d.submission_id = m.submission_id)
    ORDER BY m.recorded_at DESC, m.id LIMIT ${PAIRS_MAX}`;
  const shareOf = await sharesOf(rows, examVersions);
  return [...Map.groupBy(rows, ({ exam_id: examId, test }) => `${examId} ${test}`).values()].map((group) => {
    const [first] = group;
    if (!first) throw new TypeError('a group has a row');
    return { examId: first.exam_id, test: first.test, ...agreementOf(group.map(shareOf), new Set(group.map((row) => row.submission_id)).size) };
  });
}

/** What is given for an item, as a share of its points, so that items of many points weigh as those of few. Each exam version is read once. */
async function sharesOf(rows: readonly PairRow[], examVersions: ExamContext['examVersions']): Promise<(row: PairRow) => MarkPair> {
  const tests = Map.groupBy(rows, takenOf);
  const points = new Map<string, ReadonlyMap<string, number>>();
  for (const [taken, [row]] of tests) {
    if (!row) continue;
    const exam = await examVersions.contentOf(row.exam_version_id);
    points.set(taken, new Map(partsOf(exam, { test: row.test, caseStudyId: row.case_study_id }).map(({ id, millipoints }) => [id, millipoints])));
  }
  return (row) => {
    const max = points.get(takenOf(row))?.get(row.item_id);
    if (max === undefined) throw new TypeError(`version ${row.exam_version_id} has no item ${row.item_id}`);
    return { first: row.own / max, second: row.other / max };
  };
}

function takenOf({ exam_version_id: examVersionId, test, case_study_id: caseStudyId }: PairRow): string {
  return `${examVersionId} ${test} ${caseStudyId}`;
}
