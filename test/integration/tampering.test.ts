import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { urlAs } from '../../local/database-logins.ts';
import { RUNNING_ROLES } from '../../prisma/roles.ts';
import { connectDatabase } from '../../store/context.ts';
import { createLedgerAuditStore } from '../../store/ledger/audit.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { runCommand } from '../support/command.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { decidedScript } from '../support/decided.ts';
import { testCredentials } from '../support/pools.ts';
import { startedAttempt } from '../support/sitting.ts';

/** What somebody did who had reached the database of one process, each of which went unnoticed. All of it with the login that the process has. */

let test: TestStore;
let owner: pg.Client;
let prisma: ReturnType<typeof connectDatabase>;

beforeAll(async () => {
  test = await createTestStore();
  owner = new pg.Client({ connectionString: test.databaseUrl });
  await owner.connect();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'designated' });
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 5 });
  const credentials = await testCredentials();
  await certifiedAttempt(test.store, { credentials });
  await decidedScript(test.store, { credentials, given: [{ grader: 'g1', points: [1, 2] }] });
  const { attemptId } = await startedAttempt(test.store);
  await test.store.attempts.accommodate({ attemptId, percent: 150, actor: 'sam', reason: 'asked', actionKey: 'one' });
});
afterAll(async () => {
  await prisma.$disconnect();
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

/** docs/attacks.md: with the owner's password each of these went unnoticed by `records verify` and `register check`. */
describe('what the owner of the tables does all the same is found, and named', () => {
  const of = (table: string, sql: string) => `ALTER TABLE ${table} DISABLE TRIGGER USER; ${sql}; ALTER TABLE ${table} ENABLE TRIGGER USER`;
  const OWNER_ATTACKS: Readonly<Record<string, { readonly sql: string; readonly named: RegExp }>> = {
    'a mark, edited while its triggers were off': {
      sql: of('mark', 'UPDATE mark SET millipoints = 5000'),
      named: /^mark \S+ of attempt \S+ was changed/,
    },
    'a decision, edited while its triggers were off': {
      sql: of('decision', 'UPDATE decision SET passed = NOT passed WHERE NOT passed'),
      named: /^decision \S+ of attempt \S+ was changed/,
    },
    'the audit, emptied': { sql: of('audit_entry', 'TRUNCATE audit_entry'), named: /^audit_entry \S+ of attempt \S+ was removed/ },
    'a deadline, moved with every trigger on': {
      sql: `UPDATE sitting SET deadline = deadline + interval '30 days'`,
      named: /^sitting \S+ of attempt \S+: the deadline of the aptitude test is \S+, and by the other records \S+; .* by the login /,
    },
    'a key of certificates, inserted past the triggers': {
      sql: of('issuer_key', `INSERT INTO issuer_key VALUES ('z6MkForged', now())`),
      named: /^issuer_key z6MkForged has no entry: it was written past the ledger/,
    },
  };
  const known = new Set<string>();

  async function audit(): Promise<{ readonly exitCode: number; readonly problems: readonly string[] }> {
    const file = join(await mkdtemp(join(inject('temporaryDirectory'), 'keys-')), 'jwks.json');
    await writeFile(file, JSON.stringify(test.receipts.publicKeys));
    const connected = { stores: { ledgerAudit: createLedgerAuditStore({ prisma }) } };
    const { exitCode, printed } = await runCommand(['records', 'audit', '--json', '--keys', file], connected);
    return { exitCode, problems: (JSON.parse(printed.join('\n')) as { problems: string[] }).problems };
  }

  it('and nothing before', async () => {
    while ((await test.store.ledger.enterPending()) > 0);
    await test.store.ledger.signHead({ everySeconds: 0 });
    expect(await audit()).toEqual({ exitCode: 0, problems: [] });
  });

  it.each(Object.entries(OWNER_ATTACKS))('%s', async (_what, { sql, named }) => {
    await owner.query(sql);
    const { exitCode, problems } = await audit();
    expect({ exitCode, named: problems.filter((problem) => !known.has(problem)) }).toEqual({
      exitCode: 1,
      named: expect.arrayContaining([expect.stringMatching(named)]),
    });
    for (const problem of problems) known.add(problem);
  });

  it('a register entry, rewritten under its revision', async () => {
    const connected = { stores: { certificates: test.store.certificates }, register: createPostgresRegister({ prisma }) };
    await runCommand(['register', 'rebuild'], connected);
    expect((await runCommand(['register', 'check'], connected)).exitCode).toBe(0);
    await owner.query(`UPDATE register_entry SET name = 'Somebody Else', basis_points = 10000`);
    expect(await runCommand(['register', 'check'], connected)).toMatchObject({
      exitCode: 1,
      printed: expect.arrayContaining([expect.stringMatching(/is in the register with its revision, but another name, basisPoints/)]),
    });
  });
});

async function fingerprint(): Promise<unknown> {
  const tables = ['mark', 'decision', 'audit_entry', 'submission', 'certificate', 'exam_version', 'event'];
  const hashes = tables.map((table) => `(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM ${table} t) AS ${table}`);
  const { rows } = await owner.query(`SELECT ${hashes.join(', ')}`);
  return rows[0];
}
