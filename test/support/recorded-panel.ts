import { partsOf } from '../../domain/exam.ts';
import type { Store } from '../../store/store.ts';

/** A panel of the aptitude test whose first round is closed and whose second is open, with what past candidates got where a report says so. */
export async function recordPanel(
  store: Pick<Store, 'examVersions' | 'graders' | 'standardSetting'>,
  {
    examId,
    panelists = ['ada', 'ben', 'cas'],
    showsFacility = false,
  }: { readonly examId: string; readonly panelists?: readonly string[]; readonly showsFacility?: boolean },
): Promise<{ readonly panelId: string; readonly reportId: string }> {
  const { content } = await store.examVersions.published({ examId, version: 1 });
  const taken = { test: 'aptitude', caseStudyId: null } as const;
  const act = (name: string) => ({ actor: 'sam', reason: 'a new version comes', actionKey: `${name} ${examId} ${panelists.join(' ')}` });
  for (const subject of [...panelists, 'cleo']) await store.graders.meet({ subject, designated: true });
  const { panelId } = await store.standardSetting.openPanel({ examId, version: 1, ...taken, panelists, act: act('open') });
  for (const [place, grader] of panelists.entries())
    for (const [index, { id: itemId }] of partsOf(content, taken).entries())
      await store.standardSetting.rate({ panelId, round: 1, grader, itemId, percent: 55 + 7 * place + 5 * index, sequence: 1 });
  const { reportId } = await store.standardSetting.closeRound({ panelId, round: 1, act: act('close') });
  await store.standardSetting.openRound({ panelId, round: 2, showsFacility, act: act('next') });
  return { panelId, reportId };
}
