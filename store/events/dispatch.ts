import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordedEvent } from '../../publication/events/cloud-event.ts';
import { asKept, inTransaction, type RecordContext } from '../context.ts';

/** An event on its way to one sink. Its position orders the events of one key, and rises over all of them, with gaps. */
export type DispatchedEvent = RecordedEvent & {
  /** How often it was tried, this time included. */
  readonly tries: number;
};

/** Which event of which key. */
type Dispatched = Pick<DispatchedEvent, 'key' | 'position'>;

/**
 * How long whoever took an event has to say what became of it. Then another may take it: the sink may see it twice, with
 * the same id, but never one of the same key before it.
 */
const TAKEN_SECONDS = 60;

/** Takes events that are due for a sink: the oldest of each key, none while the sink is paused. */
export function takeDue(context: RecordContext, sink: string, limit: number): Promise<readonly DispatchedEvent[]> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    const keys = await tx.$queryRaw<{ key: string }[]>`
      WITH due AS (
        SELECT key FROM dispatch_queue WHERE sink = ${sink} AND next_try_at <= ${asKept(now)}
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
}

/** The sink has these. The next of their keys may go. */
export async function acknowledge(context: RecordContext, sink: string, events: readonly Dispatched[]): Promise<void> {
  if (events.length === 0) return;
  const leave = Prisma.sql`
    DELETE FROM dispatch d USING ${unnested(events)} WHERE d.sink = ${sink} AND d.key = gone.key AND d.position = gone.position`;
  await leaveQueues(context, sink, { events, leave });
}

/** The sink will never take it: the events after it go on, and staff see it until they try it again. */
export async function setAside(context: RecordContext, sink: string, event: Dispatched, problem: string): Promise<void> {
  const leave = Prisma.sql`
    UPDATE dispatch SET state = 'aside', problem = ${problem} WHERE sink = ${sink} AND key = ${event.key}::uuid AND position = ${event.position}`;
  await leaveQueues(context, sink, { events: [event], leave });
}

/** The sink did not take it this time; the events of its key wait with it. */
export async function retryLater(
  { prisma, clock }: RecordContext,
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
}

/** The sink does not answer: what was taken goes back untried, and nobody tries before the pause is over (1, 2, 4 … at most 60 s). */
export async function pauseSink(
  { prisma, clock }: RecordContext,
  sink: string,
  { events, problem, atLeastSeconds = 0 }: { events: readonly Dispatched[]; problem: string; /** What the sink asks for. */ atLeastSeconds?: number },
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
}

/**
 * What a sink is through with leaves; keys without any more of it leave too, and the others may go on. Their rows are
 * locked first: a fan-out that adds to one of them waits, or is seen by the statement that looks what is left.
 */
async function leaveQueues(
  context: RecordContext,
  sink: string,
  { events, leave }: { events: readonly Dispatched[]; leave: Prisma.Sql },
): Promise<void> {
  const keys = events.map(({ key }) => key);
  await inTransaction(context, async (tx) => {
    await tx.$executeRaw`SELECT 1 FROM dispatch_queue WHERE sink = ${sink} AND key = ANY(${keys}::uuid[]) ORDER BY key FOR UPDATE`;
    await tx.$executeRaw(leave);
    await tx.$executeRaw`
      WITH left_over AS (
        SELECT k.key, EXISTS (SELECT 1 FROM dispatch d WHERE d.sink = ${sink} AND d.key = k.key AND d.state = 'pending') AS more
        FROM unnest(${keys}::uuid[]) AS k (key)
      ), emptied AS (
        DELETE FROM dispatch_queue q USING left_over l WHERE q.sink = ${sink} AND q.key = l.key AND NOT l.more
      )
      UPDATE dispatch_queue q SET next_try_at = ${await context.clock()} FROM left_over l WHERE q.sink = ${sink} AND q.key = l.key AND l.more`;
  });
}

function unnested(events: readonly Dispatched[]): Prisma.Sql {
  return Prisma.sql`unnest(${events.map(({ key }) => key)}::uuid[], ${events.map(({ position }) => position)}::bigint[]) AS gone (key, position)`;
}
