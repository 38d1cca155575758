import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../platform/logging.ts';

/** Longer than a load balancer keeps its connections, so that it never writes to one that we have just closed. */
const KEEP_ALIVE_MILLISECONDS = 65_000;
/** An upload of 200 MiB over a slow line; cut off after that, it is resumed. Other bodies have less (api/slow-bodies.ts). */
const REQUEST_TIMEOUT_MILLISECONDS = 30 * 60_000;
const HEADERS_TIMEOUT_MILLISECONDS = 15_000;
const CHECK_MILLISECONDS = 5000;

/** The server that listens to the world: it waits for nobody without an end. */
export function createHttpServer(listener: RequestListener): Server {
  return createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
      headersTimeout: HEADERS_TIMEOUT_MILLISECONDS,
      connectionsCheckingInterval: CHECK_MILLISECONDS,
    },
    listener,
  );
}

const LOOK_MILLISECONDS = 50;
/** So long callers have to hear that their connection ends; at most half of the grace. Who keeps several uses some of them every few seconds only. */
const FAREWELL_MILLISECONDS = 10_000;

/**
 * Lets requests under way end; what is not done within the grace is cut off. A connection that is kept alive may have its next request on the way
 * when it is closed, which is lost then: so each of them hears first, with an answer, that it was the last.
 */
export async function closeHttpServer(server: Server, { graceSeconds, logger }: { graceSeconds: number; logger: Logger }): Promise<void> {
  const cutOff = setTimeout(() => {
    logger.warn({ graceSeconds }, 'requests still under way are cut off');
    server.closeAllConnections();
  }, graceSeconds * 1000);
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => (response.shouldKeepAlive = false));
  await untilNobodyIsConnected(server, Math.min(FAREWELL_MILLISECONDS, (graceSeconds * 1000) / 2));
  // A connection that is kept alive becomes idle when its last request ends, and nobody else closes it then.
  const closeIdle = setInterval(() => server.closeIdleConnections(), LOOK_MILLISECONDS);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearInterval(closeIdle);
  clearTimeout(cutOff);
}

async function untilNobodyIsConnected(server: Server, forMilliseconds: number): Promise<void> {
  const giveUpAt = Date.now() + forMilliseconds;
  while (Date.now() < giveUpAt && (await connectionsOf(server)) > 0) await pause(LOOK_MILLISECONDS);
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
