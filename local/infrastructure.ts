import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, returnPort } from './ports.ts';
import { startPostgres, type Postgres } from './postgres.ts';
import { startTemporal, type Temporal } from './temporal.ts';

export type InfrastructurePorts = { temporal?: number; temporalUi?: number; postgres?: number };

export type InfrastructureOptions = {
  /** Absolute; made if need be. */
  dataDirectory: string;
  /** False: data is as fast as it is forgetful, and the directory goes at the end. */
  persistent: boolean;
  /** Preferred ones; another is taken, and said so, where one isn't free. Without a preference, any. */
  ports?: InfrastructurePorts | undefined;
  temporal?: TemporalTuning | undefined;
  postgres?: PostgresTuning | undefined;
  log: (line: string) => void;
  /** Ends a start that is under way. */
  signal?: AbortSignal | undefined;
};

type TemporalTuning = {
  /** Whether workflows outlive the server's process. Default: as `persistent`. */
  keepsData?: boolean;
  /** Values are JSON. */
  dynamicConfig?: Readonly<Record<string, string>>;
};

type PostgresTuning = {
  /** More settings of the server, `name=value`. */
  settings?: readonly string[];
};

export type Infrastructure = { temporal: Temporal; postgres: Postgres; stop(): Promise<void> };

/** Temporal and PostgreSQL, started at once. What has been started is stopped again when the other fails. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const { dataDirectory, persistent, ports, log } = options;
  await mkdir(dataDirectory, { recursive: true });
  const temporalPort = await freePort({ preferred: ports?.temporal, purpose: 'Temporal', log });
  const uiPort = await freePort({ preferred: ports?.temporalUi, purpose: "Temporal's UI", log });
  const postgresPort = await freePort({ preferred: ports?.postgres, purpose: 'PostgreSQL', log });

  const [temporal, postgres] = await Promise.allSettled([
    startTemporal(temporalOptions({ options, port: temporalPort, uiPort })),
    startPostgres(postgresOptions(options, postgresPort)),
  ]);
  const stop = async () => {
    await Promise.all([temporal, postgres].map(async (server) => server.status === 'fulfilled' && server.value.stop()));
    for (const port of [temporalPort, uiPort, postgresPort]) returnPort(port);
    if (!persistent) await rm(dataDirectory, { recursive: true, force: true });
  };
  if (temporal.status === 'fulfilled' && postgres.status === 'fulfilled') {
    return { temporal: temporal.value, postgres: postgres.value, stop };
  }
  await stop();
  throw temporal.status === 'rejected' ? temporal.reason : postgres.status === 'rejected' && postgres.reason;
}

type TemporalPorts = { options: InfrastructureOptions; port: number; uiPort: number };

function temporalOptions({ options, port, uiPort }: TemporalPorts): Parameters<typeof startTemporal>[0] {
  const { dataDirectory, persistent, temporal, log, signal } = options;
  const keepsData = temporal?.keepsData ?? persistent;
  return {
    port,
    uiPort,
    dataFile: keepsData ? join(dataDirectory, 'temporal', 'temporal.db') : undefined,
    dynamicConfig: temporal?.dynamicConfig,
    logFile: join(dataDirectory, 'logs', 'temporal.log'),
    log,
    signal,
  };
}

function postgresOptions(options: InfrastructureOptions, port: number): Parameters<typeof startPostgres>[0] {
  const { dataDirectory, persistent, postgres, log, signal } = options;
  const logFile = join(dataDirectory, 'logs', 'postgres.log');
  return { directory: join(dataDirectory, 'postgres'), port, persistent, durable: persistent, settings: postgres?.settings, logFile, log, signal };
}
