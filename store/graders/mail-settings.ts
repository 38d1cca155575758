import type { GraderMail } from '../../domain/grader.ts';
import type { QuietHours } from '../../domain/quiet-hours.ts';
import type { RecordContext } from '../context.ts';

/** What a grader asked to be written to about, and when not. */
export type MailSettings = {
  readonly kinds: readonly GraderMail[];
  readonly quietHours: QuietHours | null;
};

/** With whether an address is known: without one nothing is sent. */
export async function readMailSettings({ prisma }: RecordContext, subject: string): Promise<MailSettings & { readonly hasAddress: boolean }> {
  const row = await prisma.grader.findUniqueOrThrow({
    where: { subject },
    select: { email: true, mailKinds: true, quietFrom: true, quietUntil: true, timeZone: true },
  });
  const { email, mailKinds, quietFrom: from, quietUntil: until, timeZone } = row;
  return {
    kinds: mailKinds as GraderMail[],
    quietHours: from === null || until === null ? null : { from, until, timeZone: timeZone ?? 'UTC' },
    hasAddress: email !== null,
  };
}

/** Whoever has no quiet hours keeps the zone that is known of them. */
export async function changeMailSettings(
  { prisma }: RecordContext,
  { subject, settings }: { subject: string; settings: MailSettings },
): Promise<void> {
  const { kinds, quietHours } = settings;
  const zone = quietHours === null ? {} : { timeZone: quietHours.timeZone };
  const data = { mailKinds: [...new Set(kinds)].toSorted(), quietFrom: quietHours?.from ?? null, quietUntil: quietHours?.until ?? null, ...zone };
  await prisma.grader.update({ where: { subject }, data, select: { subject: true } });
}
