import { agreementOf, type Agreement } from '../../domain/agreement.ts';
import type { Test } from '../../domain/exam.ts';
import type { ExamContext } from '../exam-versions.ts';
import { groupsOf, pairsOf, scriptsOf, type PairRow } from './agreement.ts';

/** So many decisions of an exam, the newest, say how its items are marked now. */
const DECISIONS_MAX = 5000;

/** How two independent graders agree about one item or criterion, whoever they are. */
export type ItemQuality = Omit<Agreement, 'severity'> & {
  readonly test: Test;
  readonly version: number;
  readonly caseStudyId: string | null;
  readonly itemId: string;
  /** Of the pairs, those that a designated grader had to settle. */
  readonly adjudicated: number;
};

type Row = PairRow & { readonly adjudicated: boolean };

/** Each item and criterion of an exam that two graders marked, the least agreed on first. Only what is decided counts. */
export async function readItemQuality({ prisma, examVersions }: ExamContext, examId: string): Promise<readonly ItemQuality[]> {
  const rows = await prisma.$queryRaw<Row[]>`
    SELECT a.exam_id, a.exam_version_id, s.test, s.case_study_id, m.submission_id, m.item_id, m.millipoints AS own, o.millipoints AS other,
      (SELECT true FROM mark j JOIN assignment jt ON jt.id = j.assignment_id AND jt.purpose = 'adjudicate'
        WHERE j.submission_id = m.submission_id AND j.item_id = m.item_id LIMIT 1) IS NOT NULL AS adjudicated
    FROM (
      SELECT d.id, d.attempt_id, d.submission_id FROM decision d JOIN attempt a ON a.id = d.attempt_id
      WHERE a.exam_id = ${examId} AND d.supersedes_id IS NULL AND d.submission_id IS NOT NULL ORDER BY d.id DESC LIMIT ${DECISIONS_MAX}
    ) d JOIN attempt a ON a.id = d.attempt_id JOIN submission b ON b.id = d.submission_id JOIN sitting s ON s.id = b.sitting_id
      JOIN assignment t ON t.submission_id = b.id AND t.seat = 1 JOIN mark m ON m.assignment_id = t.id
      JOIN assignment ot ON ot.submission_id = b.id AND ot.seat = 2 JOIN mark o ON o.assignment_id = ot.id AND o.item_id = m.item_id
    ORDER BY d.id DESC, m.item_id`;
  const pairs = await pairsOf(rows, examVersions);
  return groupsOf(pairs, ({ row, version }) => `${row.test} ${version} ${row.case_study_id} ${row.item_id}`)
    .map(([{ row, version }, group]) => {
      const { severity: _whoCameFirst, ...agreement } = agreementOf(group, scriptsOf(group));
      return {
        test: row.test,
        version,
        caseStudyId: row.case_study_id,
        itemId: row.item_id,
        ...agreement,
        adjudicated: group.filter(({ row: { adjudicated } }) => adjudicated).length,
      };
    })
    .toSorted((one, other) => (other.distance ?? -1) - (one.distance ?? -1) || other.pairs - one.pairs);
}
