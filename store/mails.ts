import { v7 as uuidv7 } from 'uuid';
import { Prisma } from '../prisma/generated/client.ts';
import { asKept, type RecordContext } from './context.ts';
import { firstIdAt } from './ids.ts';
import { writeToStaff } from './staff-mails.ts';

/** What the mail server said of a mail that will not arrive, or could not say. */
export type UndeliveredState = 'bounced' | 'given_up' | 'uncertain';

export type NewMail = {
  /** The natural key: what for and to whom. */
  readonly occasionKey: string;
  readonly kind: string;
  /** What its templates are told. */
  readonly data: object;
  /** The candidate of an attempt, if an address is known; or somebody who watches a certificate. */
  readonly to: { readonly attemptId: string } | { readonly watchId: string; readonly certificateId: string };
};

/** A mail that this process is to send now. */
export type MailToSend = {
  readonly id: string;
  readonly kind: string;
  readonly data: object;
  readonly name: string;
  /** Empty of a mail to the mailbox of staff: its address is a setting. */
  readonly address: string;
  readonly locale: string;
  /** Of the IANA database; null where none was told. */
  readonly timeZone: string | null;
  /** How often it was tried, this time included. */
  readonly tries: number;
};

/** How long a mail server has, all in all, to say what became of a mail. A process that died meanwhile leaves it uncertain. */
const SENDING_SECONDS = 300;

/** Queues a mail, once an occasion. Nobody without an address gets one. */
export function mailWrite({ occasionKey, kind, data, to }: NewMail, now: Prisma.Sql): Prisma.Sql {
  const values = Prisma.sql`${uuidv7()}::uuid, ${occasionKey}, ${kind}, ${JSON.stringify(data)}::jsonb, ${now}, ${now}`;
  if ('watchId' in to) {
    return Prisma.sql`
      INSERT INTO mail (id, occasion_key, kind, data, created_at, next_try_at, watch_id, certificate_id)
      VALUES (${values}, ${to.watchId}::uuid, ${to.certificateId}::uuid) ON CONFLICT (occasion_key) DO NOTHING`;
  }
  return Prisma.sql`
    INSERT INTO mail (id, occasion_key, kind, data, created_at, next_try_at, candidate_id, attempt_id)
    SELECT ${values}, c.id, a.id FROM attempt a JOIN candidate c ON c.id = a.candidate_id
    WHERE a.id = ${to.attemptId}::uuid AND c.email IS NOT NULL ON CONFLICT (occasion_key) DO NOTHING`;
}

/** The grader g still wants the mail m, and is still one to be written to. Their quiet hours end its use (store/graders/mails.ts). */
function isWanted(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(g.state = 'active' AND m.useful_until > ${now} AND substr(m.kind, length('grader_') + 1) = ANY(g.mail_kinds))`;
}

/**
 * Mails on their way. Each is handed to the mail server by one process, once: when that died before the server's answer
 * was written down, nobody knows, and staff decide whether it goes out again.
 */
export function createMailStore({ prisma, clock }: RecordContext) {
  /** What the server said counts, also where the mail was given up as lost before the answer could be written down. */
  async function settle(id: string, state: 'sent' | UndeliveredState, problem: string | null): Promise<void> {
    await prisma.$executeRaw`
      UPDATE mail SET state = ${state}, problem = ${problem}, settled_at = ${await clock()}, sending_since = NULL,
        data = CASE WHEN ${state} = 'sent' THEN '{}'::jsonb ELSE data END
      WHERE id = ${id}::uuid AND state IN ('sending', 'uncertain')`;
  }

  return {
    writeToStaff: (to: Parameters<typeof writeToStaff>[1]) => writeToStaff({ prisma, clock }, to),

    async queue(mail: NewMail): Promise<void> {
      await prisma.$executeRaw(mailWrite(mail, await clock()));
    },

    /** Takes mails that are due; several couriers share them. */
    async take(limit: number): Promise<readonly MailToSend[]> {
      const now = await clock();
      return prisma.$queryRaw<MailToSend[]>`
        WITH due AS (
          SELECT m.id FROM mail m LEFT JOIN grader g ON g.subject = m.grader
          WHERE m.state = 'queued' AND m.next_try_at <= ${asKept(now)} AND (m.grader IS NULL OR ${isWanted(now)})
          ORDER BY m.next_try_at LIMIT ${limit} FOR UPDATE OF m SKIP LOCKED
        ), taken AS (
          UPDATE mail m SET state = 'sending', sending_since = ${now}, tries = tries + 1 FROM due WHERE m.id = due.id
          RETURNING m.id, m.kind, m.data, m.tries, m.candidate_id, m.watch_id, m.grader, m.staff_member
        )
        SELECT t.id, t.kind, t.data, t.tries, coalesce(c.name, g.name, '') AS name, coalesce(c.email, w.email, g.email, s.email, '') AS address,
          coalesce(c.locale, w.locale, g.locale, s.locale, 'en') AS locale, coalesce(c.time_zone, g.time_zone) AS "timeZone"
        FROM taken t LEFT JOIN candidate c ON c.id = t.candidate_id LEFT JOIN watch w ON w.id = t.watch_id LEFT JOIN grader g ON g.subject = t.grader
          LEFT JOIN staff_member s ON s.subject = t.staff_member`;
    },

    /** Forgets mails to graders that are of no use any more, or that they want no more. Returns how many. */
    async discardUnwanted(): Promise<number> {
      const now = await clock();
      return prisma.$executeRaw`DELETE FROM mail m USING grader g WHERE g.subject = m.grader AND m.state = 'queued' AND NOT ${isWanted(now)}`;
    },

    /** The mail server took it. */
    sent: (id: string): Promise<void> => settle(id, 'sent', null),

    /** It will not arrive, or nobody knows: staff see it. */
    undelivered: (id: string, { state, problem }: { state: UndeliveredState; problem: string }): Promise<void> => settle(id, state, problem),

    /** The server did not take it this time. */
    async retryLater(id: string, { afterSeconds, problem }: { afterSeconds: number; problem: string }): Promise<void> {
      await prisma.$executeRaw`
        UPDATE mail SET state = 'queued', sending_since = NULL, settled_at = NULL, problem = ${problem},
          next_try_at = ${await clock()} + make_interval(secs => ${afterSeconds})
        WHERE id = ${id}::uuid AND state IN ('sending', 'uncertain')`;
    },

    /** Mails whose process died with them in its hands become uncertain. Returns how many. */
    async giveUpLost(): Promise<number> {
      const now = await clock();
      return prisma.$executeRaw`
        UPDATE mail SET state = 'uncertain', settled_at = ${now}, sending_since = NULL, problem = 'the process that sent it died before the mail server''s answer was written down'
        WHERE state = 'sending' AND sending_since < ${now} - make_interval(secs => ${SENDING_SECONDS})`;
    },

    /** What did not arrive, newest first, for staff. */
    async undeliveredList(): Promise<
      readonly {
        id: string;
        kind: string;
        attemptId: string | null;
        certificateId: string | null;
        state: UndeliveredState;
        tries: number;
        problem: string | null;
        createdAt: Date;
      }[]
    > {
      const rows = await prisma.mail.findMany({
        where: { state: { in: ['bounced', 'given_up', 'uncertain'] } },
        select: { id: true, kind: true, attemptId: true, certificateId: true, state: true, tries: true, problem: true, createdAt: true },
        orderBy: { createdAt: 'desc' },
        take: 500,
      });
      return rows.map((row) => ({ ...row, state: row.state as UndeliveredState }));
    },

    /** Staff send one again that did not arrive. Returns whether there was such a mail. */
    async resend(id: string): Promise<boolean> {
      const resent = await prisma.$executeRaw`
        UPDATE mail SET state = 'queued', tries = 0, settled_at = NULL, problem = NULL, next_try_at = ${await clock()}
        WHERE id = ${id}::uuid AND state IN ('bounced', 'given_up', 'uncertain')`;
      return resent > 0;
    },

    /**
     * Forgets what became of mails so many days old, of attempts that are over: of one that is open it is known by them what was written already. At
     * most `limit` a call, and returns how many. Their ids are UUIDv7, so that the primary key finds the old ones.
     */
    async prune({ afterDays, limit }: { afterDays: number; limit: number }): Promise<number> {
      const [row] = await prisma.$queryRaw<{ before: Date }[]>`SELECT ${await clock()} - make_interval(days => ${afterDays}) AS before`;
      const before = row?.before ?? new Date(0);
      return prisma.$executeRaw`
        DELETE FROM mail WHERE id IN (
          SELECT m.id FROM mail m LEFT JOIN attempt a ON a.id = m.attempt_id
          WHERE m.id < ${firstIdAt(before.getTime())}::uuid AND m.created_at < ${before} AND m.state NOT IN ('queued', 'sending') AND (m.attempt_id IS NULL OR a.outcome IS NOT NULL)
          ORDER BY m.id LIMIT ${limit} FOR UPDATE OF m SKIP LOCKED)`;
    },

    /** For metrics: how many mails stand in each state that is not the end. */
    async backlog(): Promise<{ queued: number; undelivered: number; oldestAgeSeconds: number }> {
      const [row] = await prisma.$queryRaw<{ queued: number; undelivered: number; oldestAgeSeconds: number }[]>`
        SELECT count(*)::int AS queued, coalesce(extract(epoch FROM ${await clock()} - min(created_at)), 0)::float8 AS "oldestAgeSeconds",
          (SELECT count(*)::int FROM mail WHERE state IN ('bounced', 'given_up', 'uncertain')) AS undelivered
        FROM mail WHERE state IN ('queued', 'sending')`;
      return row ?? { queued: 0, undelivered: 0, oldestAgeSeconds: 0 };
    },
  };
}
