import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answersOk, nodeProcess, type ManagedProcess } from '../../local/process.ts';
import { apiProcess, issuerProcess, urlOf } from '../../local/stack-processes.ts';
import { audience } from '../../local/tokens.ts';
import { autosavesOf, fire, type Load } from './autosave-load.ts';
import { openSittings, SITTINGS } from './open-sittings.ts';
import { alternate, median, percentile, rounded, type Pair } from '../support/statistics.ts';
import { withBenchServers } from './servers.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run bench:autosave`: what our autosave costs beyond the bare minimum. PUT …/responses/:itemId of the real API
 * against one Express handler that verifies the same token and makes one upsert (autosave-baseline.ts), each in a process
 * of its own with as many connections to the same PostgreSQL, in turns. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:autosave [-- --rounds 15 --seconds 2 --connections 32]';

type Options = { readonly rounds: number; readonly seconds: number; readonly connections: number };

function readOptions(): Options {
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values } = readCommandLine(USAGE, { options: { rounds: number('15'), seconds: number('2'), connections: number('32') } });
  return wholeNumbers(USAGE, values);
}

/** As local/stack-processes.ts gives to the API. */
const POOL_SIZE = 20;
const NO_RATE_LIMIT = '1000000000';
const say = (line: string) => console.error(line);

type Servers = { readonly databaseUrl: string; readonly issuerUrl: string; readonly keys: string; readonly urls: Pair<string> };

async function main(options: Options, signal: AbortSignal): Promise<void> {
  await withServers(signal, async (servers) => {
    const sittings = await openSittings(servers);
    const measure = (url: string) => {
      const autosaves = autosavesOf(sittings);
      return () => fire({ ...options, url, autosaves, signal });
    };
    say(`${options.rounds} rounds of ${options.seconds} s on each side, ${options.connections} connections, ${SITTINGS} candidates, in turns`);
    const rounds = await alternate(options.rounds, { ours: measure(servers.urls.ours), baseline: measure(servers.urls.baseline) }, sayRound);
    const all = (side: keyof Pair<Load>) => rounds.flatMap((round) => round[side].milliseconds);
    const [ours, baseline] = [all('ours'), all('baseline')];
    say(`p50  ours ${percentile(ours, 50).toFixed(1)} ms  baseline ${percentile(baseline, 50).toFixed(1)} ms`);
    say(`p99  ours ${percentile(ours, 99).toFixed(1)} ms  baseline ${percentile(baseline, 99).toFixed(1)} ms`);
    const result = {
      benchmark: 'autosave',
      ratio: rounded(median(rounds.map((round) => round.ours.perSecond / round.baseline.perSecond)), 3),
      oursPerSecond: rounded(median(rounds.map((round) => round.ours.perSecond)), 0),
      baselinePerSecond: rounded(median(rounds.map((round) => round.baseline.perSecond)), 0),
      oursP99Milliseconds: rounded(percentile(ours, 99), 1),
      baselineP99Milliseconds: rounded(percentile(baseline, 99), 1),
    };
    console.log(JSON.stringify(result));
  });
}

function sayRound(round: number, { ours, baseline }: Pair<Load>): void {
  const name = round === 0 ? 'warm-up ' : `round ${String(round).padEnd(2)}`;
  const figures = ({ perSecond, milliseconds }: Load) =>
    `${perSecond.toFixed(0)}/s (p50 ${percentile(milliseconds, 50).toFixed(1)}, p99 ${percentile(milliseconds, 99).toFixed(1)} ms)`;
  say(
    `${name}  ours ${figures(ours)}  baseline ${figures(baseline)}  ratio ${(ours.perSecond / baseline.perSecond).toFixed(3)}${round === 0 ? '  (dropped)' : ''}`,
  );
}

/** Of this run alone. Temporal is away, which autosaves do not mind. */
async function withServers(signal: AbortSignal, use: (servers: Servers) => Promise<void>): Promise<void> {
  say('starting PostgreSQL (without fsync), the issuer, the API and the baseline');
  await withBenchServers({ log: say, signal }, async ({ dataDirectory, databaseUrl, port, start, apiSettings }) => {
    const [issuerPort, apiPort, baselinePort] = [await port('the issuer'), await port('the API'), await port('the baseline')];
    const issuerUrl = urlOf(issuerPort);
    await start(issuerProcess({ dataDirectory, port: issuerPort, pagesUrl: urlOf(apiPort), log: say, signal }));
    const environment = { RATE_LIMIT_PER_MINUTE: NO_RATE_LIMIT, DATABASE_POOL_SIZE: String(POOL_SIZE) };
    const settings = await apiSettings({ apiPort, issuerUrl, environment });
    await start(apiProcess(settings, apiPort));
    await start(await baselineProcess({ dataDirectory, databaseUrl, issuerUrl, port: baselinePort, signal }));
    await use({ databaseUrl, issuerUrl, keys: settings.receiptKeys, urls: { ours: urlOf(apiPort), baseline: urlOf(baselinePort) } });
  });
}

async function baselineProcess({
  dataDirectory,
  databaseUrl,
  issuerUrl,
  port,
  signal,
}: {
  dataDirectory: string;
  databaseUrl: string;
  issuerUrl: string;
  port: number;
  signal: AbortSignal;
}): Promise<ManagedProcess> {
  const discovery = await fetch(`${issuerUrl}/.well-known/openid-configuration`);
  const { jwks_uri: jwks } = (await discovery.json()) as { jwks_uri: string };
  const options = { port: String(port), database: databaseUrl, connections: String(POOL_SIZE), issuer: issuerUrl, audience, jwks };
  return nodeProcess({
    name: 'baseline',
    script: fileURLToPath(new URL('autosave-baseline.ts', import.meta.url)),
    args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    environment: {},
    logFile: join(dataDirectory, 'logs', 'baseline.log'),
    isReady: () => answersOk(`${urlOf(port)}/readyz`),
    readySeconds: 60,
    stopSeconds: 10,
    log: say,
    signal,
  });
}

await runUntilStopped((signal) => main(readOptions(), signal));
