import { glob } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths under the root that match a pattern, relative to it and in order, so that what a check says is always the same. */
export async function filesMatching(root: string, patterns: string | readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(patterns, { cwd: root, exclude: (name) => name === 'node_modules' || name === '.terraform' })) found.push(file);
  return found.toSorted();
}

export function absolute(root: string, files: readonly string[]): string[] {
  return files.map((file) => join(root, file));
}
