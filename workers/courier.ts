import type { Logger } from '../platform/logging.ts';
import type { MailContent } from '../publication/mail/kinds.ts';
import { createMailer, rotatingMailer, type Mailer } from '../publication/mail/mailer.ts';
import type { MailToSend, UndeliveredState } from '../store/mails.ts';
import type { Store } from '../store/store.ts';
import { loop, untilDone, type Loop } from './loop.ts';
import type { LoopDependencies } from './loops.ts';

/** How many mails one courier has in its hands; the mailer bounds how many go out a second. */
const BATCH_SIZE = 10;
const IDLE_MILLISECONDS = 500;
const SWEEP_MILLISECONDS = 60_000;
const PEOPLE_MILLISECONDS = 60_000;
/** 1, 2, 4 … minutes, at most 4 hours: three days and a half in all, as mail servers themselves keep at it. */
const TRIES_MAX = 30;
const RETRY_MINUTES_MAX = 240;

/** With the mail server of the configuration; none without one. */
export async function createCouriers({ config, store, secrets, logger }: LoopDependencies): Promise<readonly Loop[]> {
  const { SMTP_URL: value, MAIL_FROM: from, MAILS_PER_SECOND: mailsPerSecond, DESK_URL: deskUrl } = config;
  const { STAFF_EMAIL: address, STAFF_LOCALE: locale, CONSOLE_URL: consoleUrl } = config;
  if (value === undefined || from === undefined) return [];
  const mailer = await secrets.keep({
    name: 'SMTP_URL',
    value,
    make: (smtpUrl) => createMailer({ smtpUrl, from, mailsPerSecond }),
    dispose: (former) => former.close(),
  });
  const staff = address === undefined ? undefined : { address, locale, consoleUrl };
  return [createCourier({ store, mailer: rotatingMailer(mailer), deskUrl, consoleUrl, staff, logger })];
}

/** Their mailbox, and where its mails lead. */
type StaffMailbox = { readonly address: string; readonly locale: string; readonly consoleUrl: string | undefined };

/** Where mails lead that others than couriers write. */
function consoleOf(staff: StaffMailbox | undefined): { consoleUrl?: string } {
  return staff?.consoleUrl === undefined ? {} : { consoleUrl: staff.consoleUrl.replace(/\/+$/, '') };
}

/** What became of one try. */
type Fate =
  | { readonly kind: 'sent' }
  | { readonly kind: 'retry'; readonly afterSeconds: number; readonly problem: string }
  | { readonly kind: UndeliveredState; readonly problem: string };

const MEANING = {
  retry: 'mail not taken; it will be tried again',
  bounced: 'mail bounced: staff see it; the inbox has the notice',
  given_up: 'mail given up: staff see it; the inbox has the notice',
  uncertain: 'nobody knows whether this mail arrived: staff decide whether it goes out again',
} as const;

/** Sends what is queued, with back-off, and writes down what became of each mail (docs/decisions/0004). Several may run. */
export function createCourier({
  store,
  mailer,
  deskUrl,
  consoleUrl,
  staff,
  logger,
}: {
  store: Store;
  mailer: Mailer;
  deskUrl?: string | undefined;
  consoleUrl?: string | undefined;
  staff?: StaffMailbox | undefined;
  logger: Logger;
}): Loop {
  const stopping = new AbortController();

  async function fateOf({ id, kind, data, name, timeZone, tries, ...to }: MailToSend): Promise<Fate> {
    const isToMailbox = kind === 'staff_called' || (kind === 'glass_broken' && to.address === '');
    const { address, locale } = isToMailbox && staff ? staff : to;
    if (address === '') return { kind: 'given_up', problem: 'nobody has an address: STAFF_EMAIL is not set any more' };
    try {
      const content = { kind, data: kind === 'glass_broken' ? { ...data, ...consoleOf(staff) } : data } as MailContent;
      const outcome = await mailer.send({ ...content, to: { name, address }, locale, timeZone, messageId: id });
      return outcome.kind === 'accepted' ? { kind: 'sent' } : { kind: outcome.kind, problem: outcome.reason };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (error instanceof RangeError || tries >= TRIES_MAX) return { kind: 'given_up', problem };
      return { kind: 'retry', afterSeconds: 60 * Math.min(2 ** (tries - 1), RETRY_MINUTES_MAX), problem };
    }
  }

  function log({ id: mailId, kind, tries }: MailToSend, fate: Fate): void {
    if (fate.kind === 'sent') return;
    const { kind: state, ...said } = fate;
    logger[state === 'retry' ? 'warn' : 'error']({ mailId, kind, tries, ...said }, MEANING[state]);
  }

  function write({ id }: MailToSend, fate: Fate): Promise<void> {
    switch (fate.kind) {
      case 'sent':
        return store.mails.sent(id);
      case 'retry':
        return store.mails.retryLater(id, fate);
      case 'bounced':
      case 'given_up':
      case 'uncertain':
        return store.mails.undelivered(id, { state: fate.kind, problem: fate.problem });
    }
  }

  /** What the mail server said is lost if the database does not take it, so it is written until it is there, or until the end. */
  async function send(mail: MailToSend): Promise<void> {
    const fate = await fateOf(mail);
    log(mail, fate);
    await untilDone({
      work: () => write(mail, fate),
      onFailure: (error) => logger.error({ err: error, mailId: mail.id }, 'what became of a mail is not written down yet'),
      pauseMilliseconds: IDLE_MILLISECONDS,
      stopping: stopping.signal,
    });
  }

  async function round(): Promise<boolean> {
    const mails = await store.mails.take(BATCH_SIZE);
    await Promise.all(mails.map(send));
    return mails.length === BATCH_SIZE;
  }

  async function writeToGraders(): Promise<void> {
    await store.mails.discardUnwanted();
    await store.graders.writeTo({ deskUrl, consoleUrl });
  }

  async function writeToStaff(mailbox: StaffMailbox): Promise<void> {
    await store.mails.writeToStaff({ consoleUrl: mailbox.consoleUrl });
  }

  async function sweep(): Promise<void> {
    const lost = await store.mails.giveUpLost();
    if (lost > 0) logger.error({ lost }, 'mails were in the hands of a process that died: staff decide whether they go out again');
  }

  return {
    async run() {
      await loop({
        round,
        chores: [
          { everyMilliseconds: SWEEP_MILLISECONDS, work: sweep },
          { everyMilliseconds: PEOPLE_MILLISECONDS, work: writeToGraders },
          ...(staff ? [{ everyMilliseconds: PEOPLE_MILLISECONDS, work: () => writeToStaff(staff) }] : []),
        ],
        idleMilliseconds: IDLE_MILLISECONDS,
        onFailure: 'the courier will try again',
        logger,
        stopping: stopping.signal,
      });
      await mailer.close();
    },
    stop: () => stopping.abort(),
  };
}
