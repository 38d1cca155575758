import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDirectory = fileURLToPath(new URL('..', import.meta.url));

/** Of the files in these folders of the project, tests left out, and of the files of what makes something of them. */
export async function sourceHash({
  folders,
  pattern,
  makers,
}: {
  folders: readonly string[];
  pattern: RegExp;
  makers: readonly string[];
}): Promise<string> {
  const hash = createHash('sha256');
  for (const path of makers) hash.update(await readFile(path));
  for (const folder of folders)
    for (const path of await filesOf(join(projectDirectory, folder), pattern))
      hash.update(`\n${relative(projectDirectory, path)}\n`).update(await readFile(path));
  return hash.digest('hex');
}

async function filesOf(directory: string, pattern: RegExp): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter(({ name }) => pattern.test(name) && !/\.test\.tsx?$/.test(name)).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
}
