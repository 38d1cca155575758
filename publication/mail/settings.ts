import { z } from 'zod';
import type { Settings } from '../../platform/config.ts';
import { readSender, readSmtpUrl } from './mailer.ts';

/** smtp:// (STARTTLS where offered) or smtps://, with user and password if need be. */
const smtpUrl = z.string().refine((url) => readSmtpUrl(url) !== undefined, 'must be an smtp:// or smtps:// URL');

/** With a server `notification` mails what it puts into inboxes; without, inboxes are all there is. */
export const mailSettings = {
  schema: z
    .object({
      SMTP_URL: smtpUrl.optional(),
      /** Certifiable <no-reply@example.org> */
      MAIL_FROM: z
        .string()
        .refine((from) => readSender(from) !== undefined, 'must be one address, with a name or without')
        .optional(),
      MAILS_PER_SECOND: z.coerce.number().int().min(1).max(1000).default(10),
    })
    .superRefine((config, context) => {
      if (config.SMTP_URL !== undefined && config.MAIL_FROM === undefined)
        context.addIssue({ code: 'custom', path: ['MAIL_FROM'], message: 'is missing' });
    }),
  secrets: ['SMTP_URL'],
} satisfies Settings<object>;

const pagesUrl = z
  .union([z.literal('').transform(() => undefined), z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })])
  .optional();

export const candidateUrlSettings = {
  schema: z.object({
    /** Where candidates have their pages, such as https://exams.example.org/exam: mails lead to `/attempts/ID` there. Without it they say where to sign in. */
    CANDIDATE_URL: pagesUrl,
  }),
} satisfies Settings<object>;

export const deskUrlSettings = {
  schema: z.object({
    /** Where graders have their desk, such as https://exams.example.org/desk. Without it mails say where to sign in. */
    DESK_URL: pagesUrl,
  }),
} satisfies Settings<object>;

export const staffMailSettings = {
  schema: z.object({
    /** Where staff are written to when something waits for them; without it nobody of them is. */
    STAFF_EMAIL: z.union([z.literal('').transform(() => undefined), z.email()]).optional(),
    /** BCP 47. */
    STAFF_LOCALE: z.string().default('en'),
    /** Where staff have their console, such as https://exams.example.org/console. Without it the mails say where to sign in. */
    CONSOLE_URL: pagesUrl,
  }),
} satisfies Settings<object>;

/** Whether mail goes out at all, for those who do not send it. */
export const mailServerSettings = { schema: z.object({ SMTP_URL: smtpUrl.optional() }), secrets: ['SMTP_URL'] } satisfies Settings<object>;
