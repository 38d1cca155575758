import { createHash, type Hash } from 'node:crypto';
import { decideRegraded } from '../../domain/regrade.ts';
import { Refusal } from '../../domain/refusal.ts';
import { nowBy, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { readRegrade, type RegradeRecord } from './records.ts';
import { standingIn, type RegradeScope, type StandingDecision } from './scope.ts';
import { FIRST_ID } from '../ids.ts';

const PAGE_SIZE = 1000;

/**
 * Decides anew, on paper, every decision that an open regrade is about, and keeps what would come of it in the place of an earlier preview. A
 * page a transaction: it may be broken off and made again. Refused as `regrade_settled` once the regrade is applied or cancelled.
 */
export async function previewRegrade(context: ExamContext, { regradeId }: { regradeId: string }): Promise<RegradeRecord> {
  const { prisma, clock } = context;
  const { scope } = await readRegrade(prisma, regradeId);
  const begun =
    await prisma.$executeRaw`UPDATE regrade SET previewed_at = NULL, preview_hash = NULL WHERE id = ${regradeId}::uuid AND outcome IS NULL`;
  if (begun === 0) throw regradeSettled(await readRegrade(prisma, regradeId));
  await prisma.regradeChange.deleteMany({ where: { regradeId, state: 'previewed' } });
  const hash = createHash('sha256');
  for (let after = FIRST_ID; ;) {
    const page = await standingIn(prisma, { regradeId, scope, after, limit: PAGE_SIZE });
    if (page.length > 0) await keepPage(context, { regradeId, scope, page, hash });
    if (page.length < PAGE_SIZE) break;
    after = page.at(-1)?.id ?? after;
  }
  await prisma.$executeRaw`
    UPDATE regrade SET previewed_at = ${await nowBy(clock, prisma)}, preview_hash = ${hash.digest('hex')} WHERE id = ${regradeId}::uuid AND outcome IS NULL`;
  return readRegrade(prisma, regradeId);
}

type Page = { readonly regradeId: string; readonly scope: RegradeScope; readonly page: readonly StandingDecision[]; readonly hash: Hash };

async function keepPage(context: ExamContext, { regradeId, scope, page, hash }: Page): Promise<void> {
  const rows = await Array.fromAsync(page, (decision) => regradedOf(context.prisma, context, { scope, decision }));
  for (const { decision, effect, after } of rows) hash.update(`${decision.id} ${effect} ${after.score.millipoints}/${after.score.millipointsMax}\n`);
  const of = <Value>(value: (row: (typeof rows)[number]) => Value) => rows.map(value);
  await context.prisma.$executeRaw`
    INSERT INTO regrade_change (regrade_id, decision_id, attempt_id, effect, millipoints, millipoints_max, state, at)
    SELECT ${regradeId}::uuid, row.decision_id, row.attempt_id, row.effect, row.millipoints, row.millipoints_max, 'previewed', ${await context.clock()}
    FROM unnest(${of(({ decision }) => decision.id)}::uuid[], ${of(({ decision }) => decision.attemptId)}::uuid[], ${of(({ effect }) => effect)}::text[],
      ${of(({ after }) => after.score.millipoints)}::int[], ${of(({ after }) => after.score.millipointsMax)}::int[])
      AS row (decision_id, attempt_id, effect, millipoints, millipoints_max)
    ON CONFLICT (regrade_id, decision_id) DO NOTHING`;
}

/** What becomes of a decision by a regrade. */
export async function regradedOf(
  tx: Transaction,
  { examVersions }: Pick<ExamContext, 'examVersions'>,
  { scope, decision }: { readonly scope: RegradeScope; readonly decision: StandingDecision },
) {
  const { passed, items, millipoints, millipointsMax, content } = decision;
  const exam = await examVersions.contentOf(decision.examVersionId, tx);
  const before = { passed, items, score: { millipoints, millipointsMax } };
  return { decision, ...decideRegraded(before, { exam, answers: content ?? {}, regrades: [scope] }) };
}

export function regradeSettled({ state, settledBy }: RegradeRecord): Refusal {
  return new Refusal('regrade_settled', `This regrade is ${state} already, by ${settledBy}. Nothing was changed.`);
}
