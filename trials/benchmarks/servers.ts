import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.ts';
import { startPostgres } from '../../local/postgres.ts';
import type { ManagedProcess } from '../../local/process.ts';
import { signingKeys, statedKeys } from '../../local/signing-keys.ts';
import { urlOf, type ProcessSettings } from '../../local/stack-processes.ts';
import { migrate } from '../../prisma/migrate.ts';

/** What the servers of one benchmark run stand on. */
export type BenchServers = {
  readonly dataDirectory: string;
  readonly databaseUrl: string;
  readonly port: (purpose: string) => Promise<number>;
  /** Stopped at the end, the last one first. */
  readonly start: (process: ManagedProcess) => Promise<void>;
  /** For an API without pools: Temporal is away. */
  readonly apiSettings: (addresses: { apiPort: number; issuerUrl: string; environment: ProcessSettings['environment'] }) => Promise<ProcessSettings>;
};

/** A migrated PostgreSQL of this run alone, without fsync, so that the disk is not what is measured. */
export async function withBenchServers(
  { log, signal, settings }: { log: (line: string) => void; signal: AbortSignal; /** Of PostgreSQL, `name=value`. */ settings?: readonly string[] },
  use: (servers: BenchServers) => Promise<void>,
): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'certifiable-bench-'));
  const started: { stop(): Promise<void> }[] = [];
  try {
    const port = (purpose: string) => freePort({ purpose, log });
    const postgres = await startPostgres({
      directory: join(dataDirectory, 'postgres'),
      port: await port('PostgreSQL'),
      persistent: false,
      durable: false,
      settings,
      logFile: join(dataDirectory, 'logs', 'postgres.log'),
      log,
      signal,
    });
    started.unshift(postgres);
    const { databaseUrl } = postgres;
    await migrate({ databaseUrl, log: () => {} });
    await use({
      dataDirectory,
      databaseUrl,
      port,
      async start(process) {
        started.unshift(process);
        await process.start();
      },
      apiSettings: async ({ apiPort, issuerUrl, environment }) => ({
        dataDirectory,
        databaseUrl,
        temporalAddress: `127.0.0.1:${await port('nobody')}`,
        receiptKeys: await signingKeys(dataDirectory, 'receipt'),
        credentialKeys: '', // no pool runs
        issuerKeys: await statedKeys({
          dataDirectory,
          credentialKeys: await signingKeys(dataDirectory, 'credential'),
          publicUrl: urlOf(apiPort),
        }),
        workflowBundle: '',
        apiUrl: urlOf(apiPort),
        issuerUrl,
        environment,
        log,
        signal,
      }),
    });
  } finally {
    for (const server of started) await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
