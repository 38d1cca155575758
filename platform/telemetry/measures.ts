import { setTimeout as pause } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Logger } from '../logging.ts';

export type Labels = Readonly<Record<string, string>>;

/** One metric as it stands. A counter here is one that the records are counted for, so that it is exact over restarts. */
export type Family = {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  readonly series: readonly { readonly labels?: Labels; readonly value: number }[];
};

export type Measure = {
  readonly name: string;
  /** For so long the same answer is told again: scrapers come in numbers, and some of this reads all records. */
  readonly keepSeconds: number;
  readonly read: () => Promise<readonly Family[]>;
};

/** Below the 10 s that Prometheus gives a scrape. */
const READ_TIMEOUT_MILLISECONDS = 5000;

/**
 * Metrics that are read from somewhere else when they are asked for. What cannot be read is left out, never told as 0 or
 * as it was, and never takes the other metrics with it; `certifiable_measure_failures_total` counts it.
 */
export function createMeasures({
  measures,
  logger,
  timeoutMilliseconds = READ_TIMEOUT_MILLISECONDS,
}: {
  measures: readonly Measure[];
  logger: Logger;
  timeoutMilliseconds?: number;
}): { readonly text: () => Promise<string> } {
  const own = new Registry();
  const failures = new Counter({
    name: 'certifiable_measure_failures_total',
    help: 'Measures that could not be taken, so that their metrics are missing',
    labelNames: ['measure'],
    registers: [own],
  });
  for (const { name } of measures) failures.inc({ measure: name }, 0);

  const kept = measures.map(({ name, keepSeconds, read }) => ({ name, read: keep(read, keepSeconds) }));

  /** A reading that takes longer than a scrape may goes on, and the next scrape finds its answer. */
  async function told({ name, read }: Pick<Measure, 'name' | 'read'>): Promise<readonly Family[]> {
    const answered = new AbortController();
    try {
      return await Promise.race([read(), failAfter(timeoutMilliseconds, answered.signal)]);
    } catch (error) {
      failures.inc({ measure: name });
      logger.debug({ err: error, measure: name }, 'a measure could not be taken');
      return [];
    } finally {
      answered.abort();
    }
  }

  return {
    async text() {
      const families = (await Promise.all(kept.map(told))).flat();
      return (await own.metrics()) + (await expose(families));
    },
  };
}

async function failAfter(milliseconds: number, signal: AbortSignal): Promise<never> {
  await pause(milliseconds, undefined, { signal });
  throw new Error(`not read within ${milliseconds} ms`);
}

/** Readers that come together share one reading, and those shortly after get the same answer. A failure is not kept. */
function keep<Value>(read: () => Promise<Value>, seconds: number): () => Promise<Value> {
  let reading: Promise<Value> | undefined;
  let answeredAt: number | undefined;
  return () => {
    const old = answeredAt !== undefined && performance.now() - answeredAt >= seconds * 1000;
    if (reading && !old) return reading;
    answeredAt = undefined;
    const begun = read();
    reading = begun;
    begun.then(
      () => {
        answeredAt = performance.now();
      },
      () => {
        reading = undefined;
      },
    );
    return begun;
  };
}

/** In Prometheus' text form; families of one name, from several measures, are told as one. */
function expose(families: readonly Family[]): Promise<string> {
  const registry = new Registry();
  const metrics = new Map<string, Gauge | Counter>();
  for (const { name, help, kind, series } of families) {
    if (series.length === 0) continue;
    const labelNames = Object.keys(series[0]?.labels ?? {});
    const known = metrics.get(name);
    const metric = known ?? new { gauge: Gauge, counter: Counter }[kind]({ name, help, labelNames, registers: [registry] });
    metrics.set(name, metric);
    if (!known && labelNames.length === 0) metric.remove(); // prom-client begins at 0
    for (const { labels = {}, value } of series) metric.inc({ ...labels }, value);
  }
  return registry.metrics();
}
