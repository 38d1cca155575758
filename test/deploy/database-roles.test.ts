import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../prisma/migrate.ts';

/** deploy/terraform/roles.sql on a real PostgreSQL, by an administrator such as RDS and Azure give: no superuser, but one who makes roles. */

/** Roles are the whole server's, which other tests use too. */
const product = `roles_${randomBytes(6).toString('hex')}`;
const administrator = `${product}_admin`;
const server = new URL(inject('templateDatabaseUrl'));

function urlOf({ role, database }: { role?: string; database: string }): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (role !== undefined) [url.username, url.password] = [role, 'secret'];
  return url.href;
}

async function run(target: { role?: string; database: string }, ...statements: readonly string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: urlOf(target) });
  await client.connect();
  try {
    const results: pg.QueryResult[] = [];
    for (const statement of statements) results.push(...[await client.query(statement)].flat());
    return results;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  const sql = (await readFile(new URL('../../deploy/terraform/roles.sql', import.meta.url), 'utf8')).replaceAll('certifiable', product);
  await run(
    { database: 'postgres' },
    `CREATE ROLE ${administrator} LOGIN CREATEROLE CREATEDB PASSWORD 'secret'`,
    `CREATE ROLE ${product}_other LOGIN PASSWORD 'secret'`,
    `CREATE DATABASE ${product} OWNER ${administrator}`,
  );
  await run({ role: administrator, database: product }, sql, `ALTER ROLE ${product}_app PASSWORD 'secret'`);
});

afterAll(async () => {
  await run({ database: 'postgres' }, `DROP DATABASE IF EXISTS ${product} WITH (FORCE)`);
  await run({ database: 'postgres' }, ...['app', 'reader', 'other', 'admin'].map((role) => `DROP ROLE IF EXISTS ${product}_${role}`));
});

describe('the roles that a person makes once', () => {
  it('let the application migrate its database, and own what it made', async () => {
    expect(await migrate({ databaseUrl: urlOf({ role: `${product}_app`, database: product }), log: () => {} })).not.toEqual([]);
    const [tables] = await run(
      { role: `${product}_app`, database: product },
      `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables?.rows).toEqual([{ tableowner: `${product}_app` }]);
  });

  it('let readers see all of it, what came by a migration too, and change nothing', async () => {
    const asReader = `SET ROLE ${product}_reader`;
    const [, attempts] = await run({ database: product }, asReader, 'SELECT count(*)::int FROM attempt');
    expect(attempts?.rows).toEqual([{ count: 0 }]);
    await expect(run({ database: product }, asReader, 'DELETE FROM attempt')).rejects.toThrow(/permission denied/);
    await expect(run({ database: product }, asReader, 'CREATE TABLE mine (id int)')).rejects.toThrow(/permission denied/);
  });

  it('let the application be no more than that, and nobody else in', async () => {
    await expect(run({ role: `${product}_app`, database: product }, 'CREATE ROLE another')).rejects.toThrow(/permission denied/);
    await expect(run({ role: `${product}_other`, database: product }, 'SELECT 1')).rejects.toThrow(/permission denied for database/);
  });
});
