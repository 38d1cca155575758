import { appendFile, chown, copyFile, lstat, mkdir, readdir, readlink, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { postgresUser, type SystemUser } from './postgres-user.ts';

/**
 * Backup of an embedded PostgreSQL to a point in time, with what its npm package brings along: no pg_basebackup, so the low-level
 * way of the manual (chapter "Continuous Archiving"): pg_backup_start, a copy of the files, pg_backup_stop, and an archive of WAL.
 */

/** How long a change may wait before it is archived: what a machine that is lost with its disk takes along. */
export const ARCHIVE_TIMEOUT_SECONDS = 10;

/** Settings of a server that archives its WAL into a folder, which is made if need be. */
export async function archiveSettings(archive: string): Promise<readonly string[]> {
  await mkdir(archive, { recursive: true, mode: 0o700 });
  await own(archive, await postgresUser());
  return [
    'archive_mode=on',
    // Under its final name only once it is whole; one that is there already is never written over.
    `archive_command=test ! -f "${archive}/%f" && cp "%p" "${archive}/%f.part" && mv "${archive}/%f.part" "${archive}/%f"`,
    `archive_timeout=${ARCHIVE_TIMEOUT_SECONDS}`,
  ];
}

/** What belongs to the running server alone, or is rebuilt. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot', 'pg_stat_tmp', 'pg_notify', 'pg_subtrans', 'pg_dynshmem']);

/** Copies a cluster while it serves. Returns how many bytes the copy has. */
export async function takeBaseBackup({
  databaseUrl,
  cluster,
  backup,
}: {
  databaseUrl: string;
  cluster: string;
  backup: string;
}): Promise<{ bytes: number }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('rehearsal', true)");
    const bytes = await copyTree(cluster, backup, (path) => LEFT_OUT.has(path));
    for (const directory of LEFT_OUT) if (!directory.includes('.')) await mkdir(join(backup, directory), { recursive: true, mode: 0o700 });
    // Waits until the WAL that the copy needs is in the archive.
    const { rows } = await client.query<{ labelfile: string; spcmapfile: string }>('SELECT labelfile, spcmapfile FROM pg_backup_stop(true)');
    await writeFile(join(backup, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
    if (rows[0]?.spcmapfile) await writeFile(join(backup, 'tablespace_map'), rows[0].spcmapfile, { mode: 0o600 });
    return { bytes };
  } finally {
    await client.end();
  }
}

/** Puts a copy of the backup in the place of a stopped cluster, which is kept beside; when started it replays the archive until `until`. */
export async function restoreBackup({
  backup,
  cluster,
  archive,
  until,
}: {
  backup: string;
  cluster: string;
  archive: string;
  /** As PostgreSQL prints it, with its offset. */
  until: string;
}): Promise<{ damaged: string }> {
  const damaged = `${cluster}.damaged`;
  await rename(cluster, damaged);
  await copyTree(backup, cluster, () => false);
  await appendFile(
    join(cluster, 'postgresql.auto.conf'),
    ['', `restore_command = 'cp "${archive}/%f" "%p"'`, `recovery_target_time = '${until}'`, "recovery_target_action = 'promote'", ''].join('\n'),
  );
  await writeFile(join(cluster, 'recovery.signal'), '', { mode: 0o600 });
  await own(cluster, await postgresUser());
  return { damaged };
}

/** A copy of a cluster that serves, which follows it by streaming once it is started. The primary must keep its WAL meanwhile (`wal_keep_size`). */
export async function makeStandby({ databaseUrl, cluster, standby }: { databaseUrl: string; cluster: string; standby: string }): Promise<void> {
  await takeBaseBackup({ databaseUrl, cluster, backup: standby });
  const { hostname, port, username, password } = new URL(databaseUrl);
  const primary = `host=${hostname} port=${port} user=${username} password=${password}`;
  await appendFile(join(standby, 'postgresql.auto.conf'), `\nprimary_conninfo = '${primary}'\n`);
  await writeFile(join(standby, 'standby.signal'), '', { mode: 0o600 });
  await own(standby, await postgresUser());
}

/** Until the server has replayed what it should and takes writes. Throws after a minute. */
export async function untilPromoted(databaseUrl: string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering');
      if (rows[0]?.recovering === false) return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    } finally {
      await client.end().catch(() => {});
    }
    if (Date.now() > giveUpAt) throw new Error('PostgreSQL is still replaying its archive after a minute');
    await pause(100);
  }
}

/** Files may vanish while a server works on them; its WAL makes up for that. */
async function copyTree(from: string, to: string, isLeftOut: (path: string) => boolean): Promise<number> {
  let bytes = 0;
  async function copy(path: string): Promise<void> {
    const source = join(from, path);
    const target = join(to, path);
    const found = await lstat(source);
    if (found.isDirectory()) {
      await mkdir(target, { recursive: true, mode: 0o700 });
      for (const name of await readdir(source)) {
        const child = relative(from, join(source, name));
        if (!isLeftOut(child)) await copy(child).catch(ignoreVanished);
      }
    } else if (found.isSymbolicLink()) {
      await symlink(await readlink(source), target);
    } else {
      await copyFile(source, target);
      bytes += found.size;
    }
  }
  await copy('');
  return bytes;
}

function ignoreVanished(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

/** PostgreSQL reads only what is its own. */
async function own(path: string, user: SystemUser | undefined): Promise<void> {
  if (!user) return;
  await chown(path, user.uid, user.gid);
  if (!(await stat(path)).isDirectory()) return;
  for (const name of await readdir(path)) await own(join(path, name), user);
}
