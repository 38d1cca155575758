import { partsOf } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { ExamContext } from '../exam-versions.ts';
import { invalid, panelNotFound, refuseClosed } from './panels.ts';

type ToRate = {
  readonly panelId: string;
  readonly round: number;
  readonly grader: string;
  readonly itemId: string;
  readonly percent: number;
  readonly sequence: number;
};

/**
 * Saves a rating as it is typed: one statement that shares the locks of panel, round and panelist with nothing but other saves, so that a closing
 * either counts the rating or refuses it. A repeat of the newest is acknowledged again; an older one is refused with `stale_sequence`.
 */
export async function rateItem(context: ExamContext, request: ToRate): Promise<{ readonly savedAt: Date }> {
  const { prisma, clock } = context;
  const { panelId, round, grader, itemId, percent, sequence } = request;
  await refuseOther(context, request);
  const [saved] = await prisma.$queryRaw<{ saved_at: Date }[]>`
    WITH open AS (
      SELECT m.panel_id FROM standard_panelist m JOIN standard_panel p ON p.id = m.panel_id JOIN standard_round r ON r.panel_id = m.panel_id
      WHERE m.panel_id = ${panelId}::uuid AND m.grader = ${grader} AND r.number = ${round}::int
        AND m.left_at IS NULL AND m.from_round <= r.number AND p.closed_at IS NULL AND r.closed_at IS NULL
      FOR SHARE OF m, p, r
    )
    INSERT INTO standard_rating (panel_id, round, grader, item_id, percent, sequence, saved_at)
    SELECT panel_id, ${round}::int, ${grader}, ${itemId}, ${percent}::int, ${sequence}::int, ${await clock()} FROM open
    ON CONFLICT (panel_id, round, grader, item_id) DO UPDATE
      SET percent = excluded.percent, sequence = excluded.sequence, saved_at = excluded.saved_at
      WHERE standard_rating.sequence < excluded.sequence
    RETURNING saved_at`;
  return saved ? { savedAt: saved.saved_at } : explainUnsaved(context, request);
}

/** Who is not in the panel, or no more, learns nothing of it. */
async function refuseOther({ prisma, examVersions }: ExamContext, { panelId, grader, itemId }: ToRate): Promise<void> {
  const panelist = await prisma.standardPanelist.findUnique({
    where: { panelId_grader: { panelId, grader } },
    select: { leftAt: true, panel: { select: { examVersionId: true, test: true, caseStudyId: true } } },
  });
  if (!panelist || panelist.leftAt) throw panelNotFound();
  const { examVersionId, test, caseStudyId } = panelist.panel;
  const parts = partsOf(await examVersions.contentOf(examVersionId), { test: test as 'aptitude' | 'case_study', caseStudyId });
  if (!parts.some(({ id }) => id === itemId)) throw new Refusal('not_found', 'There is no such item in what this panel rates.');
}

async function explainUnsaved(
  { prisma }: ExamContext,
  { panelId, round, grader, itemId, percent, sequence }: ToRate,
): Promise<{ readonly savedAt: Date }> {
  const key = { panelId, round, grader, itemId };
  const current = await prisma.standardRating.findUnique({ where: { panelId_round_grader_itemId: key } });
  if (current?.sequence === sequence && current.percent === percent) return { savedAt: current.savedAt };
  const panel = await prisma.standardPanel.findUniqueOrThrow({
    where: { id: panelId },
    select: { closedAt: true, rounds: { where: { number: round }, select: { closedAt: true } } },
  });
  const [of] = panel.rounds;
  if (!of) throw new Refusal('not_found', 'There is no such round of this panel.');
  refuseClosed({ closed_at: panel.closedAt });
  if (of.closedAt)
    throw new Refusal(
      'round_closed',
      `Round ${round} is closed, and its ratings stand as they are. What you think now can be said in the next round.`,
    );
  if (!current) {
    const panelist = await prisma.standardPanelist.findUnique({ where: { panelId_grader: { panelId, grader } }, select: { fromRound: true } });
    if (!panelist || panelist.fromRound <= round) throw panelNotFound();
    throw invalid('round', `was opened before you were added: you rate from round ${panelist.fromRound} on`);
  }
  throw new Refusal('stale_sequence', 'A newer rating is saved already, perhaps from another tab or device.', {
    current: { percent: current.percent, sequence: current.sequence, savedAt: current.savedAt.toISOString() },
  });
}
