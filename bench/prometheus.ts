import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { createToolbox, installedTool } from '../deploy/check/tools/install.ts';
import { freePort, returnPort } from '../local/ports.ts';
import { answersOk, guardedProcess, type ManagedProcess } from '../local/process.ts';
import { embeddedBuildId } from '../local/stack-processes.ts';
import type { Stack } from '../local/stack.ts';

/** A real Prometheus and a real Alertmanager over the embedded stack, with the rules and the routing that we deploy. */

const RULES = fileURLToPath(new URL('../deploy/helm/certifiable/monitoring/rules/*.yaml', import.meta.url));
const ROUTING = new URL('../deploy/alertmanager/alertmanager.yaml', import.meta.url);
/** No process of ours serves metrics there. */
const NOT_SCRAPED = new Set(['issuer', 'mailbox']);
const READY_SECONDS = 30;
const STOP_SECONDS = 10;

/** In production every 15 s and every 30 s: seconds make a run of minutes out of one of half an hour, and change no rule. */
export const SCRAPE_SECONDS = 5;
export const EVALUATION_SECONDS = 5;
/** Alertmanager waits so long for more of a group, and with the next word on it. In production 10 s and a minute, for a pager. */
const GROUP_SECONDS = 1;

export type Alert = {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: string;
};

export type Target = { readonly health: string; readonly lastError: string; readonly labels: Readonly<Record<string, string>> };

/** `[seconds, value]`, as text since it may be NaN. */
type Sample = readonly [number, string];
export type Series = { readonly metric: Readonly<Record<string, string>>; readonly values: readonly Sample[] };

/** What Alertmanager told a receiver. */
export type Notification = {
  readonly at: number;
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
};

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
  const programs = await obtainPrograms({ log, signal });
  await mkdir(directory, { recursive: true });
  const notifications: Notification[] = [];
  const ports = {
    prometheus: await freePort({ purpose: 'Prometheus', log }),
    alertmanager: await freePort({ purpose: 'Alertmanager', log }),
    receiver: await freePort({ purpose: 'the receiver of alerts', log }),
  };
  const receiver = await receive({ port: ports.receiver, notifications });
  const parts = [
    await alertmanager({ ...options, command: programs.alertmanager, port: ports.alertmanager, receiverPort: ports.receiver }),
    await prometheus({ ...options, command: programs.prometheus, port: ports.prometheus, alertmanagerPort: ports.alertmanager }),
  ];
  const stop = async () => {
    await Promise.all(parts.map((part) => part.stop()));
    receiver.close();
    receiver.closeAllConnections();
    for (const port of Object.values(ports)) returnPort(port);
  };
  try {
    for (const part of parts) await part.start();
    const monitoring = { ...clientOf(`http://127.0.0.1:${ports.prometheus}`, signal), notifications, stop };
    await untilAllAreScraped(monitoring, signal);
    return monitoring;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function obtainPrograms(options: { log: (line: string) => void; signal: AbortSignal }): Promise<{ prometheus: string; alertmanager: string }> {
  const toolbox = createToolbox(options);
  await Promise.all([toolbox.ensure('prometheus'), toolbox.ensure('alertmanager')]);
  const prometheus = await installedTool('prometheus', 'prometheus');
  const alertmanager = await installedTool('alertmanager');
  if (prometheus === undefined || alertmanager === undefined) throw new TypeError('a tool that was just installed is not there');
  return { prometheus, alertmanager };
}

// Programs and their configuration

type Program = MonitoringOptions & { command: string; port: number };

async function prometheus({ stack, directory, command, port, alertmanagerPort, log, signal }: Program & { alertmanagerPort: number }) {
  const file = join(directory, 'prometheus.yaml');
  await writeFile(file, stringify(prometheusConfiguration(stack, alertmanagerPort)));
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
function prometheusConfiguration(stack: Stack, alertmanagerPort: number): object {
  const processes = Object.entries(stack.statusUrls).filter(([name]) => !NOT_SCRAPED.has(name));
  const targets = (wanted: (name: string) => boolean) =>
    processes
      .filter(([name]) => wanted(name))
      .map(([name, url]) => ({ targets: [new URL(url).host], labels: { pool: poolOf(name), build: embeddedBuildId } }));
  return {
    global: { scrape_interval: `${SCRAPE_SECONDS}s`, evaluation_interval: `${EVALUATION_SECONDS}s` },
    rule_files: [RULES],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
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

async function alertmanager({ directory, command, port, receiverPort, log, signal }: Program & { receiverPort: number }): Promise<ManagedProcess> {
  const file = join(directory, 'alertmanager.yaml');
  await writeFile(file, stringify(await routingToUs(receiverPort)));
  return guardedProcess({
    name: 'alertmanager',
    guarded: {
      command,
      args: [
        `--config.file=${file}`,
        `--storage.path=${join(directory, 'alertmanager')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      stopSignal: 'SIGTERM',
    },
    logFile: join(directory, 'alertmanager.log'),
    isReady: () => answersOk(`http://127.0.0.1:${port}/-/ready`),
    readySeconds: READY_SECONDS,
    stopSeconds: STOP_SECONDS,
    log,
    signal,
  });
}

type Route = { group_wait?: string; group_interval?: string; routes?: readonly Route[] };
type Routing = { route: Route; receivers: readonly { name: string }[] };

/** Routes and inhibitions as deployed; the receivers, pager and chat, are replaced by one of ours, and waits are short. */
async function routingToUs(receiverPort: number): Promise<object> {
  const routing = parse(await readFile(ROUTING, 'utf8')) as Routing;
  const hurried = (route: Route): Route => ({
    ...route,
    group_wait: `${GROUP_SECONDS}s`,
    group_interval: `${GROUP_SECONDS}s`,
    ...(route.routes ? { routes: route.routes.map(hurried) } : {}),
  });
  return {
    ...routing,
    route: hurried(routing.route),
    receivers: routing.receivers.map(({ name }) => ({
      name,
      webhook_configs: [{ url: `http://127.0.0.1:${receiverPort}/${name}`, send_resolved: true }],
    })),
  };
}

type WebhookBody = { readonly alerts: readonly { readonly status: 'firing' | 'resolved'; readonly labels: Readonly<Record<string, string>> }[] };

function receive({ port, notifications }: { port: number; notifications: Notification[] }): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as WebhookBody;
      const receiver = request.url?.slice(1) ?? '';
      for (const { status, labels } of alerts) notifications.push({ at: Date.now(), receiver, status, labels });
      response.end();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
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
