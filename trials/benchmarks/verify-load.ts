import autocannon from 'autocannon';

/** Look-ups as fast as an API takes them: so many connections, each with one request after the other. */

export type Load = { readonly perSecond: number; readonly milliseconds: readonly number[]; readonly foundShare: number };

/** Throws when a single answer is neither 200 nor 404. */
export async function fire({
  url,
  nextPath,
  connections,
  seconds,
  signal,
}: {
  url: string;
  nextPath: () => string;
  connections: number;
  seconds: number;
  signal: AbortSignal;
}): Promise<Load> {
  signal.throwIfAborted();
  const milliseconds: number[] = [];
  const countByStatus = new Map<number, number>();
  let startedAt = 0;
  let answeredAt = 0;
  await new Promise<void>((resolve, reject) => {
    // What is prepared names the host, which the API asks for.
    const setupRequest = (prepared: object) => ({ ...prepared, method: 'GET', path: nextPath(), headers: {} });
    const run = autocannon({ url, connections, duration: seconds, requests: [{ setupRequest }] }, (error, result) => {
      signal.removeEventListener('abort', stop);
      const failed = result.errors + result.timeouts;
      if (error) reject(error);
      else if (failed > 0) reject(new Error(`${failed} of the requests to ${url} failed`));
      else resolve();
    });
    const stop = () => run.stop();
    signal.addEventListener('abort', stop, { once: true });
    run.on('response', (_client: unknown, status: number, _bytes: number, took: number) => {
      answeredAt = performance.now();
      if (startedAt === 0) startedAt = answeredAt;
      milliseconds.push(took);
      countByStatus.set(status, (countByStatus.get(status) ?? 0) + 1);
    });
  });
  signal.throwIfAborted();
  const found = countByStatus.get(200) ?? 0;
  const unexpected = milliseconds.length - found - (countByStatus.get(404) ?? 0);
  if (unexpected > 0) throw new Error(`${unexpected} of the answers of ${url} are neither 200 nor 404`);
  return { perSecond: (milliseconds.length - 1) / ((answeredAt - startedAt) / 1000), milliseconds, foundShare: found / milliseconds.length };
}
