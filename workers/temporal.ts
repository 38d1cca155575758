import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { Logger } from '../platform/logging.ts';
import type { SecretKeeper } from '../platform/secret-keeper.ts';
import { connectionOptions, createTemporalClient, keepTemporalKey } from '../platform/temporal/client.ts';
import { keepDataConverter } from '../platform/temporal/data-converter.ts';
import { MESSAGE_TRACING } from '../workflows/messages.ts';
import type { WorkerConfig } from './config.ts';
import { untilDone } from './loop.ts';

const RETRY_MILLISECONDS = 1000;

export type Temporal = {
  /** Connects when it is first used. */
  readonly client: Client;
  /** For workers: how payloads are written and read, by the keys of the moment. */
  readonly dataConverter: DataConverter;
  /** For workers. Waits for Temporal as long as it takes: a pool that starts first must not crash in a loop. Undefined once stopped. */
  readonly connect: (stopping: AbortSignal) => Promise<NativeConnection | undefined>;
};

/** The ways to Temporal. Both take a new API key, and new keys for payloads, while they are open. */
export async function waysToTemporal({
  config,
  secrets,
  logger,
}: {
  config: WorkerConfig;
  secrets: SecretKeeper;
  logger: Logger;
}): Promise<Temporal> {
  let connection: NativeConnection | undefined;
  const apiKey = await keepTemporalKey({ config, secrets, use: async (key) => connection?.setApiKey(key) });

  const dataConverter = await keepDataConverter({ config, secrets });

  return {
    client: createTemporalClient(config, { apiKey, dataConverter, tracing: MESSAGE_TRACING }),
    dataConverter,

    async connect(stopping) {
      connection = await untilDone({
        work: async () =>
          stopping.aborted ? undefined : NativeConnection.connect(connectionOptions({ ...config, TEMPORAL_API_KEY: apiKey?.current })),
        onFailure: (error, tries) => {
          if (tries % 10 === 1) logger.warn({ err: error, address: config.TEMPORAL_ADDRESS }, 'Temporal is not there yet; trying again');
        },
        pauseMilliseconds: RETRY_MILLISECONDS,
        stopping,
      });
      return connection;
    },
  };
}
