import { v7 as uuidv7 } from 'uuid';
import { RETENTION_OVER, type RetentionKind } from '../../domain/retention.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';
import { FIRST_ID } from '../ids.ts';
import { obstaclesTo } from './erasures.ts';
import { periodIsOver, readPeriods, type RetentionPeriod } from './periods.ts';

export type OrderedRetention = {
  readonly kind: RetentionKind;
  readonly ordered: number;
  /** By a hold, or what is open: looked at again the next time. */
  readonly stopped: number;
  /** What to go on behind; undefined once nothing more is over. */
  readonly next: string | undefined;
};

/** What one night ordered of a kind, by one period, and what became of it. */
export type RetentionRun = {
  readonly orderedAt: Date;
  readonly kind: RetentionKind;
  readonly days: number;
  readonly ordered: number;
  readonly done: number;
  /** Before it was begun: another period took the place of the one that was over. */
  readonly takenBack: number;
};

/** Runs of so many days are told. */
export const RUN_DAYS = 90;

/** Newest first. */
export async function readRuns({ prisma, clock }: RecordContext): Promise<readonly RetentionRun[]> {
  return prisma.$queryRaw<RetentionRun[]>`
    SELECT min(z.due_at) AS "orderedAt", z.kind, t.days, count(*)::int AS ordered, count(*) FILTER (WHERE z.state = 'done')::int AS done,
      count(*) FILTER (WHERE z.state = 'withdrawn')::int AS "takenBack"
    FROM erasure z JOIN retention_period t ON t.id = z.period_id
    WHERE z.state IN ('ordered', 'done', 'withdrawn') AND z.due_at >= ${await clock()} - make_interval(days => ${RUN_DAYS}) AND z.restored_at IS NULL AND t.days IS NOT NULL
    GROUP BY date_trunc('day', z.due_at), z.kind, t.id ORDER BY min(z.due_at) DESC, z.kind`;
}

type Over = { readonly id: string; readonly candidateId: string; readonly attemptId: string | null };

/**
 * Orders what has been kept for as long as its period says, of one kind, at most so many behind `after`. Each once: by the attempt and the kind, or by what is
 * under way for a person. The eraser carries it out. What was ordered by a period that is no more in force is taken back before.
 */
export async function orderOver(
  context: RecordContext,
  { kind, after, limit }: { kind: RetentionKind; after: string | undefined; limit: number },
): Promise<OrderedRetention> {
  const period = (await readPeriods(context)).find((standing) => standing.kind === kind);
  if (after === undefined) await withdrawStale(context, { kind, periodId: period?.days == null ? null : period.id });
  if (period?.days == null) return { kind, ordered: 0, stopped: 0, next: undefined };
  const before = new Date((await nowBy(context.clock, context.prisma)).getTime() - period.days * 86_400_000);
  const over = await context.prisma.$queryRaw<Over[]>(OVER[kind]({ before, after: after ?? FIRST_ID, limit }));
  let ordered = 0;
  for (const row of over) if (await orderOne(context, { period, ...row })) ordered += 1;
  return { kind, ordered, stopped: over.length - ordered, next: over.length < limit ? undefined : over.at(-1)?.id };
}

type Page = { readonly before: Date; readonly after: string; readonly limit: number };

/** Whoever was erased has nothing left whose time could be over. */
const NOT_ERASED = Prisma.sql`NOT EXISTS (SELECT 1 FROM erasure z WHERE z.candidate_id = a.candidate_id AND z.kind = 'person' AND z.state IN ('ordered', 'done'))`;

const ofAttempts = (kind: RetentionKind, has: Prisma.Sql) =>
  function over({ before, after, limit }: Page) {
    return Prisma.sql`SELECT a.id, a.candidate_id AS "candidateId", a.id AS "attemptId" FROM attempt a
      WHERE a.outcome IS NOT NULL AND a.settled_at <= ${before} AND a.id > ${after}::uuid AND ${NOT_ERASED} AND ${has}
        AND NOT EXISTS (SELECT 1 FROM erasure z WHERE z.attempt_id = a.id AND z.kind = ${kind} AND z.state IN ('ordered', 'done'))
      ORDER BY a.id LIMIT ${limit}`;
  };

/** What may be over, by what is read fast; whether it is, the rule of periods.ts says. */
const OVER: Readonly<Record<RetentionKind, (page: Page) => Prisma.Sql>> = {
  uploads: ofAttempts('uploads', Prisma.sql`EXISTS (SELECT 1 FROM upload u JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id = a.id)`),
  answers: ofAttempts('answers', Prisma.sql`EXISTS (SELECT 1 FROM sitting s WHERE s.attempt_id = a.id)`),
  person: ({ before, after, limit }) => Prisma.sql`SELECT k.id, k.id AS "candidateId", NULL AS "attemptId" FROM candidate k
    WHERE k.created_at <= ${before} AND k.id > ${after}::uuid
      AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.candidate_id = k.id AND (a.outcome IS NULL OR a.settled_at > ${before}))
      AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.candidate_id = k.id AND c.status <> 'revoked')
      AND NOT EXISTS (SELECT 1 FROM erasure z WHERE z.candidate_id = k.id AND z.kind = 'person' AND z.state IN ('ordered', 'done'))
    ORDER BY k.id LIMIT ${limit}`,
};

function orderOne(context: RecordContext, { period, candidateId, attemptId }: { period: RetentionPeriod } & Omit<Over, 'id'>): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    // Without a lock: what comes in between, the function that erases finds.
    if (!(await isOver(tx, { period, candidateId, attemptId })) || (await obstaclesTo(tx, candidateId)).length > 0) return false;
    const at = await nowBy(context.clock, tx);
    const data = { state: 'ordered', periodId: period.id, settledBy: 'system', settledAt: at, dueAt: at };
    const { kind, keepsRegister } = period;
    const standing = await tx.erasure.findFirst({ where: attemptId === null ? { candidateId, kind, state: 'asked' } : { attemptId, kind } });
    const erasure = standing
      ? await tx.erasure.update({ where: { id: standing.id }, data: { ...data, keepsRegister: standing.keepsRegister || keepsRegister } })
      : await tx.erasure.create({ data: { id: uuidv7(), candidateId, attemptId, kind, keepsRegister, ...data } });
    const act = { actionKey: `retention:${erasure.id}:${period.id}`, actor: 'system', reason: RETENTION_OVER };
    const details = { erasureId: erasure.id, candidateId, periodId: period.id, kind };
    await recordAct(tx, act, { attemptId, action: 'order_erasure', details, at });
    return true;
  });
}

async function isOver(tx: Transaction, { period, candidateId, attemptId }: { period: RetentionPeriod } & Omit<Over, 'id'>): Promise<boolean> {
  const rule = periodIsOver({ kind: 'x.kind', period: 'x.period', candidate: 'x.candidate', attempt: 'x.attempt' });
  const [row] = await tx.$queryRaw<[{ over: boolean }]>`SELECT EXISTS (${Prisma.raw(rule)}) AS over
    FROM (SELECT ${period.kind} AS kind, ${period.id}::uuid AS period, ${candidateId}::uuid AS candidate, ${attemptId}::uuid AS attempt) x`;
  return row.over;
}

/** Not begun yet, and of a period that another one took the place of. */
async function withdrawStale({ prisma, clock }: RecordContext, { kind, periodId }: { kind: RetentionKind; periodId: string | null }): Promise<void> {
  await prisma.$executeRaw`UPDATE erasure SET state = 'withdrawn', settled_at = ${await clock()}
    WHERE state = 'ordered' AND kind = ${kind} AND period_id IS NOT NULL AND period_id IS DISTINCT FROM ${periodId}::uuid AND records_erased_at IS NULL AND restored_at IS NULL`;
}
