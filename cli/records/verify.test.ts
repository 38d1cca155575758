import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { createFileStorage } from '../../platform/storage/file-storage.ts';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import { connectDatabase } from '../../store/context.ts';
import { createRecordsCheckStore } from '../../store/records-check.ts';
import { runCommand } from '../../test/support/command.ts';
import { certifiedAttempt } from '../../test/support/certified.ts';
import { createTestStore, receiptKeys, type TestStore } from '../../test/support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { testCredentials } from '../../test/support/pools.ts';
import { submittedAttempt } from '../../test/support/sitting.ts';

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
let database: pg.Client;
let submissionId: string;
const output: string[] = [];

beforeAll(async () => {
  test = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 5 });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
  await certifiedAttempt(test.store, { credentials: await testCredentials() });
  ({ submissionId } = await submittedAttempt(test.store));
});

afterAll(async () => {
  await database?.end();
  await prisma?.$disconnect();
  await test?.close();
});

async function verify({ keys = test.receipts.publicKeys, storage }: { keys?: object; storage?: ObjectStorage } = {}, ...options: string[]) {
  const file = join(await mkdtemp(join(inject('temporaryDirectory'), 'keys-')), 'jwks.json');
  await writeFile(file, JSON.stringify(keys));
  const connected = { stores: { recordsCheck: createRecordsCheckStore({ prisma }) }, ...(storage ? { storage } : {}) };
  const args = ['records', 'verify', '--keys', file, ...(storage ? ['--files'] : []), ...options];
  const { exitCode, printed, errors } = await runCommand(args, connected);
  output.splice(0, Infinity, ...printed, ...errors);
  return exitCode;
}

/** What only the database's administrator can do. It stays so for the tests that follow. */
async function tamper(sql: string): Promise<void> {
  await database.query('BEGIN');
  await database.query('SET LOCAL session_replication_role = replica');
  await database.query(sql);
  await database.query('COMMIT');
}

describe('the check of all records', () => {
  it('finds nothing in a whole database', async () => {
    expect(await verify()).toBe(0);
    expect(output).toEqual(['3 receipts verify and their contents have the hashes they state; all records fit together']);
  });

  it('finds receipts that other keys signed', async () => {
    const others = await createReceiptSigner({ keys: await receiptKeys(), issuer: 'http://localhost' });
    expect(await verify({ keys: others.publicKeys })).toBe(1);
    expect(output).toHaveLength(4);
    expect(output.at(-1)).toContain('3 problems in 3 submissions');
  });

  it('finds that an uploaded file is not there, when it is to read files', async () => {
    const storage = await createFileStorage(await mkdtemp(join(inject('temporaryDirectory'), 'empty-')));
    expect(await verify({ storage })).toBe(1);
    expect(output[0]).toMatch(/its file [0-9a-f-]+ is not in the storage/);
  });

  it('tells a program what it found, as one JSON document', async () => {
    expect(await verify({}, '--json')).toBe(0);
    expect(JSON.parse(output.join('\n'))).toEqual({ submissions: 3, erased: 0, problems: [] });
  });

  it('cannot tell without the keys', async () => {
    const args = ['records', 'verify', '--keys', join(inject('temporaryDirectory'), 'absent.json')];
    await expect(runCommand(args, {})).resolves.toMatchObject({
      exitCode: 3,
      errors: [expect.stringMatching(/^cannot tell: the keys cannot be read/)],
    });
  });

  it.each([
    [
      'answers that were changed',
      () => `UPDATE submission SET content = '{"t1": "better"}' WHERE id = '${submissionId}'`,
      /answers do not have the hash/,
    ],
    ['a time that was changed', () => `UPDATE submission SET submitted_at = now() WHERE id = '${submissionId}'`, /states something else/],
    ['an event that is gone', () => `DELETE FROM event WHERE data ->> 'submissionId' = '${submissionId}'`, /1 submissions that no event tells of/],
    ['a certificate that is gone', () => 'DELETE FROM certificate', /1 certified attempts without a certificate/],
    ['a guard that is off', () => 'ALTER TABLE mark DISABLE TRIGGER mark_append_only', /1 append-only guards that are missing or off/],
  ])('finds %s', async (_what, sql, problem) => {
    await tamper(sql());
    expect(await verify()).toBe(1);
    expect(output.join('\n')).toMatch(problem);
  });
});
