import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeProtectedHeader, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startedAttempt, startTestApi, type TestApi } from '../support/api.ts';
import { compileCache } from '../../local/environment.ts';
import { freePort } from '../../local/ports.ts';
import { verifyReceipt } from '../../publication/receipts.ts';
import { createDatabase, receiptKeys } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { issuerKeysFor } from '../support/issuer-keys.ts';
import { temporalAddress } from '../support/temporal.ts';

// Secrets that change in their files while API and pools go on running.

let secretFile: string;
const cleanUps: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  secretFile = join(await mkdtemp(join(inject('temporaryDirectory'), 'secret-')), 'secret');
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const newKey = async (): Promise<JWK> => exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).privateKey);

async function startApi(environment: Readonly<Record<string, string | undefined>>): Promise<TestApi> {
  const api = await startTestApi({ environment });
  cleanUps.push(() => api.close());
  await api.publish();
  return api;
}

async function receiptOf(api: TestApi, subject: string): Promise<string> {
  const candidate = api.as(subject, 'candidate');
  const attemptId = await startedAttempt(candidate);
  const { status, body } = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
  expect(status).toBeLessThan(300);
  return String(body.receipt);
}

const publishedKeys = async (api: TestApi) => (await (await fetch(`${api.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;

describe('the keys of receipts', () => {
  it('are rotated without a restart: first told of, then signed with, and every receipt of before still verifies', async () => {
    const [old, next] = [await newKey(), await newKey()];
    await writeFile(secretFile, JSON.stringify({ keys: [old] }));
    const api = await startApi({ RECEIPT_KEYS: undefined, RECEIPT_KEYS_FILE: secretFile });
    const before = await receiptOf(api, 'before');

    await writeFile(secretFile, JSON.stringify({ keys: [old, next] }));
    await api.services.secrets.check();
    expect((await publishedKeys(api)).keys).toHaveLength(2);
    const between = await receiptOf(api, 'between');

    await writeFile(secretFile, JSON.stringify({ keys: [next, old] }));
    await api.services.secrets.check();
    const after = await receiptOf(api, 'after');

    const keys = await publishedKeys(api);
    expect(JSON.stringify(keys)).not.toContain('"d"');
    for (const receipt of [before, between, after]) await verifyReceipt(receipt, keys);
    expect([before, between, after].map((receipt) => signedBy(receipt, keys))).toEqual([1, 1, 0]);
  });

  it('stay what they were when their file is broken, and /metrics tells of it', async () => {
    const old = await newKey();
    await writeFile(secretFile, JSON.stringify({ keys: [old] }));
    const api = await startApi({ RECEIPT_KEYS: undefined, RECEIPT_KEYS_FILE: secretFile });
    await writeFile(secretFile, '{"keys": [');
    await api.services.secrets.check();
    await verifyReceipt(await receiptOf(api, 'still'), await publishedKeys(api));
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toContain('certifiable_secret_file_unusable{secret="RECEIPT_KEYS"} 1');
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
  });
});

/** Which of the published keys, by its place among them. */
function signedBy(receipt: string, { keys }: JSONWebKeySet): number {
  const { kid } = decodeProtectedHeader(receipt);
  return keys.findIndex((key) => key.kid === kid);
}

describe('the password of PostgreSQL', () => {
  it('is changed without a restart: connections of before go on, new ones take the new one, and in between is a 503', async () => {
    const { databaseUrl, drop } = await createDatabase();
    const admin = new pg.Client({ connectionString: databaseUrl });
    await admin.connect();
    const role = `rotating_${Date.now()}`;
    cleanUps.push(async () => {
      await admin.query(`DROP ROLE ${role}`);
      await admin.end();
      await drop();
    });
    await admin.query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD 'one'`);
    const urlWith = (password: string) => Object.assign(new URL(databaseUrl), { username: role, password }).href;
    await writeFile(secretFile, urlWith('one'));
    const api = await startApi({ DATABASE_URL: undefined, DATABASE_URL_FILE: secretFile });
    // One statement after the other, on one connection: a request of candidates or staff also learns their address, on another.
    const list = () => api.as('anybody', 'auditor')('GET', '/v1/staff/mails/undelivered');
    const cut = () => admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);

    await admin.query(`ALTER ROLE ${role} PASSWORD 'two'`);
    expect((await list()).status).toBe(200);
    await cut();
    // The first query may meet the connection that was cut; none of them finds a way in.
    for (let tries = 1; tries <= 3; tries += 1) expect(await list()).toMatchObject({ status: 503, body: { code: 'unavailable' } });

    await writeFile(secretFile, `${urlWith('two')}\n`);
    await api.services.secrets.check();
    expect((await list()).status).toBe(200);
    await cut();
    await until(async () => (await list()).status === 200 || 'no connection', 10);
  });
});

describe('the address of PostgreSQL', () => {
  it('is changed without a restart, as after a restore into a new server or a failover to another name', async () => {
    const [old, next] = [await createDatabase(), await createDatabase()];
    await writeFile(secretFile, old.databaseUrl);
    const api = await startApi({ DATABASE_URL: undefined, DATABASE_URL_FILE: secretFile });
    const exams = async () => (await api.as('anybody', 'candidate')('GET', '/v1/exams')).body.exams.length as number;
    expect(await exams()).toBe(1);
    await writeFile(secretFile, next.databaseUrl);
    await api.services.secrets.check();
    // Connections to a server that is still there stay there: hence it is stopped first. This one vanishes with its connections.
    await old.drop();
    await until(async () => (await exams().catch(() => -1)) === 0 || 'not on the new one yet', 10);
    cleanUps.unshift(next.drop);
  });
});

describe('the keys of certificates', () => {
  it('are rotated while the publication pool runs: the new one is published before it signs', async () => {
    const { databaseUrl, drop } = await createDatabase();
    cleanUps.push(drop);
    const [old, next] = [await newKey(), await newKey()];
    await writeFile(secretFile, JSON.stringify({ keys: [old] }));
    const port = await freePort({ purpose: 'the pool', log: () => {} });
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../workers/main.ts', import.meta.url)), '--pool', 'publication'], {
      env: {
        ...compileCache(),
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: temporalAddress(),
        RECEIPT_KEYS: await receiptKeys(),
        CREDENTIAL_KEYS_FILE: secretFile,
        ...(await issuerKeysFor({ keys: JSON.stringify({ keys: [old, next] }), publicUrl: 'http://localhost:8080' })),
        UPLOAD_DIRECTORY: join(inject('temporaryDirectory'), 'uploads'),
        WORKER_BUILD_ID: 'rotation',
        WORKER_HTTP_PORT: String(port),
        WORKER_HTTP_HOST: '127.0.0.1',
      },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const published = async () => (await client.query('SELECT 1 FROM issuer_key')).rowCount;
    try {
      await until(async () => (await published()) === 1 || 'the first key is not published', 60);
      await writeFile(secretFile, JSON.stringify({ keys: [next, old] }));
      await until(async () => (await published()) === 2 || 'the new key is not published', 30);
      // Counted once it is in use, which is a moment after it was published.
      const taken = 'certifiable_secret_reloads_total{secret="CREDENTIAL_KEYS",outcome="taken"} 1';
      const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      await until(async () => (await metrics()).includes(taken) || 'the new key is not counted', 10);
    } finally {
      await client.end();
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    }
  });
});
