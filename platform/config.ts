import type { z } from 'zod';
import { Failure } from './failure.ts';
import { readSecretFiles, type SecretFiles } from './secret-files.ts';

/**
 * The one place that reads the environment. Each room declares the settings that it needs; every process puts together the
 * parts that it runs on (api/config.ts, workers/config.ts, cli/config.ts), reads them once, at start, and hears of all mistakes at
 * once. Secrets are read but never printed. Each secret may be a file: NAME_FILE=/path (platform/secret-files.ts).
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that belong together: what the variables must be, and which of them are secrets. */
export type Settings<Values> = { readonly schema: z.ZodType<Values>; readonly secrets?: readonly string[] };

export type ValuesOf<Part> = Part extends Settings<infer Values> ? Values : never;

/** Where the secrets that were given by file are, for whoever can take a new one while it runs. */
export type WithSecretFiles = { readonly secretFiles?: SecretFiles };

type Together<Parts extends readonly Settings<object>[]> = Parts extends readonly [infer First, ...infer Rest extends readonly Settings<object>[]]
  ? ValuesOf<First> & Together<Rest>
  : unknown;

/**
 * What is wrong with the settings: the list of all mistakes, one line a variable, or the one sentence about a setting that
 * turned out to be unusable. Values are left out, since they may be secrets.
 */
export class ConfigurationError extends Failure {
  constructor(problems: string | readonly string[]) {
    super(typeof problems === 'string' ? problems : `The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

/** The values of all parts together. Throws a ConfigurationError that names every mistake in any of them. */
export function readSettings<const Parts extends readonly Settings<object>[]>(
  parts: Parts,
  given: Environment = process.env,
): Together<Parts> & WithSecretFiles {
  const { environment, secretFiles, problems: unreadable } = readSecretFiles(given, new Set(parts.flatMap(({ secrets = [] }) => secrets)));
  const results = parts.map(({ schema }) => schema.safeParse(environment));
  const mistakes = results.flatMap(({ error }) =>
    (error?.issues ?? []).flatMap((issue) => {
      const name = issue.path.join('.');
      if (unreadable.some((problem) => problem.startsWith(`${name}_FILE:`))) return [];
      const source = name in secretFiles ? `${name}_FILE` : name;
      return [`${source}: ${environment[name] === undefined ? 'is missing' : issue.message}`];
    }),
  );
  const problems = new Set([...unreadable, ...mistakes]);
  if (problems.size > 0) throw new ConfigurationError([...problems]);
  return Object.assign({}, ...results.map(({ data }) => data), { secretFiles }) as Together<Parts> & WithSecretFiles;
}

/** The environment given, or the process's own: where a setting names another variable that holds a secret. */
export function environmentOf(given: Environment = process.env): Environment {
  return given;
}
