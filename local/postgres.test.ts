import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from './ports.ts';
import { startPostgres, type Postgres } from './postgres.ts';

const log = () => {};

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

describe('the embedded PostgreSQL', { timeout: 60_000 }, () => {
  let postgres: Postgres | undefined;
  afterAll(async () => postgres?.stop());

  it('keeps what is committed over a stop, over kill -9, and with a stale postmaster.pid', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certifiable-postgres-'));
    const port = await freePort({ purpose: 'PostgreSQL', log });
    const options = { directory, port, persistent: true, log };
    postgres = await startPostgres(options);
    await query(postgres.databaseUrl, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
    await postgres.stop();

    postgres = await startPostgres(options);
    await query(postgres.databaseUrl, 'INSERT INTO kept VALUES (2)');
    await postgres.kill();
    await postgres.start();
    expect(await query(postgres.databaseUrl, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    await postgres.stop();

    // As after a crash, when the process number has gone to another program: to this one.
    await writeFile(join(directory, 'cluster', 'postmaster.pid'), `${process.pid}\n`);
    postgres = await startPostgres(options);
    expect(await query(postgres.databaseUrl, 'SHOW max_connections')).toEqual([{ max_connections: '400' }]);
    expect(await query(postgres.databaseUrl, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await postgres.stop();
  });

  it('leaves nothing behind unless it is to be kept', async () => {
    const directory = join(await mkdtemp(join(tmpdir(), 'certifiable-postgres-')), 'inner');
    const port = await freePort({ purpose: 'PostgreSQL', log });
    postgres = await startPostgres({ directory, port, persistent: false, durable: false, log });
    expect(await query(postgres.databaseUrl, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
    await postgres.stop();
    await expect(stat(directory)).rejects.toThrow('ENOENT');
  });
});
