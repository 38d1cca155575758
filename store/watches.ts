import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { foldedAddress } from '../domain/mail-address.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { inTransaction, type RecordContext } from './context.ts';
import { mailWrite } from './mails.ts';

/** Asks that are mailed within an hour: enough for whoever means it, too few to bother anybody with. */
const ASKS_PER_CERTIFICATE_MAX = 5;
const ASKS_PER_ADDRESS_MAX = 3;
/** How long the link of a confirmation works. What was not confirmed by then is forgotten. */
const CONFIRM_WITHIN_DAYS = 7;

/** What a certificate's watchers are told that it is now. */
export type WatchedChange = 'valid' | 'suspended' | 'revoked' | 'replaced';

/**
 * Those who asked to be told when a certificate's status changes. Each watch has a random token, which is in the links of
 * its mails and opens nothing but this watch: to confirm it, and to stop it. It is kept as it is, since every mail, years
 * later too, has a link to stop: whoever reads it here reads the address beside it as well, and a key to derive it with
 * could not be changed without breaking the links that are out. A watch that is stopped is deleted, and its address with it.
 *
 * `certificateUrl` is the absolute address of the certificate's page in the register.
 */
export function createWatchStore(context: RecordContext) {
  const { prisma, clock } = context;

  return {
    /**
     * Somebody asks. The mail that asks for a confirmation is queued with it. Tells nothing, and does nothing when there is
     * no such certificate, when the address is confirmed, was asked within the hour, or when that was too often.
     */
    async ask({
      certificateId,
      email,
      locale,
      certificateUrl,
    }: {
      certificateId: string;
      email: string;
      locale: string;
      certificateUrl: string;
    }): Promise<void> {
      const address = foldedAddress(email);
      await inTransaction(context, async (tx) => {
        const now = await clock();
        // One after the other, for a certificate and for an address, so that the limits hold; in this order always.
        for (const name of [`watched ${certificateId}`, `watcher ${address}`])
          await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
        await tx.$executeRaw(unconfirmedSince(now));
        const [asked] = await tx.$queryRaw<{ id: string; token: string }[]>`
          WITH recent AS (
            SELECT count(*) FILTER (WHERE certificate_id = ${certificateId}::uuid) AS of_certificate, count(*) FILTER (WHERE email = ${address}) AS of_address
            FROM watch WHERE asked_at > ${now} - interval '1 hour' AND (certificate_id = ${certificateId}::uuid OR email = ${address})
          )
          INSERT INTO watch AS kept (id, certificate_id, email, locale, token, state, asked_at)
          SELECT ${uuidv7()}::uuid, c.id, ${address}, ${locale}, ${newToken()}, 'asked', ${now} FROM certificate c, recent
          WHERE c.id = ${certificateId}::uuid AND of_certificate < ${ASKS_PER_CERTIFICATE_MAX} AND of_address < ${ASKS_PER_ADDRESS_MAX}
          ON CONFLICT (certificate_id, email) DO UPDATE SET asked_at = excluded.asked_at, locale = excluded.locale
            WHERE kept.state = 'asked' AND kept.asked_at <= ${now} - interval '1 hour'
          RETURNING id, token`;
        if (!asked) return;
        const data = { certificateUrl, confirmUrl: watchUrl(certificateUrl, 'confirm', asked.token) };
        const to = { watchId: asked.id, certificateId };
        // A repeated ask has another time, and gets another mail.
        await tx.$executeRaw(mailWrite({ occasionKey: `watch:${asked.id}:${uuidv7()}`, kind: 'watch_confirmation', data, to }, now));
      });
    },

    /** Who owns the address wants it. Again changes nothing. Returns the certificate's id; undefined when the token is of no watch, or too old. */
    async confirm(token: string): Promise<string | undefined> {
      const [row] = await prisma.$queryRaw<{ certificateId: string }[]>`
        UPDATE watch SET state = 'confirmed'
        WHERE token = ${token} AND (state = 'confirmed' OR asked_at > ${await clock()} - make_interval(days => ${CONFIRM_WITHIN_DAYS}))
        RETURNING certificate_id AS "certificateId"`;
      return row?.certificateId;
    },

    /** Addresses that nobody confirmed in time go, and need not wait for somebody to ask again. Returns how many. */
    forgetUnconfirmed: async (): Promise<number> => prisma.$executeRaw(unconfirmedSince(await clock())),

    /** No more mails, not even those that are queued. A token of no watch is one that was stopped before. */
    async stop(token: string): Promise<void> {
      await prisma.$executeRaw`
        WITH stopped AS (DELETE FROM watch WHERE token = ${token} RETURNING id)
        DELETE FROM mail USING stopped WHERE mail.watch_id = stopped.id AND mail.state = 'queued'`;
    },

    /** Queues a mail for everybody who confirmed, once an occasion. */
    async tell({
      certificateId,
      occasion,
      status,
      certificateUrl,
    }: {
      certificateId: string;
      /** The natural key of the change. */
      occasion: string;
      status: WatchedChange;
      certificateUrl: string;
    }): Promise<void> {
      const now = await clock();
      const watches = await prisma.$queryRaw<{ id: string; token: string }[]>`
        SELECT id, token FROM watch WHERE certificate_id = ${certificateId}::uuid AND state = 'confirmed'`;
      for (const { id, token } of watches) {
        const data = { certificateUrl, status, stopUrl: watchUrl(certificateUrl, 'stop', token) };
        await prisma.$executeRaw(
          mailWrite({ occasionKey: `watch:${id}:${occasion}`, kind: 'watch_changed', data, to: { watchId: id, certificateId } }, now),
        );
      }
    },
  };
}

function unconfirmedSince(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`DELETE FROM watch WHERE state = 'asked' AND asked_at < ${now} - make_interval(days => ${CONFIRM_WITHIN_DAYS})`;
}

/** 256 random bits, in base64url. */
function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Beside the certificate's page: `…/register/<id>` becomes `…/register/watches/stop?token=…`. */
function watchUrl(certificateUrl: string, act: 'confirm' | 'stop', token: string): string {
  return new URL(`watches/${act}?token=${token}`, certificateUrl).href;
}
