import { v7 as uuidv7 } from 'uuid';
import { partsOf, type Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';

type ToOpen = {
  readonly test: Test;
  readonly caseStudyId: string | null;
  readonly examId: string;
  readonly version: number;
  readonly panelists: readonly string[];
  readonly act: AuditedAct;
};

/**
 * Opens a panel with its first round. Refused with `grader_unknown` or `panel_invalid` where somebody named is no designated expert, or the version has
 * nothing of the kind to rate.
 */
export async function openPanel(
  context: ExamContext,
  { examId, version, test, caseStudyId, panelists, act }: ToOpen,
): Promise<{ readonly panelId: string; readonly isNew: boolean }> {
  const { id: examVersionId, content } = await context.examVersions.published({ examId, version });
  if (partsOf(content, { test, caseStudyId }).length === 0)
    throw invalid('caseStudyId', 'names no case study of this version; the aptitude test has none');
  return inTransaction(context, async (tx) => {
    const before = await actBefore(tx, act);
    if (before) return { panelId: String(before['panelId']), isNew: false };
    await refuseStrangers(tx, panelists);
    const panelId = uuidv7();
    const at = await nowBy(context.clock, tx);
    const opened = { openedBy: act.actor, reason: act.reason, openedAt: at };
    await tx.standardPanel.create({ data: { id: panelId, examVersionId, test, caseStudyId, ...opened }, select: { id: true } });
    await tx.standardPanelist.createMany({ data: panelists.map((grader) => ({ panelId, grader })) });
    await tx.standardRound.createMany({ data: [{ panelId, number: 1, ...opened }] });
    await recordAct(tx, act, { attemptId: null, action: 'open_panel', details: { panelId, examId, version, test, panelists: [...panelists] }, at });
    return { panelId, isNew: true };
  });
}

/**
 * Adds somebody to a panel that is open. They rate in rounds that are opened from then on, and count in no other: in the one that is open now they would
 * begin late, and in those before nobody asked them. Added before, that stands; who left does not come back.
 */
export function addPanelist(
  context: ExamContext,
  { panelId, grader, act }: { readonly panelId: string; readonly grader: string; readonly act: AuditedAct },
): Promise<{ readonly fromRound: number }> {
  return inTransaction(context, async (tx) => {
    const panel = await lockPanel(tx, panelId);
    const there = await tx.standardPanelist.findUnique({ where: { panelId_grader: { panelId, grader } } });
    if (there && !there.leftAt) return { fromRound: there.fromRound };
    refuseClosed(panel);
    if (there) throw invalid('subject', 'has left this panel, and does not come back');
    await refuseStrangers(tx, [grader], () => 'subject');
    const fromRound = 1 + (await tx.standardRound.count({ where: { panelId } }));
    const at = await nowBy(context.clock, tx);
    await tx.standardPanelist.createMany({ data: [{ panelId, grader, fromRound, addedBy: act.actor, addedReason: act.reason, addedAt: at }] });
    await recordAct(tx, act, { attemptId: null, action: 'add_panelist', details: { panelId, grader, fromRound }, at });
    return { fromRound };
  });
}

async function refuseStrangers(
  tx: Transaction,
  panelists: readonly string[],
  pathOf: (place: number) => string = (place) => `panelists.${place}`,
): Promise<void> {
  const known = await tx.grader.findMany({ where: { subject: { in: [...panelists] } }, select: { subject: true, designated: true } });
  const byName = new Map(known.map(({ subject, designated }) => [subject, designated]));
  panelists.forEach((panelist, place) => {
    const path = pathOf(place);
    if (!byName.has(panelist))
      throw new Refusal('grader_unknown', `Nobody called "${panelist}" has signed in yet. Check how it is written, or have them sign in once.`, {
        fields: [{ path, message: 'is nobody who has signed in' }],
      });
    if (!byName.get(panelist)) throw invalid(path, 'is no designated expert');
  });
}

export function invalid(path: string, message: string): Refusal {
  return new Refusal('panel_invalid', `This cannot be done: ${path} ${message}.`, { fields: [{ path, message }] });
}

/** Somebody rates no more, and counts in no round that is closed from then on. Ended before, that stands. */
export function endPanelist(
  context: ExamContext,
  { panelId, grader, act }: { readonly panelId: string; readonly grader: string; readonly act: AuditedAct },
): Promise<void> {
  return inTransaction(context, async (tx) => {
    const panel = await lockPanel(tx, panelId);
    const panelist = await tx.standardPanelist.findUnique({ where: { panelId_grader: { panelId, grader } } });
    if (!panelist) throw new Refusal('not_found', 'Nobody of this name is in the panel.');
    if (panelist.leftAt) return;
    refuseClosed(panel);
    const at = await nowBy(context.clock, tx);
    await tx.standardPanelist.update({
      where: { panelId_grader: { panelId, grader } },
      data: { leftBy: act.actor, leftReason: act.reason, leftAt: at },
      select: { panelId: true },
    });
    await recordAct(tx, act, { attemptId: null, action: 'end_panelist', details: { panelId, grader }, at });
  });
}

/** Closes the panel with the standard of a closed round, or with none. Nothing is rated from then on. Closed before, that stands. */
export function closePanel(
  context: ExamContext,
  { panelId, round, act }: { readonly panelId: string; readonly round: number | null; readonly act: AuditedAct },
): Promise<void> {
  return inTransaction(context, async (tx) => {
    const panel = await lockPanel(tx, panelId);
    if (panel.closed_at) return;
    if (round !== null) {
      const chosen = await tx.standardRound.findUnique({ where: { panelId_number: { panelId, number: round } }, select: { closedAt: true } });
      if (!chosen) throw new Refusal('not_found', 'There is no such round of this panel.');
      if (!chosen.closedAt) throw new Refusal('round_open', `Round ${round} is open: close it first, or name an earlier one.`);
    }
    const at = await nowBy(context.clock, tx);
    await tx.standardPanel.update({
      where: { id: panelId },
      data: { closedBy: act.actor, closedReason: act.reason, closedAt: at, resultRound: round },
      select: { id: true },
    });
    await recordAct(tx, act, { attemptId: null, action: 'close_panel', details: { panelId, round }, at });
  });
}

export type LockedPanel = {
  readonly exam_version_id: string;
  readonly test: Test;
  readonly case_study_id: string | null;
  readonly closed_at: Date | null;
};

/** So that what staff do to a panel comes one after the other, and nothing is saved meanwhile. */
export async function lockPanel(tx: Transaction, panelId: string): Promise<LockedPanel> {
  const [panel] = await tx.$queryRaw<LockedPanel[]>`
    SELECT exam_version_id, test, case_study_id, closed_at FROM standard_panel WHERE id = ${panelId}::uuid FOR UPDATE`;
  if (!panel) throw panelNotFound();
  return panel;
}

export function refuseClosed({ closed_at }: Pick<LockedPanel, 'closed_at'>): void {
  if (closed_at) throw new Refusal('panel_closed', 'The panel is closed, and its ratings stand as they are. Open another panel to rate anew.');
}

/** Not there, or not for whoever asks. */
export function panelNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such panel.');
}
