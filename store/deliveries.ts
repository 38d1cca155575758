import { v7 as uuidv7 } from 'uuid';
import type { Standing } from '../domain/attempt.ts';
import { currentTraceparent } from '../platform/telemetry/spans.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { asKept, writeTogether, type StoreContext, type Transaction } from './context.ts';
import { firstIdAt } from './ids.ts';

/** The facts that ring at a workflow's door. */
export type Fact =
  | 'registered'
  | 'started'
  | 'submitted'
  | 'downloaded'
  | 'withdrawn'
  | 'marked'
  | 'deadline_moved'
  | 'staffing_changed'
  | 'file_scanned'
  | 'file_flagged'
  | 'file_flag_settled'
  | 'claim_settled'
  | 'appealed'
  | 'appeal_withdrawn';

/** A fact that was committed, and the delivery that announces it; none when it had been committed before. */
export type Committed = {
  readonly attemptId: string;
  readonly deliveryId: string | undefined;
  /** Of a registration. */
  readonly standing?: Standing;
};

export type PendingDelivery = {
  readonly id: string;
  readonly attemptId: string;
  readonly fact: Fact;
  readonly tries: number;
  /** The trace that the fact belongs to; null where nobody traced. */
  readonly traceparent: string | null;
};

/** How long the API's own doorbell has before the relay rings as well. */
const RELAY_AFTER_SECONDS = 2;

type FactToCommit = { readonly attemptId: string; readonly fact: Fact; readonly at: Date };

/** Writes the delivery of a fact, in the fact's own transaction and together with its last writes. Returns the delivery's id. */
export async function commitFact(tx: Transaction, fact: FactToCommit, writes: readonly Prisma.Sql[] = []): Promise<string> {
  const id = uuidv7();
  await writeTogether(tx, [...writes, deliveryWrite(id, fact, Prisma.sql`TRUE`)]);
  return id;
}

/** As commitFact, of a fact that rings only where `condition`, as of before these writes, holds. Undefined where it does not. */
export async function commitFactWhere(
  tx: Transaction,
  condition: Prisma.Sql,
  fact: FactToCommit,
  writes: readonly Prisma.Sql[],
): Promise<string | undefined> {
  const id = uuidv7();
  return (await writeTogether(tx, [...writes, deliveryWrite(id, fact, condition)])) === 0 ? undefined : id;
}

function deliveryWrite(id: string, { attemptId, fact, at }: FactToCommit, condition: Prisma.Sql): Prisma.Sql {
  const nextTryAt = new Date(at.getTime() + RELAY_AFTER_SECONDS * 1000);
  return Prisma.sql`
    INSERT INTO delivery (id, attempt_id, fact, created_at, next_try_at, traceparent)
    SELECT ${id}::uuid, ${attemptId}::uuid, ${fact}, ${at}::timestamptz, ${nextTryAt}::timestamptz, ${currentTraceparent() ?? null} WHERE ${condition}`;
}

/** The outbox from facts to workflows. Several relays share it: each takes what no other holds. */
export function createDeliveryStore({ prisma, clock }: StoreContext) {
  return {
    /** Takes deliveries that are due, oldest first, and sets their next try (2, 4, 8 … at most 60 s) in case this one fails. */
    async take(limit: number): Promise<readonly PendingDelivery[]> {
      const now = await clock();
      const rows = await prisma.$queryRaw<{ id: string; attempt_id: string; fact: Fact; tries: number; traceparent: string | null }[]>`
        WITH due AS (
          SELECT id FROM delivery
          WHERE delivered_at IS NULL AND voided_at IS NULL AND next_try_at <= ${asKept(now)}
          ORDER BY next_try_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        )
        UPDATE delivery d SET tries = d.tries + 1, next_try_at = ${now} + make_interval(secs => least(power(2, d.tries + 1), 60))
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.attempt_id, d.fact, d.tries, d.traceparent`;
      return rows.map(({ attempt_id: attemptId, ...row }) => ({ ...row, attemptId }));
    },

    /** The server has the signals of these deliveries. */
    async acknowledge(ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return;
      await prisma.$executeRaw`UPDATE delivery SET delivered_at = ${await clock()} WHERE id = ANY(${[...ids]}::uuid[]) AND delivered_at IS NULL`;
    },

    /** Nobody is left to hear it, and the reason is kept. */
    async void(id: string, reason: string): Promise<void> {
      await prisma.$executeRaw`UPDATE delivery SET voided_at = ${await clock()}, void_reason = ${reason} WHERE id = ${id}::uuid AND voided_at IS NULL`;
    },

    /** The sweep: what the server took but no workflow loaded within the time given rings again. Returns how many. */
    async requeueUnconsumed(afterSeconds: number): Promise<number> {
      const now = await clock();
      return prisma.$executeRaw`
        UPDATE delivery SET delivered_at = NULL, next_try_at = ${now}
        WHERE delivered_at < ${now} - make_interval(secs => ${afterSeconds}) AND consumed_at IS NULL AND voided_at IS NULL`;
    },

    /**
     * Deletes deliveries that are through, consumed or void, once they are so many days old: at most `limit` a call, and
     * returns how many. Their ids are UUIDv7, so that the primary key finds the old ones.
     */
    async prune({ afterDays, limit }: { afterDays: number; limit: number }): Promise<number> {
      const [row] = await prisma.$queryRaw<{ before: Date }[]>`SELECT ${await clock()} - make_interval(days => ${afterDays}) AS before`;
      const before = firstIdAt((row?.before ?? new Date(0)).getTime());
      return prisma.$executeRaw`
        DELETE FROM delivery WHERE id IN (
          SELECT id FROM delivery WHERE id < ${before}::uuid AND (consumed_at IS NOT NULL OR voided_at IS NOT NULL)
          ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
    },

    /** For metrics: deliveries that no workflow has loaded yet, and the age of the oldest in seconds. */
    async backlog(): Promise<{ count: number; oldestAgeSeconds: number }> {
      const [row] = await prisma.$queryRaw<{ count: number; age: number }[]>`
        SELECT count(*)::int AS count, coalesce(extract(epoch FROM ${await clock()} - min(created_at)), 0)::float8 AS age
        FROM delivery WHERE consumed_at IS NULL AND voided_at IS NULL`;
      return { count: row?.count ?? 0, oldestAgeSeconds: row?.age ?? 0 };
    },
  };
}

export type DeliveryStore = ReturnType<typeof createDeliveryStore>;
