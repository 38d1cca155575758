import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { urlAs } from '../../local/database-logins.ts';
import { RUNNING_ROLES } from '../../prisma/roles.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { testCredentials } from '../support/pools.ts';

/** What somebody did who had reached the database of one process, each of which went unnoticed. All of it with the login that the process has. */

let test: TestStore;
let owner: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  owner = new pg.Client({ connectionString: test.databaseUrl });
  await owner.connect();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'designated' });
  await certifiedAttempt(test.store, { credentials: await testCredentials() });
});
afterAll(async () => {
  await owner.end();
  await test.close();
});

const ATTACKS: Readonly<Record<string, string>> = {
  'a mark is edited while its trigger is off':
    'ALTER TABLE mark DISABLE TRIGGER mark_append_only; UPDATE mark SET millipoints = 0; ALTER TABLE mark ENABLE TRIGGER mark_append_only',
  'a decision is edited as by a replica': 'SET session_replication_role = replica; UPDATE decision SET passed = NOT passed',
  'the audit is emptied': 'TRUNCATE audit_entry',
  'a submission is handed in again': `UPDATE submission SET content = '{}'`,
  'a certificate is given another name': `UPDATE certificate SET name = 'Somebody Else'`,
  'a certificate vanishes': 'DELETE FROM certificate',
  'an exam gets another key': `UPDATE exam_version SET content = '{}'`,
  'an event is told otherwise': `UPDATE event SET data = '{}'`,
  'a guard is replaced': 'CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
  'the owner is who does it': 'SET ROLE certifiable',
};

it.each(Object.entries(ATTACKS))('%s by nobody who runs', async (_what, statements) => {
  const before = await fingerprint();
  for (const role of RUNNING_ROLES) {
    const client = new pg.Client({ connectionString: urlAs(role, test.databaseUrl) });
    await client.connect();
    try {
      await expect(client.query(statements), role).rejects.toThrow(/permission denied|must be owner/);
    } finally {
      await client.end();
    }
  }
  expect(await fingerprint()).toEqual(before);
});

it('the register is written by whoever feeds it, and not by who serves it', async () => {
  const client = new pg.Client({ connectionString: urlAs('api', test.databaseUrl) });
  await client.connect();
  try {
    await expect(client.query(`UPDATE register_entry SET name = 'Somebody Else'`)).rejects.toThrow(/permission denied/);
    await expect(client.query('DELETE FROM register_entry')).rejects.toThrow(/permission denied/);
  } finally {
    await client.end();
  }
});

async function fingerprint(): Promise<unknown> {
  const tables = ['mark', 'decision', 'audit_entry', 'submission', 'certificate', 'exam_version', 'event'];
  const hashes = tables.map((table) => `(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM ${table} t) AS ${table}`);
  const { rows } = await owner.query(`SELECT ${hashes.join(', ')}`);
  return rows[0];
}
