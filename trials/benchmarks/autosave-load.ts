import autocannon from 'autocannon';

/** Autosaves as fast as an API takes them: so many connections, each with one request after the other. */

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

/** Throws when a single request is not answered with 2xx. */
export async function fire({
  url,
  autosaves,
  connections,
  seconds,
  perSecond,
  signal,
}: {
  url: string;
  autosaves: Autosaves;
  connections: number;
  seconds: number;
  /** Of all connections together; as many as are answered where it is left out. */
  perSecond?: number | undefined;
  signal: AbortSignal;
}): Promise<Load> {
  signal.throwIfAborted();
  const milliseconds: number[] = [];
  let startedAt = 0;
  let answeredAt = 0;
  await new Promise<void>((resolve, reject) => {
    // What is prepared names the host, which the API asks for.
    const setupRequest = (prepared: object) => ({ ...prepared, ...autosaves() });
    const run = autocannon(
      { url, connections, duration: seconds, ...(perSecond === undefined ? {} : { overallRate: perSecond }), requests: [{ setupRequest }] },
      (error, result) => {
        signal.removeEventListener('abort', stop);
        const failed = result.non2xx + result.errors + result.timeouts;
        if (error) reject(error);
        else if (failed > 0) reject(new Error(`${failed} of the requests to ${url} failed`));
        else resolve();
      },
    );
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
