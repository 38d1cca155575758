import { v7 as uuidv7 } from 'uuid';
import type { RetentionKind } from '../../domain/retention.ts';
import { Refusal } from '../../domain/refusal.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';

export type RetentionPeriod = {
  readonly id: string;
  readonly kind: RetentionKind;
  /** From the end of the attempt on; null: until somebody asks. */
  readonly days: number | null;
  readonly keepsRegister: boolean;
  readonly reason: string;
  /** The first of the two persons; `setBy` is the second. */
  readonly proposedBy: string;
  readonly setBy: string;
  readonly setAt: Date;
};

/**
 * SQL that finds something where a period is the newest of its kind, two persons set it as it says, and it is over for an attempt, or for a person who holds no
 * certificate. Asked when it is ordered, and by the function of the database that erases.
 */
export function periodIsOver({ kind, period, candidate, attempt }: Readonly<Record<'kind' | 'period' | 'candidate' | 'attempt', string>>): string {
  return `SELECT 1 FROM retention_period t JOIN proposed_act p ON p.id = t.act_id AND p.operation = 'setRetentionPeriod' AND p.state IN ('confirmed', 'done')
      AND p.body ->> 'kind' = t.kind AND (p.body ->> 'days')::int = t.days
    WHERE t.id = ${period} AND t.id = (SELECT n.id FROM retention_period n WHERE n.kind = ${kind} ORDER BY n.set_at DESC, n.id DESC LIMIT 1)
      AND ${endedOf({ candidate, attempt })} + make_interval(days => t.days) <= clock_timestamp()`;
}

/** When what is kept has come to its end, and how long it is kept begins: for nobody who holds a certificate, or has an attempt open. */
const endedOf = ({ candidate, attempt }: { candidate: string; attempt: string }) => `CASE
        WHEN ${attempt} IS NOT NULL THEN (SELECT a.settled_at FROM attempt a WHERE a.id = ${attempt} AND a.outcome IS NOT NULL)
        WHEN EXISTS (SELECT 1 FROM attempt a WHERE a.candidate_id = ${candidate} AND a.outcome IS NULL)
          OR EXISTS (SELECT 1 FROM certificate c WHERE c.candidate_id = ${candidate} AND c.status <> 'revoked') THEN NULL
        ELSE (SELECT greatest(k.created_at, max(a.settled_at)) FROM candidate k LEFT JOIN attempt a ON a.candidate_id = k.id WHERE k.id = ${candidate} GROUP BY k.id) END`;

type NewPeriod = {
  readonly kind: RetentionKind;
  readonly days: number | null;
  readonly keepsRegister: boolean;
  readonly reason: string;
  readonly actor: string;
  /** The proposed act by which two persons set it. */
  readonly actId: string;
};

/** From now on; by the same act it is the same. */
export function setPeriod(context: RecordContext, { actor: setBy, ...period }: NewPeriod): Promise<RetentionPeriod> {
  return inTransaction(context, async (tx) => {
    const before = await tx.retentionPeriod.findUnique({ where: { actId: period.actId } });
    if (before) return onlyOf(await recordsOf(tx, [before]));
    const setAt = await nowBy(context.clock, tx);
    return onlyOf(await recordsOf(tx, [await tx.retentionPeriod.create({ data: { id: uuidv7(), ...period, setBy, setAt } })]));
  });
}

/** Those in force: the newest of each kind. */
export async function readPeriods({ prisma }: RecordContext): Promise<readonly RetentionPeriod[]> {
  const rows = await prisma.retentionPeriod.findMany({ distinct: ['kind'], orderBy: [{ kind: 'asc' }, { setAt: 'desc' }, { id: 'desc' }] });
  return recordsOf(prisma, rows);
}

/** Refused where it is shorter than everything has to be kept. */
export function refuseTooShort(days: number | null, { afterDays }: { readonly afterDays: number }): void {
  if (days === null || days >= afterDays) return;
  throw new Refusal('retention_too_short', `Everything is kept for ${afterDays} days after an attempt ended (ERASURE_AFTER_DAYS).`, {
    daysMin: afterDays,
  });
}

type Row = Omit<RetentionPeriod, 'kind' | 'proposedBy'> & { readonly kind: string; readonly actId: string };

async function recordsOf(tx: Pick<Transaction, 'proposedAct'>, rows: readonly Row[]): Promise<readonly RetentionPeriod[]> {
  const acts = await tx.proposedAct.findMany({ where: { id: { in: rows.map(({ actId }) => actId) } }, select: { id: true, proposedBy: true } });
  const proposers = new Map(acts.map(({ id, proposedBy }) => [id, proposedBy]));
  return rows.map(({ kind, actId, ...row }) => ({ ...row, kind: kind as RetentionKind, proposedBy: proposers.get(actId) ?? row.setBy }));
}

function onlyOf([period]: readonly RetentionPeriod[]): RetentionPeriod {
  if (!period) throw new TypeError('a row has its record');
  return period;
}
