import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Failure } from './failure.ts';

/** The command line of this process. Throws a Failure when it is not as `config` says. */
export function readArguments<const Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const isMistake = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
    throw isMistake ? new Failure(error.message) : error;
  }
}

/** That of a command for people: `--help` prints `usage` and ends the process with 0, and what is not as `config` says ends it with 2. */
export function readCommandLine<const Config extends ParseArgsConfig>(usage: string, config: Config): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return readArguments(config);
  } catch (error) {
    if (error instanceof Failure) refuseCommandLine(usage, [error.message]);
    throw error;
  }
}

/** Options that are numbers from 1. */
export function wholeNumbers<Name extends string>(usage: string, given: Readonly<Record<Name, string>>): Record<Name, number> {
  const entries = Object.entries<string>(given);
  const wrong = entries.filter(([, value]) => !/^[1-9]\d{0,8}$/.test(value));
  if (wrong.length > 0) {
    refuseCommandLine(
      usage,
      wrong.map(([name, value]) => `--${name} must be a whole number from 1, not ${JSON.stringify(value)}`),
    );
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, Number(value)])) as Record<Name, number>;
}

export function refuseCommandLine(usage: string, problems: readonly string[]): never {
  console.error(`${problems.join('\n')}\n\n${usage}`);
  process.exit(2);
}
