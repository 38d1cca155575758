import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { ATTEMPT_QUEUES, type AttemptQueue } from '../../workflows/queues.ts';
import type { Demands } from './demands.ts';
import type { PoolParameters } from './queues.ts';

/** The pools as the chart has them, each replica with as much processor as it asks for. */

/** Tasks that one replica works on at once (workers/pools.ts). */
const SLOTS: Readonly<Record<AttemptQueue, number>> = {
  certification: 40,
  'grading-auto': 20,
  'grading-human': 10,
  feedback: 10,
  publication: 10,
  notification: 20,
};

const CHART_VALUES = new URL('../../deploy/helm/certifiable/values.yaml', import.meta.url);

const scaling = z.object({ min: z.number(), max: z.number(), targetQueueSize: z.number(), cooldownSeconds: z.number() });
const poolDefaults = z.object({ cpu: z.string(), scaling });
const values = z.object({
  poolDefaults,
  pools: z.record(z.string(), z.object({ cpu: z.string().optional(), scaling: scaling.partial().optional() })),
});

export type ChartPool = PoolParameters & { readonly cores: number };

export async function readPools(demands: Demands, startSeconds: number): Promise<Readonly<Record<AttemptQueue, ChartPool>>> {
  const chart = values.parse(parse(await readFile(CHART_VALUES, 'utf8')));
  const pools = ATTEMPT_QUEUES.map((queue) => {
    const own = chart.pools[queue];
    const cores = coresOf(own?.cpu ?? chart.poolDefaults.cpu);
    const { cpuSeconds, executionSeconds } = demands.pools[queue];
    return [
      queue,
      {
        cores,
        scaling: { ...chart.poolDefaults.scaling, ...withoutUndefined(own?.scaling ?? {}) },
        perSecond: Math.min(cores / cpuSeconds, SLOTS[queue] / executionSeconds),
        startSeconds,
      },
    ] as const;
  });
  return Object.fromEntries(pools) as Record<AttemptQueue, ChartPool>;
}

/** "250m" is a quarter of a core. */
export function coresOf(quantity: string): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}

type Defined<Shape> = { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> };

function withoutUndefined<Shape extends object>(shape: Shape): Defined<Shape> {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Defined<Shape>;
}
