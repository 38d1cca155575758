import { access, mkdir, rename, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheDirectory } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';

/**
 * The npm package `@vercel/cosmosdb-server`: an emulator that others wrote, in memory, in this process. Microsoft's own
 * emulator comes as a container image or for Windows, neither of which a test can fetch from a package registry. It checks
 * no signature and knows neither throttling, request units, indexes, consistency levels, regions nor several partitions.
 */
export type CosmosDbServer = { readonly endpoint: string; readonly stop: () => Promise<void> };

const version = '1.0.1';

/** Undefined, with the reason, where it can't be fetched, and then the tests say that they were skipped. */
export async function startCosmosDbServer(): Promise<{ server: CosmosDbServer } | { skipped: string }> {
  let directory: string;
  try {
    directory = await findInstallation();
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

async function findInstallation(): Promise<string> {
  const directory = join(cacheDirectory(), `cosmosdb-server-${version}`);
  const isThere = await access(directory).then(
    () => true,
    () => false,
  );
  if (isThere) return directory;
  // Aside, and renamed when complete: what is cut short is never taken for the emulator.
  const unfinished = `${directory}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await runLongCommand({
      command: 'npm',
      args: ['install', '--prefix', unfinished, '--ignore-scripts', '--no-audit', '--no-fund', `@vercel/cosmosdb-server@${version}`],
      progress: 'fetching a Cosmos DB emulator from npm, once',
      timeoutSeconds: 180,
      log: (line) => console.log(line),
    });
    await rename(unfinished, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}
