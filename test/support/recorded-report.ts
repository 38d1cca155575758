import { analyseItems } from '../../domain/item-analysis.ts';
import type { Store } from '../../store/store.ts';
import { drawExam } from './simulated-exam.ts';

/** Records what the pool would of 600 drawn candidates and an exam whose fourth item has a wrong key; returns the report's id. */
export async function recordReport(
  store: Pick<Store, 'examVersions' | 'reports'>,
  { examId, version = 1 }: { readonly examId: string; readonly version?: number },
): Promise<string> {
  const { id: examVersionId } = await store.examVersions.published({ examId, version });
  const analysis = analyseItems(drawExam({ seed: 'report', candidates: 600, faults: { wrongKey: 3 } }));
  await store.reports.record({ kind: 'items', examVersionId, occasion: `drawn-${examId}`, until: new Date() }, analysis);
  const [report] = (await store.reports.list()).filter((one) => one.examId === examId);
  return report?.id ?? '';
}
