import { readFile, writeFile } from 'node:fs/promises';

/** The file of an environment's values. */
export function environmentFile(environment: string): URL {
  return new URL(`../environments/${environment}.yaml`, import.meta.url);
}

export async function changeEnvironment(environment: string, change: (text: string) => string): Promise<void> {
  const file = environmentFile(environment);
  await writeFile(file, change(await readFile(file, 'utf8')));
}
