import { v7 as uuidv7 } from 'uuid';
import type { EventType, NewEvent } from '../../domain/events.ts';
import type { RecordedEvent } from '../../publication/events/cloud-event.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';

/** An event on its way to one sink. Its position orders the events of one key, and rises over all of them, with gaps. */
export type DispatchedEvent = RecordedEvent & {
  /** How often it was tried, this time included. */
  readonly tries: number;
};

export type SinkKind = 'register' | 'broker' | 'webhook';

export type NewSink = {
  readonly name: string;
  readonly kind: SinkKind;
  /** Default: all. */
  readonly types?: readonly EventType[];
  readonly url?: string;
  readonly secrets?: readonly string[];
  readonly createdBy: string;
};

export type Sink = {
  readonly name: string;
  readonly kind: SinkKind;
  /** Empty: all. */
  readonly types: readonly string[];
  /** Of a webhook; the newest secret first. */
  readonly url: string | null;
  readonly secrets: readonly string[];
  /** Why it takes nothing at the moment. */
  readonly problem: string | null;
};

/** How many events are handed out to the sinks by one statement. */
const FAN_OUT_BATCH = 1000;

/**
 * How long whoever took an event has to say what became of it. Then another may take it: the sink may see it twice, with
 * the same id, but never one of the same key before it.
 */
const TAKEN_SECONDS = 60;

/** An advisory lock of this number makes fan-outs take turns: else a later event could reach a sink before an earlier one. */
const FAN_OUT_LOCK = 4_201_001;

/** One INSERT, so that the events get their positions in the order given. To be written in the transaction of what they tell. */
export function eventWrites(events: readonly NewEvent[], at: Date): readonly Prisma.Sql[] {
  if (events.length === 0) return [];
  const rows = events.map(({ type, key, data }) => Prisma.sql`(${uuidv7()}::uuid, ${key}::uuid, ${type}, ${JSON.stringify(data)}::jsonb, ${at})`);
  return [Prisma.sql`INSERT INTO event (id, key, type, data, time) VALUES ${Prisma.join(rows)}`];
}

/** Writes events at once, where nothing else is to be written with them. */
export async function writeEvents(tx: Transaction, events: readonly NewEvent[], at: Date): Promise<void> {
  for (const write of eventWrites(events, at)) await tx.$executeRaw(write);
}

/** Which event of which key. */
export type Dispatched = Pick<DispatchedEvent, 'key' | 'position'>;

/** Keys that have something to be taken, in one order, so that two at once cannot wait for each other. One that is there keeps its time. */
function queueKeys(wanted: Prisma.Sql, now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO dispatch_queue (sink, key, next_try_at) SELECT sink, key, ${now} FROM ${wanted} GROUP BY sink, key ORDER BY sink, key
    ON CONFLICT (sink, key) DO UPDATE SET sink = excluded.sink`;
}

function unnested(events: readonly Dispatched[]): Prisma.Sql {
  return Prisma.sql`unnest(${events.map(({ key }) => key)}::uuid[], ${events.map(({ position }) => position)}::bigint[]) AS gone (key, position)`;
}

/**
 * The outbox to the outside world. Every sink has a dispatch for each event until it took it; of one key a sink gets one
 * event after the other, of different keys many at once. Any number of relays share it.
 */
export function createEventStore(context: RecordContext) {
  const { prisma, clock } = context;

  /**
   * What a sink is through with leaves; keys without any more of it leave too, and the others may go on. Their rows are
   * locked first: a fan-out that adds to one of them waits, or is seen by the statement that looks what is left.
   */
  async function leaveQueues(sink: string, events: readonly Dispatched[], leave: (tx: Transaction) => Promise<unknown>): Promise<void> {
    const keys = events.map(({ key }) => key);
    await inTransaction(context, async (tx) => {
      await tx.$executeRaw`SELECT 1 FROM dispatch_queue WHERE sink = ${sink} AND key = ANY(${keys}::uuid[]) ORDER BY key FOR UPDATE`;
      await leave(tx);
      await tx.$executeRaw`
        WITH left_over AS (
          SELECT k.key, EXISTS (SELECT 1 FROM dispatch d WHERE d.sink = ${sink} AND d.key = k.key AND d.state = 'pending') AS more
          FROM unnest(${keys}::uuid[]) AS k (key)
        ), emptied AS (
          DELETE FROM dispatch_queue q USING left_over l WHERE q.sink = ${sink} AND q.key = l.key AND NOT l.more
        )
        UPDATE dispatch_queue q SET next_try_at = ${await clock()} FROM left_over l WHERE q.sink = ${sink} AND q.key = l.key AND l.more`;
    });
  }

  return {
    /** Hands fresh events to all sinks. Returns how many; 0 also while another process is at it. */
    fanOut(): Promise<number> {
      return inTransaction(context, async (tx) => {
        const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${FAN_OUT_LOCK}) AS mine`;
        if (!lock?.mine) return 0;
        return tx.$executeRaw`
          WITH fresh AS (
            SELECT position, key, type FROM event WHERE fanned_out_at IS NULL ORDER BY position LIMIT ${FAN_OUT_BATCH}
          ), wanted AS (
            SELECT s.name AS sink, f.key, f.position FROM fresh f JOIN event_sink s ON cardinality(s.types) = 0 OR f.type = ANY(s.types)
          ), queued AS (${queueKeys(Prisma.sql`wanted`, await clock())}), dispatched AS (
            INSERT INTO dispatch (sink, key, position) SELECT sink, key, position FROM wanted ON CONFLICT DO NOTHING
          )
          UPDATE event e SET fanned_out_at = ${await clock()} FROM fresh f WHERE e.position = f.position`;
      });
    },

    /** Takes events that are due for a sink: the oldest of each key, none while the sink is paused. */
    take(sink: string, limit: number): Promise<readonly DispatchedEvent[]> {
      return inTransaction(context, async (tx) => {
        const now = await clock();
        const keys = await tx.$queryRaw<{ key: string }[]>`
          WITH due AS (
            SELECT key FROM dispatch_queue WHERE sink = ${sink} AND next_try_at <= ${now}
              AND NOT EXISTS (SELECT 1 FROM event_sink WHERE name = ${sink} AND paused_until > ${now})
            ORDER BY next_try_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
          )
          UPDATE dispatch_queue q SET next_try_at = ${now} + make_interval(secs => ${TAKEN_SECONDS})
          FROM due WHERE q.sink = ${sink} AND q.key = due.key RETURNING q.key`;
        if (keys.length === 0) return [];
        // A statement of its own: now that the keys are ours it sees all that was acknowledged before.
        return tx.$queryRaw<DispatchedEvent[]>`
          WITH head AS (
            SELECT k.key, (SELECT d.position FROM dispatch d WHERE d.sink = ${sink} AND d.key = k.key AND d.state = 'pending' ORDER BY d.position LIMIT 1)
            FROM unnest(${keys.map(({ key }) => key)}::uuid[]) AS k (key)
          ), taken AS (
            UPDATE dispatch d SET tries = d.tries + 1 FROM head
            WHERE d.sink = ${sink} AND d.key = head.key AND d.position = head.position RETURNING d.position, d.tries
          )
          SELECT e.id, e.position, e.key, e.type, e.data, e.time, taken.tries
          FROM taken JOIN event e ON e.position = taken.position ORDER BY e.position`;
      });
    },

    /** The sink has these. The next of their keys may go. */
    async acknowledge(sink: string, events: readonly Dispatched[]): Promise<void> {
      if (events.length === 0) return;
      await leaveQueues(
        sink,
        events,
        (tx) => tx.$executeRaw`
        DELETE FROM dispatch d USING ${unnested(events)} WHERE d.sink = ${sink} AND d.key = gone.key AND d.position = gone.position`,
      );
    },

    /** The sink did not take it this time; the events of its key wait with it. */
    async retryLater(
      sink: string,
      { key, position }: Dispatched,
      { afterSeconds, problem, wasTried }: { afterSeconds: number; problem: string; /** Else it does not count as a try. */ wasTried: boolean },
    ): Promise<void> {
      await prisma.$executeRaw`
        WITH waiting AS (
          UPDATE dispatch_queue SET next_try_at = ${await clock()} + make_interval(secs => ${afterSeconds}) WHERE sink = ${sink} AND key = ${key}::uuid
        )
        UPDATE dispatch SET problem = ${problem}, tries = tries - ${wasTried ? 0 : 1}
        WHERE sink = ${sink} AND key = ${key}::uuid AND position = ${position}`;
    },

    /** The sink will never take it: the events after it go on, and staff see it until they try it again. */
    async setAside(sink: string, event: Dispatched, problem: string): Promise<void> {
      await leaveQueues(
        sink,
        [event],
        (tx) => tx.$executeRaw`
        UPDATE dispatch SET state = 'aside', problem = ${problem} WHERE sink = ${sink} AND key = ${event.key}::uuid AND position = ${event.position}`,
      );
    },

    /** The sink does not answer: what was taken goes back untried, and nobody tries before the pause is over (1, 2, 4 … at most 60 s). */
    async pause(
      sink: string,
      {
        events,
        problem,
        atLeastSeconds = 0,
      }: { events: readonly Dispatched[]; problem: string; /** What the sink asks for. */ atLeastSeconds?: number },
    ): Promise<void> {
      const now = await clock();
      await prisma.$executeRaw`
        WITH untried AS (
          UPDATE dispatch d SET tries = tries - 1 FROM ${unnested(events)} WHERE d.sink = ${sink} AND d.key = gone.key AND d.position = gone.position
        ), returned AS (
          UPDATE dispatch_queue SET next_try_at = ${now} WHERE sink = ${sink} AND key IN (
            SELECT key FROM dispatch_queue WHERE sink = ${sink} AND key = ANY(${events.map(({ key }) => key)}::uuid[]) ORDER BY key FOR UPDATE)
        )
        UPDATE event_sink SET failures = failures + 1, problem = ${problem},
          paused_until = ${now} + make_interval(secs => greatest(least(power(2, least(failures, 10)), 60), ${atLeastSeconds}))
        WHERE name = ${sink}`;
    },

    /** The sink answers again. */
    async resume(sink: string): Promise<void> {
      await prisma.$executeRaw`UPDATE event_sink SET failures = 0, problem = NULL, paused_until = NULL WHERE name = ${sink} AND failures > 0`;
    },

    /**
     * Makes a sink of the configuration known, with the types that this release wants for it: it gets every event from its
     * first announcement on. Returns false, and changes nothing, when the name is that of a sink of another kind.
     */
    async announceSink({ name, kind, types = [] }: Pick<NewSink, 'name' | 'kind' | 'types'>): Promise<boolean> {
      const announced = await prisma.$executeRaw`
        INSERT INTO event_sink (name, kind, types, created_at, created_by) VALUES (${name}, ${kind}, ${[...types]}::text[], ${await clock()}, 'configuration')
        ON CONFLICT (name) DO UPDATE SET types = excluded.types WHERE event_sink.kind = excluded.kind`;
      return announced > 0;
    },

    /** Makes a sink known: it gets the events of these types, or all, from now on. Returns false, and changes nothing, when the name is taken. */
    async addSink({ name, kind, types = [], url, secrets = [], createdBy }: NewSink): Promise<boolean> {
      const added = await prisma.$executeRaw`
        INSERT INTO event_sink (name, kind, types, url, secrets, created_at, created_by)
        VALUES (${name}, ${kind}, ${[...types]}::text[], ${url ?? null}, ${[...secrets]}::text[], ${await clock()}, ${createdBy}) ON CONFLICT DO NOTHING`;
      return added > 0;
    },

    /** Forgets a sink and what it has not taken. */
    async removeSink(name: string): Promise<boolean> {
      return (await prisma.$executeRaw`DELETE FROM event_sink WHERE name = ${name}`) > 0;
    },

    /** Forgets a webhook and what it has not taken. Returns whether there was one of the name. */
    async removeWebhook(name: string): Promise<boolean> {
      return (await prisma.$executeRaw`DELETE FROM event_sink WHERE name = ${name} AND kind = 'webhook'`) > 0;
    },

    /** A new secret for a webhook; the two before it go on signing, in case the answer with one of them was lost. Returns whether there is a webhook of the name. */
    async addSecret(name: string, secret: string): Promise<boolean> {
      const added = await prisma.$executeRaw`
        UPDATE event_sink SET secrets = (array_prepend(${secret}, secrets))[1:3] WHERE name = ${name} AND kind = 'webhook'`;
      return added > 0;
    },

    /** Every sink, as the relay serves them. */
    async sinks(): Promise<readonly Sink[]> {
      const rows = await prisma.eventSink.findMany({ orderBy: { name: 'asc' } });
      return rows.map(({ name, kind, types, url, secrets, problem }) => ({ name, kind: kind as SinkKind, types, url, secrets, problem }));
    },

    /** Gives a sink the events since an instant once more: a consumer that lost some asks for it. Returns how many. */
    async replay(sink: string, since: Date): Promise<number> {
      return prisma.$executeRaw`
        WITH wanted AS (
          SELECT s.name AS sink, e.key, e.position FROM event e JOIN event_sink s ON s.name = ${sink}
          WHERE e.fanned_out_at IS NOT NULL AND e.time >= ${since} AND (cardinality(s.types) = 0 OR e.type = ANY(s.types))
            -- What is on its way goes there anyway, and its row may be locked by whoever sends it.
            AND NOT EXISTS (SELECT 1 FROM dispatch d WHERE d.sink = s.name AND d.key = e.key AND d.position = e.position AND d.state = 'pending')
        ), queued AS (${queueKeys(Prisma.sql`wanted`, await clock())})
        INSERT INTO dispatch (sink, key, position) SELECT sink, key, position FROM wanted
        ON CONFLICT (sink, key, position) DO UPDATE SET state = 'pending', tries = 0`;
    },

    /** What was set aside, oldest first. */
    async aside(): Promise<
      readonly { sink: string; eventId: string; type: EventType; key: string; time: Date; tries: number; problem: string | null }[]
    > {
      return prisma.$queryRaw`
        SELECT d.sink, e.id AS "eventId", e.type, e.key, e.time, d.tries, d.problem
        FROM dispatch d JOIN event e ON e.position = d.position WHERE d.state = 'aside' ORDER BY d.position LIMIT 500`;
    },

    /** Tries what was set aside once more. Returns whether there was such an event. */
    async retryAside({ sink, eventId }: { sink: string; eventId: string }): Promise<boolean> {
      const retried = await prisma.$executeRaw`
        WITH wanted AS (
          SELECT d.sink, d.key, d.position FROM dispatch d JOIN event e ON e.position = d.position
          WHERE d.sink = ${sink} AND e.id = ${eventId}::uuid AND d.state = 'aside'
        ), queued AS (${queueKeys(Prisma.sql`wanted`, await clock())})
        UPDATE dispatch d SET state = 'pending', tries = 0, problem = NULL FROM wanted w
        WHERE d.sink = w.sink AND d.key = w.key AND d.position = w.position`;
      return retried > 0;
    },

    /** For metrics, a sink each: how many events wait, the age of the oldest in seconds, and how many were set aside. */
    async backlog(): Promise<readonly { sink: string; pending: number; oldestAgeSeconds: number; aside: number }[]> {
      return prisma.$queryRaw`
        SELECT s.name AS sink, count(*) FILTER (WHERE d.state = 'pending')::int AS pending, count(*) FILTER (WHERE d.state = 'aside')::int AS aside,
          coalesce(extract(epoch FROM ${await clock()} - min(e.time) FILTER (WHERE d.state = 'pending')), 0)::float8 AS "oldestAgeSeconds"
        FROM event_sink s LEFT JOIN dispatch d ON d.sink = s.name LEFT JOIN event e ON e.position = d.position GROUP BY s.name ORDER BY s.name`;
    },

    /** For metrics: events that no fan-out has seen yet. */
    async fresh(): Promise<number> {
      return prisma.event.count({ where: { fannedOutAt: null } });
    },
  };
}

export type EventStore = ReturnType<typeof createEventStore>;
