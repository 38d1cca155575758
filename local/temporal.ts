import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTE_KEYS } from '../workflows/search-attributes.ts';
import { existingTemporalAddress } from './environment.ts';
import { guardedProcess } from './process.ts';
import { findTemporalBinary } from './temporal-binary.ts';

export type TemporalOptions = {
  port: number;
  /** Without it there is no UI, as tests want it. */
  uiPort?: number | undefined;
  /** SQLite file that keeps the workflows over a restart; without it they live in memory, three times as fast. */
  dataFile?: string | undefined;
  /** On top of ours; values are JSON. */
  dynamicConfig?: Readonly<Record<string, string>> | undefined;
  logFile: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
};

export type Temporal = {
  address: string;
  /** Unknown for a server that was there before us. */
  uiUrl: string | undefined;
  stop(): Promise<void>;
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>;
  /** After stop or kill; same port, and with a data file the same workflows. */
  start(): Promise<void>;
};

const namespace = 'default';
const retentionDays = 90;
/** Of garbage to what is in use, before Go collects it: for its own 100 the server collects again and again, since little of what it has is in Go's heap. */
const GARBAGE_PERCENT = '400';

/** The server of TEMPORAL_ADDRESS, which is left alone, or a dev server on loopback. Resolves when it answers. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const existing = existingTemporalAddress();
  if (existing !== undefined) return existingServer(existing, options.log);
  const address = `127.0.0.1:${options.port}`;
  const command = await findTemporalBinary(options);
  if (options.dataFile) await mkdir(dirname(options.dataFile), { recursive: true });
  const server = guardedProcess({
    name: 'Temporal',
    logFile: options.logFile,
    guarded: { command, args: serverArgs(options), stopSignal: 'SIGTERM' },
    environment: { GOGC: GARBAGE_PERCENT },
    isReady: () => answers(address),
    readySeconds: 60,
    stopSeconds: 20,
    log: options.log,
    signal: options.signal,
  });
  const start = async () => {
    await server.start();
    await keepClosedWorkflows(address);
  };
  try {
    await start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  const uiUrl = options.uiPort === undefined ? undefined : `http://127.0.0.1:${options.uiPort}`;
  return { address, uiUrl, start, stop: () => server.stop(), kill: () => server.kill() };
}

function existingServer(address: string, log: (line: string) => void): Temporal {
  log(`using the Temporal server at ${address} (TEMPORAL_ADDRESS)`);
  const leaveAlone = async () => log(`the Temporal server at ${address} is not ours to start or stop`);
  return { address, uiUrl: undefined, start: leaveAlone, stop: async () => {}, kill: leaveAlone };
}

function serverArgs({ port, uiPort, dataFile, dynamicConfig }: TemporalOptions): string[] {
  const settings = {
    // On one machine more partitions only mean more empty polls: twice the workflows a second with one.
    'matching.numTaskqueueReadPartitions': '1',
    'matching.numTaskqueueWritePartitions': '1',
    'frontend.enableUpdateWorkflowExecution': 'true',
    // By its own default a dev server reads the list of search attributes from its database for every one that is set. Those that are ours it has from its start.
    'system.forceSearchAttributesCacheRefreshOnRead': 'false',
    ...dynamicConfig,
  };
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--log-level',
    'warn',
    '--log-format',
    'json',
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(dataFile === undefined ? [] : dataFileArgs(dataFile)),
    ...SEARCH_ATTRIBUTE_KEYS.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
    ...Object.entries(settings).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ];
}

function dataFileArgs(dataFile: string): string[] {
  const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'];
  return ['--db-filename', dataFile, ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma])];
}

async function answers(address: string): Promise<boolean> {
  return withConnection(address, async ({ workflowService }) => {
    await workflowService.describeNamespace({ namespace });
    return true;
  });
}

/** The dev server forgets a closed workflow after a day, and nobody could look at yesterday's attempt. */
async function keepClosedWorkflows(address: string): Promise<void> {
  const workflowExecutionRetentionTtl = msToTs(`${retentionDays} days`);
  await withConnection(address, ({ workflowService }) => workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } }));
}

async function withConnection<Result>(address: string, use: (connection: Connection) => Promise<Result>): Promise<Result> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
