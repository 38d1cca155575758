import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What local/ takes from the environment; everything else is handed over explicitly. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** For child processes: PATH, HOME, proxies and LOG_LEVEL go on to them. */
export function inheritedEnvironment(): Environment {
  return process.env;
}

/** For child processes that are to inherit nothing else: where Node keeps what it has compiled. It changes nothing but how soon they start. */
export function compileCache(): { readonly NODE_COMPILE_CACHE?: string } {
  const directory = process.env['NODE_COMPILE_CACHE'];
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: directory };
}

/** Which of the places this test file runs in, of those for files that run at once; 0 where no test runs. */
export function placeOfTest(): number {
  return Number(process.env['VITEST_POOL_ID'] ?? 0);
}

/** The server to use instead of starting one. */
export function existingTemporalAddress(): string | undefined {
  return process.env['TEMPORAL_ADDRESS'] || undefined;
}

export function searchPath(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
}

/** Outlives `npm ci` and is shared by all checkouts: what is in it takes minutes to get. */
export function cacheDirectory(): string {
  return join(homedir(), '.cache', 'certifiable');
}
