import { join } from 'node:path';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { rounded } from '../support/statistics.ts';
import { runCertifiable } from './certifiable.ts';
import { fillItems } from './items-records.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:export`: whether the memory that `certifiable export research` takes grows with its rows, in either format: attempts of 25 items and
 * their marks, first a tenth of them and then all. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:export [-- --attempts 50000]';
const FORMATS = ['csv', 'parquet'] as const;
const COUNTS = { choiceItems: 20, textItems: 5 };
const say = (line: string) => console.error(line);

type Exported = {
  readonly format: string;
  readonly attempts: number;
  readonly rows: number;
  readonly megabytes: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
};

/** In a database of its own. */
async function exportsOf(attempts: number, signal: AbortSignal): Promise<readonly Exported[]> {
  const made: Exported[] = [];
  await withBenchServers({ log: say, signal }, async ({ databaseUrl, dataDirectory }) => {
    say(`writing ${attempts} attempts`);
    await fillItems(databaseUrl, { attempts, ...COUNTS });
    for (const format of FORMATS) {
      const args = ['--out', join(dataDirectory, format), '--format', format, '--actor', 'bench', '--reason', 'to measure it', '--json'];
      const { printed, seconds, peakMegabytes } = await runCertifiable(['export', 'research', ...args], { databaseUrl, signal });
      const { tables } = JSON.parse(printed) as { tables: readonly { rows: number; bytes: number }[] };
      const sum = (of: (table: (typeof tables)[number]) => number) => tables.reduce((all, table) => all + of(table), 0);
      const megabytes = rounded(sum(({ bytes }) => bytes) / 1e6, 1);
      made.push({ format, attempts, rows: sum(({ rows }) => rows), megabytes, seconds: rounded(seconds, 1), peakMegabytes });
      say(JSON.stringify(made.at(-1)));
    }
  });
  return made;
}

async function main({ attempts }: { readonly attempts: number }, signal: AbortSignal): Promise<void> {
  const [few, many] = [await exportsOf(Math.ceil(attempts / 10), signal), await exportsOf(attempts, signal)];
  const growth = Object.fromEntries(
    FORMATS.map((format, place) => [format, rounded((many[place]?.peakMegabytes ?? Number.NaN) / (few[place]?.peakMegabytes ?? Number.NaN), 2)]),
  );
  console.log(JSON.stringify({ benchmark: 'export', exports: [...few, ...many], growth }));
}

const { values } = readCommandLine(USAGE, { options: { attempts: { type: 'string', default: '50000' } } });
await runUntilStopped((signal) => main(wholeNumbers(USAGE, values), signal));
