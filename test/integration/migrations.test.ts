import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, migrationsDirectory } from '../../prisma/migrate.ts';
import { createDatabase } from '../support/database.ts';

/** What becomes of a database when a migration does not come to its end, and of the releases after that. */

const BAD = '29990101000000_bad';

let databaseUrl: string;
let directory: string;
let database: pg.Client;
let drop: () => Promise<void>;

// As the release before has migrated it.
beforeEach(async () => {
  ({ databaseUrl, drop } = await createDatabase());
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  await cp(migrationsDirectory, directory, { recursive: true });
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
});

afterEach(async () => {
  await database.end();
  await drop();
  await rm(directory, { recursive: true });
});

async function bring(sql: string): Promise<void> {
  await mkdir(join(directory, BAD), { recursive: true });
  await writeFile(join(directory, BAD, 'migration.sql'), sql);
}

const release = async () => {
  const said: string[] = [];
  const applied = await migrate({ databaseUrl, directory, log: (line) => said.push(line) });
  return { applied, said };
};
const releaseBefore = () => migrate({ databaseUrl, log: () => undefined });
const SLEEPERS = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()`;
const sleepers = async () => (await database.query(`SELECT pid ${SLEEPERS}`)).rows.length;
const HALF = 'CREATE TABLE half (id integer);\nSELECT 1 / 0;';

describe('a migration that fails', () => {
  it('says why, again each time, and leaves nothing of itself', async () => {
    await bring(HALF);
    await expect(release()).rejects.toThrow(/division by zero/);
    await expect(release()).rejects.toThrow(/division by zero/);
    expect((await database.query("SELECT to_regclass('half') AS name")).rows).toEqual([{ name: null }]);
  });

  it('is no obstacle to the release before, which goes out again', async () => {
    await bring(HALF);
    await expect(release()).rejects.toThrow(/division by zero/);
    await expect(releaseBefore()).resolves.toEqual([]);
  });

  it('is applied when it is mended, or when what was in its way is gone', async () => {
    await bring(HALF);
    await expect(release()).rejects.toThrow(/division by zero/);
    await bring('CREATE TABLE half (id integer);');
    const { applied, said } = await release();
    expect(applied).toEqual([BAD]);
    expect(said).toContainEqual(`${BAD} had not come to its end, and left nothing behind: it begins anew`);
    expect((await database.query("SELECT to_regclass('half')::text AS name")).rows).toEqual([{ name: 'half' }]);
  });
});

it('a migration whose process was killed in the middle is applied by the next one', async () => {
  await bring('CREATE TABLE half (id integer);\nSELECT pg_sleep(60);');
  const killed = release();
  const ended = expect(killed).rejects.toThrow();
  await expect.poll(sleepers).toBe(1);
  await database.query(`SELECT pg_terminate_backend(pid) ${SLEEPERS}`);
  await ended;
  await bring('CREATE TABLE half (id integer);');
  expect((await release()).applied).toEqual([BAD]);
});

it('two at once apply a migration that had failed once', async () => {
  await bring(HALF);
  await expect(release()).rejects.toThrow(/division by zero/);
  await bring('CREATE TABLE half (id integer);\nSELECT pg_sleep(3);');
  const first = Promise.all([release(), release()]);
  await expect.poll(sleepers).toBe(1);
  const applied = [...(await first), await release()].flatMap((one) => one.applied);
  expect(applied).toEqual([BAD]);
});

it('one that is applied at this moment is waited for, and not begun a second time', async () => {
  await bring('CREATE TABLE half (id integer);\nSELECT pg_sleep(3);');
  const first = release();
  await expect.poll(sleepers).toBe(1);
  expect([(await release()).applied, (await first).applied]).toEqual([[], [BAD]]);
});

it('each migration is one transaction, so that one that fails leaves nothing', async () => {
  const folders = (await readdir(migrationsDirectory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(folders.length).toBeGreaterThan(10);
  for (const { name } of folders) {
    const sql = await readFile(join(migrationsDirectory, name, 'migration.sql'), 'utf8');
    const statements = sql.replaceAll(/\$\$[\s\S]*?\$\$|'(?:[^']|'')*'|--[^\n]*/g, '');
    expect(statements, name).not.toMatch(/(^|;)\s*(BEGIN|START|COMMIT|END|ROLLBACK|VACUUM)\b|\bCONCURRENTLY\b/i);
  }
});
