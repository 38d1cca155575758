import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';

/** Autosaves, as fast as an API takes them or as they come by themselves. */

export type Sitting = { readonly attemptId: string; readonly token: string };

export type Load = { readonly perSecond: number; readonly milliseconds: readonly number[] };

const VALUES: readonly (readonly [itemId: string, value: string | readonly string[]])[] = [
  ['c1', ['a']],
  ['c2', ['a', 'b']],
  ['t1', 'An answer of a few lines, as candidates write them in the test. '.repeat(5)],
  ['t2', 'Another answer, rather shorter.'],
];

export type Autosaves = () => { method: string; path: string; headers: Record<string, string>; body: string };

/** Goes round all sittings, then on to the next item, so that every request writes: its sequence number is the newest. */
export function autosavesOf(sittings: readonly Sitting[]): Autosaves {
  let sent = 0;
  return () => {
    const round = Math.floor(sent / sittings.length);
    const sitting = sittings[sent % sittings.length];
    const item = VALUES[round % VALUES.length];
    if (!sitting || !item) throw new RangeError('there are sittings and items');
    sent += 1;
    const [itemId, value] = item;
    return {
      method: 'PUT',
      path: `/v1/attempts/${sitting.attemptId}/responses/${itemId}`,
      headers: { authorization: `Bearer ${sitting.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ value, sequence: round + 1 }),
    };
  };
}

/** As fast as the API takes them: so many connections, each with one request after the other. Throws when a single one is not answered with 2xx. */
export async function fire({
  url,
  autosaves,
  connections,
  seconds,
  signal,
}: {
  url: string;
  autosaves: Autosaves;
  connections: number;
  seconds: number;
  signal: AbortSignal;
}): Promise<Load> {
  signal.throwIfAborted();
  const milliseconds: number[] = [];
  let startedAt = 0;
  let answeredAt = 0;
  await new Promise<void>((resolve, reject) => {
    // What is prepared names the host, which the API asks for.
    const setupRequest = (prepared: object) => ({ ...prepared, ...autosaves() });
    const run = autocannon({ url, connections, duration: seconds, requests: [{ setupRequest }] }, (error, result) => {
      signal.removeEventListener('abort', stop);
      const failed = result.non2xx + result.errors + result.timeouts;
      if (error) reject(error);
      else if (failed > 0) reject(new Error(`${failed} of the requests to ${url} failed`));
      else resolve();
    });
    const stop = () => run.stop();
    signal.addEventListener('abort', stop, { once: true });
    run.on('response', (_client: unknown, _status: number, _bytes: number, took: number) => {
      answeredAt = performance.now();
      if (startedAt === 0) startedAt = answeredAt;
      milliseconds.push(took);
    });
  });
  signal.throwIfAborted();
  return { perSecond: (milliseconds.length - 1) / ((answeredAt - startedAt) / 1000), milliseconds };
}

/**
 * As they come of many people who know nothing of each other: so many a second at even distances, whether those before are answered or not. Throws
 * when a single one is not answered with 2xx.
 */
export async function fireAtRate({
  url,
  autosaves,
  perSecond,
  seconds,
  signal,
}: {
  url: string;
  autosaves: Autosaves;
  perSecond: number;
  seconds: number;
  signal: AbortSignal;
}): Promise<Load> {
  const failing = new AbortController();
  const ended = AbortSignal.any([signal, failing.signal]);
  const milliseconds: number[] = [];
  async function save(): Promise<void> {
    const { path, ...request } = autosaves();
    const sentAt = performance.now();
    const response = await fetch(`${url}${path}`, { ...request, signal: ended });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a request to ${url} failed with ${response.status}`);
    milliseconds.push(performance.now() - sentAt);
  }
  const startedAt = performance.now();
  const saves: Promise<void>[] = [];
  for (let sent = 0; sent < perSecond * seconds && !ended.aborted; sent += 1) {
    const early = startedAt + (sent * 1000) / perSecond - performance.now();
    if (early > 0) await pause(early);
    saves.push(save().catch((error: unknown) => failing.abort(error)));
  }
  await Promise.all(saves);
  ended.throwIfAborted();
  return { perSecond: milliseconds.length / ((performance.now() - startedAt) / 1000), milliseconds };
}
