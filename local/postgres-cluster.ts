import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Failure, NO_ROOM, saysNoRoom } from '../platform/failure.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { SystemUser } from './postgres-user.ts';

/** The files of one PostgreSQL: `cluster` is its data directory, `password` that of the superuser. */

const run = promisify(execFile);

export const superuser = 'certifiable';

export type Cluster = { dataDirectory: string; password: string };

/** Initialises the cluster unless it is there, and clears away what a crash has left. */
export async function prepareCluster(options: { directory: string; binaries: PostgresBinaries; user: SystemUser | undefined }): Promise<Cluster> {
  const { directory } = options;
  await mkdir(directory, { recursive: true });
  if (options.user) await letThrough(directory);
  const dataDirectory = join(directory, 'cluster');
  if (await exists(dataDirectory)) await clearStalePid(dataDirectory);
  else await initialise({ ...options, dataDirectory });
  return { dataDirectory, password: await readFile(join(directory, 'password'), 'utf8') };
}

/**
 * Another user must get through to the cluster, which itself is closed to everybody else. Parents are opened in the
 * system's directory for temporary files alone, where mkdtemp closes them; elsewhere that is not ours to decide.
 */
async function letThrough(directory: string): Promise<void> {
  const { mode } = await stat(directory);
  await chmod(directory, mode | 0o011);
  const parent = dirname(directory);
  if (parent.startsWith(join(tmpdir(), '/'))) await letThrough(parent);
}

type Initialisation = { directory: string; dataDirectory: string; binaries: PostgresBinaries; user: SystemUser | undefined };

/** In a directory aside, renamed when it is complete: a start cut short leaves nothing half made. */
async function initialise({ directory, dataDirectory, binaries, user }: Initialisation): Promise<void> {
  const unfinished = `${dataDirectory}.unfinished`;
  const passwordFile = join(directory, 'password');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 });
  if (user) for (const path of [unfinished, passwordFile]) await chown(path, user.uid, user.gid);
  const flags = [
    `--pgdata=${unfinished}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order of texts on every machine, whatever its locales.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-sync',
  ];
  await run(binaries.initdb, flags, { ...user, cwd: '/' }).catch((error: unknown) => {
    throw new Failure(initdbFailure(error, directory, user), { cause: error });
  });
  await rename(unfinished, dataDirectory);
}

function initdbFailure(error: unknown, directory: string, user: SystemUser | undefined): string {
  const words = error instanceof Error ? error.message : String(error);
  // Beside the hint below it would read as a permission that the user lacks.
  if (saysNoRoom(words)) return `PostgreSQL could not be initialised in ${directory}.\n${words}\n${NO_ROOM}`;
  const hint = user
    ? ` It runs as the user "postgres", since it refuses to run as root: that user must be able to enter ${directory} and node_modules (a home directory is often closed).`
    : '';
  return `PostgreSQL could not be initialised.${hint}\n${words}`;
}

/**
 * PostgreSQL refuses to start while the process named in postmaster.pid lives, which after a crash may be any other
 * program. One that is still shutting down is waited for.
 */
async function clearStalePid(dataDirectory: string): Promise<void> {
  const pidFile = join(dataDirectory, 'postmaster.pid');
  const waitSeconds = 12;
  const giveUpAt = Date.now() + waitSeconds * 1000;
  while (await exists(pidFile)) {
    const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
    if (!(await runsPostgres(pid, dataDirectory))) return rm(pidFile, { force: true });
    if (Date.now() > giveUpAt) {
      throw new Failure(`PostgreSQL (process ${pid}) runs on ${dataDirectory} already: is another stack up?`);
    }
    await sleep(100);
  }
}

async function runsPostgres(pid: number, dataDirectory: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.includes(dataDirectory);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
