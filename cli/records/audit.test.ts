import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createLedgerAuditStore } from '../../store/ledger/audit.ts';
import { LEDGER_FORMS } from '../../store/ledger/forms.ts';
import { createLedgerStore } from '../../store/ledger/ledger.ts';
import { committed, contentOf } from '../../store/ledger/triggers.ts';
import { certifiedAttempt } from '../../test/support/certified.ts';
import { runCommand } from '../../test/support/command.ts';
import { createTestStore, type TestStore } from '../../test/support/database.ts';
import { decidedScript } from '../../test/support/decided.ts';
import { testCredentials } from '../../test/support/pools.ts';
import { submittedAttempt } from '../../test/support/sitting.ts';
import { smallExam } from '../../trials/people/small-exam.ts';

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
let database: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 5 });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  const { store } = test;
  const credentials = await testCredentials();
  await store.examVersions.publish({ content: smallExam(), actor: 'test' });
  await certifiedAttempt(store, { credentials });
  await decidedScript(store, { credentials, given: [{ grader: 'g1', points: [1, 2] }] });
  const { attemptId } = await submittedAttempt(store);
  await store.attempts.withdrawByStaff({ attemptId, actor: 'staff', reason: 'test', actionKey: randomUUID() });
  for (let index = 0; index < 60; index += 1) await submittedAttempt(store);
  await enterAll();
  await store.ledger.signHead({ everySeconds: 0 });
  await decidedScript(store, { credentials, given: [{ grader: 'g2', points: [3, 4] }] });
  await enterAll();
  await store.ledger.signHead({ everySeconds: 0 });
});

afterAll(async () => {
  await database?.end();
  await prisma?.$disconnect();
  await test?.close();
});

async function enterAll(): Promise<void> {
  while ((await test.store.ledger.enterPending()) > 0);
}

async function keptHeads(): Promise<readonly string[]> {
  const { rows } = await database.query<{ jws: string }>('SELECT jws FROM ledger_head ORDER BY number');
  return rows.map(({ jws }) => jws);
}

type Audit = { entries: number; pending: number; heads: number; problems: string[] };

/** With a file of kept heads, whatever is in it. */
async function auditWithHeads(text: string): Promise<{ exitCode: number; errors: readonly string[] }> {
  const directory = await mkdtemp(join(inject('temporaryDirectory'), 'audit-'));
  const [keys, file] = [join(directory, 'jwks.json'), join(directory, 'heads.txt')];
  await writeFile(keys, JSON.stringify(test.receipts.publicKeys));
  await writeFile(file, text);
  return runCommand(['records', 'audit', '--keys', keys, '--heads', file], { stores: { ledgerAudit: createLedgerAuditStore({ prisma }) } });
}

async function audit({ heads }: { heads?: readonly string[] } = {}): Promise<Audit & { exitCode: number }> {
  const directory = await mkdtemp(join(inject('temporaryDirectory'), 'audit-'));
  const keys = join(directory, 'jwks.json');
  await writeFile(keys, JSON.stringify(test.receipts.publicKeys));
  const kept = join(directory, 'heads.txt');
  if (heads) await writeFile(kept, heads.join('\n'));
  const args = ['records', 'audit', '--json', '--keys', keys, ...(heads ? ['--heads', kept] : [])];
  const { exitCode, printed } = await runCommand(args, { stores: { ledgerAudit: createLedgerAuditStore({ prisma }) } });
  return { exitCode, ...(JSON.parse(printed.join('\n')) as Audit) };
}

/** What the owner of the tables can do: past every trigger. It is undone after `look`. */
async function tampered<Found>(sql: readonly string[], look: () => Promise<Found>): Promise<Found> {
  const { rows } = await database.query<{ name: string }>("SELECT 'copy_' || md5(random()::text) AS name");
  const copy = rows[0]?.name ?? '';
  const url = new URL(test.databaseUrl);
  const original = url.pathname.slice(1);
  url.pathname = '/postgres';
  await database.end();
  await prisma.$disconnect();
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  const reconnect = async (name: string) => {
    const target = new URL(test.databaseUrl);
    target.pathname = `/${name}`;
    database = new pg.Client({ connectionString: target.href });
    await database.connect();
    prisma = connectDatabase({ DATABASE_URL: target.href, DATABASE_POOL_SIZE: 5 });
  };
  try {
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [original]);
    await admin.query(`CREATE DATABASE ${copy} TEMPLATE ${original}`);
    await reconnect(copy);
    await database.query('SET session_replication_role = replica');
    for (const statement of sql) expect((await database.query(statement)).rowCount, statement).not.toBe(0);
    return await look();
  } finally {
    await database.end();
    await prisma.$disconnect();
    await admin.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
    await admin.end();
    await reconnect(original);
  }
}

const problemsAfter = (...sql: string[]) => tampered(sql, async () => (await audit()).problems);

describe('the audit of the ledger', () => {
  it('finds nothing where nothing was done', async () => {
    const { exitCode, entries, pending, heads, problems } = await audit({ heads: await keptHeads() });
    expect(problems).toEqual([]);
    expect({ exitCode, pending, heads }).toEqual({ exitCode: 0, pending: 0, heads: 2 });
    expect(entries).toBeGreaterThan(256);
  });

  it('knows each record from its transaction on, before its entry has a place', async () => {
    await submittedAttempt(test.store);
    const { pending, problems } = await audit();
    expect(pending).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await enterAll();
  });

  it('has an entry for each record, also of those that change, with who and whose attempt it is', async () => {
    const { rows } = await database.query<{ act: string; count: number }>(
      `SELECT act, count(*)::int AS count FROM ledger_entry WHERE kind = 'attempt' GROUP BY act`,
    );
    expect(Object.fromEntries(rows.map(({ act, count }) => [act, count > 0]))).toEqual({ made: true, changed: true });
    const marks = await database.query(
      `SELECT count(*)::int AS count FROM ledger_entry e JOIN mark m ON m.id::text = e.record AND m.grader = e.who WHERE e.kind = 'mark' AND e.attempt_id IS NOT NULL`,
    );
    const all = await database.query('SELECT count(*)::int AS count FROM mark');
    expect(marks.rows).toEqual(all.rows);
  });
});

describe('a deadline that the owner of the database', () => {
  it('moves with the triggers on is named, with the login that wrote it', async () => {
    await database.query("UPDATE attempt SET start_by = start_by + interval '1 day' WHERE ctid = (SELECT min(ctid) FROM attempt)");
    const { exitCode, problems } = await audit();
    await database.query("UPDATE attempt SET start_by = start_by - interval '1 day' WHERE start_by = (SELECT max(start_by) FROM attempt)");
    const login = new URL(test.databaseUrl).username;
    expect({ exitCode, problems }).toEqual({
      exitCode: 1,
      problems: [
        expect.stringMatching(
          new RegExp(`^attempt .*: the time to start is .*, and by the other records .*; its newest entry is of .*, by the login "${login}"`),
        ),
      ],
    });
    await enterAll();
    expect((await audit()).problems).toEqual([]);
  });
});

describe('a record that the owner of the database', () => {
  const filled = ['exam_version', 'candidate', 'attempt', 'sitting', 'submission', 'claim', 'mark', 'decision', 'certificate', 'audit_entry'];

  it.each(filled)('changes in %s is named', async (kind) => {
    const column = { exam_version: 'title', candidate: 'subject', certificate: 'name', audit_entry: 'actor', claim: 'grader', mark: 'reason' }[kind];
    const change = column
      ? `UPDATE ${kind} SET ${column} = ${column} || ' (but)' WHERE ctid = (SELECT min(ctid) FROM ${kind})`
      : `UPDATE ${kind} SET ${{ attempt: "start_by = start_by + interval '1 day'", sitting: "deadline = deadline + interval '1 day'", submission: "content_hash = 'sha-256:00'", decision: 'passed = NOT passed' }[kind]} WHERE ctid = (SELECT min(ctid) FROM ${kind})`;
    expect(await problemsAfter(change)).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(`^${kind} .* was changed`))]));
  });

  it.each(filled)('deletes from %s is named', async (kind) => {
    // What follows from it does so no more, and is named as well.
    expect(await problemsAfter(`DELETE FROM ${kind} WHERE ctid = (SELECT min(ctid) FROM ${kind})`)).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^${kind} .* was removed`))]),
    );
  });

  it.each(['mark', 'audit_entry', 'decision'])('writes into %s past the triggers is named', async (kind) => {
    const id = randomUUID();
    const unique = { mark: 'item_id', audit_entry: 'action_key', decision: undefined }[kind];
    const sql = `INSERT INTO ${kind} SELECT (jsonb_populate_record(r, jsonb_build_object('id', '${id}'${unique ? `, '${unique}', 'another'` : ", 'grading_round', 9"}))).* FROM ${kind} r LIMIT 1`;
    expect(await problemsAfter(sql)).toEqual([expect.stringMatching(new RegExp(`^${kind} ${id}.* has no entry`))]);
  });

  it('writes with the triggers on has an entry that says which role wrote it', async () => {
    const forged = "INSERT INTO issuer_key VALUES ('z6MkForged', now())";
    expect(await problemsAfter(forged)).toEqual(['issuer_key z6MkForged has no entry: it was written past the ledger']);
    await database.query(forged);
    await enterAll();
    const { rows } = await database.query(`SELECT by_role, act FROM ledger_entry WHERE kind = 'issuer_key' AND record = 'z6MkForged'`);
    expect(rows).toEqual([{ by_role: new URL(test.databaseUrl).username, act: 'made' }]);
  });
});

describe('the ledger itself', () => {
  it.each([
    ['changed', `UPDATE ledger_entry SET who = 'somebody else' WHERE position = 300`, /^entry 300 .* was changed/],
    ['removed', 'DELETE FROM ledger_entry WHERE position = 20', /^entries 20 to 20 were removed/],
    ['emptied', 'DELETE FROM ledger_entry', /counts \d+ entries, and there are 0/],
    ['cut', 'DELETE FROM ledger_entry WHERE position > 100', /the last ones were removed/],
  ])('names what was %s', async (_what, sql, problem) => {
    expect(await problemsAfter(sql)).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  it('names two entries that changed places', async () => {
    const problems = await problemsAfter(
      'UPDATE ledger_entry SET position = -1 WHERE position = 30',
      'UPDATE ledger_entry SET position = 30 WHERE position = 31',
      'UPDATE ledger_entry SET position = 31 WHERE position = -1',
    );
    expect(problems).toEqual(
      expect.arrayContaining([expect.stringMatching(/^entry 30 .* was changed/), expect.stringMatching(/^entry 31 .* was changed/)]),
    );
  });

  it('names an entry that was inserted at its end', async () => {
    const sql = `INSERT INTO ledger_entry SELECT e.position + s.size, e.shard, e.shard_index, e.at, e.by_role, e.act, e.kind, e.record, e.attempt_id, e.who, e.salt,
      e.content, e.previous, e.hash FROM ledger_entry e, ledger_state s WHERE e.position = 0`;
    expect(await problemsAfter(sql)).toEqual(expect.arrayContaining([expect.stringMatching(/does not follow the entry before it/)]));
  });

  it.each(['', '<html>moved</html>', '{"heads":[]}', '{"heads":"none"}', '{'])(
    'refuses kept heads that are none, and says nothing of the ledger: %j',
    async (text) => {
      const { exitCode, errors } = await auditWithHeads(text);
      expect({ exitCode, errors: errors.join(' ') }).toEqual({ exitCode: 1, errors: expect.stringContaining('holds no heads of the ledger') });
    },
  );

  it('takes kept heads as the API answers them too', async () => {
    const answer = JSON.stringify({ heads: (await keptHeads()).map((jws) => ({ jws })) });
    expect((await auditWithHeads(answer)).exitCode).toBe(0);
  });

  it('does not take a head that somebody else signed', async () => {
    expect(await problemsAfter(`UPDATE ledger_head SET jws = replace(jws, '.', '.e') WHERE number = 1`)).toEqual([
      expect.stringMatching(/^head 1 does not verify/),
    ]);
  });

  it('that was rewritten as a whole does not fit the heads that were signed, here or kept elsewhere; and nobody signs it again', async () => {
    const heads = await keptHeads();
    const { rows } = await database.query<{ id: string }>('SELECT id FROM mark ORDER BY id LIMIT 1');
    const id = rows[0]?.id ?? '';
    const forged = await tampered([`UPDATE mark SET millipoints = 5000, reason = 'nicer' WHERE id = '${id}'`], async () => {
      await rewriteLedger(id);
      const here = (await audit()).problems;
      await database.query('DELETE FROM ledger_head');
      const { problems: elsewhere } = await audit({ heads });
      return { here, hidden: (await audit()).problems, elsewhere };
    });
    expect(forged.here).toEqual([expect.stringMatching(/^head 1 .* was signed of other entries/), expect.stringMatching(/^head 2 /)]);
    // Who owns the database and throws its heads away too is found by heads of elsewhere alone.
    expect(forged.hidden).toEqual([]);
    expect(forged.elsewhere).toEqual([expect.stringMatching(/^kept head 1 .* was signed of other entries/), expect.stringMatching(/^kept head 2 /)]);
  });

  it('names each trigger that is off', async () => {
    const off = LEDGER_FORMS.flatMap(({ kind, changes }) => [`${kind}_ledger_made`, ...(changes ? [`${kind}_ledger_changed`] : [])]);
    const problems = await problemsAfter(...LEDGER_FORMS.map(({ kind }) => `ALTER TABLE ${kind} DISABLE TRIGGER ALL`));
    expect(problems).toEqual(expect.arrayContaining(off.map((name) => `the trigger ${name} is missing or off`)));
    expect(await problemsAfter('ALTER TABLE mark DISABLE TRIGGER mark_ledger_made')).toEqual(['the trigger mark_ledger_made is missing or off']);
  });
});

/** What whoever owns the database can do: every entry again, in its order, with the hash of what the forged mark says now; and each place anew. */
async function rewriteLedger(forgedMark: string): Promise<void> {
  const mark = LEDGER_FORMS.find(({ kind }) => kind === 'mark');
  if (!mark) throw new Error('no form of marks');
  await database.query(`
    INSERT INTO ledger_pending (at, by_role, act, kind, record, attempt_id, who, salt, content)
      SELECT at, by_role, act, kind, record, attempt_id, who, salt, content FROM ledger_entry ORDER BY position;
    UPDATE ledger_pending e SET content = ${committed('e.salt', contentOf(mark))} FROM mark r WHERE e.kind = 'mark' AND e.record = r.id::text AND r.id = '${forgedMark}';
    DELETE FROM ledger_node; DELETE FROM ledger_entry;
    UPDATE ledger_state SET size = 0, frontier = '{}', shard_sizes = array_fill(0::bigint, ARRAY[16]), shard_heads = array_fill(repeat('0', 64), ARRAY[16]);`);
  const ledger = createLedgerStore({ prisma, clock: postgresClock, receipts: test.receipts });
  while ((await ledger.enterPending()) > 0);
  await database.query("UPDATE ledger_head SET signed_at = signed_at - interval '2 days'");
  await expect(ledger.signHead({ everySeconds: 0 })).rejects.toThrow(/it was rewritten/);
}
