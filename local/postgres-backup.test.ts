import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { archiveSettings, restoreBackup, takeBaseBackup, untilPromoted } from './postgres-backup.ts';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';

const log = () => {};

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it(
  'the embedded PostgreSQL is restored to a time between two commits, from a backup that was taken while it served',
  { timeout: 120_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certifiable-backup-'));
    const [archive, backup, cluster] = ['archive', 'backup', 'postgres/cluster'].map((name) => join(directory, name)) as [string, string, string];
    const port = await freePort({ purpose: 'PostgreSQL', log });
    const postgres = await startPostgres({
      directory: join(directory, 'postgres'),
      port,
      persistent: true,
      settings: await archiveSettings(archive),
      log,
    });
    const { databaseUrl } = postgres;
    try {
      await query(databaseUrl, "CREATE TABLE kept (n text); INSERT INTO kept VALUES ('before the backup')");
      expect((await takeBaseBackup({ databaseUrl, cluster, backup })).bytes).toBeGreaterThan(10_000_000);
      await query(databaseUrl, "INSERT INTO kept VALUES ('after the backup')");
      const [time] = await query(databaseUrl, 'SELECT clock_timestamp()::text AS until');
      await pause(100);
      await query(databaseUrl, "INSERT INTO kept VALUES ('after the time'); DROP TABLE kept");
      await postgres.stop();

      await restoreBackup({ backup, cluster, archive, until: String(time?.['until']) });
      await postgres.start();
      await untilPromoted(databaseUrl);
      expect(await query(databaseUrl, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 'after the backup' }, { n: 'before the backup' }]);
      await query(databaseUrl, "INSERT INTO kept VALUES ('and on')");
    } finally {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    }
  },
);
