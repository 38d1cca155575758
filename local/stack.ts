import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTemporalConfig } from '../platform/temporal/settings.ts';
import { createTemporalClient } from '../platform/temporal/client.ts';
import { makeCurrent } from '../platform/temporal/worker-deployments.ts';
import { migrate } from '../prisma/migrate.ts';
import type { Pool } from '../workers/pools.ts';
import { TASK_QUEUES } from '../workflows/queues.ts';
import { Failure } from '../platform/failure.ts';
import { inheritedEnvironment, type Environment } from './environment.ts';
import { ensurePrismaClient } from './generate.ts';
import { startInfrastructure, type Infrastructure, type InfrastructureOptions, type InfrastructurePorts } from './infrastructure.ts';
import { runLongCommand } from './long-command.ts';
import { ensurePages } from './pages.ts';
import { freePort, returnPort } from './ports.ts';
import type { Postgres } from './postgres.ts';
import type { ManagedProcess } from './process.ts';
import { codecKeys, signingKeys, statedKeys } from './signing-keys.ts';
import { readStackFile, removeStackFile, writeStackFile } from './stack-file.ts';
import {
  apiProcess,
  embeddedBuildId,
  issuerProcess,
  mailboxProcess,
  poolProcess,
  serversOf,
  urlOf,
  type ProcessSettings,
} from './stack-processes.ts';
import type { Temporal } from './temporal.ts';
import { examplePeople, requestToken, type Person } from './tokens.ts';

export type StackOptions = Omit<InfrastructureOptions, 'ports'> & {
  /** Preferred ones, as in InfrastructureOptions; the pools' status pages count up from `workers`. */
  ports?: InfrastructurePorts & { api?: number; issuer?: number; mailbox?: number; workers?: number };
  /** One process each; a pool named twice gets two. Default: all, once. */
  pools?: readonly Pool[];
  /** Whether what Temporal keeps is encrypted. */
  codec?: boolean;
  /** For API and pools, on top of what the stack sets: a rate limit, a log level. */
  environment?: Environment;
};

export type Stack = {
  apiUrl: string;
  issuerUrl: string;
  /** A page that shows the mails. */
  mailboxUrl: string;
  databaseUrl: string;
  temporalAddress: string;
  /** The Temporal UI; unknown when TEMPORAL_ADDRESS names a server that was there before. */
  temporalUrl: string | undefined;
  /** Where each process serves /livez, /readyz and /metrics, by name. */
  statusUrls: Readonly<Record<string, string>>;
  /** An access token for anybody, good for twelve hours unless said otherwise. */
  token(person: Person, expiresInSeconds?: number): Promise<string>;
  /** `issuer`, `mailbox`, `api` and the pools by name (the second of one pool: `feedback-2`). */
  processes: Readonly<Record<string, ManagedProcess>>;
  /**
   * Workers of another build beside those that run, one of each pool that has a queue, ready; they end with the stack. New
   * work goes to them once they are made current.
   */
  addBuild(build: { buildId: string; workflowBundle: string }): Promise<readonly ManagedProcess[]>;
  temporal: Temporal;
  postgres: Postgres;
  /** In order: API, pools, issuer, then Temporal and PostgreSQL. Repeating it does nothing. */
  stop(): Promise<void>;
};

/** Commands come by a broker, which the embedded stack has not: no `intake`. */
const allPools: readonly Pool[] = [...TASK_QUEUES, 'delivery', 'events'];
const tokenSeconds = 12 * 60 * 60;

/**
 * Everything, on this machine, each part a process of its own. Resolves when all of them are ready. When one fails, or
 * the signal aborts, what runs is stopped and it throws.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDirectory, persistent, log, signal } = options;
  await refuseSecond(dataDirectory);
  await mkdir(dataDirectory, { recursive: true });
  await keepPreviousLogs(dataDirectory);
  // One after the other: workflows and processes import the generated client.
  await ensurePrismaClient({ log });
  await ensurePages({ log });
  const workflowBundle = join(dataDirectory, 'workflow-bundle.js');
  const bundled = bundle({ file: workflowBundle, log, signal });
  // Its failure is reported below, when it is awaited, and must not end the process before.
  bundled.catch(() => {});

  log('starting Temporal and PostgreSQL');
  const infrastructure = await startInfrastructure(options);
  const parts = await planParts(options, infrastructure, workflowBundle).catch(async (error: unknown) => {
    await infrastructure.stop();
    throw error;
  });
  const stop = once(async () => {
    if (persistent) await removeStackFile(dataDirectory);
    await parts.api.stop();
    await Promise.all(parts.pools.map((pool) => pool.stop()));
    await Promise.all([parts.issuer.stop(), parts.mailbox.stop()]);
    for (const port of parts.ports) returnPort(port);
    await infrastructure.stop();
  });
  try {
    await bundled;
    await migrate({ databaseUrl: infrastructure.postgres.databaseUrl, log });
    signal?.throwIfAborted();
    log(`starting the issuer, the API and ${parts.pools.length} worker pools`);
    await Promise.all([parts.issuer.start(), parts.mailbox.start()]);
    await startAll([parts.api, ...parts.pools], log);
    await makeBuildCurrent(options, infrastructure.temporal);
    const stack = describe({ parts, infrastructure, addBuild: (build) => addBuild(parts, build), stop });
    if (persistent) await announce(parts.settings, stack);
    return stack;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function refuseSecond(dataDirectory: string): Promise<void> {
  const running = await readStackFile(dataDirectory);
  if (running) throw new Failure(`The stack runs already, as process ${running.pid}: ${running.apiUrl}`);
}

/** The logs of the last run stay, for whoever looks for what ended it; those before go. */
async function keepPreviousLogs(dataDirectory: string): Promise<void> {
  const logs = join(dataDirectory, 'logs');
  await rm(`${logs}.previous`, { recursive: true, force: true });
  await rename(logs, `${logs}.previous`).catch(() => {});
}

/** In a process of its own: webpack would hold up everything else that is starting. */
function bundle({ file, log, signal }: Pick<StackOptions, 'log' | 'signal'> & { file: string }): Promise<void> {
  return runLongCommand({
    command: process.execPath,
    args: [fileURLToPath(new URL('bundle.ts', import.meta.url)), file],
    progress: 'bundling the workflows',
    timeoutSeconds: 300,
    log,
    signal,
  });
}

type Parts = {
  settings: ProcessSettings;
  issuer: ManagedProcess;
  mailbox: ManagedProcess;
  api: ManagedProcess;
  pools: ManagedProcess[];
  /** Of all of them, by name. */
  statusUrls: Readonly<Record<string, string>>;
  ports: number[];
};

/** Made, with their ports, but not started. */
async function planParts(options: StackOptions, { temporal, postgres }: Infrastructure, workflowBundle: string): Promise<Parts> {
  const { dataDirectory, ports, environment = {}, log, signal, persistent } = options;
  // Whoever keeps a stack works on it; whoever plays one wants to see what it does without a part.
  const revives = persistent;
  const apiPort = await freePort({ preferred: ports?.api, purpose: 'the API', log });
  const issuerPort = await freePort({ preferred: ports?.issuer, purpose: 'the issuer', log });
  const mailboxPort = await freePort({ preferred: ports?.mailbox, purpose: 'the mailbox', log });
  const smtpPort = await freePort({ purpose: 'the mail server', log });
  const pools = await namePools(options);
  const credentialKeys = await signingKeys(dataDirectory, 'credential');
  const receiptKeys = await signingKeys(dataDirectory, 'receipt');
  const settings: ProcessSettings = {
    dataDirectory,
    databaseUrl: postgres.databaseUrl,
    temporalAddress: temporal.address,
    temporalUiUrl: temporal.uiUrl,
    receiptKeys,
    codecKeys: options.codec ? codecKeys(receiptKeys) : undefined,
    credentialKeys,
    issuerKeys: await statedKeys({ dataDirectory, credentialKeys, publicUrl: urlOf(apiPort) }),
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    workflowBundle,
    apiUrl: urlOf(apiPort),
    issuerUrl: urlOf(issuerPort),
    environment,
    log,
    signal,
    revives,
  };
  const poolPorts = pools.map(({ name, port }) => [name, port] as const);
  const named = [['issuer', issuerPort] as const, ['mailbox', mailboxPort] as const, ['api', apiPort] as const, ...poolPorts];
  return {
    settings,
    issuer: issuerProcess({ dataDirectory, port: issuerPort, pagesUrl: settings.apiUrl, log, signal, revives }),
    mailbox: mailboxProcess({ dataDirectory, smtpPort, port: mailboxPort, log, signal, revives }),
    api: apiProcess(settings, apiPort),
    pools: pools.map((pool) => poolProcess(settings, pool)),
    statusUrls: Object.fromEntries(named.map(([name, port]) => [name, urlOf(port)])),
    ports: [smtpPort, ...named.map(([, port]) => port)],
  };
}

async function namePools({ pools = allPools, ports, log }: StackOptions): Promise<{ pool: Pool; name: string; port: number }[]> {
  const named: { pool: Pool; name: string; port: number }[] = [];
  for (const [index, pool] of pools.entries()) {
    const before = named.filter((other) => other.pool === pool).length;
    const name = before === 0 ? pool : `${pool}-${before + 1}`;
    const preferred = ports?.workers === undefined ? undefined : ports.workers + index;
    named.push({ pool, name, port: await freePort({ preferred, purpose: `pool ${name}`, log }) });
  }
  return named;
}

/** All at once, waiting for the last even when one fails, so that none starts behind the back of what stops them. */
async function startAll(processes: readonly ManagedProcess[], log: (line: string) => void): Promise<void> {
  const startedAt = Date.now();
  const starts = processes.map(async (part) => {
    await part.start();
    log(`  ${part.name} is ready (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  });
  const failure = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Temporal hands nothing to a worker deployment before one of its builds is current. */
async function makeBuildCurrent({ pools = allPools, environment }: StackOptions, { address }: Temporal): Promise<void> {
  const client = createTemporalClient(readTemporalConfig({ ...inheritedEnvironment(), TEMPORAL_ADDRESS: address }));
  const buildId = environment?.['WORKER_BUILD_ID'] ?? embeddedBuildId;
  const deployments = new Set(TASK_QUEUES.filter((queue) => pools.includes(queue)));
  try {
    await Promise.all([...deployments].map((deploymentName) => makeCurrent(client, { deploymentName, buildId })));
  } finally {
    await client.connection.close();
  }
}

/** Stopped by what stops the parts that were there before. */
async function addBuild(parts: Parts, { buildId, workflowBundle }: { buildId: string; workflowBundle: string }): Promise<readonly ManagedProcess[]> {
  const { settings } = parts;
  const ofBuild = { ...settings, workflowBundle, environment: { ...settings.environment, WORKER_BUILD_ID: buildId } };
  const added: ManagedProcess[] = [];
  for (const pool of TASK_QUEUES) {
    const name = `${pool}-${buildId}`;
    const port = await freePort({ purpose: `pool ${name}`, log: settings.log });
    parts.ports.push(port);
    added.push(poolProcess(ofBuild, { pool, name, port }));
  }
  parts.pools.push(...added);
  await startAll(added, () => {});
  return added;
}

function describe({
  parts,
  infrastructure: { temporal, postgres },
  addBuild,
  stop,
}: {
  parts: Parts;
  infrastructure: Infrastructure;
  addBuild: Stack['addBuild'];
  stop: () => Promise<void>;
}): Stack {
  const issuerUrl = parts.statusUrls['issuer'] ?? '';
  const all = [parts.issuer, parts.mailbox, parts.api, ...parts.pools];
  return {
    apiUrl: parts.statusUrls['api'] ?? '',
    issuerUrl,
    mailboxUrl: parts.statusUrls['mailbox'] ?? '',
    databaseUrl: postgres.databaseUrl,
    temporalAddress: temporal.address,
    temporalUrl: temporal.uiUrl,
    statusUrls: parts.statusUrls,
    token: (person, expiresInSeconds = tokenSeconds) => requestToken(issuerUrl, { ...person, expiresInSeconds }),
    processes: Object.fromEntries(all.map((part) => [part.name, part])),
    addBuild,
    temporal,
    postgres,
    stop,
  };
}

async function announce(settings: ProcessSettings, stack: Stack): Promise<void> {
  const { candidate, grader, designated, staff, auditor } = examplePeople;
  await writeStackFile(settings.dataDirectory, {
    pid: process.pid,
    apiUrl: stack.apiUrl,
    uiUrl: stack.temporalUrl,
    issuerUrl: stack.issuerUrl,
    tokens: {
      candidate: await stack.token(candidate),
      grader: await stack.token(grader),
      designated: await stack.token(designated),
      staff: await stack.token(staff),
      auditor: await stack.token(auditor),
    },
    environment: serversOf(settings),
  });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
