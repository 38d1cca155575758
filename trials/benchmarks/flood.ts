import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiProcess, urlOf } from '../../local/stack-processes.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { median, rounded } from '../support/statistics.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:flood`: how long the API's /livez takes while strangers send the register bodies that cost the most, all at
 * once: one far above the limit, and the largest that is parsed, each full of characters that no text may have. Beside it
 * /livez of the same process when nobody else asks. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:flood [-- --rounds 5 --bodies 40]';

type Options = { readonly rounds: number; readonly bodies: number };

function readOptions(): Options {
  const { values } = readCommandLine(USAGE, {
    options: { rounds: { type: 'string', default: '5' }, bodies: { type: 'string', default: '40' } },
  });
  return wholeNumbers(USAGE, values);
}

const NO_RATE_LIMIT = '1000000000';
const PROBE_MILLISECONDS = 25;
const say = (line: string) => console.error(line);

/** A search with so many wrong texts, eight bytes each. */
function hostileSearch(count: number): Buffer {
  return Buffer.from(`{"certificate":[${Array.from({ length: count }, () => String.raw`"\u0000"`).join(',')}],"name":"a"}`);
}

const BODIES = { tooLarge: hostileSearch(107_300), largestParsed: hostileSearch(7000) } as const;

type Answer = { readonly status: number; readonly milliseconds: number; readonly bytes: number };

/** An answer may come before the whole body is sent, and the connection end with it. */
function ask({ url, agent, body }: { url: URL; agent: Agent; body?: Buffer }): Promise<Answer> {
  const startedAt = performance.now();
  const headers = body ? { 'content-type': 'application/json', 'content-length': body.length } : {};
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: body ? 'POST' : 'GET', headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, milliseconds: performance.now() - startedAt, bytes }));
      response.once('error', reject);
    });
    sent.once('error', reject).end(body);
  });
}

type Round = {
  readonly idle: number;
  readonly worst: number;
  readonly slowest: number;
  readonly bytes: number;
  readonly statuses: readonly number[];
};

/** In milliseconds: /livez alone, its worst during the flood, and the slowest of the flood's own answers, with the largest of them. */
async function measure({ apiUrl, body, bodies }: { apiUrl: string; body: Buffer; bodies: number }): Promise<Round> {
  const agent = new Agent({ maxSockets: bodies + 20 });
  const prober = new Agent({ maxSockets: 20 });
  const probe = () => ask({ url: new URL('/livez', apiUrl), agent: prober });
  await probe();
  const { milliseconds: idle } = await probe();
  let isOver = false;
  const flood = Promise.all(Array.from({ length: bodies }, () => ask({ url: new URL('/v1/register/search', apiUrl), agent, body }))).finally(() => {
    isOver = true;
  });
  const probes: Promise<Answer>[] = [];
  do {
    probes.push(probe());
    await Promise.race([sleep(PROBE_MILLISECONDS), flood]);
  } while (!isOver);
  const [answers, alive] = [await flood, await Promise.all(probes)];
  agent.destroy();
  prober.destroy();
  const longest = (some: readonly Answer[]) => Math.max(...some.map(({ milliseconds }) => milliseconds));
  return {
    idle,
    worst: longest(alive),
    slowest: longest(answers),
    bytes: Math.max(...answers.map(({ bytes }) => bytes)),
    statuses: [...new Set(answers.map(({ status }) => status))],
  };
}

async function main({ rounds, bodies }: Options, signal: AbortSignal): Promise<void> {
  say('starting PostgreSQL (without fsync) and the API');
  await withBenchServers({ log: say, signal }, async ({ port, start, apiSettings }) => {
    const [apiPort, nobody] = [await port('the API'), await port('nobody')];
    const environment = { REGISTER_RATE_LIMIT_PER_MINUTE: NO_RATE_LIMIT };
    await start(apiProcess(await apiSettings({ apiPort, issuerUrl: urlOf(nobody), environment }), apiPort));
    const figures: Record<string, object> = {};
    for (const [name, body] of Object.entries(BODIES)) {
      say(`${rounds} times ${bodies} bodies of ${body.length} bytes at once (${name})`);
      const measured: Round[] = [];
      for (let round = 0; round <= rounds; round += 1) {
        signal.throwIfAborted();
        const one = await measure({ apiUrl: urlOf(apiPort), body, bodies });
        say(
          `${round === 0 ? 'warm-up' : `round ${round}`}  /livez ${one.worst.toFixed(0)} ms (alone ${one.idle.toFixed(1)} ms), search ${one.slowest.toFixed(0)} ms`,
        );
        if (round > 0) measured.push(one);
      }
      figures[name] = {
        bodyBytes: body.length,
        livezWorstMilliseconds: rounded(Math.max(...measured.map(({ worst }) => worst)), 0),
        livezAloneMilliseconds: rounded(median(measured.map(({ idle }) => idle)), 1),
        searchSlowestMilliseconds: rounded(Math.max(...measured.map(({ slowest }) => slowest)), 0),
        answerBytesMax: Math.max(...measured.map(({ bytes }) => bytes)),
        statuses: [...new Set(measured.flatMap(({ statuses }) => statuses))],
      };
    }
    console.log(JSON.stringify({ benchmark: 'flood', bodies, ...figures }));
  });
}

await runUntilStopped((signal) => main(readOptions(), signal));
