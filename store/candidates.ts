import type { RecordContext } from './context.ts';

/** Where and how a candidate is written to, as a token told it when it was issued. */
type Contact = {
  readonly subject: string;
  readonly email: string | undefined;
  /** BCP 47. */
  readonly locale: string | undefined;
  /** Of the IANA database. */
  readonly timeZone: string | undefined;
  readonly toldAt: Date;
};

export function createCandidateStore({ prisma }: RecordContext) {
  return {
    /** Takes what is newer than what is known; what a token leaves out stays. Somebody who never registered is not kept. */
    async learn({ subject, email, locale, timeZone, toldAt }: Contact): Promise<void> {
      await prisma.$executeRaw`
        UPDATE candidate SET email = coalesce(${email ?? null}, email), locale = coalesce(${locale ?? null}, locale),
          time_zone = coalesce(${timeZone ?? null}, time_zone), told_at = ${toldAt}
        WHERE subject = ${subject} AND (told_at IS NULL OR told_at < ${toldAt})`;
    },
  };
}
