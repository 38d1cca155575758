import { readFileSync } from 'node:fs';

/**
 * By the name of a setting that is a secret, the file that it was given by, so that whoever can take a new one reads it again:
 * each may be given as NAME_FILE=/path, a mounted secret, which nothing lists and which can change.
 */
export type SecretFiles = Readonly<Record<string, string>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with the files of these secrets read; what is wrong with them, one line each, never with what is in them. */
export function readSecretFiles(
  environment: Environment,
  names: Iterable<string>,
): { environment: Environment; secretFiles: SecretFiles; problems: readonly string[] } {
  const values: Record<string, string> = {};
  const secretFiles: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of names) {
    const path = environment[`${name}_FILE`];
    if (path === undefined) continue;
    if (environment[name] !== undefined) {
      problems.push(`${name}_FILE: is set, and so is ${name}: give one of them`);
      continue;
    }
    try {
      values[name] = readSecretFile(path);
      secretFiles[name] = path;
    } catch (error) {
      problems.push(`${name}_FILE: ${error instanceof Error ? error.message : 'cannot be read'}`);
    }
  }
  return { environment: { ...environment, ...values }, secretFiles, problems };
}

/** Throws, naming the file and never what is in it, when there is nothing to read. */
export function readSecretFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`, { cause: error });
  }
  // Editors and `echo` end a file with a line break that is no part of the secret.
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new Error(`${path} is empty`);
  return secret;
}
