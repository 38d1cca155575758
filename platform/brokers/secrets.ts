import { readFile } from 'node:fs/promises';
import type { SecretReference } from './settings.ts';

/** The environment, or a part of it. */
export type Secrets = Readonly<Record<string, string | undefined>>;

/** Throws, naming the variable or the file and never what is in it, when there is no secret. */
export async function readSecret(reference: SecretReference, secrets: Secrets): Promise<string> {
  const value = 'variable' in reference ? secrets[reference.variable] : await readSecretFile(reference.file);
  if (value) return value;
  throw new Error(
    'variable' in reference ? `${reference.variable} is not set, and a broker needs it` : `${reference.file} is empty, and a broker needs it`,
  );
}

async function readSecretFile(path: string): Promise<string> {
  // Editors and `echo` end a file with a line break that is no part of the secret.
  return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
}
