import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { seededRandom } from '../people/random.ts';
import { inTurns, median, rounded } from '../support/statistics.ts';
import { runCertifiable, type RunOfCommand } from './certifiable.ts';
import { CHOICES, fillItems, ITEMS_EXAM } from './items-records.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:item-report`: how long `certifiable report items` takes over 2,392 candidates and 100 items, from typing it to its last line: of two files,
 * and of PostgreSQL, by turns. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:item-report [-- --attempts 2392 --items 100 --rounds 5]';
/** Of the items in PostgreSQL; those of the files are choices all. */
const TEXT_SHARE = 0.2;
const say = (line: string) => console.error(line);

type Options = { readonly attempts: number; readonly items: number; readonly rounds: number };

async function writeFiles(folder: string, { attempts, items }: Options): Promise<readonly string[]> {
  const random = seededRandom('item', 'report');
  const ids = Array.from({ length: items }, (_none, place) => `q${place + 1}`);
  const key = ['item,points,key,choices', ...ids.map((id) => `${id},1,a,${CHOICES.join('|')}`)];
  const responses = Array.from({ length: attempts }, (_none, candidate) => {
    const ability = random();
    const taken = ids.map((_id, place) => (random() < 0.2 + 0.7 * ability * (1 - place / (2 * items)) ? 'a' : CHOICES[1 + Math.floor(3 * random())]));
    return [candidate, ...taken].join(',');
  });
  const [keyFile, responsesFile] = [join(folder, 'key.csv'), join(folder, 'responses.csv')];
  await writeFile(keyFile, `${key.join('\n')}\n`);
  await writeFile(responsesFile, `${['candidate', ...ids].join(',')}\n${responses.join('\n')}\n`);
  return ['--key', keyFile, '--responses', responsesFile];
}

async function main(options: Options, signal: AbortSignal): Promise<void> {
  const { attempts, items, rounds } = options;
  const textItems = Math.round(TEXT_SHARE * items);
  await withBenchServers({ log: say, signal }, async ({ databaseUrl, dataDirectory }) => {
    say(`writing ${attempts} attempts at ${items} items`);
    await fillItems(databaseUrl, { attempts, choiceItems: items - textItems, textItems });
    const files = await writeFiles(dataDirectory, options);
    const report = async (...args: readonly string[]) => {
      const made = await runCertifiable(['report', 'items', ...args, '--json'], { databaseUrl, signal });
      const { test } = JSON.parse(made.printed) as { test: { candidates: number; items: number } };
      if (test.candidates !== attempts || test.items !== items) throw new Error(`it tells of ${test.candidates} candidates and ${test.items} items`);
      return made;
    };
    const measured = await inTurns(
      rounds,
      { files: () => report(...files), database: () => report('--exam-version', `${ITEMS_EXAM}@1`) },
      (round, made) =>
        say(
          `round ${round}${round === 0 ? ' (dropped)' : ''}  files ${made.files.seconds.toFixed(2)} s  PostgreSQL ${made.database.seconds.toFixed(2)} s`,
        ),
    );
    const of = (side: 'files' | 'database') => {
      const middle = (figure: (made: RunOfCommand) => number) => rounded(median(measured.map((round) => figure(round[side]))), 2);
      return {
        seconds: middle(({ seconds }) => seconds),
        processorSeconds: middle(({ processorSeconds }) => processorSeconds),
        peakMegabytes: middle(({ peakMegabytes }) => peakMegabytes),
      };
    };
    console.log(JSON.stringify({ benchmark: 'item-report', attempts, items, files: of('files'), postgresql: of('database') }));
  });
}

const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
const { values } = readCommandLine(USAGE, { options: { attempts: number('2392'), items: number('100'), rounds: number('5') } });
await runUntilStopped((signal) => main(wholeNumbers(USAGE, values), signal));
