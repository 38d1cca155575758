import { createServer, type RequestListener, type Server } from 'node:http';

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
