import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { installedTool } from '../../local/tools/install.ts';
import { freePort, returnPort } from '../../local/ports.ts';
import { answersOk, guardedProcess, type ManagedProcess } from '../../local/process.ts';

/** A real Alertmanager with the routing that we deploy, and a receiver of ours in the place of pager and chat. */

const ROUTING = new URL('../../deploy/alertmanager/alertmanager.yaml', import.meta.url);
const READY_SECONDS = 30;
const STOP_SECONDS = 10;
/** Alertmanager waits so long for more of a group, and with the next word on it. In production 10 s and a minute, for a pager. */
const GROUP_SECONDS = 1;

/** What a receiver was told. */
export type Notification = {
  readonly at: number;
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
};

export type Alertmanager = { readonly url: string; readonly notifications: readonly Notification[]; readonly stop: () => Promise<void> };

/** The tool `alertmanager` must be installed. */
export async function startAlertmanager(options: { directory: string; log: (line: string) => void; signal: AbortSignal }): Promise<Alertmanager> {
  const { log } = options;
  const notifications: Notification[] = [];
  const ports = {
    alertmanager: await freePort({ purpose: 'Alertmanager', log }),
    receiver: await freePort({ purpose: 'the receiver of alerts', log }),
  };
  const receiver = await receive({ port: ports.receiver, notifications });
  const server = await alertmanager({ ...options, port: ports.alertmanager, receiverPort: ports.receiver });
  const stop = async () => {
    await server.stop();
    receiver.close();
    receiver.closeAllConnections();
    for (const port of Object.values(ports)) returnPort(port);
  };
  try {
    await server.start();
    return { url: `http://127.0.0.1:${ports.alertmanager}`, notifications, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Program = { directory: string; log: (line: string) => void; signal: AbortSignal; port: number; receiverPort: number };

async function alertmanager({ directory, port, receiverPort, log, signal }: Program): Promise<ManagedProcess> {
  const command = await installedTool('alertmanager');
  if (command === undefined) throw new TypeError('Alertmanager is not installed');
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
