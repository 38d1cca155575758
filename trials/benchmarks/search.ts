import pg from 'pg';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { searchAttempts, type AttemptSearch } from '../../store/attempts/search.ts';
import { smallExam } from '../people/small-exam.ts';
import { percentile, rounded } from '../support/statistics.ts';
import { fillAttempts } from './many-attempts.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:search`: how long staff wait for a page of attempts, by each filter, in a database with 200,000 of them. Store and
 * PostgreSQL, one search at a time. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:search [-- --attempts 200000 --searches 200]';
const say = (line: string) => console.error(line);

type Options = { readonly attempts: number; readonly searches: number };

function readOptions(): Options {
  const { values } = readCommandLine(USAGE, {
    options: { attempts: { type: 'string', default: '200000' }, searches: { type: 'string', default: '200' } },
  });
  return wholeNumbers(USAGE, values);
}

const PAGE = 21;
const DAY_MILLISECONDS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MILLISECONDS);

/** Of each kind, what somebody types or picks; those that find least and most are among them. */
const SEARCHES: Readonly<Record<string, (turn: number) => Omit<AttemptSearch, 'limit'>>> = {
  'one letter': (turn) => ({ text: 'abcdefghijklmnopqrstuvwxyz'.charAt(turn % 26) }),
  'a name': (turn) => ({ text: ['mul', 'garcia', 'o’br', 'straße', 'ива', 'nguyen', 'lukasz'][turn % 7] }),
  'two names': (turn) => ({ text: ['ada mul', 'zoe garcia', 'anna-lena van', 'bjorn schm', 'ines strasse'][turn % 5] }),
  'two letters that nobody has together': () => ({ text: 'a qx' }),
  'an address': (turn) => ({ text: `p${turn * 997}@` }),
  'a domain': () => ({ text: 'architects.example' }),
  'a name in one phase': () => ({ text: 'schmidt', phase: 'case_study_grading' }),
  nothing: () => ({}),
  'due first': () => ({ order: 'due' }),
  exam: () => ({ examId: 'one' }),
  version: () => ({ examId: 'one', version: 2 }),
  phase: (turn) => ({ phase: (['registered', 'aptitude_test', 'case_study_grading', 'certified'] as const)[turn % 4] }),
  'phase of an exam': () => ({ examId: 'two', phase: 'aptitude_grading' }),
  'phase, due first': () => ({ phase: 'case_study', order: 'due' }),
  outcome: (turn) => ({ outcome: (['certified', 'failed', 'lapsed', 'withdrawn'] as const)[turn % 4] }),
  'due within a week': (turn) => ({ dueFrom: inDays(turn % 20), dueUntil: inDays((turn % 20) + 7) }),
  overdue: () => ({ overdue: true }),
  'needs attention': () => ({ needsAttention: { called: [] } }),
};

async function main({ attempts, searches }: Options, signal: AbortSignal): Promise<void> {
  await withBenchServers({ log: say, signal }, async ({ databaseUrl }) => {
    const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
    const context = { prisma, clock: postgresClock };
    const examVersions = createExamVersionStore(context);
    for (const exam of ['one', 'two'])
      for (const version of [1, 2]) await examVersions.publish({ content: { ...smallExam({}, exam), version }, actor: 'bench' });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    say(`writing ${attempts} attempts`);
    await fillAttempts(client, attempts);
    await client.end();
    const p99Milliseconds: Record<string, number> = {};
    const all: number[] = [];
    for (const [name, searchOf] of Object.entries(SEARCHES)) {
      const milliseconds: number[] = [];
      for (let turn = 0; turn < searches && !signal.aborted; turn += 1) {
        const startedAt = performance.now();
        const page = await searchAttempts(context, { ...searchOf(turn), limit: PAGE });
        milliseconds.push(performance.now() - startedAt);
        const last = page.at(-1);
        // The next page of every third search: reading on must not be slower.
        if (turn % 3 === 0 && last) await searchAttempts(context, { ...searchOf(turn), limit: PAGE, after: last.cursor });
      }
      all.push(...milliseconds);
      p99Milliseconds[name] = rounded(percentile(milliseconds, 99), 1);
      say(`${name.padEnd(40)} p50 ${percentile(milliseconds, 50).toFixed(1)}, p99 ${percentile(milliseconds, 99).toFixed(1)} ms`);
    }
    await prisma.$disconnect();
    console.log(JSON.stringify({ benchmark: 'search', attempts, p99Milliseconds: { all: rounded(percentile(all, 99), 1), ...p99Milliseconds } }));
  });
}

await runUntilStopped((signal) => main(readOptions(), signal));
