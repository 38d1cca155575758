import { v7 as uuidv7 } from 'uuid';
import { occasionOfTidings, type Tidings } from '../domain/step.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { asKept, type RecordContext } from './context.ts';
import { noticeContextOf, noticeJoins, type NoticeContext } from './notices.ts';

type NewTidings = { readonly attemptId: string; readonly tidings: Tidings };

export type PendingTidings = NewTidings & {
  readonly id: string;
  readonly tries: number;
  /** What the notice may have to say, as of when it was taken. */
  readonly context: NoticeContext;
};

/** Written with what it tells of, once an occasion; a notice takes its place (store/notices.ts). */
export function tidingsWrite({ attemptId, tidings }: NewTidings, now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO tidings (id, attempt_id, occasion, content, created_at, next_try_at)
    VALUES (${uuidv7()}::uuid, ${attemptId}::uuid, ${occasionOfTidings(tidings)}, ${JSON.stringify(tidings)}::jsonb, ${now}, ${now})
    ON CONFLICT (attempt_id, occasion) DO NOTHING`;
}

/** The same for many at once. */
export function tidingsRow({ attemptId, tidings }: NewTidings, now: Date) {
  return { id: uuidv7(), attemptId, occasion: occasionOfTidings(tidings), content: tidings, createdAt: now, nextTryAt: now };
}

/** The outbox to candidates: what is to be told, in the order in which it came about. */
export function createTidingsStore({ prisma, clock }: RecordContext) {
  return {
    async queue(tidings: NewTidings): Promise<void> {
      await prisma.$executeRaw(tidingsWrite(tidings, await clock()));
    },

    /** Takes what is due, with what there may be to say, oldest first, and sets its next try (10, 20, 40 … s, at most an hour) in case this one fails. Several share it. */
    async take(limit: number): Promise<readonly PendingTidings[]> {
      const now = await clock();
      const rows = await prisma.$queryRaw<(Omit<PendingTidings, 'context'> & NoticeContext)[]>`
        WITH due AS (
          SELECT id FROM tidings WHERE next_try_at <= ${asKept(now)} ORDER BY next_try_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ), taken AS (
          UPDATE tidings t SET tries = t.tries + 1, next_try_at = ${now} + make_interval(secs => least(5 * power(2, t.tries + 1), 3600))
          FROM due WHERE t.id = due.id
          RETURNING t.id, t.attempt_id, t.content, t.tries
        )
        SELECT taken.id, taken.attempt_id AS "attemptId", taken.content AS tidings, taken.tries, ${noticeContextOf()}
        FROM taken JOIN attempt a ON a.id = taken.attempt_id ${noticeJoins} ORDER BY taken.id`;
      return rows.map(({ id, attemptId, tidings, tries, ...context }) => ({ id, attemptId, tidings, tries, context }));
    },

    /** For metrics: how much is still to be told, and the age of the oldest in seconds. */
    async backlog(): Promise<{ count: number; oldestAgeSeconds: number }> {
      const [row] = await prisma.$queryRaw<{ count: number; oldestAgeSeconds: number }[]>`
        SELECT count(*)::int AS count, coalesce(extract(epoch FROM ${await clock()} - min(created_at)), 0)::float8 AS "oldestAgeSeconds" FROM tidings`;
      return row ?? { count: 0, oldestAgeSeconds: 0 };
    },
  };
}
