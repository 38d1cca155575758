import { Prisma } from '../../prisma/generated/client.ts';
import { inTransaction, type RecordContext } from '../context.ts';

/** How many events are handed out to the sinks by one statement. */
const FAN_OUT_BATCH = 1000;

/** An advisory lock of this number makes fan-outs take turns: else a later event could reach a sink before an earlier one. */
const FAN_OUT_LOCK = 4_201_001;

/** Hands fresh events to all sinks. Returns how many; 0 also while another process is at it. */
export function fanOut(context: RecordContext): Promise<number> {
  return inTransaction(context, async (tx) => {
    const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${FAN_OUT_LOCK}) AS mine`;
    if (!lock?.mine) return 0;
    return tx.$executeRaw`
      WITH fresh AS (
        SELECT position, key, type FROM event WHERE fanned_out_at IS NULL ORDER BY position LIMIT ${FAN_OUT_BATCH}
      ), wanted AS (
        SELECT s.name AS sink, f.key, f.position FROM fresh f JOIN event_sink s ON cardinality(s.types) = 0 OR f.type = ANY(s.types)
      ), queued AS (${queueKeys(Prisma.sql`wanted`, await context.clock())}), dispatched AS (
        INSERT INTO dispatch (sink, key, position) SELECT sink, key, position FROM wanted ON CONFLICT DO NOTHING
      )
      UPDATE event e SET fanned_out_at = ${await context.clock()} FROM fresh f WHERE e.position = f.position`;
  });
}

/** Gives a sink the events since an instant once more: a consumer that lost some asks for it. Returns how many. */
export async function replay({ prisma, clock }: RecordContext, sink: string, since: Date): Promise<number> {
  return prisma.$executeRaw`
    WITH wanted AS (
      SELECT s.name AS sink, e.key, e.position FROM event e JOIN event_sink s ON s.name = ${sink}
      WHERE e.fanned_out_at IS NOT NULL AND e.time >= ${since} AND (cardinality(s.types) = 0 OR e.type = ANY(s.types))
        -- What is on its way goes there anyway, and its row may be locked by whoever sends it.
        AND NOT EXISTS (SELECT 1 FROM dispatch d WHERE d.sink = s.name AND d.key = e.key AND d.position = e.position AND d.state = 'pending')
    ), queued AS (${queueKeys(Prisma.sql`wanted`, await clock())})
    INSERT INTO dispatch (sink, key, position) SELECT sink, key, position FROM wanted
    ON CONFLICT (sink, key, position) DO UPDATE SET state = 'pending', tries = 0`;
}

/** For metrics: events that no fan-out has seen yet. */
export async function countFresh({ prisma }: RecordContext): Promise<number> {
  return prisma.event.count({ where: { fannedOutAt: null } });
}

/** Keys that have something to be taken, in one order, so that two at once cannot wait for each other. One that is there keeps its time. */
export function queueKeys(wanted: Prisma.Sql, now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO dispatch_queue (sink, key, next_try_at) SELECT sink, key, ${now} FROM ${wanted} GROUP BY sink, key ORDER BY sink, key
    ON CONFLICT (sink, key) DO UPDATE SET sink = excluded.sink`;
}
