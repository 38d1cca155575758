import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { differencesOf } from '../../prisma/grants.ts';
import { migrate } from '../../prisma/migrate.ts';
import { DATABASE_ROLES, roleCreation } from '../../prisma/roles.ts';

/** deploy/terraform/roles.sql on a real PostgreSQL, by an administrator such as RDS and Azure give: no superuser, but one who makes roles. */

/** Roles are the whole server's, which other tests use too. */
const product = `roles_${randomBytes(6).toString('hex')}`;
const administrator = `${product}_admin`;
const server = new URL(inject('templateDatabaseUrl'));

const roles: readonly string[] = DATABASE_ROLES;

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
  await run(
    { role: administrator, database: product },
    sql,
    ...['app', 'api_login'].map((role) => `ALTER ROLE ${product}_${role} PASSWORD 'secret'`),
  );
});

afterAll(async () => {
  await run({ database: 'postgres' }, `DROP DATABASE IF EXISTS ${product} WITH (FORCE)`);
  await run(
    { database: 'postgres' },
    ...[...roles.map((role) => `${role}_login`), ...roles, 'app', 'other', 'admin'].map((role) => `DROP ROLE IF EXISTS ${product}_${role}`),
  );
});

describe('the roles that a person makes once', () => {
  it('let the application migrate its database, and own what it made', async () => {
    expect(await migrate({ databaseUrl: urlOf({ role: `${product}_app`, database: product }), rolePrefix: product, log: () => {} })).not.toEqual([]);
    const [tables] = await run(
      { role: `${product}_app`, database: product },
      `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables?.rows).toEqual([{ tableowner: `${product}_app` }]);
  });

  it('are those that "certifiable database roles" prints', async () => {
    const sql = await readFile(new URL('../../deploy/terraform/roles.sql', import.meta.url), 'utf8');
    expect(sql).toContain(roleCreation());
  });

  it('have exactly the privileges of prisma/privileges.ts, by a migration whose login is no superuser', async () => {
    const client = new pg.Client({ connectionString: urlOf({ role: `${product}_app`, database: product }) });
    await client.connect();
    try {
      expect(await differencesOf(client, product)).toMatchObject({ missing: [], tooMany: [] });
    } finally {
      await client.end();
    }
  });

  it('let the API register, and change no mark', async () => {
    const api = { role: `${product}_api_login`, database: product };
    const [attempts] = await run(api, 'SELECT count(*)::int FROM attempt');
    expect(attempts?.rows).toEqual([{ count: 0 }]);
    await expect(run(api, 'UPDATE mark SET millipoints = 0')).rejects.toThrow(/permission denied/);
    await expect(run(api, 'ALTER TABLE mark DISABLE TRIGGER ALL')).rejects.toThrow(/must be owner/);
  });

  it('let readers see views, and no table', async () => {
    const asReader = `SET ROLE ${product}_reader`;
    const [, attempts] = await run({ database: product }, asReader, 'SELECT count(*)::int FROM reading.attempt');
    expect(attempts?.rows).toEqual([{ count: 0 }]);
    await expect(run({ database: product }, asReader, 'SELECT 1 FROM attempt')).rejects.toThrow(/permission denied/);
    await expect(run({ database: product }, asReader, 'DELETE FROM reading.attempt')).rejects.toThrow(/permission denied/);
    await expect(run({ database: product }, asReader, 'CREATE TABLE mine (id int)')).rejects.toThrow(/permission denied/);
  });

  it('lose what an earlier release gave them: readers the tables, and those to come', async () => {
    const app = { role: `${product}_app`, database: product };
    await run(
      app,
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${product}_reader`,
      `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${product}_reader`,
    );
    await migrate({ databaseUrl: urlOf(app), rolePrefix: product, log: () => {} });
    await run(app, 'CREATE TABLE later (id int)');
    for (const table of ['attempt', 'later']) {
      await expect(run({ database: product }, `SET ROLE ${product}_reader`, `SELECT 1 FROM public.${table}`)).rejects.toThrow(/permission denied/);
    }
    await run(app, 'DROP TABLE later');
  });

  it('let the application be no more than that, and nobody else in', async () => {
    await expect(run({ role: `${product}_app`, database: product }, 'CREATE ROLE another')).rejects.toThrow(/permission denied/);
    await expect(run({ role: `${product}_other`, database: product }, 'SELECT 1')).rejects.toThrow(/permission denied for database/);
  });
});
