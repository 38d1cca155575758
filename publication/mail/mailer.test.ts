import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMailbox, type Mailbox } from '../../local/mailbox.ts';
import { ConfigurationError } from '../../platform/config.ts';
import { createMailer, rotatingMailer, type Mailer, type MailerOptions, type OutgoingMail } from './mailer.ts';

/** Against a real SMTP server on loopback, and what it received is read by a parser that is not ours. */

let directory: string;
let mailbox: Mailbox;
let mailer: Mailer;
const cleanUps: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-mail-'));
  mailbox = await startMailbox({ directory, log: () => {} });
  mailer = mailerOf();
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  await mailbox.stop();
  await rm(directory, { recursive: true });
});

function mailerOf(options: Partial<MailerOptions> = {}): Mailer {
  const made = createMailer({ smtpUrl: mailbox.smtpUrl, from: 'Certifiable <no-reply@certifiable.example>', mailsPerSecond: 100, ...options });
  cleanUps.push(() => made.close());
  return made;
}

function mailTo(to: Partial<OutgoingMail['to']> = {}, more: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    kind: 'aptitude_failed',
    data: { name: to.name ?? 'Ada', examTitle: 'Software Architect', attemptUrl: 'https://certifiable.example/attempts/1' },
    to: { name: 'Ada', address: 'ada@example.org', ...to },
    locale: 'en',
    messageId: '0190a1b2',
    ...more,
  } as OutgoingMail;
}

async function received(): Promise<ParsedMail[]> {
  const mails = await mailbox.messages();
  return Promise.all(mails.map(async ({ name }) => simpleParser(await readFile(join(directory, `${name}.eml`)))));
}

async function onlyMail(): Promise<ParsedMail> {
  const [mail, ...others] = await received();
  expect(others).toEqual([]);
  if (mail === undefined) throw new Error('no mail came');
  return mail;
}

describe('a mail server whose password was changed', () => {
  it('takes mails again as soon as the new one is kept, and those under way before go out', async () => {
    let password = 'one';
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (login, _session, done) => (login.password === password ? done(null, { user: 'u' }) : done(new Error('no'))),
      onData: (stream, _session, done) => void stream.resume().on('end', () => done()),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    cleanUps.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const withPassword = (word: string) => mailerOf({ smtpUrl: `smtp://u:${word}@127.0.0.1:${(server.server.address() as AddressInfo).port}` });
    const kept = { current: withPassword('one') };
    const rotating = rotatingMailer(kept);
    const underWay = rotating.send(mailTo());
    const former = kept.current;
    kept.current = withPassword('two');
    await former.close();
    expect(await underWay).toMatchObject({ kind: 'accepted' });
    await expect(rotating.send(mailTo())).rejects.toThrow('The mail did not go out');
    password = 'two';
    expect(await rotating.send(mailTo())).toMatchObject({ kind: 'accepted' });
  });
});

describe('a mail that goes out', () => {
  it('has text and HTML, its id, and says that a machine wrote it', async () => {
    expect(await mailer.send(mailTo())).toEqual({ kind: 'accepted', response: expect.stringContaining('250') });
    const mail = await onlyMail();
    expect(mail.messageId).toBe('<0190a1b2@certifiable.example>');
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.headers.get('content-language')).toBe('en');
    expect(mail.headers.has('list-unsubscribe')).toBe(false);
    expect(mail.from?.value).toEqual([{ name: 'Certifiable', address: 'no-reply@certifiable.example' }]);
    expect(mail.subject).toBe('Your aptitude test has been graded: Software Architect');
    expect(mail.date).toBeInstanceOf(Date);
    expect(mail.text).toContain('https://certifiable.example/attempts/1');
    expect(mail.html).toContain('<a href="https://certifiable.example/attempts/1"');
  });

  it('has the same id in every try, so that a receiver can drop the repeat', async () => {
    await mailer.send(mailTo());
    await mailer.send(mailTo());
    expect((await received()).map(({ messageId }) => messageId)).toEqual(Array(2).fill('<0190a1b2@certifiable.example>'));
  });

  it('to somebody who watches a certificate can be stopped from the mail program', async () => {
    const data = { certificateUrl: 'https://c.example/1', status: 'revoked', stopUrl: 'https://c.example/stop?a=<b>&c=,d' } as const;
    await mailer.send(mailTo({}, { kind: 'watch_changed', data }));
    const mail = await onlyMail();
    expect(mail.headerLines.find(({ key }) => key === 'list-unsubscribe')?.line).toBe('List-Unsubscribe: <https://c.example/stop?a=%3Cb%3E&c=,d>');
  });

  it.each([
    `Siobhán O'Neill`,
    'محمد عبد الله',
    'דוד בן־גוריון',
    '山田 太郎',
    'Nguyễn Thị Minh Khai',
    'नाम उपनाम',
    '𝒜da 👩‍🚀',
    'Miles "Prower", Jr. (Tails) <x@y.example>; z\\',
    `${'Wolfeschlegelsteinhausenbergerdorff '.repeat(8)}Sr.`,
  ])('reaches %s under this very name', async (name) => {
    await mailer.send(mailTo({ name }));
    const mail = await onlyMail();
    expect([mail.to].flat()[0]?.value).toEqual([{ name, address: 'ada@example.org' }]);
    expect(mail.text?.replaceAll('\n', ' ')).toContain(name);
  });

  it('has no header that a name, a title or an address brought in', async () => {
    const name = 'Ada\r\nBcc: eve@example.org\r\n\r\nHello';
    const data = { name, examTitle: 'Title\r\nX-Evil: 1\u2028\u0000', attemptUrl: 'https://c.example/\r\nX-Evil: 1' };
    await mailer.send(mailTo({ name }, { kind: 'aptitude_failed', data }));
    const mail = await onlyMail();
    expect(mail.headerLines.map(({ key }) => key).toSorted()).toEqual(
      ['auto-submitted', 'content-language', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'].toSorted(),
    );
    expect([mail.to].flat()[0]?.value).toEqual([{ name: 'Ada Bcc: eve@example.org Hello', address: 'ada@example.org' }]);
    expect(mail.subject).toBe('Your aptitude test has been graded: Title X-Evil: 1');
  });

  it('shows no text that was encoded past our eyes', async () => {
    await mailer.send(mailTo({ name: '=?utf-8?Q?Eve=0AEvil?=' }));
    expect([(await onlyMail()).to].flat()[0]?.value).toEqual([{ name: '= ?utf-8?Q?Eve=0AEvil?=', address: 'ada@example.org' }]);
  });

  it.each(['a b', 'a>\r\nBcc: x', '', 'ä', 'a'.repeat(201)])('cannot have the id %o', async (messageId) => {
    await expect(mailer.send(mailTo({}, { messageId }))).rejects.toThrow(RangeError);
    expect(mailbox.count()).toBe(0);
  });
});

describe('an address that takes no mail', () => {
  it('has bounced when the server says 550, and the next mail goes out', async () => {
    mailbox.refuse('Gone@example.org');
    const outcome = await mailer.send(mailTo({ address: 'Gone@example.org' }));
    expect(outcome).toEqual({ kind: 'bounced', reason: expect.stringMatching(/^550 5\.1\.1 .*nobody of this name/) });
    expect(JSON.stringify(outcome)).not.toMatch(/gone@/i);
    expect(await mailer.send(mailTo())).toMatchObject({ kind: 'accepted' });
    expect(mailbox.count()).toBe(1);
  });

  it.each([
    'no-address',
    'a@b@c',
    'a b@example.org',
    '<a@example.org>',
    'a@example.org\r\nRCPT TO:<b@example.org>',
    'a@example.org, b@example.org',
    '',
  ])('has bounced without asking the server when it is %o', async (address) => {
    expect(await mailer.send(mailTo({ address }))).toEqual({ kind: 'bounced', reason: 'this is not an e-mail address' });
    expect(mailbox.count()).toBe(0);
  });

  it('is not blamed when the server refuses us: the login, the sender', async () => {
    const noLogin = await smtpServer({ onAuth: (_auth, _session, done) => done(Object.assign(new Error('wrong'), { responseCode: 535 })) });
    await expect(mailerOf({ smtpUrl: `smtp://u:p@127.0.0.1:${noLogin}` }).send(mailTo())).rejects.toThrow('535');
    const noSender = await smtpServer({ onMailFrom: (_from, _session, done) => done(Object.assign(new Error('not you'), { responseCode: 550 })) });
    await expect(mailerOf({ smtpUrl: `smtp://127.0.0.1:${noSender}` }).send(mailTo())).rejects.toThrow('550 not you');
  });
});

describe('a mail that may go out later', () => {
  it('throws on 451, and the next try succeeds', async () => {
    mailbox.setTrouble('later');
    await expect(mailer.send(mailTo())).rejects.toThrow('451');
    mailbox.setTrouble('none');
    expect(await mailer.send(mailTo())).toMatchObject({ kind: 'accepted' });
  });

  it('throws when nobody listens, and goes out once the server is back', async () => {
    const port = Number(new URL(mailbox.smtpUrl).port);
    await mailbox.stop();
    await expect(mailer.send(mailTo())).rejects.toThrow(/did not go out/);
    mailbox = await startMailbox({ directory, port, log: () => {} });
    expect(await mailer.send(mailTo())).toMatchObject({ kind: 'accepted' });
  });

  it('is uncertain when the server stops answering in the middle of it', async () => {
    mailbox.setTrouble('hang');
    expect(await mailerOf({ timeoutSeconds: 3 }).send(mailTo())).toMatchObject({ kind: 'uncertain' });
  });

  it('throws when there is no greeting, and when the greeting never ends', async () => {
    const silent = await listen(createServer(() => {}));
    await expect(mailerOf({ smtpUrl: `smtp://127.0.0.1:${silent}`, timeoutSeconds: 0.5 }).send(mailTo())).rejects.toThrow(/did not go out/);
    const endless = createServer((socket) => {
      const timer = setInterval(() => socket.write('220-still here\r\n'), 20);
      socket.on('close', () => clearInterval(timer)).on('error', () => {});
    });
    const port = await listen(endless);
    await expect(mailerOf({ smtpUrl: `smtp://127.0.0.1:${port}`, timeoutSeconds: 0.5 }).send(mailTo())).rejects.toThrow(/did not go out/);
  });

  it('is uncertain when the connection breaks after the mail was taken, and has not been repeated behind our back', async () => {
    await mailer.send(mailTo());
    mailbox.setTrouble('drop');
    expect(await mailer.send(mailTo({}, { messageId: 'second' }))).toMatchObject({ kind: 'uncertain' });
    mailbox.setTrouble('none');
    await mailer.send(mailTo({}, { messageId: 'third' }));
    const ids = (await mailbox.messages()).map(({ messageId }) => messageId);
    expect(ids).toEqual(['0190a1b2', 'second', 'third'].map((id) => `<${id}@certifiable.example>`));
  });
});

describe('a password', () => {
  it('is in no error, even when the server repeats what it was told', async () => {
    const password = 'pa:ss/wörd';
    const encoded = [password, `\0user\0${password}`].map((secret) => Buffer.from(secret).toString('base64'));
    const port = await smtpServer({
      onAuth: (_auth, _session, done) => done(Object.assign(new Error(`no: ${password} ${encoded.join(' ')}`), { responseCode: 535 })),
    });
    const refused = mailerOf({ smtpUrl: `smtp://user:${encodeURIComponent(password)}@127.0.0.1:${port}` });
    for (const attempt of [() => refused.send(mailTo()), () => refused.verify()]) {
      const error = await attempt().then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      expect(error?.message).toContain('[redacted]');
      for (const secret of [password, encodeURIComponent(password), ...encoded])
        expect(JSON.stringify([error?.message, error?.stack, error?.cause])).not.toContain(secret);
    }
  });

  it.each(['smtp://user:hunter2@', 'https://user:hunter2@example.org', 'user:hunter2', 'smtp://user:hunter2%@example.org', ''])(
    'is in no complaint about the URL %o',
    (smtpUrl) => {
      const create = () => createMailer({ smtpUrl, from: 'a@example.org', mailsPerSecond: 1 });
      expect(create).toThrow(new ConfigurationError('SMTP_URL must be an smtp:// or smtps:// URL'));
    },
  );

  it('is not sent to a server elsewhere that offers no encryption', async () => {
    // Not loopback by its name, though it is in truth: no other machine is at hand.
    let isAsked = false;
    const port = await smtpServer({
      onAuth: (_auth, _session, done) => {
        isAsked = true;
        done(null, { user: 'u' });
      },
    });
    const remote = mailerOf({ smtpUrl: `smtp://user:secret@[::ffff:127.0.0.1]:${port}` });
    await expect(remote.send(mailTo())).rejects.toThrow(/STARTTLS/);
    expect(isAsked).toBe(false);
  });
});

describe('the mailer', () => {
  it.each(['', 'nobody', 'a@example.org, b@example.org', 'A <a@b>\r\nBcc: x@y', 'group: a@example.org;, b@example.org;'])(
    'refuses the sender %o',
    (from) => {
      expect(() => createMailer({ smtpUrl: mailbox.smtpUrl, from, mailsPerSecond: 1 })).toThrow(ConfigurationError);
    },
  );

  it('knows whether the server is there', async () => {
    await mailer.verify();
    await mailbox.stop();
    await expect(mailer.verify()).rejects.toThrow(/can't be used/);
  });

  it('finishes what it has begun before it closes, and takes nothing after', async () => {
    const sending = [1, 2, 3, 4, 5, 6].map((number) => mailer.send(mailTo({}, { messageId: `m${number}` })));
    await mailer.close();
    expect((await Promise.all(sending)).map(({ kind }) => kind)).toEqual(Array(6).fill('accepted'));
    expect(mailbox.count()).toBe(6);
    await expect(mailer.send(mailTo())).rejects.toThrow('closed');
  });
});

async function smtpServer(options: ConstructorParameters<typeof SMTPServer>[0]): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    ...options,
  });
  server.on('error', () => {});
  cleanUps.push(() => new Promise((resolve) => server.close(() => resolve())));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.server.address() as AddressInfo).port)));
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => sockets.add(socket));
  cleanUps.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}
