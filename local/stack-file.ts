import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from './tokens.ts';

/** What other commands need to know of the running stack. Holds tokens and a password: nobody but its owner may read it. */
export type StackFile = {
  pid: number;
  apiUrl: string;
  uiUrl: string | undefined;
  issuerUrl: string;
  /** One for each role, good for twelve hours. */
  tokens: Readonly<Record<Role, string>>;
  /** Names its servers to `certifiable` (cli/stack.ts), in the variables that name servers. */
  environment: Readonly<Record<string, string>>;
};

export async function writeStackFile(dataDirectory: string, content: StackFile): Promise<void> {
  const file = pathOf(dataDirectory);
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
}

export async function removeStackFile(dataDirectory: string): Promise<void> {
  await rm(pathOf(dataDirectory), { force: true });
}

/** Undefined when no stack runs there, even if one has left its file behind. */
export async function readStackFile(dataDirectory: string): Promise<StackFile | undefined> {
  const text = await readFile(pathOf(dataDirectory), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const content = JSON.parse(text) as StackFile;
  const answers = await fetch(`${content.issuerUrl}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );
  return answers ? content : undefined;
}

function pathOf(dataDirectory: string): string {
  return join(dataDirectory, 'stack.json');
}
