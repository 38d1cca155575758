import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Another version of the project's code beside it, to see what becomes of work that was begun under the other. */

const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));

export type Change = {
  /** Within the project. */
  readonly file: string;
  readonly original: string;
  readonly changed: string;
};

/**
 * Copies folders of the project to `build/NAME` (where node_modules is found) and changes files there. Throws when the text
 * to change is not there. Returns the copy's path.
 */
export async function changedCode({
  name,
  folders,
  changes,
}: {
  name: string;
  folders: readonly string[];
  changes: readonly Change[];
}): Promise<string> {
  const copy = join(projectDirectory, 'build', name);
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  const isCode = (path: string) => !/\.(otf|ttf|test\.ts)$/.test(basename(path));
  for (const folder of folders) await cp(join(projectDirectory, folder), join(copy, folder), { recursive: true, filter: isCode });
  for (const { file, original, changed } of changes) {
    const path = join(copy, file);
    const source = await readFile(path, 'utf8');
    if (!source.includes(original)) throw new Error(`${file} does not hold: ${original}`);
    await writeFile(
      path,
      source.replace(original, () => changed),
    );
  }
  return copy;
}

/** What workflow code consists of. */
export const WORKFLOW_FOLDERS = ['domain', 'workflows', 'activities'] as const;
