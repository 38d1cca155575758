import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

/**
 * A mail server FOR LOCAL USE ONLY: it takes every mail to anybody, delivers none, and keeps each as three files, whose
 * names sort by arrival: the mail itself (.eml), and .html and .txt to read. On loopback and nowhere else.
 */

export type MailboxOptions = {
  /** Absolute; made if need be. Mails of an earlier run stay and count. */
  directory: string;
  /** Without it, any. */
  port?: number | undefined;
  log: (line: string) => void;
};

export type ReceivedMail = {
  /** Of its files, without the ending. */
  name: string;
  receivedAt: Date;
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** With its angle brackets. */
  messageId: string;
};

/**
 * What the server does to every mail, for tests: say 451 to the recipient, answer nothing more once it is told the
 * recipient, or keep the mail and drop the connection instead of saying so.
 */
type MailboxTrouble = 'none' | 'later' | 'hang' | 'drop';

export type Mailbox = {
  smtpUrl: string;
  directory: string;
  count(): number;
  /** Oldest first. */
  messages(): Promise<ReceivedMail[]>;
  /** The last ones, latest first. */
  latest(limit: number): Promise<ReceivedMail[]>;
  /** Says 550 to this address from now on. */
  refuse(address: string): void;
  setTrouble(trouble: MailboxTrouble): void;
  /** Resolves when nobody is connected any more; connections are cut. */
  stop(): Promise<void>;
};

const host = '127.0.0.1';
const maxMailBytes = 5_000_000;

/** Resolves when it listens. */
export async function startMailbox({ directory, port = 0, log }: MailboxOptions): Promise<Mailbox> {
  await mkdir(directory, { recursive: true });
  const names = await keptNames(directory);
  const refused = new Set<string>();
  const sockets = new Set<Socket>();
  let trouble: MailboxTrouble = 'none';
  let arrivals = names.length;

  const server = new SMTPServer({
    size: maxMailBytes,
    // Any login will do, and without one it is as good.
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth: (_login, _session, answer) => answer(null, { user: 'anybody' }),
    onRcptTo({ address }, _session, answer) {
      if (trouble === 'hang') return;
      if (refused.has(address)) return answer(smtpError(550, `5.1.1 <${address}>: nobody of this name here`));
      if (trouble === 'later') return answer(smtpError(451, '4.3.0 try again later'));
      answer();
    },
    onData(stream, session, answer) {
      arrivals += 1;
      keep({ stream, directory, arrival: arrivals }).then(
        (name) => {
          names.push(name);
          if (trouble === 'drop') return cut(sockets, session);
          answer(null, `kept as ${name}`);
        },
        (error: unknown) => {
          log(`a mail could not be kept: ${String(error)}`);
          answer(smtpError(452, '4.3.1 it could not be kept'));
        },
      );
    },
  });
  server.on('error', (error) => log(`the mailbox: ${error.message}`));
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listeningPort = await listen(server, port);
  const read = (some: readonly string[]) => Promise.all(some.map((name) => readMail(directory, name)));

  return {
    smtpUrl: `smtp://${host}:${listeningPort}`,
    directory,
    count: () => names.length,
    messages: () => read(names.toSorted()),
    latest: (limit) => read(names.toSorted().toReversed().slice(0, limit)),
    refuse: (address) => refused.add(address),
    setTrouble: (wanted) => (trouble = wanted),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function cut(sockets: ReadonlySet<Socket>, { remotePort }: SMTPServerSession): void {
  for (const socket of sockets) if (socket.remotePort === remotePort) socket.destroy();
}

function listen(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

async function keptNames(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files.filter((file) => file.endsWith('.eml')).map((file) => file.slice(0, -'.eml'.length));
}

/** The mail is there when its .eml is: that one comes last. */
async function keep(mail: { stream: SMTPServerDataStream; directory: string; arrival: number }): Promise<string> {
  const raw = await buffer(mail.stream);
  if (mail.stream.sizeExceeded) throw new Error(`it has more than ${maxMailBytes} bytes`);
  const receivedAt = new Date();
  const name = `${receivedAt.toISOString().replaceAll(/\W/g, '')}-${String(mail.arrival).padStart(6, '0')}`;
  const parsed = describe(name, await simpleParser(raw));
  const file = join(mail.directory, name);
  await writeWhole(`${file}.txt`, readableText(parsed));
  await writeWhole(`${file}.html`, readablePage(parsed));
  await writeWhole(`${file}.eml`, raw);
  return name;
}

async function writeWhole(file: string, content: string | Buffer): Promise<void> {
  await writeFile(`${file}.unfinished`, content, { mode: 0o600 });
  await rename(`${file}.unfinished`, file);
}

async function readMail(directory: string, name: string): Promise<ReceivedMail> {
  return describe(name, await simpleParser(await readFile(join(directory, `${name}.eml`))));
}

function describe(name: string, mail: ParsedMail): ReceivedMail {
  return {
    name,
    receivedAt: arrivalOf(name),
    from: mail.from?.text ?? '',
    to: addressText(mail.to),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    messageId: mail.messageId ?? '',
  };
}

function addressText(addresses: AddressObject | AddressObject[] | undefined): string {
  return [addresses ?? []]
    .flat()
    .map(({ text }) => text)
    .join(', ');
}

/** Back from "20261122T210451123Z-000001". */
function arrivalOf(name: string): Date {
  return new Date(name.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z.*$/, '$1-$2-$3T$4:$5:$6.$7Z'));
}

function readableText({ from, to, subject, receivedAt, text }: ReceivedMail): string {
  return `From: ${from}\nTo: ${to}\nSubject: ${subject}\nReceived: ${receivedAt.toISOString()}\n\n${text}`;
}

/**
 * The mail in a frame in which nothing runs: whoever can reach the port may have written it. Its links open beside it.
 * It may bring its own doctype: the parser takes the first and ignores others.
 */
function readablePage({ from, to, subject, receivedAt, html, text }: ReceivedMail): string {
  const content = `<!doctype html><base target="_blank">${html === '' ? `<pre>${escapeHtml(text)}</pre>` : html}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
<h1>${escapeHtml(subject)}</h1>
<p>From ${escapeHtml(from)}<br>To ${escapeHtml(to)}<br>${receivedAt.toISOString()}</p>
<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${escapeHtml(content)}" style="width: 100%; height: 75vh; border: 1px solid"></iframe>
</html>
`;
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
