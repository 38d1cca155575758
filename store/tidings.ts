import { v7 as uuidv7 } from 'uuid';
import { occasionOfTidings, type Tidings } from '../domain/step.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext } from './context.ts';

type NewTidings = { readonly attemptId: string; readonly tidings: Tidings };

export type PendingTidings = NewTidings & { readonly id: string; readonly tries: number };

/** Written with what it tells of, once an occasion; a notice takes its place (store/notices.ts). */
export function tidingsWrite({ attemptId, tidings }: NewTidings, now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO tidings (id, attempt_id, occasion, content, created_at, next_try_at)
    VALUES (${uuidv7()}::uuid, ${attemptId}::uuid, ${occasionOfTidings(tidings)}, ${JSON.stringify(tidings)}::jsonb, ${now}, ${now})
    ON CONFLICT (attempt_id, occasion) DO NOTHING`;
}

/** The outbox to candidates: what is to be told, in the order in which it came about. */
export function createTidingsStore({ prisma, clock }: RecordContext) {
  return {
    async queue(tidings: NewTidings): Promise<void> {
      await prisma.$executeRaw(tidingsWrite(tidings, await clock()));
    },

    /** Takes what is due, oldest first, and sets its next try (10, 20, 40 … s, at most an hour) in case this one fails. Several share it. */
    async take(limit: number): Promise<readonly PendingTidings[]> {
      const now = await clock();
      const rows = await prisma.$queryRaw<PendingTidings[]>`
        WITH due AS (
          SELECT id FROM tidings WHERE next_try_at <= ${now} ORDER BY next_try_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        )
        UPDATE tidings t SET tries = t.tries + 1, next_try_at = ${now} + make_interval(secs => least(5 * power(2, t.tries + 1), 3600))
        FROM due WHERE t.id = due.id
        RETURNING t.id, t.attempt_id AS "attemptId", t.content AS tidings, t.tries`;
      return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },

    /** For metrics: how much is still to be told, and the age of the oldest in seconds. */
    async backlog(): Promise<{ count: number; oldestAgeSeconds: number }> {
      const [row] = await prisma.$queryRaw<{ count: number; oldestAgeSeconds: number }[]>`
        SELECT count(*)::int AS count, coalesce(extract(epoch FROM ${await clock()} - min(created_at)), 0)::float8 AS "oldestAgeSeconds" FROM tidings`;
      return row ?? { count: 0, oldestAgeSeconds: 0 };
    },
  };
}
