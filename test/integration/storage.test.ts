import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once as eventOf } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Upload } from '@tus/server';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { erasureKeyOf, ObjectNotFound, StorageUnavailable, type ObjectStorage, type StoredUpload } from '../../platform/storage/object-storage.ts';
import { STORAGE_KINDS, startAzureStorage, startS3Storage, startTestAzurite, startTestS3, type TestStorage } from '../support/storages.ts';

const MEBIBYTE = 1024 * 1024;
const documentKey = () => `documents/${randomUUID()}.pdf`;
const pdf = (text: string) => ({ bytes: Buffer.from(text), mediaType: 'application/pdf' });
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const readAll = async (storage: ObjectStorage, key: string) => buffer((await storage.read(key)).body);
const offsetOf = async (storage: ObjectStorage, id: string) => (await storage.uploads.getUpload(id)).offset;

async function allStored(storage: ObjectStorage): Promise<readonly StoredUpload[]> {
  const found: StoredUpload[] = [];
  for await (const upload of storage.storedUploads()) found.push(upload);
  return found;
}

async function allListed(storage: ObjectStorage): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const id of storage.storedErasures()) found.push(id);
  return found;
}

async function announced(storage: ObjectStorage, sizeBytes: number): Promise<string> {
  const id = randomUUID();
  await storage.uploads.create(new Upload({ id, offset: 0, size: sizeBytes, metadata: { filename: 'Müller’s.pdf' } }));
  return id;
}

function send(storage: ObjectStorage, id: string, { offset, bytes }: { offset: number; bytes: Uint8Array }): Promise<number> {
  return storage.uploads.write(Readable.from([bytes]), id, offset);
}

describe.each(STORAGE_KINDS)('object storage of kind $kind', ({ start }) => {
  let test: TestStorage;
  let storage: ObjectStorage;
  beforeAll(async () => {
    test = await start();
    storage = test.storage;
  });
  afterAll(() => test?.close());

  it('gives a document back as it was put', async () => {
    const key = documentKey();
    const bytes = randomBytes(3 * MEBIBYTE);
    await storage.put({ key, bytes, mediaType: 'application/pdf' });
    const { sizeBytes, body } = await storage.read(key);
    expect([sizeBytes, sha256Of(await buffer(body))]).toEqual([bytes.length, sha256Of(bytes)]);
    expect([await storage.sizeBytes(key), await storage.sha256(key)]).toEqual([bytes.length, sha256Of(bytes)]);
  });

  it('takes a document again, and another one in its place', async () => {
    const key = documentKey();
    for (const text of ['first', 'first', 'second']) await storage.put({ key, ...pdf(text) });
    expect(String(await readAll(storage, key))).toBe('second');
  });

  it('never shows half a document while it is replaced', async () => {
    const key = documentKey();
    const editions = [randomBytes(MEBIBYTE), randomBytes(2 * MEBIBYTE)];
    const put = (turn: number) => storage.put({ key, bytes: editions[turn % 2] ?? Buffer.alloc(0), mediaType: 'application/pdf' });
    await put(0);
    let isWriting = true;
    const writing = (async () => {
      for (let turn = 1; turn <= 20; turn += 1) await put(turn);
    })().finally(() => (isWriting = false));
    const seen = new Set<string>();
    while (isWriting) seen.add(sha256Of(await readAll(storage, key)));
    await writing;
    expect(editions.map(sha256Of)).toEqual(expect.arrayContaining([...seen]));
  });

  it('refuses keys that are none of ours, and to write over an upload', async () => {
    const id = randomUUID();
    const foreign = ['', '../etc/passwd', 'documents/../secrets', 'documents/Ada Example.pdf', `${id}.json`, `${id}.info`, `../${id}`, `/${id}`];
    for (const key of [...foreign, id]) await expect(storage.put({ key, ...pdf('x') }), key).rejects.toThrow(RangeError);
    for (const key of foreign) {
      await expect(storage.read(key), key).rejects.toThrow(RangeError);
      await expect(storage.sizeBytes(key), key).rejects.toThrow(RangeError);
      await expect(storage.sha256(key), key).rejects.toThrow(RangeError);
      await expect(storage.removeUpload(key), key).rejects.toThrow(RangeError);
    }
  });

  it('says of what is not there that it is not there', async () => {
    for (const key of [documentKey(), randomUUID()]) {
      await expect(storage.read(key)).rejects.toThrow(ObjectNotFound);
      await expect(storage.sizeBytes(key)).rejects.toThrow(ObjectNotFound);
      await expect(storage.sha256(key)).rejects.toThrow(ObjectNotFound);
    }
    await expect(storage.uploads.getUpload(randomUUID())).rejects.toMatchObject({ status_code: 404 });
    await expect(storage.uploads.remove(randomUUID())).rejects.toMatchObject({ status_code: 404 });
  });

  it('lists erasures apart from everything else, and keeps them when their names are erased', async () => {
    const listed = async () => (await allListed(storage)).toSorted();
    expect(await listed()).toEqual([]);
    const ids = [randomUUID(), randomUUID()].toSorted();
    await storage.put({ key: documentKey(), ...pdf('a document') });
    for (const id of [...ids, ...ids])
      await storage.put({ key: erasureKeyOf(id), bytes: Buffer.from(`signed ${id}`), mediaType: 'application/jose' });
    for (const id of ids) await storage.erase(id);
    expect(await listed()).toEqual(ids);
    expect(String(await readAll(storage, erasureKeyOf(ids[0] ?? '')))).toBe(`signed ${ids[0]}`);
    expect((await allStored(storage)).filter((stored) => JSON.stringify(stored).includes(ids[0] ?? ''))).toEqual([]);
  });

  it('puts an upload together from pieces of any size, and reads it back', async () => {
    const bytes = randomBytes(12 * MEBIBYTE + 123);
    const id = await announced(storage, bytes.length);
    const cuts = [0, 1000, 4 * MEBIBYTE, 11 * MEBIBYTE, bytes.length];
    for (const [index, offset] of cuts.slice(0, -1).entries()) {
      expect(await offsetOf(storage, id)).toBe(offset);
      expect(await send(storage, id, { offset, bytes: bytes.subarray(offset, cuts[index + 1]) })).toBe(cuts[index + 1]);
    }
    const upload = await storage.uploads.getUpload(id);
    expect([upload.id, upload.offset, upload.size, upload.metadata?.['filename']]).toEqual([id, bytes.length, bytes.length, 'Müller’s.pdf']);
    expect([await storage.sizeBytes(id), await storage.sha256(id)]).toEqual([bytes.length, sha256Of(bytes)]);
  });

  it('removes an upload without a trace, whole or cut off, and again', async () => {
    const bytes = randomBytes(8 * MEBIBYTE);
    const [whole, cutOff, untouched] = [
      await announced(storage, bytes.length),
      await announced(storage, bytes.length),
      await announced(storage, bytes.length),
    ];
    await send(storage, whole, { offset: 0, bytes });
    await send(storage, cutOff, { offset: 0, bytes: bytes.subarray(0, 6 * MEBIBYTE) });
    for (const id of [whole, cutOff, untouched]) {
      expect(await test.tracesOf(id)).not.toEqual([]);
      await storage.removeUpload(id);
      expect(await test.tracesOf(id)).toEqual([]);
      await expect(storage.uploads.getUpload(id)).rejects.toMatchObject({ status_code: 404 });
      await storage.removeUpload(id);
    }
  });

  it('names every upload that it has anything of, and nothing else', async () => {
    await storage.put({ key: documentKey(), ...pdf('no upload') });
    const ids = await Promise.all([announced(storage, 10), announced(storage, 6 * MEBIBYTE)]);
    await send(storage, ids[1], { offset: 0, bytes: randomBytes(5 * MEBIBYTE) });
    const before = Date.now();
    const found = await allStored(storage);
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    for (const { id, changedAt } of found) {
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(Math.abs(changedAt.getTime() - before)).toBeLessThan(600_000);
    }
  });

  it('holds nothing open for a body that nobody reads', async () => {
    const key = documentKey();
    await storage.put({ key, bytes: randomBytes(4 * MEBIBYTE), mediaType: 'application/pdf' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const unread = await storage.read(key);
      const { body } = await storage.read(key);
      const pieces = body[Symbol.asyncIterator]();
      const first = (await pieces.next()).value as Buffer;
      // Its reader is slow: more of it lies here than was taken. The clock that runs ahead is no silence of the server.
      while (body.readableLength === 0) await nextTurn();
      const closed = eventOf(unread.body, 'close');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(unread.body.destroyed).toBe(true);
      await closed;
      expect(first.length + (await buffer(pieces)).length).toBe(4 * MEBIBYTE);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends nobody when it goes away under a body that nobody reads yet', async () => {
    const key = documentKey();
    await storage.put({ key, bytes: randomBytes(32 * MEBIBYTE), mediaType: 'application/pdf' });
    const { sizeBytes, body } = await storage.read(key);
    await test.takeAway();
    await test.bringBack();
    // What it had read ahead, or an open file, may be enough; what breaks is the reader's, and no error of nobody.
    const read = await buffer(body).catch(() => undefined);
    expect([undefined, sizeBytes]).toContain(read?.length);
  });

  it('is unavailable while it is away, for everything, and has lost nothing afterwards', async () => {
    const key = documentKey();
    await storage.put({ key, ...pdf('kept') });
    const bytes = randomBytes(6 * MEBIBYTE);
    const id = await announced(storage, bytes.length);
    await send(storage, id, { offset: 0, bytes: bytes.subarray(0, 5 * MEBIBYTE) });

    await test.takeAway();
    const calls: Record<string, () => Promise<unknown>> = {
      put: () => storage.put({ key, ...pdf('lost') }),
      read: () => storage.read(key),
      sizeBytes: () => storage.sizeBytes(key),
      sha256: () => storage.sha256(key),
      removeUpload: () => storage.removeUpload(id),
      storedUploads: () => allStored(storage),
      storedErasures: () => allListed(storage),
      'uploads.create': () => announced(storage, 10),
      'uploads.getUpload': () => storage.uploads.getUpload(id),
      'uploads.write': () => send(storage, id, { offset: 5 * MEBIBYTE, bytes: bytes.subarray(5 * MEBIBYTE) }),
      'uploads.remove': () => storage.uploads.remove(id),
    };
    for (const [name, call] of Object.entries(calls)) await expect(call(), name).rejects.toThrow(StorageUnavailable);
    await test.bringBack();

    expect(String(await readAll(storage, key))).toBe('kept');
    expect(await offsetOf(storage, id)).toBe(5 * MEBIBYTE);
    await send(storage, id, { offset: 5 * MEBIBYTE, bytes: bytes.subarray(5 * MEBIBYTE) });
    expect(await storage.sha256(id)).toBe(sha256Of(bytes));
  });
});

// Where S3 differs: many requests make one upload, and any of them can fail.
describe.runIf(STORAGE_KINDS.some(({ kind }) => kind === 's3'))('an upload in S3', () => {
  let test: Awaited<ReturnType<typeof startS3Storage>>;
  let fault: Fault;
  beforeAll(async () => {
    const server = await startTestS3();
    fault = await startFaultyProxy(server.endpoint);
    test = await startS3Storage(server, { endpoint: fault.endpoint });
  });
  afterAll(async () => {
    await test?.close();
    fault?.close();
  });

  it('goes on at the part that was lost when later parts have arrived', async () => {
    const bytes = randomBytes(17 * MEBIBYTE);
    const id = await announced(test.storage, bytes.length);
    const laterPartArrived = Promise.withResolvers<void>();
    fault.answered = (request) => isPart(request, 3) && laterPartArrived.resolve();
    fault.when = async (request) => isPart(request, 2) && laterPartArrived.promise.then(() => true);
    await expect(send(test.storage, id, { offset: 0, bytes })).rejects.toThrow(StorageUnavailable);
    fault.when = undefined;
    fault.answered = undefined;
    const offset = await offsetOf(test.storage, id);
    expect(offset).toBe(5 * MEBIBYTE);
    expect(await send(test.storage, id, { offset, bytes: bytes.subarray(offset) })).toBe(bytes.length);
    expect(await test.storage.sha256(id)).toBe(sha256Of(bytes));
  });

  it('is completed when it is asked for, if a crash came between its last part and that', async () => {
    const bytes = randomBytes(6 * MEBIBYTE);
    const id = await announced(test.storage, bytes.length);
    fault.when = (request) => request.method === 'POST' && /uploadId=/.test(request.url ?? '');
    await expect(send(test.storage, id, { offset: 0, bytes })).rejects.toThrow(StorageUnavailable);
    fault.when = undefined;
    await expect(test.storage.read(id)).rejects.toThrow(ObjectNotFound);
    expect(await offsetOf(test.storage, id)).toBe(bytes.length);
    expect(await test.storage.sha256(id)).toBe(sha256Of(bytes));
    expect(await offsetOf(test.storage, id)).toBe(bytes.length);
  });

  it('that a lifecycle rule of the bucket ended is gone, and not complete', async () => {
    const id = await announced(test.storage, 6 * MEBIBYTE);
    await send(test.storage, id, { offset: 0, bytes: randomBytes(5 * MEBIBYTE) });
    const Key = test.prefix + id;
    const { Uploads = [] } = await test.client.listMultipartUploads({ Bucket: test.bucket, Prefix: Key });
    for (const { UploadId } of Uploads) await test.client.abortMultipartUpload({ Bucket: test.bucket, Key, UploadId });
    await expect(test.storage.uploads.getUpload(id)).rejects.toMatchObject({ status_code: 404 });
  });

  it('whose client is cut off again and again keeps what has arrived, and hinders no other', async () => {
    const bytes = randomBytes(28_000);
    const id = await announced(test.storage, bytes.length);
    for (let offset = 0; offset < bytes.length; offset += 400) {
      const source = Readable.from(cutOffAfter(bytes.subarray(offset, offset + 400)));
      expect(await test.storage.uploads.write(source, id, offset)).toBe(offset + 400);
    }
    expect(await test.storage.sha256(id)).toBe(sha256Of(bytes));
  });
});

// Where Azure differs: an upload is appended to, by requests that can be lost on either way, or come too late.
describe.runIf(STORAGE_KINDS.some(({ kind }) => kind === 'azure-blob'))('an upload in Azure Blob', () => {
  let test: Awaited<ReturnType<typeof startAzureStorage>>;
  let fault: Fault;
  beforeAll(async () => {
    const server = await startTestAzurite();
    fault = await startFaultyProxy(server.endpoint);
    test = await startAzureStorage(server, { endpoint: fault.endpoint });
  });
  afterEach(() => Object.assign(fault, { when: undefined, lost: undefined, with: undefined }));
  afterAll(async () => {
    await test?.close();
    fault?.close();
  });

  it('has once what was stored, and then sent again since the answer was lost', async () => {
    const bytes = randomBytes(3 * MEBIBYTE);
    const id = await announced(test.storage, bytes.length);
    let appended = 0;
    fault.lost = (request) => isAppend(request) && (appended += 1) === 2;
    expect(await send(test.storage, id, { offset: 0, bytes })).toBe(bytes.length);
    expect(appended).toBe(4);
    expect(await test.storage.sha256(id)).toBe(sha256Of(bytes));
  });

  it('goes on behind the last block that is stored when one could not be', async () => {
    const bytes = randomBytes(4 * MEBIBYTE);
    const id = await announced(test.storage, bytes.length);
    let appended = 0;
    fault.when = (request) => isAppend(request) && (appended += 1) > 2;
    await expect(send(test.storage, id, { offset: 0, bytes })).rejects.toThrow(StorageUnavailable);
    fault.when = undefined;
    const offset = await offsetOf(test.storage, id);
    expect(offset).toBe(2 * MEBIBYTE);
    expect(await send(test.storage, id, { offset, bytes: bytes.subarray(offset) })).toBe(bytes.length);
    expect(await test.storage.sha256(id)).toBe(sha256Of(bytes));
  });

  it('takes nothing of a request that another one has overtaken', async () => {
    const bytes = randomBytes(MEBIBYTE);
    const id = await announced(test.storage, bytes.length);
    await send(test.storage, id, { offset: 0, bytes: bytes.subarray(0, 5000) });
    await expect(send(test.storage, id, { offset: 0, bytes: bytes.subarray(0, 1000) })).rejects.toMatchObject({ status_code: 409 });
    expect(await send(test.storage, id, { offset: 5000, bytes: bytes.subarray(5000) })).toBe(bytes.length);
    expect(await test.storage.sha256(id)).toBe(sha256Of(bytes));
  });

  it('is refused in plain words when its client cut it into more pieces than a blob takes', async () => {
    const id = await announced(test.storage, 10);
    fault.when = isAppend;
    // As the service answers then, and the emulator after 50,000 requests.
    fault.with = { status: 409, headers: { 'x-ms-error-code': 'BlockCountExceedsLimit' } };
    await expect(send(test.storage, id, { offset: 0, bytes: randomBytes(10) })).rejects.toMatchObject({
      status_code: 400,
      body: expect.stringContaining('larger pieces'),
    });
  });

  it('whose client is cut off again and again keeps what has arrived', async () => {
    const bytes = randomBytes(28_000);
    const id = await announced(test.storage, bytes.length);
    for (let offset = 0; offset < bytes.length; offset += 400) {
      const source = Readable.from(cutOffAfter(bytes.subarray(offset, offset + 400)));
      expect(await test.storage.uploads.write(source, id, offset)).toBe(offset + 400);
    }
    expect(await test.storage.sha256(id)).toBe(sha256Of(bytes));
  });

  it('is announced once, though the answer to that was lost', async () => {
    fault.lost = once(({ method }) => method === 'PUT');
    const id = await announced(test.storage, 10);
    expect((await test.storage.uploads.getUpload(id)).size).toBe(10);
  });

  it('is not missing, but the operator’s to mend, where there is no container or no right to it', async () => {
    for (const [status, code] of [
      [404, 'ContainerNotFound'],
      [403, 'AuthorizationPermissionMismatch'],
    ] as const) {
      fault.when = () => true;
      fault.with = { status, headers: { 'x-ms-error-code': code } };
      const asked = [
        () => test.storage.read(randomUUID()),
        () => test.storage.uploads.getUpload(randomUUID()),
        () => test.storage.removeUpload(randomUUID()),
      ];
      for (const ask of asked) await expect(ask(), code).rejects.toMatchObject({ name: 'RestError', statusCode: status });
    }
  });
});

const isAppend = ({ url = '' }: IncomingMessage) => url.includes('comp=appendblock');

function once<Given>(when: (given: Given) => boolean): (given: Given) => boolean {
  let happened = false;
  return (given) => !happened && (happened = when(given));
}

async function* cutOffAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error('the client went away');
}

const isPart = ({ url = '' }: IncomingMessage, number: number) => new RegExp(`[?&]partNumber=${number}(&|$)`).test(url);

type Fault = {
  readonly endpoint: string;
  when: ((request: IncomingMessage) => boolean | Promise<boolean>) | undefined;
  /** Instead of 503. */
  with: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
  /** The server has done what this request asks. */
  answered: ((request: IncomingMessage) => void) | undefined;
  /** The server does what this request asks, and its answer never arrives. */
  lost: ((request: IncomingMessage) => boolean) | undefined;
  readonly close: () => void;
};

/** Passes everything on to the server, and answers 503 in its place when the test says so. */
async function startFaultyProxy(endpoint: string): Promise<Fault> {
  const target = new URL(endpoint);
  const passOn = (request: IncomingMessage, response: ServerResponse) => {
    const isLost = fault.lost?.(request) ?? false;
    const { method, url: path, headers } = request;
    const passedOn = httpRequest({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      if (isLost) return void answer.resume().once('end', () => response.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response).once('finish', () => fault.answered?.(request));
    });
    passedOn.once('error', () => response.destroy());
    request.pipe(passedOn);
  };
  const server = createServer((request, response) => {
    void (async () => {
      if (!(await fault.when?.(request))) return passOn(request, response);
      request.resume();
      response.writeHead(fault.with?.status ?? 503, fault.with?.headers).end();
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const fault: Fault = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname.replace(/\/$/, '')}`,
    when: undefined,
    with: undefined,
    lost: undefined,
    answered: undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return fault;
}
