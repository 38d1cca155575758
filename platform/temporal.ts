import { Client, Connection } from '@temporalio/client';
import type { TemporalConfig } from './config.ts';

/** What connections to Temporal need, the client's and the worker's alike. */
export function connectionOptions(config: TemporalConfig) {
  return {
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_API_KEY === undefined ? {} : { apiKey: config.TEMPORAL_API_KEY }),
    ...(config.TEMPORAL_TLS || config.TEMPORAL_API_KEY !== undefined ? { tls: true } : {}),
  };
}

/** A client that connects when it is first used: the API starts and takes facts while Temporal is away. */
export function createTemporalClient(config: TemporalConfig): Client {
  return new Client({ connection: Connection.lazy(connectionOptions(config)), namespace: config.TEMPORAL_NAMESPACE });
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
