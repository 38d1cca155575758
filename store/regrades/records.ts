import type { RegradeEffect, RegradeWait } from '../../domain/regrade.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';
import { scopeOf, type RegradeScope } from './scope.ts';

export const REGRADE_STATES = ['open', 'applying', 'applied', 'cancelled'] as const;
type RegradeState = (typeof REGRADE_STATES)[number];

export type RegradeRecord = {
  readonly id: string;
  readonly scope: RegradeScope;
  readonly reason: string;
  readonly openedBy: string;
  readonly openedAt: Date;
  /** Null until the first preview is whole. */
  readonly previewedAt: Date | null;
  readonly previewHash: string | null;
  readonly state: RegradeState;
  readonly settledBy: string | null;
  readonly settledReason: string | null;
  readonly settledAt: Date | null;
  readonly finishedAt: Date | null;
};

/** `previewed`: nothing is done yet; `waits`: for what stands in the way; `kept`: left as it is for good; `superseded`: decided otherwise meanwhile. */
export const CHANGE_STATES = ['previewed', 'waits', 'applied', 'kept', 'superseded'] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];

/** How many decisions, by what a regrade does to them and how far that has come. */
export type RegradeCount = { readonly effect: RegradeEffect; readonly state: ChangeState; readonly decisions: number };

/** What a regrade does to one decision. */
export type RegradeChangeRecord = {
  readonly attemptId: string;
  readonly decisionId: string;
  readonly effect: RegradeEffect;
  readonly state: ChangeState;
  readonly waitsFor: RegradeWait | null;
  readonly newDecisionId: string | null;
  readonly before: { readonly millipoints: number; readonly millipointsMax: number; readonly passed: boolean };
  readonly after: { readonly millipoints: number; readonly millipointsMax: number };
  /** When the candidate was told the result that stood. */
  readonly toldAt: Date;
  /** That rests on the decision, and is not revoked. */
  readonly certificateId: string | null;
};

type RegradeRow = Prisma.RegradeGetPayload<object>;

/** Refused as not found. */
export async function readRegrade(tx: Pick<Transaction, 'regrade'>, regradeId: string): Promise<RegradeRecord> {
  const row = await tx.regrade.findUnique({ where: { id: regradeId } });
  if (!row) throw new Refusal('not_found', 'There is no such regrade.');
  return recordOf(row);
}

/** Newest first. */
export async function listRegrades(
  { prisma }: RecordContext,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<readonly RegradeRecord[]> {
  const rows = await prisma.regrade.findMany({
    ...(after === undefined ? {} : { where: { id: { lt: after } } }),
    orderBy: { id: 'desc' },
    take: limit,
  });
  return rows.map(recordOf);
}

export async function countChanges({ prisma }: Pick<RecordContext, 'prisma'>, regradeId: string): Promise<readonly RegradeCount[]> {
  const rows = await prisma.regradeChange.groupBy({
    by: ['effect', 'state'],
    where: { regradeId },
    _count: true,
    orderBy: [{ effect: 'asc' }, { state: 'asc' }],
  });
  return rows.map(({ effect, state, _count }) => ({ effect: effect as RegradeEffect, state: state as ChangeState, decisions: _count }));
}

/** One page, by decision. */
export async function readChanges(
  { prisma }: RecordContext,
  { regradeId, effect, after, limit }: { regradeId: string; effect?: RegradeEffect | undefined; after?: string | undefined; limit: number },
): Promise<readonly RegradeChangeRecord[]> {
  await readRegrade(prisma, regradeId);
  return prisma.$queryRaw<RegradeChangeRecord[]>`
    SELECT g.attempt_id AS "attemptId", g.decision_id AS "decisionId", g.effect, g.state, g.waits_for AS "waitsFor", g.new_decision_id AS "newDecisionId",
      jsonb_build_object('millipoints', d.millipoints, 'millipointsMax', d.millipoints_max, 'passed', d.passed) AS before,
      jsonb_build_object('millipoints', g.millipoints, 'millipointsMax', g.millipoints_max) AS after,
      d.decided_at AS "toldAt",
      (SELECT c.id FROM certificate c JOIN attempt t ON t.id = c.attempt_id
       WHERE c.status <> 'revoked' AND (t.aptitude_decision_id IN (d.id, g.new_decision_id) OR (d.test = 'case_study' AND t.id = d.attempt_id)) LIMIT 1) AS "certificateId"
    FROM regrade_change g JOIN decision d ON d.id = g.decision_id
    WHERE g.regrade_id = ${regradeId}::uuid ${effect === undefined ? Prisma.empty : Prisma.sql`AND g.effect = ${effect}`}
      ${after === undefined ? Prisma.empty : Prisma.sql`AND g.decision_id > ${after}::uuid`}
    ORDER BY g.decision_id LIMIT ${limit}`;
}

function recordOf({ outcome, progressedAt: _progressedAt, ...row }: RegradeRow): RegradeRecord {
  const { id, reason, openedBy, openedAt, previewedAt, previewHash, settledBy, settledReason, settledAt, finishedAt } = row;
  const state = stateOf(outcome, finishedAt);
  return { id, scope: scopeOf(row), reason, openedBy, openedAt, previewedAt, previewHash, state, settledBy, settledReason, settledAt, finishedAt };
}

function stateOf(outcome: string | null, finishedAt: Date | null): RegradeState {
  if (outcome === null) return 'open';
  if (outcome === 'cancelled') return 'cancelled';
  return finishedAt === null ? 'applying' : 'applied';
}

/** Under the lock of its row. Refused as not found. */
export async function lockRegrade(tx: Transaction, regradeId: string): Promise<RegradeRecord> {
  await tx.$executeRaw`SELECT 1 FROM regrade WHERE id = ${regradeId}::uuid FOR UPDATE`;
  return readRegrade(tx, regradeId);
}
