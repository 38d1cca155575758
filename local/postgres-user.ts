import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../platform/failure.ts';

const run = promisify(execFile);

export type SystemUser = { uid: number; gid: number };

/** PostgreSQL refuses to run as root: there, as in containers, it gets the user `postgres`, made if need be. */
export async function postgresUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await findUser()) ?? (await createUser());
}

async function findUser(): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function createUser(): Promise<SystemUser> {
  await run('useradd', ['--system', '--user-group', 'postgres']);
  const user = await findUser();
  if (!user) throw new Failure('PostgreSQL does not run as root, and the user "postgres" could not be created.');
  return user;
}
