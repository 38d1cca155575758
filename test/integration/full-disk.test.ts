import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresBinaries } from '../../local/postgres-binaries.ts';
import { prepareCluster } from '../../local/postgres-cluster.ts';
import { postgresUser } from '../../local/postgres-user.ts';
import { describeFailure } from '../../platform/failure.ts';
import { createFileStorage } from '../../platform/storage/file-storage.ts';
import { StorageFull } from '../../platform/storage/object-storage.ts';
import { downloadedAttempt, refusalOf, refused, startTestApi, type Answer, type Caller, type TestApi } from '../support/api.ts';
import { announce, ask, pathOf, send, uploadAll } from '../support/uploads.ts';

/** Disks that are full: nobody is blamed, nothing that was acknowledged is lost, and it goes on once there is room. */

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const text = (length: number) => Buffer.from(randomBytes(length / 2).toString('hex'));
const FULL = refused(503, 'storage_full');

function expectFull(answer: Answer): void {
  expect(refusalOf(answer)).toEqual(FULL);
  expect(answer.headers.get('retry-after')).toBe('60');
  expect(answer.body.detail).toMatch(/not at fault.*safe.*try again/);
}

/** A file system of two mebibytes; undefined where this machine lets nobody mount one. */
async function mountTinyDisk(): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'tiny-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m,nr_inodes=64', 'tmpfs', directory]);
    return directory;
  } catch {
    await rm(directory, { recursive: true });
    return undefined;
  }
}

const tinyDisk = await mountTinyDisk();
if (tinyDisk === undefined) console.warn('SKIPPED: the tests of a full file system, since none can be mounted here (they need root).');

describe.skipIf(tinyDisk === undefined)('a full file system', () => {
  const directory = tinyDisk ?? '';
  const filler = join(directory, 'filler');
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ environment: { STORAGE: 'file', UPLOAD_DIRECTORY: join(directory, 'uploads') } });
    await api.publish();
  });
  afterEach(() => rm(filler, { force: true }));
  afterAll(async () => {
    await api?.close();
    await run('umount', [directory]);
    await rm(directory, { recursive: true });
  });

  /** Until not a byte goes in any more. */
  const fill = () => writeFile(filler, Buffer.alloc(4 * MEBIBYTE)).catch((error: NodeJS.ErrnoException) => expect(error.code).toBe('ENOSPC'));
  const listed = async (candidate: Caller, attemptId: string) => (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads;

  it('cuts an upload off in words that blame nobody; it goes on where it stopped once there is room', async () => {
    const candidate = api.as('cut-off', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = text(MEBIBYTE);
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }));
    expect((await send(candidate, path, { offset: 0, bytes: bytes.subarray(0, MEBIBYTE / 4) })).status).toBe(204);
    await fill();
    expectFull(await send(candidate, path, { offset: MEBIBYTE / 4, bytes: bytes.subarray(MEBIBYTE / 4) }));
    expect(await api.services.metrics.text()).toMatch(/^http_requests_refused_for_room_total [1-9]/m);
    await rm(filler);
    const offset = Number((await ask(candidate, path)).headers.get('upload-offset'));
    expect(offset).toBeGreaterThanOrEqual(MEBIBYTE / 4);
    expect((await send(candidate, path, { offset, bytes: bytes.subarray(offset) })).status).toBe(204);
    expect(await listed(candidate, attemptId)).toMatchObject([{ completedAt: expect.any(String), rejectedFor: null }]);
    await api.services.storage.removeUpload(path.split('/').at(-1) ?? '');
  });

  it('takes no announcement, and however often that is tried none of them counts', async () => {
    const candidate = api.as('announcing', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const before = await readdir(join(directory, 'uploads'));
    await fill();
    for (let tries = 0; tries < 60; tries += 1)
      expectFull(await announce(candidate, attemptId, { sha256: sha256Of(Buffer.from('x')), sizeBytes: 1 }));
    expect(await listed(candidate, attemptId)).toEqual([]);
    expect(await readdir(join(directory, 'uploads'))).toEqual(before);
    await rm(filler);
    const bytes = Buffer.from('# With room');
    expect((await uploadAll(candidate, attemptId, { bytes, sha256: sha256Of(bytes) })).status).toBe(204);
  });

  it('keeps what was there readable and handed in, and the service ready', async () => {
    const candidate = api.as('reading', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = Buffer.from('# Before it was full');
    await uploadAll(candidate, attemptId, { bytes, sha256: sha256Of(bytes) });
    await fill();
    expect((await candidate('GET', '/readyz')).status).toBe(200);
    const { status, body } = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
    expect([status, body.contentHash]).toEqual([201, `sha-256:${sha256Of(bytes)}`]);
  });

  it('on which `npm start` would begin is told as such, and blames no user for what initdb could not write', async () => {
    // As it is, the disk takes the first files of a cluster and not the rest.
    const starting = prepareCluster({ directory: join(directory, 'postgres'), binaries: await postgresBinaries(), user: await postgresUser() });
    const words = describeFailure(await starting.catch((error: unknown) => error));
    expect(words).toMatch(/The disk is full.*Nothing that was kept is lost: make room/);
    expect(words).not.toMatch(/refuses to run as root|must be able to enter|^ +at /m);
  });

  it('stores no document, and says so to whoever may try again', async () => {
    const storage = await createFileStorage(join(directory, 'documents-alone'));
    await fill();
    const document = { key: `documents/${randomUUID()}.pdf`, bytes: text(MEBIBYTE), mediaType: 'application/pdf' };
    await expect(storage.put(document)).rejects.toThrow(StorageFull);
    await rm(filler);
    await storage.put({ ...document, bytes: text(1024) });
  });
});

describe("PostgreSQL's full disk", () => {
  let api: TestApi;
  let database: pg.Client;
  beforeAll(async () => {
    api = await startTestApi({});
    await api.publish();
    database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
    await database.connect();
    // What PostgreSQL answers a write with then, from within PostgreSQL: a disk of its own that can be filled is not to be had everywhere.
    await database.query(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = TG_ARGV[0]; END $$`);
  });
  afterAll(async () => {
    await database?.end();
    await api?.close();
  });

  /** Every write of every table fails so while `work` goes on. */
  async function failing(sqlState: string, work: () => Promise<void>): Promise<void> {
    const { rows } = await database.query<{ name: string }>(`SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`);
    for (const { name } of rows)
      await database.query(
        `CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION no_room('${sqlState}')`,
      );
    try {
      await work();
    } finally {
      for (const { name } of rows) await database.query(`DROP TRIGGER no_room ON ${name}`);
    }
  }

  type Write = { readonly what: string; readonly write: () => Promise<Answer> };

  /** A write by each of the ways in which the API writes. */
  async function writes(): Promise<readonly Write[]> {
    const candidate = api.as(`writer-${randomUUID()}`, 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const sitting = api.as(`sitter-${randomUUID()}`, 'candidate');
    const { id: running } = (await sitting('POST', '/v1/attempts', { examId: 'small' })).body;
    await sitting('POST', `/v1/attempts/${running}/aptitude-test`);
    const leaving = api.as(`leaver-${randomUUID()}`, 'candidate');
    const { id: left } = (await leaving('POST', '/v1/attempts', { examId: 'small' })).body;
    const grader = api.as(`grader-${randomUUID()}`, 'grader');
    const staff = api.as('sam', 'staff');
    const bytes = Buffer.from('# Mine');
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }));
    const other = api.as(`other-${randomUUID()}`, 'candidate');
    return [
      { what: 'registration', write: () => other('POST', '/v1/attempts', { examId: 'small' }) },
      { what: 'autosave', write: () => sitting('PUT', `/v1/attempts/${running}/responses/t1`, { value: 'mine', sequence: 1 }) },
      { what: 'submission', write: () => sitting('POST', `/v1/attempts/${running}/aptitude-test/submission`) },
      { what: 'withdrawal', write: () => leaving('POST', `/v1/attempts/${left}/withdrawal`) },
      { what: 'announcement', write: () => announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length }) },
      { what: 'last byte', write: () => send(candidate, path, { offset: 0, bytes }) },
      { what: 'resumption', write: () => ask(candidate, path) },
      { what: 'claim', write: () => grader('POST', '/v1/assignments/claims') },
      { what: 'accommodation', write: () => staff('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, { percent: 150, reason: 'as agreed' }) },
    ];
  }

  it.each(['53100', '53200'])('(%s) is told as ours by every way of writing, and the same request goes through afterwards', async (sqlState) => {
    const all = await writes();
    const answered: [string, number, string | undefined, string | null][] = [];
    await failing(sqlState, async () => {
      for (const { what, write } of all) {
        const { status, body, headers } = await write();
        answered.push([what, status, what === 'resumption' ? undefined : body?.code, headers.get('retry-after')]);
      }
      expect((await api.as('anybody', 'candidate')('GET', '/readyz')).status).toBe(200);
    });
    const [code, after] = sqlState === '53100' ? ['storage_full', '60'] : ['unavailable', '5'];
    // A HEAD is told that it is locked: for a 503 a client of tus would take the upload for ended, and begin another (decision 0011).
    expect(answered).toEqual(all.map(({ what }) => (what === 'resumption' ? [what, 423, undefined, after] : [what, 503, code, after])));
    for (const { what, write } of all.filter((one) => one.what !== 'last byte')) expect((await write()).status, what).toBeLessThan(300);
  });
});
