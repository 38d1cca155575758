import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The releases that may still have attempts open: a folder each, named by the version. */

export const releasesDirectory = fileURLToPath(new URL('.', import.meta.url));

/** Their versions. */
export async function releases(): Promise<readonly string[]> {
  const entries = await readdir(releasesDirectory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && /^\d+\.\d+\.\d+$/.test(entry.name)).map((entry) => entry.name);
}

/** In the form of sha256sum, of all that a release's folder holds. */
export async function checksums(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'SHA256SUMS').map((entry) => join(entry.parentPath, entry.name));
  const lines = files.toSorted().map(async (file) => {
    const hash = createHash('sha256').update(await readFile(file));
    return `${hash.digest('hex')}  ${relative(directory, file)}\n`;
  });
  return (await Promise.all(lines)).join('');
}
