import { Client, Connection, type TLSConfig } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { dataConverterOf } from './data-converter.ts';
import type { TemporalConfig } from './settings.ts';
import { traceMessages, type MessageTracing } from './tracing.ts';
import type { Kept, SecretKeeper } from '../secret-keeper.ts';

/** What connections to Temporal need, the client's and the worker's alike. */
export function connectionOptions(config: TemporalConfig) {
  return {
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_API_KEY === undefined ? {} : { apiKey: config.TEMPORAL_API_KEY }),
    ...tlsOptions(config),
  };
}

function tlsOptions({
  TEMPORAL_TLS,
  TEMPORAL_API_KEY,
  TEMPORAL_TLS_CERT: crt,
  TEMPORAL_TLS_KEY: key,
  TEMPORAL_TLS_CA: ca,
  TEMPORAL_TLS_SERVER_NAME: serverName,
}: TemporalConfig): { tls?: TLSConfig } {
  if (!TEMPORAL_TLS && TEMPORAL_API_KEY === undefined && crt === undefined && ca === undefined) return {};
  return {
    tls: {
      ...(crt === undefined || key === undefined ? {} : { clientCertPair: { crt: Buffer.from(crt), key: Buffer.from(key) } }),
      ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
      ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    },
  };
}

/**
 * A client that connects when it is first used: the API starts and takes facts while Temporal is away. With `apiKey` every
 * call takes the key of its time; with `tracing` each message is a span. Without `dataConverter` payloads go by the keys that the configuration has now.
 */
export function createTemporalClient(
  config: TemporalConfig,
  {
    apiKey,
    dataConverter = dataConverterOf(config),
    tracing,
  }: { apiKey?: Kept<string> | undefined; dataConverter?: DataConverter; tracing?: MessageTracing } = {},
): Client {
  const rotating = apiKey && { apiKey: () => apiKey.current };
  return new Client({
    connection: Connection.lazy({ ...connectionOptions(config), ...rotating }),
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter,
    interceptors: { workflow: tracing ? [traceMessages(tracing)] : [] },
  });
}

/** The API key, when there is one. `use` takes each new one to where it is needed beside. */
export async function keepTemporalKey({
  config: { TEMPORAL_API_KEY: value },
  secrets,
  use = async () => {},
}: {
  config: TemporalConfig;
  secrets: SecretKeeper;
  use?: (key: string) => Promise<void>;
}): Promise<Kept<string> | undefined> {
  if (value === undefined) return undefined;
  const make = async (key: string) => {
    await use(key);
    return key;
  };
  return secrets.keep({ name: 'TEMPORAL_API_KEY', value, make });
}

/** gRPC status codes: CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const UNAVAILABLE = new Set<unknown>([1, 4, 8, 14]);

/** Temporal is away or overloaded: trying again later may help. */
export function isTemporalUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && UNAVAILABLE.has(error.code)) return true;
  if (/Failed to connect before the deadline|RPCTimeoutOrCancelled/.test(`${error.name} ${error.message}`)) return true;
  return isTemporalUnavailable(error.cause);
}
