import type { ExamAnalysis } from '../../domain/exam-answers.ts';
import type { PastScore } from '../../domain/standard-setting.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';
import type { LockedPanel } from './panels.ts';

/**
 * How many of those who were decided at what a panel rates had which score, as decisions stand now; of what was never handed in there is none.
 * Nothing where there is no such panel.
 */
export function readPastScores({ prisma }: Pick<RecordContext, 'prisma'>, panelId: string): Promise<PastScore[]> {
  return prisma.$queryRaw<PastScore[]>`
    SELECT d.millipoints, d.millipoints_max AS "millipointsMax", d.passed, count(*)::int AS candidates
    FROM standard_panel p JOIN attempt a ON a.exam_version_id = p.exam_version_id
      JOIN LATERAL (SELECT e.millipoints, e.millipoints_max, e.passed, e.submission_id FROM decision e
        WHERE e.attempt_id = a.id AND e.test = p.test ORDER BY e.grading_round DESC LIMIT 1) d ON true
      JOIN submission s ON s.id = d.submission_id JOIN sitting si ON si.id = s.sitting_id
    WHERE p.id = ${panelId}::uuid AND si.case_study_id IS NOT DISTINCT FROM p.case_study_id
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
}

type ItemReport = { readonly id: string; readonly content: Prisma.JsonValue };

/** The newest report of the items of what a panel rates; undefined where there is none. */
export async function newestItemReport(
  tx: Transaction,
  { exam_version_id: examVersionId }: Pick<LockedPanel, 'exam_version_id'>,
): Promise<ItemReport | undefined> {
  const where = { kind: 'items', examVersionId };
  return (await tx.report.findFirst({ where, orderBy: [{ madeAt: 'desc' }, { id: 'desc' }], select: { id: true, content: true } })) ?? undefined;
}

/** The mean share of each item's points that candidates reached, as a report of items has it; of a case study that it tells nothing of, none. */
export function facilitiesIn(
  report: Pick<ItemReport, 'content'> | undefined,
  { case_study_id: caseStudyId }: Pick<LockedPanel, 'case_study_id'>,
): ReadonlyMap<string, number> {
  const analysis = report?.content as unknown as ExamAnalysis | undefined;
  const items = caseStudyId === null ? analysis?.items : analysis?.caseStudies?.find((one) => one.caseStudyId === caseStudyId)?.items;
  return new Map((items ?? []).map(({ id, facility }) => [id, facility]));
}
