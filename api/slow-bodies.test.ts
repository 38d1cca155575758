import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadedAttempt, startTestApi, type TestApi } from '../test/support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ environment: { REQUEST_BODY_SECONDS: '1' } });
  await api.publish();
});
afterAll(() => api.close());

type Connection = { readonly socket: Socket; readonly said: () => string; readonly closed: Promise<void> };

function open(): Connection {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString())).on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  return { socket, said: () => text, closed };
}

const head = (method: string, path: string, headers: Readonly<Record<string, string | number>>) =>
  `${method} ${path} HTTP/1.1\r\nHost: test\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

/** One byte each 200 ms, as somebody does who wants to keep the connection, until it is closed. */
async function drip({ socket, closed }: Connection): Promise<void> {
  const timer = setInterval(() => socket.write(' '), 200);
  await closed;
  clearInterval(timer);
}

describe('a body that comes in drops', () => {
  it.each([
    ['POST', '/v1/register/search', 'application/json'],
    ['POST', '/register', 'application/x-www-form-urlencoded'],
    ['POST', '/register/verification', 'multipart/form-data; boundary=x'],
    ['POST', '/register/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11/watches', 'application/x-www-form-urlencoded'],
  ])('is given up with 408, in the words of whom it answers, and its connection closed: %s %s', async (method, path, type) => {
    const connection = open();
    connection.socket.write(head(method, path, { 'Content-Type': type, 'Content-Length': 1000 }));
    await drip(connection);
    expect(connection.said()).toMatch(/^HTTP\/1\.1 408 /);
    expect(connection.said()).toMatch(/\r\nConnection: close\r\n/i);
    expect(connection.said()).toContain(path.startsWith('/v1') ? '"code":"request_timeout"' : '<h1>That took too long</h1>');
    if (!path.startsWith('/v1')) expect(connection.said()).toContain("style-src 'self'");
  });

  it.each([
    ['without a token', 401, 'PATCH', '/v1/attempts/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11/uploads/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11'],
    ['to nowhere', 404, 'POST', '/v1/nothing'],
  ])('is not waited for once it is answered: %s', async (_, status, method, path) => {
    const connection = open();
    connection.socket.write(head(method, path, { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' }));
    const timer = setInterval(() => connection.socket.write('1\r\n \r\n'), 200);
    await connection.closed;
    clearInterval(timer);
    expect(connection.said().slice(0, 13)).toBe(`HTTP/1.1 ${status} `);
  });
});

it('an upload goes on for as long as bytes come, and is given up when none do', async () => {
  const token = await api.issuer.token({ subject: 'cleo', roles: ['candidate'] });
  const cleo = api.withToken(token);
  const attemptId = await downloadedAttempt(api, cleo);
  const file = Buffer.from('# Slow\n'.repeat(3));
  const metadata = { filename: 'a.md', filetype: 'text/markdown', sha256: createHash('sha256').update(file).digest('hex') };
  const announced = await cleo('POST', `/v1/attempts/${attemptId}/uploads`, undefined, {
    'tus-resumable': '1.0.0',
    'upload-length': String(file.length),
    'upload-metadata': Object.entries(metadata)
      .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
      .join(','),
  });
  expect(announced.status).toBe(201);
  const { pathname } = new URL(announced.headers.get('location') ?? '');
  const headers = (length: number, offset: number) =>
    head('PATCH', pathname, {
      Authorization: `Bearer ${token}`,
      'Tus-Resumable': '1.0.0',
      'Upload-Offset': offset,
      'Content-Type': 'application/offset+octet-stream',
      'Content-Length': length,
    });

  const stalled = open();
  stalled.socket.write(headers(file.length, 0));
  stalled.socket.write(file.subarray(0, 1));
  await stalled.closed;

  const { headers: known } = await cleo('HEAD', pathname, undefined, { 'tus-resumable': '1.0.0' });
  const offset = Number(known.get('upload-offset'));
  const slow = open();
  slow.socket.write(headers(file.length - offset, offset));
  for (const byte of file.subarray(offset)) {
    slow.socket.write(Buffer.from([byte]));
    await sleep(150);
  }
  await expect.poll(slow.said).toMatch(/^HTTP\/1\.1 204 /);
  slow.socket.destroy();
});
