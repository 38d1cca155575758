import type { RecordContext } from './context.ts';

/** Who acts for us, as their newest token told: two subjects with one verified address are one person (store/same-person.ts), and all of them are told of a broken glass. */
export function createStaffMemberStore({ prisma }: RecordContext) {
  return {
    /** Takes what is newer than what is known; what a token leaves out stays. */
    async learn({
      subject,
      email,
      locale,
      toldAt,
    }: {
      subject: string;
      email: string | undefined;
      locale: string | undefined;
      toldAt: Date;
    }): Promise<void> {
      await prisma.$executeRaw`
        INSERT INTO staff_member AS m (subject, email, locale, told_at) VALUES (${subject}, ${email ?? null}, ${locale ?? null}, ${toldAt})
        ON CONFLICT (subject) DO UPDATE SET email = coalesce(excluded.email, m.email), locale = coalesce(excluded.locale, m.locale), told_at = excluded.told_at
        WHERE m.told_at < excluded.told_at`;
    },
  };
}
