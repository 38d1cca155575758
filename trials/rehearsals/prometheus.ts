import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { createToolbox, installedTool } from '../../local/tools/install.ts';
import { freePort, returnPort } from '../../local/ports.ts';
import { answersOk, guardedProcess, type ManagedProcess } from '../../local/process.ts';
import { embeddedBuildId } from '../../local/stack-processes.ts';
import type { Stack } from '../../local/stack.ts';
import { startAlertmanager, type Notification } from './alertmanager.ts';

/** A real Prometheus over the embedded stack, with the rules that we deploy, that tells a real Alertmanager. */

const RULES = fileURLToPath(new URL('../../deploy/helm/certifiable/monitoring/rules/*.yaml', import.meta.url));
/** No process of ours serves metrics there. */
const NOT_SCRAPED = new Set(['issuer', 'mailbox']);
const READY_SECONDS = 30;
const STOP_SECONDS = 10;

/** In production every 15 s and every 30 s: seconds make a run of minutes out of one of half an hour, and change no rule. */
export const SCRAPE_SECONDS = 5;
export const EVALUATION_SECONDS = 5;
export type Alert = {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: string;
};

type Target = { readonly health: string; readonly lastError: string; readonly labels: Readonly<Record<string, string>> };

/** `[seconds, value]`, as text since it may be NaN. */
type Sample = readonly [number, string];
type Series = { readonly metric: Readonly<Record<string, string>>; readonly values: readonly Sample[] };

export type Monitoring = {
  readonly alerts: () => Promise<readonly Alert[]>;
  readonly targets: () => Promise<readonly Target[]>;
  readonly query: (expr: string) => Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: Sample }[]>;
  readonly queryRange: (expr: string, range: { start: number; end: number; stepSeconds: number }) => Promise<readonly Series[]>;
  readonly notifications: readonly Notification[];
  readonly stop: () => Promise<void>;
};

export type MonitoringOptions = { stack: Stack; directory: string; log: (line: string) => void; signal: AbortSignal };

/** Resolves when Prometheus has scraped everything once. Throws with what to do when a program cannot be had. */
export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { directory, log, signal } = options;
  await mkdir(directory, { recursive: true });
  const toolbox = createToolbox({ log, signal });
  await Promise.all([toolbox.ensure('prometheus'), toolbox.ensure('alertmanager')]);
  const alertmanager = await startAlertmanager({ directory, log, signal });
  const port = await freePort({ purpose: 'Prometheus', log });
  const server = await prometheus({ ...options, port, alertmanagerHost: new URL(alertmanager.url).host });
  const stop = async () => {
    await server.stop();
    await alertmanager.stop();
    returnPort(port);
  };
  try {
    await server.start();
    const monitoring = { ...clientOf(`http://127.0.0.1:${port}`, signal), notifications: alertmanager.notifications, stop };
    await untilAllAreScraped(monitoring, signal);
    return monitoring;
  } catch (error) {
    await stop();
    throw error;
  }
}

type Program = MonitoringOptions & { port: number; alertmanagerHost: string };

async function prometheus({ stack, directory, port, alertmanagerHost, log, signal }: Program): Promise<ManagedProcess> {
  const command = await installedTool('prometheus', 'prometheus');
  if (command === undefined) throw new TypeError('Prometheus was just installed and is not there');
  const file = join(directory, 'prometheus.yaml');
  await writeFile(file, stringify(prometheusConfiguration(stack, alertmanagerHost)));
  return guardedProcess({
    name: 'prometheus',
    guarded: {
      command,
      args: [`--config.file=${file}`, `--storage.tsdb.path=${join(directory, 'prometheus')}`, `--web.listen-address=127.0.0.1:${port}`],
      stopSignal: 'SIGTERM',
    },
    logFile: join(directory, 'prometheus.log'),
    isReady: () => answersOk(`http://127.0.0.1:${port}/-/ready`),
    readySeconds: READY_SECONDS,
    stopSeconds: STOP_SECONDS,
    log,
    signal,
  });
}

/** The labels that the chart's ServiceMonitor and PodMonitor give (templates/monitors.yaml). */
function prometheusConfiguration(stack: Stack, alertmanagerHost: string): object {
  const processes = Object.entries(stack.statusUrls).filter(([name]) => !NOT_SCRAPED.has(name));
  const targets = (wanted: (name: string) => boolean) =>
    processes
      .filter(([name]) => wanted(name))
      .map(([name, url]) => ({ targets: [new URL(url).host], labels: { pool: poolOf(name), build: embeddedBuildId } }));
  return {
    global: { scrape_interval: `${SCRAPE_SECONDS}s`, evaluation_interval: `${EVALUATION_SECONDS}s` },
    rule_files: [RULES],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanagerHost] }] }] },
    scrape_configs: [
      { job_name: 'certifiable-api', static_configs: targets((name) => name === 'api') },
      { job_name: 'certifiable-worker', static_configs: targets((name) => name !== 'api') },
    ],
  };
}

/** The second process of a pool is `feedback-2`. */
function poolOf(name: string): string {
  return name.replace(/-\d+$/, '');
}

// What Prometheus tells

type Answer<Data> = { readonly status: 'success'; readonly data: Data } | { readonly status: 'error'; readonly error: string };

function clientOf(url: string, signal: AbortSignal): Pick<Monitoring, 'alerts' | 'targets' | 'query' | 'queryRange'> {
  async function ask<Data>(path: string, parameters: Record<string, string> = {}): Promise<Data> {
    const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters), signal });
    const answer = (await response.json()) as Answer<Data>;
    if (answer.status === 'error') throw new Error(answer.error);
    return answer.data;
  }
  async function read<Data>(path: string): Promise<Data> {
    const response = await fetch(`${url}/api/v1/${path}`, { signal });
    return ((await response.json()) as { data: Data }).data;
  }
  return {
    alerts: async () => (await read<{ alerts: Alert[] }>('alerts')).alerts,
    targets: async () => (await read<{ activeTargets: Target[] }>('targets?state=active')).activeTargets,
    query: async (query) => (await ask<{ result: { metric: Record<string, string>; value: Sample }[] }>('query', { query })).result,
    queryRange: async (query, { start, end, stepSeconds }) =>
      (await ask<{ result: Series[] }>('query_range', { query, start: String(start), end: String(end), step: String(stepSeconds) })).result,
  };
}

async function untilAllAreScraped({ targets }: Pick<Monitoring, 'targets'>, signal: AbortSignal): Promise<void> {
  const giveUpAt = Date.now() + READY_SECONDS * 1000;
  for (;;) {
    const now = await targets();
    if (now.length > 0 && now.every(({ health }) => health === 'up')) return;
    if (Date.now() > giveUpAt) {
      throw new Error(
        `Prometheus cannot scrape ${now.flatMap(({ health, labels, lastError }) => (health === 'up' ? [] : `${labels['pool']} (${lastError})`)).join(', ')}`,
      );
    }
    await pause(500, undefined, { signal });
  }
}
