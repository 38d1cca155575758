import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { CloudEvent, EventSink } from '../brokers/event-sink.ts';
import { createWebhookSecret } from './webhook-secret.ts';
import { createWebhookSink, type WebhookSinkOptions } from './webhook-sink.ts';

/** Against real servers on loopback. */

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const previousSecret = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

let made = 0;
function eventOf(key = 'attempt-1'): CloudEvent {
  made += 1;
  return {
    specversion: '1.0',
    id: `event-${made}`,
    source: 'https://certifiable.example',
    type: 'com.certifiable.result.published.v1',
    subject: key,
    time: '2026-11-22T21:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'https://certifiable.example/schemas/result-published/1',
    partitionkey: key,
    sequence: String(made).padStart(20, '0'),
    data: { attemptId: key, note: 'Zoë O’Neill — "山田"' },
  };
}

function sinkTo(url: string, options: Partial<WebhookSinkOptions> = {}): EventSink {
  const sink = createWebhookSink({ name: 'partner', url, secrets: [secret], allowPrivateAddresses: true, ...options });
  cleanUps.push(() => sink.close());
  return sink;
}

async function listen(server: Server | TcpServer, scheme = 'http'): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

type Receiver = (...call: Parameters<RequestListener>) => void | Promise<void>;
const receiver = (answer: Receiver) => listen(createServer((request, response) => void answer(request, response)));

type Call = { method: string | undefined; headers: IncomingMessage['headers']; body: string };

/** Answers all with this status, and keeps what came. */
async function recorder(status = 204, headers: Record<string, string> = {}): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const url = await receiver(async (request, response) => {
    calls.push({ method: request.method, headers: request.headers, body: await text(request) });
    response.writeHead(status, headers).end('thank you');
  });
  return { url, calls };
}

const signatureHeaders = ({ headers }: Call) => headers as Record<string, string>;

describe('an event', () => {
  it('is posted as it is, under its own id, with a signature that holds', async () => {
    const { url, calls } = await recorder();
    const event = eventOf();
    expect(await sinkTo(url).send([event])).toEqual([{ kind: 'sent' }]);
    const [call] = calls as [Call];
    expect(call.method).toBe('POST');
    expect(call.headers).toMatchObject({ 'content-type': 'application/cloudevents+json', 'webhook-id': event.id });
    expect(new Webhook(secret).verify(call.body, signatureHeaders(call))).toEqual(event);
  });

  it('is refused by the receiver when a byte of it, its id or its time was changed, or the key is another', async () => {
    const { url, calls } = await recorder();
    await sinkTo(url).send([eventOf()]);
    const [call] = calls as [Call];
    const headers = signatureHeaders(call);
    const webhook = new Webhook(secret);
    expect(() => webhook.verify(call.body.replace('attempt-1', 'attempt-2'), headers)).toThrow('No matching signature');
    expect(() => webhook.verify(call.body, { ...headers, 'webhook-id': 'event-0' })).toThrow('No matching signature');
    const later = String(Number(headers['webhook-timestamp']) + 1);
    expect(() => webhook.verify(call.body, { ...headers, 'webhook-timestamp': later })).toThrow('No matching signature');
    expect(() => new Webhook(previousSecret).verify(call.body, headers)).toThrow('No matching signature');
  });

  it('is signed with both secrets while they are being changed', async () => {
    const { url, calls } = await recorder();
    await sinkTo(url, { secrets: [secret, previousSecret] }).send([eventOf()]);
    const [call] = calls as [Call];
    for (const known of [secret, previousSecret]) expect(() => new Webhook(known).verify(call.body, signatureHeaders(call))).not.toThrow();
  });

  it('has the same id in every try', async () => {
    const { url, calls } = await recorder(500);
    const sink = sinkTo(url);
    const event = eventOf();
    await sink.send([event]);
    await sink.send([event]);
    expect(calls.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
  });
});

describe('the answer', () => {
  it.each([200, 201, 202, 204, 299])('%i: sent', async (status) => {
    expect(await sinkTo((await recorder(status)).url).send([eventOf()])).toEqual([{ kind: 'sent' }]);
  });

  it.each([429, 503])('%i: takes nothing at the moment, which counts against no event', async (status) => {
    expect(await sinkTo((await recorder(status)).url).send([eventOf()])).toEqual([{ kind: 'skipped', reason: `HTTP ${status}` }]);
  });

  it.each([400, 401, 404, 408, 413, 422, 425, 500, 502])('%i: may be tried again', async (status) => {
    expect(await sinkTo((await recorder(status)).url).send([eventOf()])).toEqual([{ kind: 'failed', reason: `HTTP ${status}` }]);
  });

  it('410: rejected, and told to disable the webhook', async () => {
    const results = await sinkTo((await recorder(410)).url).send([eventOf()]);
    expect(results).toEqual([{ kind: 'rejected', reason: expect.stringContaining('disable this webhook') }]);
  });

  it.each([301, 302, 303, 307, 308])('%i: not followed', async (status) => {
    const target = await recorder();
    const { url, calls } = await recorder(status, { location: target.url });
    expect(await sinkTo(url).send([eventOf()])).toEqual([{ kind: 'failed', reason: expect.stringContaining('redirects are not followed') }]);
    expect(calls).toHaveLength(1);
    expect(target.calls).toEqual([]);
  });

  it.each([
    ['7', 7],
    ['99999999', 86_400],
    [new Date(0).toUTCString(), 0],
    [new Date(Date.now() + 10 * 86_400_000).toUTCString(), 86_400],
  ])('asks for a pause by Retry-After: %s', async (retryAfter, retryAfterSeconds) => {
    const { url } = await recorder(503, { 'retry-after': retryAfter });
    expect(await sinkTo(url).send([eventOf()])).toEqual([{ kind: 'skipped', reason: 'HTTP 503', retryAfterSeconds }]);
  });

  it('with a Retry-After that says nothing is a failure like any other', async () => {
    const { url } = await recorder(500, { 'retry-after': 'soon' });
    expect(await sinkTo(url).send([eventOf()])).toEqual([{ kind: 'failed', reason: 'HTTP 500' }]);
  });
});

describe('a receiver that does not play along', () => {
  const late = [{ kind: 'failed', reason: 'no answer within 0.3 s' }];
  const impatient = { timeoutSeconds: 0.3 };

  it('by never answering is given up in time', async () => {
    expect(await sinkTo(await receiver(() => {}), impatient).send([eventOf()])).toEqual(late);
  });

  it('by never taking the connection further than TCP is given up in time', async () => {
    const url = await listen(createTcpServer(() => {}));
    expect(await sinkTo(url.replace('http:', 'https:'), impatient).send([eventOf()])).toEqual(late);
  });

  it('by sending its headers byte after byte is given up in time', async () => {
    const url = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write('x-slow: 1\r\n'), 20);
        socket.on('close', () => clearInterval(timer));
      }),
    );
    expect(await sinkTo(url, impatient).send([eventOf()])).toEqual(late);
  });

  it('by a body that drips is believed its status, in time', async () => {
    const drip: Receiver = (_request, response) => {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    expect(await sinkTo(await receiver(drip), impatient).send([eventOf()])).toEqual([{ kind: 'sent' }]);
  });

  it('by a body without end is hung up on after little of it', async () => {
    let hungUp: (bytes: number) => void;
    const bytesUntilHungUp = new Promise<number>((resolve) => (hungUp = resolve));
    const url = await receiver((_request, response) => {
      let bytes = 0;
      const pump = () => {
        do bytes += 10_000;
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pump).on('close', () => hungUp(bytes));
      pump();
    });
    expect(await sinkTo(url, { timeoutSeconds: 60 }).send([eventOf()])).toEqual([{ kind: 'sent' }]);
    // What the buffers of both systems hold, not what the receiver would have sent in a minute.
    expect(await bytesUntilHungUp).toBeLessThan(50_000_000);
  });

  it('by headers without end is hung up on', async () => {
    const url = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        const pump = () => {
          while (!socket.destroyed && socket.write(`x: ${'y'.repeat(1000)}\r\n`));
        };
        socket.on('drain', pump).write('HTTP/1.1 200 OK\r\n');
        pump();
      }),
    );
    expect(await sinkTo(url, { timeoutSeconds: 60 }).send([eventOf()])).toEqual([{ kind: 'failed', reason: 'no answer: HPE_HEADER_OVERFLOW' }]);
  });

  it('by not being there fails, and gets the event once it is back', async () => {
    const server = createServer((_request, response) => response.writeHead(204).end());
    const url = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const sink = sinkTo(url);
    const event = eventOf();
    expect(await sink.send([event])).toEqual([{ kind: 'skipped', reason: 'no answer: ECONNREFUSED' }]);
    await new Promise<void>((resolve) => server.listen(Number(new URL(url).port), '127.0.0.1', resolve));
    expect(await sink.send([event])).toEqual([{ kind: 'sent' }]);
  });

  it('is not called for every event of a batch once it is away', async () => {
    const { url, calls } = await recorder(503, { 'retry-after': '60' });
    const events = Array.from({ length: 100 }, (_, index) => eventOf(`attempt-${index}`));
    const results = await sinkTo(url).send(events);
    expect(results).toHaveLength(100);
    expect(new Set(results.map((result) => ('retryAfterSeconds' in result ? result.retryAfterSeconds : 'no')))).toEqual(new Set([60]));
    expect(calls.length).toBeLessThanOrEqual(8);
  });
});

describe('the order', () => {
  it('is kept within a key, and different keys go at once', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    const order: string[] = [];
    let waiting: (() => void)[] = [];
    // Answers when a call of each key is there: if keys waited for each other, none ever would be.
    const url = await receiver(async (request, response) => {
      const { partitionkey, sequence } = JSON.parse(await text(request)) as CloudEvent;
      order.push(`${partitionkey} ${sequence}`);
      waiting.push(() => response.writeHead(204).end());
      if (waiting.length < keys.length) return;
      for (const answer of waiting.splice(0)) answer();
    });
    const events = [1, 2, 3].flatMap(() => keys.map((key) => eventOf(key)));
    expect(await sinkTo(url).send(events)).toEqual(events.map(() => ({ kind: 'sent' })));
    for (const key of keys) {
      const arrived = order.filter((line) => line.startsWith(`${key} `));
      expect(arrived).toEqual(events.filter(({ partitionkey }) => partitionkey === key).map(({ sequence }) => `${key} ${sequence}`));
    }
  });

  it('never has more than eight calls under way', async () => {
    let underWay = 0;
    let most = 0;
    const url = await receiver(async (request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await text(request);
      setImmediate(() => {
        underWay -= 1;
        response.writeHead(204).end();
      });
    });
    await sinkTo(url).send(Array.from({ length: 100 }, (_, index) => eventOf(`attempt-${index}`)));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('holds back what comes after an event that failed, and no other key', async () => {
    const seen: string[] = [];
    const url = await receiver(async (request, response) => {
      const { id } = JSON.parse(await text(request)) as CloudEvent;
      seen.push(id);
      response.writeHead(id === failing.id ? 422 : 204).end();
    });
    const [first, failing, after, other] = [eventOf('a'), eventOf('a'), eventOf('a'), eventOf('b')];
    const results = await sinkTo(url).send([first, failing, after, other]);
    expect(results.map(({ kind }) => kind)).toEqual(['sent', 'failed', 'skipped', 'sent']);
    expect(results[2]).toMatchObject({ reason: expect.stringContaining('not tried') });
    expect(seen.toSorted()).toEqual([first.id, failing.id, other.id].toSorted());
  });
});

describe('an address that only we can reach', () => {
  it('is not called by a name that leads to it', async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const url = (await listen(server)).replace('http://127.0.0.1', 'https://localhost');
    const sink = sinkTo(url, { allowPrivateAddresses: false });
    expect(await sink.send([eventOf()])).toEqual([{ kind: 'skipped', reason: 'the name leads to an address that is not public' }]);
    expect(connections).toBe(0);
    // The same name is called where that is allowed: the refusal above was no accident of the network.
    await sinkTo(url, { allowPrivateAddresses: true }).send([eventOf()]);
    expect(connections).toBe(1);
  });

  it.each(['https://127.0.0.1/', 'https://[::1]/', 'http://example.org/', 'https://169.254.169.254/'])('%s makes no sink', (url) => {
    expect(() => createWebhookSink({ name: 'x', url, secrets: [secret], allowPrivateAddresses: false })).toThrow(TypeError);
  });
});

describe('a secret', () => {
  it.each([[[]], [['']], [['whsec_']], [['whsec_c2hvcnQ=']], [['whsec_%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%']], [[secret, 'short']]])(
    'that is none makes no sink, and is not quoted: %j',
    (secrets) => {
      const create = () => createWebhookSink({ name: 'partner', url: 'https://example.org/?token=t0k3n', secrets, allowPrivateAddresses: false });
      expect(create).toThrow(/^Webhook partner: (it needs a secret|a secret must be whsec_ and base64 of 24 to 64 bytes)\.$/);
    },
  );
});

it('a secret that we make signs, and no two are alike', async () => {
  const { url, calls } = await recorder();
  const made = createWebhookSecret();
  await sinkTo(url, { secrets: [made] }).send([eventOf()]);
  const [call] = calls as [Call];
  expect(() => new Webhook(made).verify(call.body, signatureHeaders(call))).not.toThrow();
  expect(createWebhookSecret()).not.toBe(made);
});

it('a sink that closes finishes what it has begun', async () => {
  let arrived: () => void;
  const arrival = new Promise<void>((resolve) => (arrived = resolve));
  const answers: (() => void)[] = [];
  const url = await receiver((_request, response) => {
    answers.push(() => response.writeHead(204).end());
    arrived();
  });
  const sink = sinkTo(url);
  const sending = sink.send([eventOf()]);
  await arrival;
  const closing = sink.close();
  for (const answer of answers) answer();
  expect(await sending).toEqual([{ kind: 'sent' }]);
  await closing;
});

describe.skipIf(!hasOpenssl())('over TLS (skipped without openssl, which makes the certificate)', () => {
  it('a receiver is called only when its certificate is trusted', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certifiable-webhook-'));
    cleanUps.push(() => rm(directory, { recursive: true }));
    const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', ...options, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
    const cert = await readFile(certFile, 'utf8');
    let calls = 0;
    const server = createHttpsServer({ key: await readFile(keyFile), cert }, (_request, response) => {
      calls += 1;
      response.writeHead(204).end();
    });
    const url = (await listen(server, 'https')).replace('127.0.0.1', 'localhost');

    expect(await sinkTo(url).send([eventOf()])).toEqual([{ kind: 'skipped', reason: 'no answer: DEPTH_ZERO_SELF_SIGNED_CERT' }]);
    expect(calls).toBe(0);
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, cert]);
    cleanUps.push(() => setDefaultCACertificates(trusted));
    expect(await sinkTo(url).send([eventOf()])).toEqual([{ kind: 'sent' }]);
    expect(await sinkTo(url.replace('localhost', '127.0.0.1')).send([eventOf()])).toEqual([
      { kind: 'skipped', reason: 'no answer: ERR_TLS_CERT_ALTNAME_INVALID' },
    ]);
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
