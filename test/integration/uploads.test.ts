import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Upload } from '@tus/server';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { announce, ask, pathOf, send, uploadAll } from '../support/uploads.ts';
import { downloadedAttempt, refusalOf, refused, startTestApi, type Answer, type Caller, type TestApi } from '../support/api.ts';
import { createUploadFinish } from '../../api/routes/uploads/finish.ts';
import { settleUploadsInHand } from '../../api/uploads-in-hand.ts';
import { InspectorBusy, type Inspector } from '../../platform/files/inspector.ts';
import { freePort } from '../../local/ports.ts';
import { answersOk, nodeProcess } from '../../local/process.ts';
import { removeLeftoverUploads, removeOrphanedUploads } from '../../workers/leftover-uploads.ts';
import { createShiftedClock } from '../support/clock.ts';
import { receiptKeys } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { STORAGE_KINDS, type TestStorage } from '../support/storages.ts';

// Uploads through several replicas of the API on the same PostgreSQL and the same storage.

const MEBIBYTE = 1024 * 1024;
const DAY_SECONDS = 86_400;
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** So many bytes of text, which is what a solution in Markdown is. */
const randomText = (length: number) => Buffer.from(randomBytes(length / 2).toString('hex'));
const heard = () => true;
const offsetOf = (answer: Answer) => Number(answer.headers.get('upload-offset'));

type Replica = { readonly url: string; readonly kill: () => Promise<void>; readonly stop: () => Promise<void> };

describe.each(STORAGE_KINDS)('an upload into storage of kind $kind', ({ start }) => {
  let test: TestStorage;
  let api: TestApi;
  let database: pg.Client;
  const { clock, advanceSeconds } = createShiftedClock();
  beforeAll(async () => {
    test = await start();
    api = await startTestApi({ clock, environment: test.environment });
    await api.publish();
    database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await api?.close();
    await test?.close();
  });

  /** Another replica, as a process of its own. */
  async function startReplica(): Promise<Replica> {
    const port = await freePort({ purpose: 'replica', log: () => {} });
    const { DATABASE_URL, TEMPORAL_ADDRESS, PUBLIC_URL, OIDC_ISSUER, OIDC_AUDIENCE, ISSUER_KEYS, ISSUER_ROOTS } = api.services.config;
    const url = `http://127.0.0.1:${port}`;
    const replica = nodeProcess({
      name: 'replica',
      logFile: join(inject('temporaryDirectory'), 'replica.log'),
      script: fileURLToPath(new URL('../../api/main.ts', import.meta.url)),
      args: [],
      environment: {
        ...test.environment,
        DATABASE_URL,
        TEMPORAL_ADDRESS,
        PUBLIC_URL,
        OIDC_ISSUER,
        OIDC_AUDIENCE,
        RECEIPT_KEYS: await receiptKeys(),
        ISSUER_KEYS,
        ISSUER_ROOTS: ISSUER_ROOTS.roots.join(','),
        API_HOST: '127.0.0.1',
        API_PORT: String(port),
        SHUTDOWN_GRACE_SECONDS: '1',
      },
      isReady: () => answersOk(`${url}/livez`),
      readySeconds: 60,
      stopSeconds: 10,
      log: () => {},
    });
    await replica.start();
    return { url, kill: () => replica.kill(), stop: () => replica.stop() };
  }

  /** Sends bytes to a replica and never ends the request; resolves when the replica has begun to write them. */
  async function sendHalf(replica: Replica, subject: string, path: string, { offset, bytes }: { offset: number; bytes: Uint8Array }) {
    const stopping = new AbortController();
    const token = await api.issuer.token({ subject, roles: ['candidate'] });
    const answer = fetch(`${replica.url}${path}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'tus-resumable': '1.0.0',
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      },
      body: new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes) }),
      duplex: 'half',
      signal: stopping.signal,
    });
    void answer.catch(() => {});
    await until(async () => ((await locksHeld()) === 1 ? true : 'the replica has not taken up the request'));
    return { abort: () => stopping.abort() };
  }

  async function locksHeld(): Promise<number> {
    const { rows } = await database.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted`);
    return rows.length;
  }

  async function waitingForLocks(): Promise<number> {
    const { rows } = await database.query(`SELECT FROM pg_locks WHERE NOT granted`);
    return rows.length;
  }

  /** As a tus client does: asks where the upload stands, and sends the rest. */
  async function resume(candidate: Caller, path: string, bytes: Uint8Array): Promise<Answer> {
    const offset = offsetOf(await ask(candidate, path));
    return send(candidate, path, { offset, bytes: bytes.subarray(offset) });
  }

  it('of 12 MB in three pieces, cut off by the death of a replica, is resumed by another one and arrives as it was', async () => {
    const candidate = api.as('resumer', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = randomText(12_000_000);
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }));
    expect((await send(candidate, path, { offset: 0, bytes: bytes.subarray(0, 5 * MEBIBYTE) })).status).toBe(204);

    const replica = await startReplica();
    await sendHalf(replica, 'resumer', path, { offset: 5 * MEBIBYTE, bytes: bytes.subarray(5 * MEBIBYTE, 9_000_000) });
    await replica.kill();

    expect(offsetOf(await ask(candidate, path))).toBeGreaterThanOrEqual(5 * MEBIBYTE);
    const successor = await startReplica();
    try {
      const token = await api.issuer.token({ subject: 'resumer', roles: ['candidate'] });
      const there: Caller = async (method, at, body, headers = {}) => {
        const response = await fetch(`${successor.url}${at}`, {
          method,
          headers: { authorization: `Bearer ${token}`, ...headers },
          ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
        });
        return { status: response.status, headers: response.headers, body: await response.text() };
      };
      expect((await resume(there, path, bytes)).status).toBe(204);
    } finally {
      await successor.stop();
    }
    const { uploads } = (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body;
    expect(uploads).toMatchObject([{ sizeBytes: bytes.length, sha256: sha256Of(bytes), completedAt: expect.any(String) }]);
    expect(await api.services.storage.sha256(uploads[0].id)).toBe(sha256Of(bytes));
    expect((await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`)).body).toMatchObject({
      contentHash: `sha-256:${sha256Of(bytes)}`,
    });
  });

  it('that hangs at one replica is taken over at another, and the bytes are not mixed', async () => {
    const candidate = api.as('switcher', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = randomText(7_000_000);
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }));
    const replica = await startReplica();
    try {
      // The line broke without a word: this request would go on for as long as TCP does.
      const hanging = await sendHalf(replica, 'switcher', path, { offset: 0, bytes: bytes.subarray(0, 3_000_000) });
      const resumed = await resume(candidate, path, bytes);
      expect(resumed.status).toBe(204);
      hanging.abort();
    } finally {
      await replica.stop();
    }
    expect((await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads).toMatchObject([{ completedAt: expect.any(String) }]);
  });

  it('is refused as unavailable while the storage is away, and goes on afterwards', async () => {
    const candidate = api.as('patient', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = randomText(6 * MEBIBYTE);
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }));
    await send(candidate, path, { offset: 0, bytes: bytes.subarray(0, 5 * MEBIBYTE) });
    await test.takeAway();
    const rest = { offset: 5 * MEBIBYTE, bytes: bytes.subarray(5 * MEBIBYTE) };
    expect(refusalOf(await send(candidate, path, rest))).toEqual(refused(503, 'unavailable'));
    // For any other answer to HEAD a client of tus begins anew, from the first byte.
    expect((await ask(candidate, path)).status).toBe(423);
    expect(refusalOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: 10 }))).toEqual(refused(503, 'unavailable'));
    await test.bringBack();
    expect((await resume(candidate, path, bytes)).status).toBe(204);
  });

  it('that is refused before its bytes were read leaves the connection fit for the next request', async () => {
    const candidate = api.as('eager', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = randomText(6 * MEBIBYTE);
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }));
    expect(refusalOf(await send(candidate, path, { offset: 1, bytes: bytes.subarray(1) }))).toEqual(refused(409, 'upload_offset_conflict'));
    expect((await resume(candidate, path, bytes)).status).toBe(204);
  });

  it('that arrived changed leaves nothing behind', async () => {
    const candidate = api.as('changed', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const answer = await uploadAll(candidate, attemptId, { bytes: randomText(6 * MEBIBYTE), sha256: sha256Of(Buffer.from('another')) });
    expect(refusalOf(answer)).toEqual(refused(422, 'upload_hash_mismatch'));
    const { uploads } = (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body;
    expect(await test.tracesOf(uploads[0].id)).toEqual([]);
  });

  /** Announces and sends it; its id. */
  async function complete(candidate: Caller, attemptId: string, text: string): Promise<string> {
    const bytes = Buffer.from(text);
    expect((await uploadAll(candidate, attemptId, { bytes, sha256: sha256Of(bytes) })).status).toBe(204);
    return (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads[0].id;
  }
  const clean = () => removeLeftoverUploads(api.services);
  const idsOf = async (attemptId: string) => (await api.services.store.uploads.list(attemptId)).map(({ id }) => id);
  const hourPassed = () => advanceSeconds(3601);

  it('that was cut off is removed a week after it was announced, and not before; a complete one stays', async () => {
    await clean();
    const { storage } = api.services;
    const candidate = api.as('abandoner', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = randomText(6 * MEBIBYTE);
    await uploadAll(candidate, attemptId, { bytes, sha256: sha256Of(bytes) });
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }));
    await send(candidate, path, { offset: 0, bytes: bytes.subarray(0, 5 * MEBIBYTE + 1) });
    const [cutOff, whole] = (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads;
    expect(cutOff.completedAt).toBeNull();

    advanceSeconds(6 * DAY_SECONDS);
    await clean();
    expect((await resume(candidate, path, bytes.subarray(0, 5 * MEBIBYTE + 2))).status).toBe(204);
    advanceSeconds(2 * DAY_SECONDS);
    expect(await clean()).toBeGreaterThanOrEqual(1);
    expect(await clean()).toBe(0);

    expect(await test.tracesOf(cutOff.id)).toEqual([]);
    expect((await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads).toEqual([whole]);
    expect(await storage.sha256(whole.id)).toBe(sha256Of(bytes));
    expect(refusalOf(await send(candidate, path, { offset: 0, bytes }))).toEqual(refused(404, 'not_found'));
  });

  it('that a later complete one took the place of is removed an hour after that; the latest is what is submitted, and stays', async () => {
    const candidate = api.as('undecided', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const [first, second] = [await complete(candidate, attemptId, 'first'), await complete(candidate, attemptId, 'second')];
    await clean();
    expect(await idsOf(attemptId)).toEqual([second, first]);
    hourPassed();
    const third = await complete(candidate, attemptId, 'third');
    await clean();
    expect(await idsOf(attemptId)).toEqual([third, second]);
    expect(await test.tracesOf(first)).toEqual([]);
    expect((await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`)).status).toBe(201);
    hourPassed();
    await clean();
    expect(await idsOf(attemptId)).toEqual([third]);
    expect([await test.tracesOf(second), await api.services.storage.sha256(third)]).toEqual([[], sha256Of(Buffer.from('third'))]);
    advanceSeconds(400 * DAY_SECONDS);
    await clean();
    expect(await idsOf(attemptId)).toEqual([third]);
    const audit = await api.services.store.attempts.audit(attemptId);
    expect(audit.filter(({ action }) => action === 'remove_upload').map(({ details }) => details)).toEqual([
      expect.objectContaining({ uploadId: first, why: 'superseded', sizeBytes: 5 }),
      expect.objectContaining({ uploadId: second, why: 'superseded', sizeBytes: 6 }),
    ]);
    expect(await api.services.store.uploads.countRemoved()).toContainEqual({ why: 'superseded', count: 2, bytes: 11 });
  });

  it('that was complete when its candidate withdrew is removed a week later', async () => {
    const candidate = api.as('quitter', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const id = await complete(candidate, attemptId, 'never handed in');
    expect((await candidate('POST', `/v1/attempts/${attemptId}/withdrawal`)).status).toBe(200);
    advanceSeconds(6 * DAY_SECONDS);
    await clean();
    expect(await idsOf(attemptId)).toEqual([id]);
    advanceSeconds(2 * DAY_SECONDS);
    await clean();
    expect([await idsOf(attemptId), await test.tracesOf(id)]).toEqual([[], []]);
  });

  it('that a freeze takes while the cleaning waits for it stays', async () => {
    const { uploads } = api.services.store;
    const candidate = api.as('racer', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const [first] = [await complete(candidate, attemptId, 'frozen in a race'), await complete(candidate, attemptId, 'later')];
    hourPassed();
    const removeBytes = vi.fn(async () => {});
    await database.query('BEGIN');
    await database.query(`SELECT FROM sitting WHERE attempt_id = $1 AND test = 'case_study' FOR UPDATE`, [attemptId]);
    const removing = uploads.removeLeftOver({ uploadId: first, removeBytes });
    await until(async () => ((await waitingForLocks()) > 0 ? true : 'the cleaning does not wait'));
    await database.query(
      `INSERT INTO submission (id, sitting_id, round, cause, content_hash, upload_id, submitted_at, receipt)
       SELECT gen_random_uuid(), id, round, 'submitted', 'sha-256:x', $2, now(), 'receipt' FROM sitting WHERE attempt_id = $1 AND test = 'case_study'`,
      [attemptId, first],
    );
    await database.query('COMMIT');
    expect(await removing).toBeUndefined();
    expect(removeBytes).not.toHaveBeenCalled();
    expect(await idsOf(attemptId)).toContain(first);
  });

  it('that is being removed when its test is frozen is not what is submitted', async () => {
    const { uploads, sittings } = api.services.store;
    const candidate = api.as('freezer', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const [first] = [await complete(candidate, attemptId, 'goes'), await complete(candidate, attemptId, 'is handed in')];
    hourPassed();
    const [removal, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const removing = uploads.removeLeftOver({
      uploadId: first,
      removeBytes: async () => {
        removal.resolve();
        await mayGoOn.promise;
        await api.services.storage.removeUpload(first);
      },
    });
    await removal.promise;
    const frozen = sittings.submit({ attemptId, subject: 'freezer', test: 'case_study' });
    await until(async () => ((await waitingForLocks()) > 0 ? true : 'the freeze does not wait'));
    mayGoOn.resolve();
    expect(await removing).toBe('superseded');
    expect(await frozen).toMatchObject({ submission: { contentHash: `sha-256:${sha256Of(Buffer.from('is handed in'))}` } });
  });

  it('whose removal was cut off between bytes and record is removed by the next one, and submitted by nobody meanwhile', async () => {
    const { uploads, sittings } = api.services.store;
    const candidate = api.as('crashed', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const [first, second] = [await complete(candidate, attemptId, 'half removed'), await complete(candidate, attemptId, 'the one that counts')];
    hourPassed();
    const crashing = async () => {
      await api.services.storage.removeUpload(first);
      throw new Error('the process died');
    };
    await expect(uploads.removeLeftOver({ uploadId: first, removeBytes: crashing })).rejects.toThrow('the process died');
    expect(await idsOf(attemptId)).toEqual([second, first]);
    expect(await sittings.submit({ attemptId, subject: 'crashed', test: 'case_study' })).toMatchObject({
      submission: { contentHash: `sha-256:${sha256Of(Buffer.from('the one that counts'))}` },
    });
    await clean();
    expect(await idsOf(attemptId)).toEqual([second]);
  });

  it('that somebody has in hand is left alone', async () => {
    const { store, uploadLocks } = api.services;
    const candidate = api.as('in-hand', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(Buffer.from('x')), sizeBytes: 10 }));
    const uploadId = path.split('/').at(-1) ?? '';
    advanceSeconds(8 * DAY_SECONDS);
    const onWanted = vi.fn();
    expect(await uploadLocks.acquire(uploadId, { onWanted, signal: new AbortController().signal })).toBe(true);
    await clean();
    expect([await idsOf(attemptId), onWanted.mock.calls]).toEqual([[uploadId], []]);
    await uploadLocks.release(uploadId);
    await clean();
    expect(await store.uploads.list(attemptId)).toEqual([]);
  });

  it('that is stored, whole or in parts, and in no record is removed after a week; what was submitted stays', async () => {
    const { store, storage, logger } = api.services;
    const candidate = api.as('recorded', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const recorded = await complete(candidate, attemptId, 'recorded');
    const [whole, inParts] = [randomUUID(), randomUUID()];
    const bytes = randomText(6 * MEBIBYTE);
    for (const [id, stored] of [
      [whole, bytes.length],
      [inParts, 5 * MEBIBYTE],
    ] as const) {
      await storage.uploads.create(new Upload({ id, offset: 0, size: bytes.length }));
      await storage.uploads.write(Readable.from([bytes.subarray(0, stored)]), id, 0);
    }
    const documentKey = `documents/${randomUUID()}.pdf`;
    await storage.put({ key: documentKey, bytes: Buffer.from('pdf'), mediaType: 'application/pdf' });

    const removeOrphans = (days: number) => removeOrphanedUploads({ store, storage, logger, now: new Date(Date.now() + days * DAY_SECONDS * 1000) });
    expect(await removeOrphans(6)).toBe(0);
    expect(await removeOrphans(8)).toBe(2);
    expect(await removeOrphans(8)).toBe(0);
    expect([await test.tracesOf(whole), await test.tracesOf(inParts)]).toEqual([[], []]);
    expect([await storage.sizeBytes(recorded), await storage.sizeBytes(documentKey)]).toEqual([8, 3]);
    expect(await store.uploads.countRemoved()).toContainEqual({ why: 'orphaned', count: 2, bytes: 0 });
  });

  it("of a storage that is another database's stays", async () => {
    const other = await start();
    try {
      for (let index = 0; index < 11; index += 1) await other.storage.uploads.create(new Upload({ id: randomUUID(), offset: 0, size: 10 }));
      const removing = {
        store: api.services.store,
        storage: other.storage,
        logger: api.services.logger,
        now: new Date(Date.now() + 8 * DAY_SECONDS * 1000),
      };
      expect(await removeOrphanedUploads(removing)).toBe(0);
    } finally {
      await other.close();
    }
  });

  describe('whose last byte arrived before the deadline, and that is still looked at when it comes,', () => {
    const hash = (content: string) => `sha-256:${sha256Of(Buffer.from(content))}`;
    const settle = () => settleUploadsInHand(api.services);
    const freeze = (attemptId: string) => api.services.store.sittings.freezeAtTimeOut({ attemptId, test: 'case_study' });
    const handedIn = async (attemptId: string) =>
      (await api.services.store.sittings.submissions(attemptId)).filter(({ test: of }) => of === 'case_study');
    const submit = (candidate: Caller, attemptId: string) => candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
    const deadlinePassed = () => advanceSeconds(14 * DAY_SECONDS + 1);

    /** All bytes are in the storage and the arrival is recorded: what is there when whoever looks at the file is cut off. */
    async function arrived(candidate: Caller, attemptId: string, content: string, sha256 = sha256Of(Buffer.from(content))): Promise<string> {
      const { storage, store } = api.services;
      const path = pathOf(await announce(candidate, attemptId, { sha256, sizeBytes: content.length }));
      const id = path.split('/').at(-1) ?? '';
      await storage.uploads.write(Readable.from([Buffer.from(content)]), id, 0);
      await store.uploads.arrived(id);
      return id;
    }

    async function attemptOf(subject: string) {
      const candidate = api.as(subject, 'candidate');
      return { candidate, attemptId: await downloadedAttempt(api, candidate) };
    }

    it('is what is frozen, once it is taken; one that comes later is refused', async () => {
      const { store, finishUpload } = api.services;
      const { candidate, attemptId } = await attemptOf('last-minute');
      await complete(candidate, attemptId, 'an earlier one');
      const inTime = await arrived(candidate, attemptId, 'in time');
      const tooLate = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(Buffer.from('late')), sizeBytes: 4 }));
      expect((await store.attempts.read({ attemptId })).facts.sittings.case_study).not.toHaveProperty('uploadInHand');
      deadlinePassed();
      expect(await freeze(attemptId)).toEqual({ kind: 'upload_in_hand' });
      expect((await store.attempts.read({ attemptId })).facts.sittings.case_study).toMatchObject({ uploadInHand: true, frozenAt: null });
      expect(refusalOf(await send(candidate, tooLate, { offset: 0, bytes: Buffer.from('late') }))).toEqual(refused(409, 'deadline_passed'));
      await finishUpload(inTime, heard);
      // Whoever took it froze, for nobody else would soon.
      expect(await handedIn(attemptId)).toMatchObject([{ cause: 'timed_out', contentHash: hash('in time') }]);
      expect(await freeze(attemptId)).toMatchObject({ kind: 'frozen', submission: { contentHash: hash('in time') } });
    });

    it('and is refused then, leaves the one before to be frozen', async () => {
      const { finishUpload } = api.services;
      const { candidate, attemptId } = await attemptOf('refused-late');
      await complete(candidate, attemptId, 'the one before');
      const changed = await arrived(candidate, attemptId, 'changed', sha256Of(Buffer.from('another')));
      deadlinePassed();
      expect(await freeze(attemptId)).toEqual({ kind: 'upload_in_hand' });
      await expect(finishUpload(changed, heard)).rejects.toMatchObject({ code: 'upload_hash_mismatch' });
      expect(await handedIn(attemptId)).toMatchObject([{ contentHash: hash('the one before') }]);
      expect(await test.tracesOf(changed)).toEqual([]);
    });

    it('is taken up by another process when the one that looked at it died, and not before', async () => {
      const { store } = api.services;
      const { candidate, attemptId } = await attemptOf('orphan');
      await arrived(candidate, attemptId, 'nobody looks at it');
      expect(await settle()).toBe(0);
      deadlinePassed();
      expect(await settle()).toBe(1);
      expect(await handedIn(attemptId)).toMatchObject([{ contentHash: hash('nobody looks at it') }]);
      expect([await settle(), await store.uploads.oldestInHandSeconds()]).toEqual([0, 0]);
    });

    it('and is refused by another process, is told of, since nobody waits for the answer', async () => {
      const { store } = api.services;
      const { candidate, attemptId } = await attemptOf('unheard');
      await arrived(candidate, attemptId, 'changed', sha256Of(Buffer.from('another')));
      const { count } = await store.tidings.backlog();
      deadlinePassed();
      expect(await settle()).toBe(1);
      expect((await store.tidings.backlog()).count).toBe(count + 1);
    });

    it('is waited for while the storage is away, and frozen when that is back', async () => {
      const { store } = api.services;
      const { candidate, attemptId } = await attemptOf('outage');
      await arrived(candidate, attemptId, 'safe and sound');
      await test.takeAway();
      deadlinePassed();
      expect(await settle()).toBe(0);
      expect(await freeze(attemptId)).toEqual({ kind: 'upload_in_hand' });
      expect(await store.uploads.oldestInHandSeconds()).toBeGreaterThan(DAY_SECONDS);
      await test.bringBack();
      expect(await settle()).toBe(1);
      expect(await handedIn(attemptId)).toMatchObject([{ contentHash: hash('safe and sound') }]);
    });

    it('and that we cannot look at for a fault of our own is taken unseen after an hour', async () => {
      const { candidate, attemptId } = await attemptOf('our-fault');
      const id = await arrived(candidate, attemptId, 'nothing is wrong with it');
      const broken = { ...api.services.inspector, faultOf: async () => Promise.reject(new Error('a bug of ours')) };
      const finishUpload = createUploadFinish({ ...api.services, inspector: broken });
      await expect(finishUpload(id, heard)).rejects.toThrow('a bug of ours');
      expect(await settleUploadsInHand({ ...api.services, finishUpload })).toBe(0);
      deadlinePassed();
      expect(await settleUploadsInHand({ ...api.services, finishUpload })).toBe(1);
      expect(await handedIn(attemptId)).toMatchObject([{ contentHash: hash('nothing is wrong with it') }]);
    });

    it('cannot be left out by handing in meanwhile: it is looked at then', async () => {
      const { candidate, attemptId } = await attemptOf('hasty');
      await complete(candidate, attemptId, 'an earlier one');
      await arrived(candidate, attemptId, 'the better one');
      expect(await submit(candidate, attemptId)).toMatchObject({ status: 201, body: { contentHash: hash('the better one') } });
    });

    it('and is refused keeps what was handed in from being an earlier one unasked', async () => {
      const { candidate, attemptId } = await attemptOf('hasty-and-changed');
      await complete(candidate, attemptId, 'an earlier one');
      await arrived(candidate, attemptId, 'changed', sha256Of(Buffer.from('another')));
      expect(refusalOf(await submit(candidate, attemptId))).toEqual(refused(422, 'upload_hash_mismatch'));
      expect(await handedIn(attemptId)).toEqual([]);
      expect(await submit(candidate, attemptId)).toMatchObject({ status: 201, body: { contentHash: hash('an earlier one') } });
    });

    it('is not left behind by a client that asks, or hands in, while too many files are looked at', async () => {
      const { candidate, attemptId } = await attemptOf('rush');
      const id = await arrived(candidate, attemptId, 'one of too many');
      const path = `/v1/attempts/${attemptId}/uploads/${id}`;
      const rush = vi.spyOn(api.services.inspector, 'faultOf').mockRejectedValue(new InspectorBusy());
      expect((await ask(candidate, path)).status).toBe(423);
      expect(refusalOf(await submit(candidate, attemptId))).toEqual(refused(503, 'unavailable'));
      rush.mockRestore();
      expect((await ask(candidate, path)).status).toBe(200);
      expect(await submit(candidate, attemptId)).toMatchObject({ status: 201, body: { contentHash: hash('one of too many') } });
    });

    it('keeps its bytes when two look at it and the one that comes second finds it too much', async () => {
      const { candidate, attemptId } = await attemptOf('twice-seen');
      const id = await arrived(candidate, attemptId, 'seen twice');
      const [looking, taken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const slow: Inspector['faultOf'] = async () => {
        looking.resolve();
        await taken.promise;
        return { fault: 'too_much', message: 'The file takes too long to open.' };
      };
      const second = createUploadFinish({ ...api.services, inspector: { ...api.services.inspector, faultOf: slow } })(id, heard);
      await looking.promise;
      await api.services.finishUpload(id, heard);
      taken.resolve();
      await second;
      expect(await api.services.storage.sha256(id)).toBe(sha256Of(Buffer.from('seen twice')));
      expect(await api.services.store.uploads.list(attemptId)).toMatchObject([{ id, completedAt: expect.any(Date), rejectedFor: null }]);
    });

    /** What another process finds that looks at it too. */
    const elsewhere = (faultOf: Inspector['faultOf']) => createUploadFinish({ ...api.services, inspector: { ...api.services.inspector, faultOf } });
    const nothing: Inspector['faultOf'] = () => Promise.resolve(undefined);
    const damage: Inspector['faultOf'] = () => Promise.resolve({ fault: 'damaged', message: 'The file is damaged.' });

    /** Here a look goes on until it is let go. */
    function slowLook() {
      const [begun, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const spy = vi.spyOn(api.services.inspector, 'faultOf').mockImplementation(async () => {
        begun.resolve();
        await letGo.promise;
        return undefined;
      });
      return { begun: begun.promise, letGo: () => letGo.resolve(), looks: () => spy.mock.calls.length, restore: () => spy.mockRestore() };
    }

    it('counts by when it arrived, and not by when it was looked at', async () => {
      const { store, storage, finishUpload } = api.services;
      const { candidate, attemptId } = await attemptOf('second-thoughts');
      const first = await arrived(candidate, attemptId, 'first thoughts');
      await complete(candidate, attemptId, 'second thoughts');
      await finishUpload(first, heard);
      advanceSeconds(2 * 3600);
      await removeLeftoverUploads({ store, storage });
      expect((await store.uploads.list(attemptId)).map(({ sha256 }) => sha256)).toEqual([sha256Of(Buffer.from('second thoughts'))]);
      expect(await submit(candidate, attemptId)).toMatchObject({ status: 201, body: { contentHash: hash('second thoughts') } });
    });

    it('is handed in although one that arrived before it is refused', async () => {
      const { candidate, attemptId } = await attemptOf('better-at-last');
      await arrived(candidate, attemptId, 'changed', sha256Of(Buffer.from('another')));
      await arrived(candidate, attemptId, 'as it should be');
      expect(await submit(candidate, attemptId)).toMatchObject({ status: 201, body: { contentHash: hash('as it should be') } });
    });

    it('cannot be given up, since it may be what is submitted', async () => {
      const { candidate, attemptId } = await attemptOf('giving-up');
      const id = await arrived(candidate, attemptId, 'not given up');
      const given = await candidate('DELETE', `/v1/attempts/${attemptId}/uploads/${id}`, undefined, { 'tus-resumable': '1.0.0' });
      expect(refusalOf(given)).toEqual(refused(422, 'upload_invalid'));
      expect(await submit(candidate, attemptId)).toMatchObject({ status: 201, body: { contentHash: hash('not given up') } });
    });

    it('and is refused by another process first is told why, and not that the time is over', async () => {
      const { candidate, attemptId } = await attemptOf('refused-elsewhere');
      const id = await arrived(candidate, attemptId, 'seen elsewhere');
      const slow = slowLook();
      try {
        const submitted = submit(candidate, attemptId);
        await slow.begun;
        await expect(elsewhere(damage)(id, heard)).rejects.toMatchObject({ code: 'upload_unreadable' });
        slow.letGo();
        expect(refusalOf(await submitted)).toEqual(refused(422, 'upload_unreadable'));
      } finally {
        slow.restore();
      }
      // Whoever comes later still, to a record that is settled and bytes that are gone.
      await expect(elsewhere(nothing)(id, heard)).rejects.toMatchObject({ code: 'upload_unreadable' });
      expect(refusalOf(await submit(candidate, attemptId))).toEqual(refused(409, 'nothing_to_submit'));
    });

    it('and is handed in meanwhile is taken, also for whoever looks at it longest', async () => {
      const { candidate, attemptId } = await attemptOf('handed-in-elsewhere');
      const id = await arrived(candidate, attemptId, 'handed in elsewhere');
      const slow = slowLook();
      try {
        const longest = api.services.finishUpload(id, heard);
        await slow.begun;
        await elsewhere(nothing)(id, heard);
        expect(await submit(candidate, attemptId)).toMatchObject({ status: 201, body: { contentHash: hash('handed in elsewhere') } });
        slow.letGo();
        await longest;
      } finally {
        slow.restore();
      }
    });

    it('is looked at once by a process of which several ask', async () => {
      const { candidate, attemptId } = await attemptOf('impatient');
      const id = await arrived(candidate, attemptId, 'looked at once');
      const slow = slowLook();
      try {
        const asked = ask(candidate, `/v1/attempts/${attemptId}/uploads/${id}`);
        await slow.begun;
        const submitted = submit(candidate, attemptId);
        // Long enough for the second to come as far; were it not, one look would be enough all the same.
        await pause(500);
        slow.letGo();
        expect([(await asked).status, (await submitted).status, slow.looks()]).toEqual([200, 201, 1]);
      } finally {
        slow.restore();
      }
    });

    it('and is refused when its client asks for it is told of, since an answer to HEAD has no words', async () => {
      const { store } = api.services;
      const { candidate, attemptId } = await attemptOf('asking');
      const id = await arrived(candidate, attemptId, 'changed', sha256Of(Buffer.from('another')));
      const { count } = await store.tidings.backlog();
      expect((await ask(candidate, `/v1/attempts/${attemptId}/uploads/${id}`)).status).toBe(422);
      expect((await store.tidings.backlog()).count).toBe(count + 1);
    });

    it('is not begun anew by a client while another request has it', async () => {
      const { candidate, attemptId } = await attemptOf('locked-out');
      const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(Buffer.from('x')), sizeBytes: 1 }));
      const locked = vi.spyOn(api.services.uploadLocks, 'acquire').mockResolvedValue(false);
      expect((await ask(candidate, path)).status).toBe(423);
      expect(refusalOf(await send(candidate, path, { offset: 0, bytes: Buffer.from('x') }))).toEqual(refused(423, 'unavailable'));
      locked.mockRestore();
      expect((await send(candidate, path, { offset: 0, bytes: Buffer.from('x') })).status).toBe(204);
    });
  });

  it('is not forgotten when its bytes cannot be removed yet', async () => {
    const { store, storage } = api.services;
    const candidate = api.as('kept', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    await announce(candidate, attemptId, { sha256: sha256Of(Buffer.from('x')), sizeBytes: 10 });
    advanceSeconds(22 * DAY_SECONDS);
    await test.takeAway();
    await expect(removeLeftoverUploads({ store, storage })).rejects.toThrow('not available');
    await test.bringBack();
    expect((await store.uploads.list(attemptId)).length).toBe(1);
    expect(await removeLeftoverUploads({ store, storage })).toBeGreaterThanOrEqual(1);
    expect((await store.uploads.list(attemptId)).length).toBe(0);
  });
});
