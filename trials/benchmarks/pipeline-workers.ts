import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/ports.ts';
import { answersOk, nodeProcess, type ManagedProcess } from '../../local/process.ts';
import { statedKeys } from '../../local/signing-keys.ts';

/** The workers of either side, all of a side's in one process of its own. */

/** Connections to PostgreSQL that one process may hold, on both sides alike. */
export const POOL_SIZE = 20;

export type WorkersOptions = {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly dataDirectory: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

export type OurWorkersOptions = WorkersOptions & {
  readonly receiptKeys: string;
  readonly credentialKeys: string;
  /** Only the pool `certification` needs it. */
  readonly workflowBundle?: string;
  readonly buildId: string;
  readonly pools?: readonly string[];
  /** On top of what they all have. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** The pools as they are run, by workers/main.ts. */
export async function ourWorkers(options: OurWorkersOptions): Promise<ManagedProcess> {
  return poolsProcess(options, { script: '../../workers/main.ts', args: options.pools?.flatMap((pool) => ['--pool', pool]) ?? [] });
}

/** The same pools on DBOS. */
export async function dbosWorkers(options: OurWorkersOptions): Promise<ManagedProcess> {
  return poolsProcess(options, { script: './pipeline-dbos/worker.ts', args: [] });
}

async function poolsProcess(options: OurWorkersOptions, program: Pick<Program, 'script' | 'args'>): Promise<ManagedProcess> {
  const port = await freePort({ purpose: 'workers', log: options.log });
  return workersProcess({
    ...options,
    ...program,
    port,
    name: options.buildId,
    environment: {
      DATABASE_URL: options.databaseUrl,
      DATABASE_POOL_SIZE: String(POOL_SIZE),
      TEMPORAL_ADDRESS: options.temporalAddress,
      RECEIPT_KEYS: options.receiptKeys,
      CREDENTIAL_KEYS: options.credentialKeys,
      ...(await statedKeys({ dataDirectory: options.dataDirectory, credentialKeys: options.credentialKeys, publicUrl: 'http://localhost:8080' })),
      UPLOAD_DIRECTORY: join(options.dataDirectory, 'uploads'),
      WORKER_BUILD_ID: options.buildId,
      ...(options.workflowBundle === undefined ? {} : { WORKFLOW_BUNDLE: options.workflowBundle }),
      WORKER_HTTP_HOST: '127.0.0.1',
      WORKER_HTTP_PORT: String(port),
      SHUTDOWN_GRACE_SECONDS: '1',
      ...options.environment,
    },
  });
}

/** Those of a side without rules and records of ours. */
export async function bareWorkers(name: 'baseline' | 'own-shape', options: WorkersOptions): Promise<ManagedProcess> {
  const port = await freePort({ purpose: 'workers', log: options.log });
  const args = ['--temporal', options.temporalAddress, '--database', options.databaseUrl, '--port', String(port), '--connections', String(POOL_SIZE)];
  return workersProcess({ ...options, port, name, script: `./pipeline-${name}/worker.ts`, args, environment: {} });
}

type Program = WorkersOptions & {
  port: number;
  name: string;
  script: string;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
};

function workersProcess({ name, script, args, environment, port, dataDirectory, log, signal }: Program): ManagedProcess {
  return nodeProcess({
    name,
    script: fileURLToPath(new URL(script, import.meta.url)),
    args,
    environment,
    logFile: join(dataDirectory, 'logs', `${name}.log`),
    isReady: () => answersOk(`http://127.0.0.1:${port}/readyz`),
    readySeconds: 120,
    stopSeconds: 20,
    log,
    signal,
  });
}
