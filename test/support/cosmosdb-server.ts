import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installedFromNpm } from './npm-server.ts';

/**
 * The npm package `@vercel/cosmosdb-server`: an emulator that others wrote, in memory, in this process. Microsoft's own
 * emulator comes as a container image or for Windows, neither of which a test can fetch from a package registry. It checks
 * no signature and knows neither throttling, request units, indexes, consistency levels, regions nor several partitions.
 */
export type CosmosDbServer = { readonly endpoint: string; readonly stop: () => Promise<void> };

/** Undefined, with the reason, where it can't be fetched, and then the tests say that they were skipped. */
export async function startCosmosDbServer(): Promise<{ server: CosmosDbServer } | { skipped: string }> {
  let directory: string;
  try {
    directory = await installedFromNpm({ name: '@vercel/cosmosdb-server', version: '1.0.1', what: 'a Cosmos DB emulator' });
  } catch (error) {
    return { skipped: `the Cosmos DB emulator could not be fetched from npm: ${String(error)}` };
  }
  const { createHttpServer } = createRequire(join(directory, 'package.json'))('@vercel/cosmosdb-server') as { createHttpServer: () => Server };
  const server = withoutTls(createHttpServer());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('unreachable');
  return {
    server: {
      endpoint: `http://127.0.0.1:${address.port}`,
      async stop() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    },
  };
}

/** Of its regions' endpoints the emulator says https even where it speaks http; and the certificate it has expired in 2021. */
function withoutTls(server: Server): Server {
  const [serve] = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const end = response.end.bind(response) as (body: string) => ServerResponse;
    if (request.url === '/') Object.assign(response, { end: (body: string) => end(body.replaceAll('https://', 'http://')) });
    serve?.(request, response);
  });
  return server;
}
