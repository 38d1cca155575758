import { setTimeout as pause } from 'node:timers/promises';
import type { ReportSource } from '../domain/report-source.ts';
import type { PrismaClient } from '../prisma/generated/client.ts';
import { isDatabaseUnavailable, type RecordContext } from './context.ts';

/** How long a replica is waited for that is behind by no more than what was just written. */
const CATCH_UP_MILLISECONDS = 2000;
const LOOK_AGAIN_MILLISECONDS = 100;

export type OpenSource = ReportSource & { readonly prisma: PrismaClient };

/**
 * Whom a report or an export asks: the replica where one is configured and answers, else the primary. What the replica knows is measured against the
 * primary's journal, not by the age of its last transaction alone: on a quiet night that is old though nothing is missing. Where the journal is written
 * to, not how far it is on disk: a server with `synchronous_commit=off` has committed more than that.
 */
export async function openReportSource({ prisma, replica }: Pick<RecordContext, 'prisma' | 'replica'>): Promise<OpenSource> {
  const [primary] = await prisma.$queryRaw<
    [{ now: Date; position: string }]
  >`SELECT clock_timestamp() AS now, pg_current_wal_insert_lsn()::text AS position`;
  const { now, position } = primary;
  if (!replica) return { from: 'primary', prisma, asOf: now, behindSeconds: 0 };
  const asOf = await knownBy(replica, { now, position });
  if (asOf === undefined) return { from: 'primary_instead', prisma, asOf: now, behindSeconds: 0 };
  return { from: 'replica', prisma: replica, asOf, behindSeconds: Math.ceil((now.getTime() - asOf.getTime()) / 1000) };
}

/** Undefined of what is away, and of a server that is no replica: whatever it holds may have gone its own way. */
async function knownBy(replica: PrismaClient, { now, position }: { now: Date; position: string }): Promise<Date | undefined> {
  const giveUpAt = performance.now() + CATCH_UP_MILLISECONDS;
  try {
    for (;;) {
      const [state] = await replica.$queryRaw<[{ is_replica: boolean; has_all: boolean | null; at: Date | null }]>`
        SELECT pg_is_in_recovery() AS is_replica, pg_last_wal_replay_lsn() >= ${position}::pg_lsn AS has_all, pg_last_xact_replay_timestamp() AS at`;
      if (!state.is_replica) return undefined;
      if (state.has_all) return now;
      if (performance.now() > giveUpAt) return state.at ?? undefined;
      await pause(LOOK_AGAIN_MILLISECONDS);
    }
  } catch (error) {
    if (isDatabaseUnavailable(error)) return undefined;
    throw error;
  }
}
