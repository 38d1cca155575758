import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What local/ takes from the environment; everything else is handed over explicitly. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** For child processes: PATH, HOME, proxies and LOG_LEVEL go on to them. */
export function inheritedEnvironment(): Environment {
  return process.env;
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
