import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectCommandStores, type CommandStores } from '../../cli/stores.ts';
import { urlAs } from '../../local/database-logins.ts';
import { createLogger } from '../../platform/logging.ts';
import { erasureKeyOf } from '../../platform/storage/object-storage.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore, type Store } from '../../store/store.ts';
import { readWorkerConfig } from '../../workers/config.ts';
import { createEraser } from '../../workers/eraser.ts';
import { publishDecision, startTestApi, submittedAttempt, type Caller, type TestApi } from '../support/api.ts';
import { runCommand } from '../support/command.ts';
import { receiptKeys } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { temporalAddress } from '../support/temporal.ts';
import { twoPersons } from '../support/two-persons.ts';

/** A restore to before an erasure: who was erased is there again, is erased again from the list in the storage, and heads published since say what is missing. */

let api: TestApi;
let client: Client;
let owner: pg.Client;
let restoredUrl: string;
let restored: CommandStores;
let keysFile: string;
let person: { readonly subject: string; readonly candidateId: string; readonly attemptId: string };
let held: { readonly candidateId: string };
let erasureId: string;

beforeAll(async () => {
  installQuietRuntime();
  // Without Temporal: no pool here would end the workflows of these attempts, which an erasure waits for. The eraser looks for them all the same.
  api = await startTestApi({ environment: { ERASURE_AFTER_DAYS: '0' } });
  await api.publish();
  const { DATABASE_URL: databaseUrl } = api.services.config;
  client = createTemporalClient(
    readWorkerConfig({
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress(),
      RECEIPT_KEYS: await receiptKeys(),
      UPLOAD_DIRECTORY: inject('temporaryDirectory'),
      WORKER_BUILD_ID: `test-${randomUUID()}`,
      WORKFLOW_BUNDLE: inject('workflowBundle'),
      SHUTDOWN_GRACE_SECONDS: '1',
    }),
  );
  keysFile = join(inject('temporaryDirectory'), `${randomUUID()}.jwks.json`);
  await writeFile(keysFile, JSON.stringify(api.served.receipts.publicKeys));
  owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  person = await failed('sub-restored');
  held = await failed('sub-held-since');
}, 120_000);
afterAll(async () => {
  await restored?.close();
  await owner?.end();
  await client?.connection.close();
  await api?.close();
  if (restoredUrl !== undefined) await administer(`DROP DATABASE "${nameOf(restoredUrl)}" WITH (FORCE)`);
});

async function failed(subject: string) {
  const submitted = await submittedAttempt(api.as(subject, 'candidate'));
  await publishDecision(api, { ...submitted, test: 'aptitude', passed: false });
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM candidate WHERE subject = $1', [subject]);
  return { subject, candidateId: rows[0]?.id ?? '', attemptId: submitted.attemptId };
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

async function administer(...statements: readonly string[]): Promise<void> {
  const administrator = new pg.Client({ connectionString: Object.assign(new URL(api.services.config.DATABASE_URL), { pathname: '/postgres' }).href });
  await administrator.connect();
  try {
    for (const statement of statements) await administrator.query(statement);
  } finally {
    await administrator.end();
  }
}

/** The records as they are now, under another name: what a backup has. */
async function backUp(): Promise<string> {
  const { DATABASE_URL: url } = api.services.config;
  const name = `restored_${randomUUID().replaceAll('-', '')}`;
  await owner.end();
  const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${pg.escapeLiteral(nameOf(url))} AND pid <> pg_backend_pid()`;
  await administer(others, `CREATE DATABASE "${name}" TEMPLATE "${nameOf(url)}"`);
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

const storeAt = (url: string): Store =>
  createStore({
    prisma: connectDatabase({ DATABASE_URL: urlAs('delivery', url), DATABASE_POOL_SIZE: 3 }),
    clock: postgresClock,
    receipts: api.served.receipts,
  });

async function erasedAt(url: string): Promise<void> {
  const store = storeAt(url);
  const logger = createLogger({ level: 'silent', service: 'test' });
  const eraser = createEraser({ store, client, storage: api.services.storage, logger, idleMilliseconds: 100 });
  const running = eraser.run();
  await until(async () => (await store.privacy.due()).length === 0 || 'something waits to be erased', 120);
  eraser.stop();
  await running;
  await store.close();
}

async function headAt(url: string): Promise<string> {
  const store = storeAt(url);
  while ((await store.ledger.enterPending()) > 0);
  await store.ledger.signHead({ everySeconds: 0 });
  const [head] = await store.ledger.heads(1);
  await store.close();
  return head?.jws ?? '';
}

async function order(staff: Caller, candidateId: string): Promise<void> {
  const ordered = await staff('POST', `/v1/staff/candidates/${candidateId}/erasure`, { reason: 'they asked' });
  expect(ordered, JSON.stringify(ordered.body)).toMatchObject({ status: 200 });
}

async function nameAt(url: string, candidateId: string): Promise<string | undefined> {
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  const { rows } = await database.query<{ name: string }>('SELECT name FROM candidate WHERE id = $1', [candidateId]);
  await database.end();
  return rows[0]?.name;
}

const connected = () => ({ stores: restored, storage: api.services.storage });
const reapply = () => runCommand(['privacy', 'reapply', '--actor', 'ops', '--keys', keysFile], connected());

async function audit(heads: readonly string[]) {
  const file = join(inject('temporaryDirectory'), `${randomUUID()}.heads`);
  await writeFile(file, heads.join('\n'));
  return runCommand(['records', 'audit', '--keys', keysFile, '--heads', file, '--json'], connected());
}

describe('after a restore', () => {
  let since: string;

  it('whoever was erased since the backup is there again, and is listed outside the database', async () => {
    await headAt(api.services.config.DATABASE_URL);
    restoredUrl = await backUp();
    restored = connectCommandStores({ DATABASE_URL: restoredUrl, DATABASE_POOL_SIZE: 2 });
    const late = await failed('sub-registered-since');
    const staff = twoPersons(api.as('ida', 'staff'), api.as('ole', 'staff'));
    for (const { candidateId } of [person, held, late]) await order(staff, candidateId);
    await erasedAt(api.services.config.DATABASE_URL);
    since = await headAt(api.services.config.DATABASE_URL);
    expect([await nameAt(api.services.config.DATABASE_URL, person.candidateId), await nameAt(restoredUrl, person.candidateId)]).toEqual([
      '[erased]',
      `Name of ${person.subject}`,
    ]);
    const { rows } = await owner.query<{ id: string }>('SELECT id FROM erasure WHERE candidate_id = $1', [person.candidateId]);
    erasureId = rows[0]?.id ?? '';
    const listed: string[] = [];
    for await (const id of api.services.storage.storedErasures()) listed.push(id);
    expect(listed).toHaveLength(3);
    expect(listed).toContain(erasureId);
  }, 240_000);

  it('a head that was published since does not verify silently: the audit says what is missing', async () => {
    const { exitCode, printed } = await audit([since]);
    expect(exitCode).toBe(1);
    expect(printed.join('\n')).toMatch(/counts \d+ entries, and there are \d+: the last ones were removed/);
  });

  it('they are erased again by the owner of the tables, and by nobody else', async () => {
    const atOnce = new pg.Client({ connectionString: restoredUrl });
    await atOnce.connect();
    await atOnce.query(
      `INSERT INTO retention_hold (id, candidate_id, reason, placed_by, placed_at) VALUES (gen_random_uuid(), $1, 'a court', 'sam', now())`,
      [held.candidateId],
    );
    const stranger = connectCommandStores({ DATABASE_URL: urlAs('operator', restoredUrl), DATABASE_POOL_SIZE: 1 });
    const refused = await runCommand(['privacy', 'reapply', '--actor', 'ops', '--keys', keysFile], { ...connected(), stores: stranger });
    expect(refused).toMatchObject({ exitCode: 1, printed: [], errors: [expect.stringMatching(/^The owner of the tables alone/)] });
    await stranger.close();

    const first = await reapply();
    expect(first).toMatchObject({ exitCode: 1, printed: ['1 ordered again, 0 in these records already, 1 of whom these records do not have'] });
    expect(first.errors.join('\n')).toMatch(new RegExp(`candidate ${held.candidateId} is stopped: on_hold`));
    await erasedAt(restoredUrl);
    expect([await nameAt(restoredUrl, person.candidateId), await nameAt(restoredUrl, held.candidateId)]).toEqual([
      '[erased]',
      'Name of sub-held-since',
    ]);

    await atOnce.query(`UPDATE retention_hold SET released_by = 'sam', released_reason = 'over', released_at = now()`);
    await atOnce.end();
    expect(await reapply()).toMatchObject({
      exitCode: 0,
      printed: ['1 ordered again, 1 in these records already, 1 of whom these records do not have'],
    });
    await erasedAt(restoredUrl);
    expect(await nameAt(restoredUrl, held.candidateId)).toBe('[erased]');
  }, 240_000);

  it('the ledger of the restored records fits, and still not what was published since', async () => {
    await headAt(restoredUrl);
    const alone = await runCommand(['records', 'audit', '--keys', keysFile, '--json'], connected());
    expect(JSON.parse(alone.printed.join('\n'))).toMatchObject({ problems: [] });
    const { exitCode } = await audit([since]);
    expect(exitCode).toBe(1);
  });

  it('what is not signed by us orders nothing', async () => {
    const { storage } = api.services;
    const id = randomUUID();
    await storage.put({ key: erasureKeyOf(id), bytes: Buffer.from('e30.e30.e30'), mediaType: 'application/jose' });
    const { exitCode, errors } = await reapply();
    expect(exitCode).toBe(1);
    expect(errors.join('\n')).toMatch(new RegExp(`erasure ${id}: its signature does not verify`));
  });
});
