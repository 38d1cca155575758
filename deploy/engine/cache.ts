import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../local/environment.ts';

/** Everything of the engine lies in one folder outside the repository, shared by all checkouts; removing it frees the disk. */
export function engineDirectory(): string {
  return join(cacheDirectory(), 'engine');
}

export type Work = { log: (line: string) => void; signal: AbortSignal };

/**
 * The folder of what is made once, such as unpacked packages, under a name that holds its version. It is made aside and renamed
 * when complete, so that what is cut short, by Ctrl-C or a full disk, is never taken for it.
 */
export async function madeOnce(name: string, make: (directory: string) => Promise<void>): Promise<string> {
  const target = join(engineDirectory(), name);
  if (await isThere(target)) return target;
  const unfinished = `${target}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await make(unfinished);
    // Another checkout may have been quicker.
    await rename(unfinished, target).catch(async (error: unknown) => {
      if (!(await isThere(target))) throw error;
    });
    return target;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Short, and another one as soon as anything that it is made of is another. */
export function fingerprint(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex').slice(0, 12);
}
