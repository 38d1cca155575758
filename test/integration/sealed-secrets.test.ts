import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { asRunning } from '../support/running-login.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createSecretBox } from '../../platform/secret-box.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore } from '../../store/store.ts';

/** Secrets that the database keeps are of no use to who has the database, and are sealed with a new key while everything runs. */

const newKey = () => ({ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: randomUUID() });
const [former, newest] = [newKey(), newKey()];

let test: TestStore;
let owner: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  owner = new pg.Client({ connectionString: test.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await test.close();
});

function storeWith(...keys: readonly object[]) {
  const prisma = connectDatabase({ DATABASE_URL: asRunning(test.databaseUrl), DATABASE_POOL_SIZE: 3 });
  const secretBox = keys.length === 0 ? undefined : { current: createSecretBox(JSON.stringify({ keys })) };
  return createStore({ prisma, clock: postgresClock, receipts: test.receipts, secretBox });
}

async function dump(): Promise<string> {
  const { rows } = await owner.query(
    `SELECT (SELECT json_agg(s)::text FROM event_sink s) AS sinks, (SELECT json_agg(encode(secret, 'escape'))::text FROM sampling_secret) AS samples`,
  );
  return JSON.stringify(rows);
}

it('a webhook’s secret and that of a sample are sealed, opened by who has the key, and sealed anew by a command', async () => {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const [before, plain] = [storeWith(former), storeWith()];
  await plain.events.addSink({ name: 'unsealed', kind: 'webhook', url: 'https://example.org/u', secrets: [secret], createdBy: 'test' });
  expect(await dump()).toContain(secret.slice(0, 20));
  await before.events.addSink({ name: 'sealed', kind: 'webhook', url: 'https://example.org/s', secrets: [secret], createdBy: 'test' });
  await before.examVersions.publish({ content: smallExam(), actor: 'test' });
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM exam_version');
  const asked = { submissionId: randomUUID(), examVersionId: rows[0]?.id ?? '' };
  const sample = await before.assessments.samplingSecret(asked);
  expect(Buffer.from(sample.secret)).toHaveLength(32);

  const stores = connectCommandStores({
    DATABASE_URL: asRunning(test.databaseUrl),
    DATABASE_POOL_SIZE: 1,
    SECRET_KEYS: JSON.stringify({ keys: [newest, former] }),
  });
  const { exitCode, printed } = await runCommand(['database', 'reseal'], { stores });
  expect({ exitCode, printed }).toEqual({ exitCode: 0, printed: ['3 secrets are sealed anew'] });
  expect((await runCommand(['database', 'reseal'], { stores })).printed).toEqual(['0 secrets are sealed anew']);
  await stores.close();

  expect(await dump()).not.toContain(secret.slice(0, 20));
  const after = storeWith(newest);
  expect((await after.events.webhooks()).map(({ name, secrets }) => [name, secrets])).toEqual([
    ['sealed', [secret]],
    ['unsealed', [secret]],
  ]);
  expect(await after.assessments.samplingSecret(asked)).toEqual(sample);
  // Who has the former key alone, or none, serves nothing with them.
  expect((await before.events.webhooks()).map(({ secrets }) => secrets)).toEqual([[], []]);
  expect((await plain.events.webhooks()).map(({ secrets }) => secrets)).toEqual([[], []]);
  // An envelope that was moved to another webhook does not open there.
  await owner.query(`UPDATE event_sink SET secrets = (SELECT secrets FROM event_sink WHERE name = 'sealed') WHERE name = 'unsealed'`);
  expect((await after.events.webhooks()).map(({ secrets }) => secrets.length)).toEqual([1, 0]);
  for (const store of [before, plain, after]) await store.close();
});
