import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { partsOf } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { missingRatings, setStandard, type Rating } from '../../domain/standard-setting.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { insertReport } from '../reports.ts';
import { invalid, lockPanel, refuseClosed } from './panels.ts';
import { facilitiesIn, newestItemReport, readPastScores } from './past.ts';

const HUNDREDTHS = 100;

/**
 * Opens the next round, with everybody's ratings of the round before to begin from, and with what past candidates did where that is to be shown. Opened
 * before, that stands.
 */
export function openRound(
  context: ExamContext,
  {
    panelId,
    round,
    showsFacility,
    act,
  }: { readonly panelId: string; readonly round: number; readonly showsFacility: boolean; readonly act: AuditedAct },
): Promise<{ readonly isNew: boolean }> {
  return inTransaction(context, async (tx) => {
    const panel = await lockPanel(tx, panelId);
    const newest = await tx.standardRound.findFirstOrThrow({
      where: { panelId },
      orderBy: { number: 'desc' },
      select: { number: true, closedAt: true },
    });
    if (round <= newest.number) return { isNew: false };
    refuseClosed(panel);
    if (!newest.closedAt) throw new Refusal('round_open', `Round ${newest.number} is open: close it before the next one is opened.`);
    if (round > newest.number + 1) throw invalid('round', `must be ${newest.number + 1}, the next one`);
    const shown = showsFacility ? await newestItemReport(tx, panel) : undefined;
    if (showsFacility && !shown) throw invalid('showsFacility', 'needs a report of the items, and there is none of this version yet');
    const at = await nowBy(context.clock, tx);
    await tx.standardRound.createMany({
      data: [{ panelId, number: round, facilityReportId: shown?.id ?? null, openedBy: act.actor, reason: act.reason, openedAt: at }],
    });
    await tx.$executeRaw`
      INSERT INTO standard_rating (panel_id, round, grader, item_id, percent, sequence, saved_at)
      SELECT t.panel_id, ${round}::int, t.grader, t.item_id, t.percent, 0, ${at}
      FROM standard_rating t JOIN standard_panelist m ON m.panel_id = t.panel_id AND m.grader = t.grader AND m.left_at IS NULL
      WHERE t.panel_id = ${panelId}::uuid AND t.round = ${newest.number}::int`;
    await recordAct(tx, act, { attemptId: null, action: 'open_round', details: { panelId, round, showsFacility }, at });
    return { isNew: true };
  });
}

/**
 * Freezes a round and records its report. Refused with `ratings_missing`, which names who lacks what, while somebody has not rated everything. Closed
 * before, that stands.
 */
export async function closeRound(
  context: ExamContext,
  { panelId, round, act }: { readonly panelId: string; readonly round: number; readonly act: AuditedAct },
): Promise<{ readonly reportId: string }> {
  // Before any lock: of many candidates it takes a while, and panelists go on saving.
  const past = await readPastScores(context, panelId);
  return inTransaction(context, async (tx) => {
    const panel = await lockPanel(tx, panelId);
    const [row] = await tx.$queryRaw<{ report_id: string | null; facility_report_id: string | null }[]>`
      SELECT report_id, facility_report_id FROM standard_round WHERE panel_id = ${panelId}::uuid AND number = ${round}::int FOR UPDATE`;
    if (!row) throw new Refusal('not_found', 'There is no such round of this panel.');
    if (row.report_id !== null) return { reportId: row.report_id };
    refuseClosed(panel);
    const exam = await context.examVersions.contentOf(panel.exam_version_id, tx);
    const items = partsOf(exam, { test: panel.test, caseStudyId: panel.case_study_id }).map(({ id, millipoints }) => ({
      id,
      millipointsMax: millipoints,
    }));
    const rounds = await ratingsThatCount(tx, { panelId, until: round });
    await refuseIncomplete(tx, { panelId, round, items, ratings: rounds.at(-1) ?? [] });
    const shown = row.facility_report_id === null ? await newestItemReport(tx, panel) : await itemReport(tx, row.facility_report_id);
    const content = setStandard({ items, rounds, past, facilities: facilitiesIn(shown, panel), passMark: exam.policy.passMark });
    const at = await nowBy(context.clock, tx);
    const reportId = await insertReport(tx, {
      kind: 'standard-setting',
      examVersionId: panel.exam_version_id,
      occasion: `${panelId}/${round}`,
      since: null,
      until: at,
      candidates: content.candidates,
      content,
      madeAt: at,
    });
    if (reportId === null) throw new TypeError('a round that is open has no report');
    await tx.standardRound.update({
      where: { panelId_number: { panelId, number: round } },
      data: { closedBy: act.actor, closedReason: act.reason, closedAt: at, ratingsHash: hashOf(rounds.at(-1) ?? []), reportId },
      select: { panelId: true },
    });
    await recordAct(tx, act, { attemptId: null, action: 'close_round', details: { panelId, round, reportId }, at });
    return { reportId };
  });
}

/** Of each round until this one, the first included: those of whoever had not left when it was closed. */
async function ratingsThatCount(
  tx: Transaction,
  { panelId, until }: { readonly panelId: string; readonly until: number },
): Promise<readonly (readonly Rating[])[]> {
  const rows = await tx.$queryRaw<(Rating & { readonly round: number })[]>`
    SELECT t.round, t.grader AS panelist, t.item_id AS "itemId", (t.percent * ${HUNDREDTHS}::int) AS "basisPoints"
    FROM standard_rating t JOIN standard_round r ON r.panel_id = t.panel_id AND r.number = t.round
      JOIN standard_panelist m ON m.panel_id = t.panel_id AND m.grader = t.grader
    WHERE t.panel_id = ${panelId}::uuid AND t.round <= ${until}::int AND (m.left_at IS NULL OR m.left_at > coalesce(r.closed_at, 'infinity'))
    ORDER BY t.round, t.grader, t.item_id`;
  return Array.from({ length: until }, (_none, index) => rows.flatMap(({ round, ...rating }) => (round === index + 1 ? [rating] : [])));
}

async function refuseIncomplete(
  tx: Transaction,
  {
    panelId,
    round,
    items,
    ratings,
  }: { readonly panelId: string; readonly round: number; readonly items: readonly { readonly id: string }[]; readonly ratings: readonly Rating[] },
): Promise<void> {
  const rows = await tx.standardPanelist.findMany({
    where: { panelId, leftAt: null, fromRound: { lte: round } },
    orderBy: { grader: 'asc' },
    select: { grader: true },
  });
  if (rows.length === 0)
    throw new Refusal(
      'ratings_missing',
      'Nobody is left who rates in this round, so there is nothing to close it with. Close the panel without a result.',
    );
  const missing = missingRatings({ items, panelists: rows.map(({ grader }) => grader), ratings });
  if (missing.length === 0) return;
  const who = missing.map(({ panelist, itemIds }) => `${panelist} ${itemIds.length}`).join(', ');
  throw new Refusal(
    'ratings_missing',
    `Not everything is rated; by panelist, so many items are missing: ${who}. Wait for them, or end the part of somebody who does not go on.`,
    { missing: missing.map(({ panelist, itemIds }) => ({ grader: panelist, itemIds })) },
  );
}

function hashOf(ratings: readonly Rating[]): string {
  return createHash('sha256')
    .update(canonicalize(ratings) ?? '')
    .digest('hex');
}

function itemReport(tx: Transaction, id: string) {
  return tx.report.findUniqueOrThrow({ where: { id }, select: { id: true, content: true } });
}
