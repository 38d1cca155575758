import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { apiProcess, issuerProcess, urlOf } from '../../local/stack-processes.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createGraderStore } from '../../store/graders/graders.ts';
import { createStandardSettingStore } from '../../store/standard-setting/standard-setting.ts';
import { inTurns, median, percentile, rounded } from '../support/statistics.ts';
import { autosavesOf, fireAtRate } from './autosave-load.ts';
import { fillItems, ITEMS_EXAM } from './items-records.ts';
import { openSittings } from './open-sittings.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:items`: how long a report of the items takes over 200,000 decided tests of 20 choice and 5 text items, how much memory, and
 * what it does to the autosaves of those who sit meanwhile, by turns with and without it; then how long staff wait when they close a round of standard
 * setting with so many past candidates. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:items [-- --attempts 200000 --rounds 3 --seconds 30 --autosaves 200]';
const COUNTS = { choiceItems: 20, textItems: 5 };
const say = (line: string) => console.error(line);

type Report = {
  readonly attempts: number;
  readonly items: number;
  readonly seconds: number;
  readonly readingSeconds: number;
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
  readonly alpha: number | undefined;
};

/** In a process of its own, as in the pool. */
async function report(databaseUrl: string, signal: AbortSignal): Promise<Report> {
  const script = fileURLToPath(new URL('items-report.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--database', databaseUrl, '--exam', ITEMS_EXAM], { signal });
  return JSON.parse(stdout) as Report;
}

/** A round that somebody rated all of. */
async function closingSeconds(databaseUrl: string): Promise<number> {
  const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
  const records = { prisma, clock: postgresClock };
  const context = { ...records, examVersions: createExamVersionStore(records) };
  const panels = createStandardSettingStore(context);
  const act = (actionKey: string) => ({ actor: 'bench', reason: 'to measure it', actionKey });
  await createGraderStore(context).meet({ subject: 'expert', designated: true });
  const of = { examId: ITEMS_EXAM, version: 1, test: 'aptitude', caseStudyId: null } as const;
  const { panelId } = await panels.openPanel({ ...of, panelists: ['expert'], act: act('open') });
  const { items } = await panels.readOwn({ panelId, grader: 'expert' });
  for (const { itemId } of items) await panels.rate({ panelId, round: 1, grader: 'expert', itemId, percent: 60, sequence: 1 });
  const startedAt = performance.now();
  await panels.closeRound({ panelId, round: 1, act: act('close') });
  const seconds = (performance.now() - startedAt) / 1000;
  await prisma.$disconnect();
  return seconds;
}

type Options = { readonly attempts: number; readonly rounds: number; readonly seconds: number; readonly autosaves: number };
type Servers = { readonly databaseUrl: string; readonly apiUrl: string; readonly issuerUrl: string; readonly keys: string };

async function main(options: Options, signal: AbortSignal): Promise<void> {
  await withBenchServers({ log: say, signal }, async ({ databaseUrl, dataDirectory, port, start, apiSettings }) => {
    say(`writing ${options.attempts} attempts`);
    await fillItems(databaseUrl, { attempts: options.attempts, ...COUNTS });
    const [issuerPort, apiPort] = [await port('the issuer'), await port('the API')];
    const issuerUrl = urlOf(issuerPort);
    await start(issuerProcess({ dataDirectory, port: issuerPort, pagesUrl: urlOf(apiPort), log: say, signal }));
    const settings = await apiSettings({ apiPort, issuerUrl, environment: { RATE_LIMIT_PER_MINUTE: '1000000000', DATABASE_POOL_SIZE: '20' } });
    await start(apiProcess(settings, apiPort));
    await measure({ databaseUrl, apiUrl: urlOf(apiPort), issuerUrl, keys: settings.receiptKeys }, options, signal);
  });
}

/** Autosaves at a steady rate, by turns alone and beside a report that is made meanwhile. */
async function measure(servers: Servers, { rounds, seconds, autosaves: perSecond }: Options, signal: AbortSignal): Promise<void> {
  const { databaseUrl, apiUrl: url } = servers;
  const autosaves = autosavesOf(await openSittings(servers));
  const save = () => fireAtRate({ url, autosaves, perSecond, seconds, signal });
  const reports: Report[] = [];
  say(`${rounds} rounds: ${perSecond} autosaves a second for ${seconds} s alone, and for ${seconds} s beside a report`);
  const measured = await inTurns(
    rounds,
    {
      alone: save,
      beside: async () => {
        const [load, made] = await Promise.all([save(), report(databaseUrl, signal)]);
        reports.push(made);
        return load;
      },
    },
    (round, { alone, beside }) =>
      say(
        `round ${round}${round === 0 ? ' (dropped)' : ''}  p99 alone ${percentile(alone.milliseconds, 99).toFixed(1)} ms  beside ${percentile(beside.milliseconds, 99).toFixed(1)} ms  report ${reports.at(-1)?.seconds.toFixed(1)} s`,
      ),
  );
  const p99 = (side: 'alone' | 'beside') =>
    percentile(
      measured.flatMap((round) => round[side].milliseconds),
      99,
    );
  const last = reports.at(-1);
  const middle = (of: (made: Report) => number) => rounded(median(reports.map(of)), 1);
  console.log(
    JSON.stringify({
      benchmark: 'items',
      attempts: last?.attempts,
      items: last?.items,
      seconds: middle((made) => made.seconds),
      secondsMax: rounded(Math.max(...reports.map((made) => made.seconds)), 1),
      readingSeconds: middle((made) => made.readingSeconds),
      processorSeconds: middle((made) => made.processorSeconds),
      peakMegabytes: Math.max(...reports.map((made) => made.peakMegabytes)),
      autosavesPerSecond: rounded(median(measured.map((round) => round.beside.perSecond)), 0),
      p99AloneMilliseconds: rounded(p99('alone'), 1),
      p99BesideMilliseconds: rounded(p99('beside'), 1),
      p99Ratio: rounded(p99('beside') / p99('alone'), 3),
      closingSeconds: rounded(await closingSeconds(databaseUrl), 2),
      alpha: last?.alpha,
    }),
  );
}

const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
const { values } = readCommandLine(USAGE, {
  options: { attempts: number('200000'), rounds: number('3'), seconds: number('30'), autosaves: number('200') },
});
await runUntilStopped((signal) => main(wholeNumbers(USAGE, values), signal));
