import { createTransport } from 'nodemailer';
import addressparser from 'nodemailer/lib/addressparser';
import { shownLine } from '../../domain/text.ts';
import { ConfigurationError } from '../../platform/config.ts';
import type { Kept } from '../../platform/secret-keeper.ts';
import type { MailContent } from './kinds.ts';
import { renderMail } from './render.ts';

export type MailerOptions = {
  readonly smtpUrl: string;
  readonly from: string;
  /** Bounds what the mail server gets from this process. */
  readonly mailsPerSecond: number;
  /** For one mail, its wait for a connection included. */
  readonly timeoutSeconds?: number;
};

export type OutgoingMail = MailContent & {
  readonly to: { readonly name: string; readonly address: string };
  /** BCP 47. */
  readonly locale: string;
  /** Of the IANA database; null for UTC. */
  readonly timeZone: string | null;
  /** Letters, digits, dots, dashes; the same for every try of one notification, so that a receiver can drop the repeat. */
  readonly messageId: string;
};

type SendOutcome =
  | { readonly kind: 'accepted'; readonly response: string }
  /** The server said for good that it does not deliver to this address; no use in another try. */
  | { readonly kind: 'bounced'; readonly reason: string }
  /** The session broke with the mail under way: the server may have it, and another try could double it. */
  | { readonly kind: 'uncertain'; readonly reason: string };

export type Mailer = {
  /**
   * Throws a plain Error when the server is away, says "later" (4xx) or refuses us rather than the address: try again. Throws a
   * RangeError for a mail that can't be written: a URL that is none, a message id that can't stand in a header.
   */
  readonly send: (mail: OutgoingMail) => Promise<SendOutcome>;
  /** Connects and logs in. Throws if that fails. */
  readonly verify: () => Promise<void>;
  /** Resolves when what is being sent has gone out or failed. Refuses what comes later. */
  readonly close: () => Promise<void>;
};

const MAX_CONNECTIONS = 3;
const MAX_REASON_LENGTH = 500;

/** Throws a ConfigurationError, which never quotes the URL, when URL or sender is unusable. No connection is made yet. */
export function createMailer({ smtpUrl, from, mailsPerSecond, timeoutSeconds = 60 }: MailerOptions): Mailer {
  const server = readSmtpUrl(smtpUrl);
  if (server === undefined) throw new ConfigurationError('SMTP_URL must be an smtp:// or smtps:// URL');
  const sender = readSender(from);
  if (sender === undefined) throw new ConfigurationError('MAIL_FROM must be one address, with a name or without');
  const redact = redaction(server);
  const transport = createTransport({ ...connectionOptions(server, timeoutSeconds), rateLimit: mailsPerSecond });
  const underWay = new Set<Promise<SendOutcome>>();
  let isClosed = false;

  const send = async (mail: OutgoingMail): Promise<SendOutcome> => {
    if (isClosed) throw new Error('The mailer is closed.');
    if (!isMailAddress(mail.to.address)) return { kind: 'bounced', reason: 'this is not an e-mail address' };
    const message = compose(mail, sender);
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      const { response } = await transport.sendMail({ ...message, signal });
      return { kind: 'accepted', response: redact(response ?? '') };
    } catch (error) {
      if (refusesAddress(error)) return { kind: 'bounced', reason: redact(error.response) };
      const problem = signal.aborted ? `it took more than ${timeoutSeconds} s` : String(error);
      if (mayHaveArrived(error)) return { kind: 'uncertain', reason: redact(problem) };
      throw withoutCause(`The mail did not go out: ${redact(problem)}`);
    }
  };

  return {
    async send(mail) {
      const sending = send(mail);
      underWay.add(sending);
      try {
        return await sending;
      } finally {
        underWay.delete(sending);
      }
    },
    async verify() {
      try {
        await transport.verify();
      } catch (error) {
        throw withoutCause(`The mail server can't be used: ${redact(String(error))}`);
      }
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(underWay);
      transport.close();
    },
  };
}

/** Sends with what is kept at the time, so that another password needs no restart. */
export function rotatingMailer(kept: Kept<Mailer>): Mailer {
  return {
    send: (mail) => kept.current.send(mail),
    verify: () => kept.current.verify(),
    close: () => kept.current.close(),
  };
}

type SmtpServer = {
  readonly host: string;
  readonly port: number | undefined;
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly pass: string } | undefined;
};

export function readSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  if (!url?.hostname || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) return undefined;
  try {
    const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return {
      host: url.hostname.replaceAll(/^\[|\]$/g, ''),
      port: url.port === '' ? undefined : Number(url.port),
      secure: url.protocol === 'smtps:',
      login: user === '' ? undefined : { user, pass },
    };
  } catch {
    // A percent sign that encodes nothing.
    return undefined;
  }
}

type Sender = { readonly name: string; readonly address: string; readonly domain: string };

export function readSender(from: string): Sender | undefined {
  if (/\p{Cc}/u.test(from)) return undefined;
  const [sender, ...others] = addressparser(from, { flatten: true });
  if (sender === undefined || others.length > 0 || !isMailAddress(sender.address)) return undefined;
  return { name: headerText(sender.name), address: sender.address, domain: sender.address.slice(sender.address.indexOf('@') + 1) };
}

function connectionOptions({ host, port, secure, login }: SmtpServer, timeoutSeconds: number) {
  const timeoutMs = timeoutSeconds * 1000;
  return {
    pool: true,
    host,
    port,
    secure,
    auth: login,
    // A password never travels in the clear, whatever somebody on the way makes the server's greeting say.
    requireTLS: login !== undefined && !isLoopback(host),
    maxConnections: MAX_CONNECTIONS,
    // Whoever calls us repeats, and counts: one policy for all failures.
    maxRequeues: 0,
    // Getting there ends before the time for the whole mail does, so that what runs out of that had begun.
    dnsTimeout: timeoutMs / 4,
    connectionTimeout: timeoutMs / 4,
    greetingTimeout: timeoutMs / 4,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

function compose(mail: OutgoingMail, sender: Sender) {
  if (!/^[\w.-]{1,200}$/.test(mail.messageId)) throw new RangeError('a message id has at most 200 letters, digits, dots and dashes');
  const { locale, subject, text, html } = renderMail(mail);
  return {
    from: { name: sender.name, address: sender.address },
    to: { name: headerText(mail.to.name), address: mail.to.address },
    subject: headerText(subject),
    text,
    html,
    messageId: `<${mail.messageId}@${sender.domain}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': locale },
    ...(mail.kind === 'watch_changed'
      ? { list: { unsubscribe: new URL(mail.data.stopUrl).href, 'unsubscribe-post': 'List-Unsubscribe=One-Click' } }
      : {}),
  };
}

/** What looks like an encoded word (RFC 2047) would be passed on as one, and decode to what we did not see. */
function headerText(text: string): string {
  return shownLine(text).replaceAll('=?', '= ?');
}

/** Plain ones of RFC 5321; quoted local parts and address literals, which nobody has, are not taken. */
function isMailAddress(address: string): boolean {
  return address.length <= 254 && /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u.test(address);
}

/** The cause would bring along what was just taken out of the message: it quotes the server, address and all. */
function withoutCause(message: string): Error {
  return new Error(message);
}

type Refusal = { readonly response: string };

/**
 * A 5xx to the address or to the content. One to the greeting, the login or the sender is about us, and 530 asks for a
 * login: these get mended, and no address is to blame.
 */
function refusesAddress(error: unknown): error is Refusal {
  const { permanent, command, responseCode } = error as { permanent?: boolean; command?: string; responseCode?: number };
  return permanent === true && (command === 'RCPT TO' || command === 'DATA') && responseCode !== 530;
}

/**
 * The session was up and broke without a word of the server. That it broke before the mail was under way cannot be told from
 * outside; it is rare, and staff who look find out.
 */
function mayHaveArrived(error: unknown): boolean {
  const { code, responseCode, syscall, timeoutType } = error as { code?: string; responseCode?: number; syscall?: string; timeoutType?: string };
  if (responseCode !== undefined) return false;
  switch (code) {
    case 'ETIMEDOUT':
      return timeoutType === 'SOCKET_TIMEOUT';
    case 'ESOCKET':
      return syscall !== 'connect';
    case 'ECONNECTION':
    case 'EABORT':
      return true;
    default:
      return false;
  }
}

/**
 * One line, not too long, without what servers repeat of that they were sent: addresses, and the password as such and as
 * AUTH PLAIN and LOGIN encode it.
 */
function redaction({ login }: SmtpServer): (text: string) => string {
  const { user, pass } = login ?? { user: '', pass: '' };
  const secrets = pass === '' ? [] : [pass, ...[pass, `\0${user}\0${pass}`].map((secret) => Buffer.from(secret).toString('base64'))];
  return (text) =>
    secrets
      .reduce((redacted, secret) => redacted.replaceAll(secret, '[redacted]'), shownLine(text))
      .replaceAll(/[^\s<>"]+@[^\s<>"]+/g, '(an address)')
      .slice(0, MAX_REASON_LENGTH);
}
