import type { EventType } from '../../domain/events.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext } from '../context.ts';
import { queueKeys } from './fan-out.ts';

/** What was set aside, oldest first. */
export async function listAside({
  prisma,
}: RecordContext): Promise<
  readonly { sink: string; eventId: string; type: EventType; key: string; time: Date; tries: number; problem: string | null }[]
> {
  return prisma.$queryRaw`
    SELECT d.sink, e.id AS "eventId", e.type, e.key, e.time, d.tries, d.problem
    FROM dispatch d JOIN event e ON e.position = d.position WHERE d.state = 'aside' ORDER BY d.position LIMIT 500`;
}

/** Tries what was set aside once more. Returns whether there was such an event. */
export async function retryAside({ prisma, clock }: RecordContext, { sink, eventId }: { sink: string; eventId: string }): Promise<boolean> {
  const retried = await prisma.$executeRaw`
    WITH wanted AS (
      SELECT d.sink, d.key, d.position FROM dispatch d JOIN event e ON e.position = d.position
      WHERE d.sink = ${sink} AND e.id = ${eventId}::uuid AND d.state = 'aside'
    ), queued AS (${queueKeys(Prisma.sql`wanted`, await clock())})
    UPDATE dispatch d SET state = 'pending', tries = 0, problem = NULL FROM wanted w
    WHERE d.sink = w.sink AND d.key = w.key AND d.position = w.position`;
  return retried > 0;
}
