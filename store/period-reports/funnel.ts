import { examVersionName } from '../../domain/exam.ts';
import { funnelReport, type FunnelCell } from '../../domain/funnel-report.ts';
import type { PeriodContent } from '../../domain/report-tables.ts';
import type { Period } from '../../domain/report.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';

type Row = Omit<FunnelCell, 'examVersion'> & { readonly exam_version_id: string };

/**
 * Attempts that ended in the period, by the index of when they did, counted by sort: their number is that of exam versions and languages. A pass of
 * the aptitude test that was carried over counts as one.
 */
export async function readFunnel(tx: Transaction, { examVersions }: ExamContext, { since, until }: Period): Promise<PeriodContent> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT a.exam_version_id, a.accommodation_percent > 100 AS "isAccommodated", coalesce(nullif(split_part(lower(c.locale), '-', 1), ''), 'und') AS language,
      EXISTS (SELECT 1 FROM attempt earlier WHERE earlier.candidate_id = a.candidate_id AND earlier.exam_id = a.exam_id AND earlier.registered_at < a.registered_at) AS "isRetake",
      count(*)::int AS attempts,
      count(*) FILTER (WHERE aptitude.id IS NOT NULL OR a.aptitude_decision_id IS NOT NULL)::int AS started,
      count(*) FILTER (WHERE aptitude.is_handed_in OR a.aptitude_decision_id IS NOT NULL)::int AS "handedIn",
      count(*) FILTER (WHERE a.aptitude_decision_id IS NOT NULL)::int AS passed,
      count(*) FILTER (WHERE solution.id IS NOT NULL)::int AS downloaded,
      count(*) FILTER (WHERE solution.is_handed_in)::int AS solved,
      count(*) FILTER (WHERE a.outcome = 'certified')::int AS certified,
      count(*) FILTER (WHERE a.outcome = 'failed')::int AS failed,
      count(*) FILTER (WHERE a.outcome = 'lapsed')::int AS lapsed,
      count(*) FILTER (WHERE a.outcome = 'withdrawn')::int AS withdrawn
    FROM attempt a JOIN candidate c ON c.id = a.candidate_id
      LEFT JOIN LATERAL (SELECT s.id, EXISTS (SELECT 1 FROM submission b WHERE b.sitting_id = s.id) AS is_handed_in
        FROM sitting s WHERE s.attempt_id = a.id AND s.test = 'aptitude') aptitude ON true
      LEFT JOIN LATERAL (SELECT s.id, EXISTS (SELECT 1 FROM submission b WHERE b.sitting_id = s.id) AS is_handed_in
        FROM sitting s WHERE s.attempt_id = a.id AND s.test = 'case_study') solution ON true
    WHERE a.settled_at >= ${since} AND a.settled_at < ${until} AND a.outcome IS NOT NULL
    GROUP BY 1, 2, 3, 4`;
  const cells = await Array.fromAsync(rows, async ({ exam_version_id: examVersionId, ...row }) => ({
    ...row,
    examVersion: examVersionName(await examVersions.contentOf(examVersionId, tx)),
  }));
  return funnelReport(cells);
}
