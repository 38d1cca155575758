import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMailbox, type Mailbox } from './mailbox.ts';
import { startMailboxPage } from './mailbox-page.ts';
import { freePort } from './ports.ts';
import { answersOk, nodeProcess } from './process.ts';

let directory: string;
let mailbox: Mailbox;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-mailbox-'));
  mailbox = await startMailbox({ directory, log: () => {} });
});
afterEach(async () => {
  await mailbox.stop();
  await rm(directory, { recursive: true });
});

type Sent = { to?: string; subject?: string; html?: string };

async function send({ to = 'ada@example.org', subject = 'Hello', html = '<p>Hello</p>' }: Sent = {}, smtpUrl = mailbox.smtpUrl): Promise<string> {
  const transport = createTransport({ url: smtpUrl, connectionTimeout: 1000, socketTimeout: 1000 });
  return (await transport.sendMail({ from: 'us@example.org', to, subject, text: 'Hello in text', html })).response;
}

describe('the mailbox', () => {
  it('keeps every mail, in order, as a file to send on and as files to read', async () => {
    await send({ subject: 'First' });
    await send({ subject: 'Second', to: '"Zoë, Ph.D." <zoe@example.org>' });
    expect(mailbox.count()).toBe(2);
    const mails = await mailbox.messages();
    expect(mails.map(({ subject }) => subject)).toEqual(['First', 'Second']);
    expect(mails[1]).toMatchObject({ to: '"Zoë, Ph.D." <zoe@example.org>', text: 'Hello in text', html: '<p>Hello</p>', from: 'us@example.org' });
    expect(mails[1]?.messageId).toMatch(/^<.+@.+>$/);
    expect((await mailbox.latest(1)).map(({ subject }) => subject)).toEqual(['Second']);
    const names = mails.map(({ name }) => name);
    expect((await readdir(directory)).toSorted()).toEqual(names.flatMap((name) => ['eml', 'html', 'txt'].map((ending) => `${name}.${ending}`)));
    expect(await readFile(join(directory, `${names[1]}.txt`), 'utf8')).toContain('Subject: Second');
    expect((await stat(join(directory, `${names[1]}.eml`))).mode & 0o077).toBe(0);
  });

  it('has the mails of an earlier run, and goes on after them', async () => {
    await send({ subject: 'Before' });
    await mailbox.stop();
    mailbox = await startMailbox({ directory, log: () => {} });
    await send({ subject: 'After' });
    expect((await mailbox.messages()).map(({ subject }) => subject)).toEqual(['Before', 'After']);
  });

  it('refuses an address with 550, and no other', async () => {
    mailbox.refuse('gone@example.org');
    await expect(send({ to: 'gone@example.org' })).rejects.toThrow('550');
    expect(await send()).toContain('250');
  });

  it('says 451, hangs or drops the connection after the mail was kept, as a test wants it', async () => {
    mailbox.setTrouble('later');
    await expect(send()).rejects.toThrow('451');
    mailbox.setTrouble('hang');
    await expect(send()).rejects.toThrow(/timeout/i);
    expect(mailbox.count()).toBe(0);
    mailbox.setTrouble('drop');
    await expect(send()).rejects.toThrow(/closed/);
    expect(mailbox.count()).toBe(1);
    mailbox.setTrouble('none');
    expect(await send()).toContain('250');
  });

  it('shows a hostile mail in a frame in which nothing runs', async () => {
    await send({ subject: '<script>alert(1)</script>', html: '"><script>alert(2)</script>', to: '"<b>" <b@example.org>' });
    const [mail] = await mailbox.messages();
    const page = await readFile(join(directory, `${mail?.name}.html`), 'utf8');
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<b>');
    const [, allowed, content] = /<iframe title="The mail" sandbox="([^"]*)" srcdoc="([^"]*)"/.exec(page) ?? [];
    expect(allowed).not.toMatch(/scripts|same-origin|top-navigation|forms/);
    expect(content).toContain('&quot;&gt;&lt;script&gt;alert(2)');
  });
});

describe('the page of the mailbox', () => {
  let page: Server;
  let url: string;
  beforeEach(async () => {
    page = await startMailboxPage({ mailbox, port: 0 });
    url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    page.close();
    page.closeAllConnections();
  });

  it('lists the mails, escapes what they say and leads to each', async () => {
    await send({ subject: '<img src=x onerror=alert(1)>', to: `"Zoë & O'Neill" <zoe@example.org>` });
    const response = await fetch(url);
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, path]) => `${url}${path}`);
    expect(links).toHaveLength(3);
    const [shown, text, source] = await Promise.all(links.map((link) => fetch(link)));
    expect(await shown?.text()).toContain('sandbox');
    expect(await text?.text()).toContain('Hello in text');
    expect(source?.headers.get('content-type')).toBe('message/rfc822');
  });

  it.each(['/mails/../../etc/passwd', '/mails/..%2Fsecret.txt', '/mails/20260101T000000000Z-000001.eml', '/mails/x.html', '/nothing'])(
    'has no file at %s',
    async (path) => {
      expect(await statusOf(`${url}${path}`, {})).toBe(404);
    },
  );

  it('is not for web pages that call this machine by a name of theirs', async () => {
    expect(await statusOf(url, { host: 'rebound.example' })).toBe(403);
    expect(await statusOf(url, {})).toBe(200);
  });
});

it('runs as a process of its own, and stops when it is told', async () => {
  const log = () => {};
  const [smtpPort, httpPort] = [await freePort({ purpose: 'mail', log }), await freePort({ purpose: 'the mailbox', log })];
  const own = join(directory, 'own');
  const running = nodeProcess({
    name: 'mailbox',
    script: fileURLToPath(new URL('mailbox-main.ts', import.meta.url)),
    args: ['--directory', own, '--smtp-port', String(smtpPort), '--http-port', String(httpPort)],
    environment: {},
    logFile: join(directory, 'mailbox.log'),
    isReady: () => answersOk(`http://127.0.0.1:${httpPort}/readyz`),
    readySeconds: 60,
    stopSeconds: 20,
    log,
  });
  await running.start();
  try {
    await send({ subject: 'To the process' }, `smtp://127.0.0.1:${smtpPort}`);
    expect(await (await fetch(`http://127.0.0.1:${httpPort}/`)).text()).toContain('To the process');
  } finally {
    await running.stop();
  }
  expect((await readdir(own)).filter((file) => file.endsWith('.eml'))).toHaveLength(1);
});

function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { origin } = new URL(url);
    // As written: a URL object would resolve the dots.
    const sent = request(origin, { path: url.slice(origin.length) || '/', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}
