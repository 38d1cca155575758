import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';

/**
 * A server for tests that comes from npm and is too large, or too little kept, to be among our dependencies: installed into our
 * cache, once, and nothing of it runs meanwhile. Returns its folder. Throws where it can't be fetched.
 */
export async function installedFromNpm({ name, version, what }: { name: string; version: string; what: string }): Promise<string> {
  const directory = join(cacheDirectory(), `${name.replace(/^@[^/]*\//, '')}-${version}`);
  const isThere = await access(directory).then(
    () => true,
    () => false,
  );
  if (isThere) return directory;
  // Aside, and renamed when complete: what is cut short is never taken for the server.
  const unfinished = `${directory}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await runLongCommand({
      command: 'npm',
      args: ['install', '--prefix', unfinished, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`],
      progress: `fetching ${what} from npm, once`,
      timeoutSeconds: 300,
      log: (line) => console.log(line),
    });
    await rename(unfinished, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}
