import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { request as requestOf } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startStack, type Stack } from '../../local/stack.ts';
import { until } from '../support/pipeline.ts';
import { noBrowser, startBrowser } from '../../trials/support/browser.ts';

// A whole stack whose payloads are encrypted, and Temporal's own UI in a browser, with the API as its codec server.

const PATIENCE_MILLISECONDS = 90_000;
const hasOpenssl = existsSync('/usr/bin/openssl');
const missing = noBrowser ?? (hasOpenssl ? undefined : 'there is no openssl here: these tests are skipped');

const exam = {
  examId: 'looked-at',
  version: 1,
  title: 'Looked at',
  aptitudeTest: { items: [{ id: 't1', type: 'text', prompt: 'Explain', points: 5, modelAnswer: 'So' }] },
  caseStudies: [{ id: 'one', title: 'One', brief: 'Design it', rubric: [{ id: 'k1', title: 'All', description: 'All of it', points: 10 }] }],
};

let stack: Stack;
let browser: Browser;
let tls: Server;
let address: string;
let attempt: string;

async function post(role: 'candidate' | 'designated', path: string, body: unknown): Promise<{ readonly id?: string }> {
  const token = await stack.token({ subject: `ui-${role}`, name: 'Ada Example', roles: [role] });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(new URL(path, stack.apiUrl), { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.status, path).toBe(201);
  return (await response.json()) as { id?: string };
}

/** The UI sends a token over https alone. */
async function overTls(url: string): Promise<Server> {
  const directory = await mkdtemp(join(inject('temporaryDirectory'), 'ui-'));
  const [key, cert] = ['tls.key', 'tls.pem'].map((file) => join(directory, file));
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  await promisify(execFile)('openssl', [...made, ...subject, '-keyout', String(key), '-out', String(cert)]);
  const files = { key: await readFile(String(key)), cert: await readFile(String(cert)) };
  const server = createServer(files, (incoming, outgoing) => {
    const asked = requestOf(new URL(incoming.url ?? '/', url), { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

beforeAll(async () => {
  if (missing !== undefined) return;
  stack = await startStack({ dataDirectory: join(inject('temporaryDirectory'), 'ui-stack'), persistent: false, codec: true, log: () => {} });
  [browser, tls] = await Promise.all([startBrowser({ args: ['--no-sandbox'] }), overTls(stack.apiUrl)]);
  address = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
  await post('designated', '/v1/exams', exam);
  attempt = String((await post('candidate', '/v1/attempts', { examId: exam.examId })).id);
  await until(async () => {
    const { status } = await fetch(`${stack.temporalUrl}/api/v1/namespaces/default/workflows/attempt-${attempt}`);
    return status === 200 || `the UI answers ${status}`;
  }, 60);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  tls?.close();
  await stack?.stop();
});

/** The attempt in the UI, to somebody whose sign-in there gave this token, by the settings of its dialogue. This UI has no sign-in: it takes the token by its own hook for those around it. */
async function look(token: string | undefined): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 } });
  if (token !== undefined) {
    const settings = { endpoint: `${address}/v1/temporal/codec`, passAccessToken: true, overrideRemoteCodecConfiguration: true };
    await context.addInitScript(
      (given) => {
        for (const [name, value] of Object.entries(given.settings)) localStorage.setItem(name, JSON.stringify(value));
        Object.assign(globalThis, { AccessToken: async () => given.token });
      },
      { settings, token },
    );
  }
  const page = await context.newPage();
  await page.goto(`${stack.temporalUrl}/namespaces/default/workflows/attempt-${attempt}`);
  return page;
}

/** Everything on the page, once it shows this. */
async function shown(page: Page, text: string): Promise<string> {
  const read = () => page.locator('body').innerText();
  await expect.poll(read, { timeout: PATIENCE_MILLISECONDS }).toContain(text);
  return read();
}

const ENCRYPTED = '"encryption-key-id"';
const READABLE = '"attemptId"';

describe.skipIf(missing !== undefined)(
  `an attempt in Temporal’s UI while payloads are encrypted${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    it('is not readable by itself', async () => {
      const page = await look(undefined);
      expect(await shown(page, ENCRYPTED)).not.toContain(READABLE);
      await page.context().close();
    });

    it('is readable to staff by the codec that the API serves', async () => {
      const page = await look(await stack.token({ subject: 'ui-reader', name: 'Sam Staff', roles: ['staff'] }));
      expect(await shown(page, READABLE)).not.toContain(ENCRYPTED);
      await page.context().close();
    });

    it('is not readable to a candidate who has come upon the UI', async () => {
      const page = await look(await stack.token({ subject: 'ui-candidate', name: 'Ada Example', roles: ['candidate'] }));
      expect(await shown(page, ENCRYPTED)).not.toContain(READABLE);
      await page.context().close();
    });
  },
  300_000,
);
