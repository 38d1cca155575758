import { analyseItems } from '../../domain/item-analysis.ts';
import { lastPeriod } from '../../domain/report-period.ts';
import type { PeriodReportKind } from '../../domain/report.ts';
import type { Store } from '../../store/store.ts';
import { DRAWN_REPORTS } from './drawn-reports.ts';
import { drawExam } from './simulated-exam.ts';

/** Records what the pool would of 600 drawn candidates and an exam whose fourth item has a wrong key; returns the report's id. */
export async function recordReport(
  store: Pick<Store, 'examVersions' | 'reports'>,
  { examId, version = 1 }: { readonly examId: string; readonly version?: number },
): Promise<string> {
  const { id: examVersionId, content } = await store.examVersions.published({ examId, version });
  const criteria = analyseItems(drawExam({ seed: 'case study', candidates: 200, choiceItems: 0, textItems: 4 }));
  const analysis = {
    ...analyseItems(drawExam({ seed: 'report', candidates: 600, faults: { wrongKey: 3 } })),
    caseStudies: content.caseStudies.map(({ id: caseStudyId }) => ({ ...criteria, caseStudyId })),
  };
  await store.reports.record({ kind: 'items', examVersionId, occasion: `drawn-${examId}`, until: new Date() }, analysis);
  const [report] = (await store.reports.list()).filter((one) => 'examId' in one && one.examId === examId);
  return report?.id ?? '';
}

/** Records reports of so many periods that are over, of drawn facts; returns the id of the last. */
export async function recordPeriodReport(store: Pick<Store, 'reports'>, kind: PeriodReportKind, periods = 1): Promise<string> {
  const period = lastPeriod(kind, new Date());
  for (let [count, earlier] = [1, period]; count < periods; count += 1) {
    earlier = lastPeriod(kind, earlier.since);
    await store.reports.recordPeriod({ kind, ...earlier }, DRAWN_REPORTS[kind](earlier, String(count)));
  }
  await store.reports.recordPeriod({ kind, ...period }, DRAWN_REPORTS[kind](period));
  const report = (await store.reports.list({ kinds: [kind] })).find(({ until }) => until.getTime() === period.until.getTime());
  return report?.id ?? '';
}
