import { readdir, readFile } from 'node:fs/promises';
import type { Monitoring } from './prometheus.ts';

/** What each dashboard would have shown of a run. */

export type Asked = {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
  readonly outcome: 'data' | 'no data' | 'error';
  readonly error?: string;
};

type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] };

const DASHBOARDS = new URL('../../deploy/helm/certifiable/monitoring/dashboards/', import.meta.url);

/** As Grafana fills them in for all pools, queues and routes; `$__rate_interval` is four scrapes at least, and a minute for short. */
const FILLED_IN: Readonly<Record<string, string>> = { __rate_interval: '1m', queue: '.*', pool: '.*', route: '.*' };
const STEP_SECONDS = 5;

export async function askAll(monitoring: Monitoring, { since, until }: { since: number; until: number }): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  for (const file of await readdir(DASHBOARDS)) {
    const { panels } = JSON.parse(await readFile(new URL(file, DASHBOARDS), 'utf8')) as { panels: readonly Panel[] };
    for (const { title, targets = [] } of panels) {
      for (const { expr } of targets) {
        const question = { dashboard: file.replace('.json', ''), panel: title, expr };
        asked.push({ ...question, ...(await answerTo(monitoring, expr, { start: since / 1000, end: until / 1000 })) });
      }
    }
  }
  return asked;
}

async function answerTo(monitoring: Monitoring, expr: string, range: { start: number; end: number }): Promise<Pick<Asked, 'outcome' | 'error'>> {
  const filledIn = expr.replaceAll(/\$(\w+)/g, (whole, name: string) => FILLED_IN[name] ?? whole);
  try {
    const series = await monitoring.queryRange(filledIn, { ...range, stepSeconds: STEP_SECONDS });
    return { outcome: series.some(({ values }) => values.some(([, value]) => value !== 'NaN')) ? 'data' : 'no data' };
  } catch (error) {
    return { outcome: 'error', error: error instanceof Error ? error.message : String(error) };
  }
}
