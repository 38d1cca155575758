import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { freePort } from '../../local/ports.ts';
import { guardedProcess } from '../../local/process.ts';
import { installedFromNpm } from './npm-server.ts';

/** Azurite, Microsoft's own emulator of Azure Blob Storage. It knows no roles, no lifecycle, no encryption, no second replica. */

const version = '3.37.0';
const account = 'certifiable';

export type Azurite = {
  readonly endpoint: string;
  readonly accountKey: string;
  /** As the account's owner, for what tests look at behind the storage's back. */
  readonly client: BlobServiceClient;
  /** What it keeps outlasts this, and not a crash: it writes down every five seconds which blobs there are. */
  readonly stop: () => Promise<void>;
  /** After stop; same port, same blobs. */
  readonly start: () => Promise<void>;
  /** For good. */
  readonly close: () => Promise<void>;
};

/** Its script; undefined, having said why, where it can't be had. */
export async function findAzurite(): Promise<string | undefined> {
  try {
    const directory = await installedFromNpm({ name: 'azurite', version, what: "Azurite, Microsoft's emulator of Azure Blob," });
    return join(directory, 'node_modules/azurite/dist/src/blob/main.js');
  } catch (error) {
    console.log(`there is no Azurite to test with: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Starts it on a free port of loopback, with an account of its own. Resolves when it answers. */
export async function startAzurite(script: string): Promise<Azurite> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-azurite-'));
  const port = await freePort({ purpose: 'Azurite', log: () => {} });
  const endpoint = `http://127.0.0.1:${port}/${account}`;
  const accountKey = randomBytes(64).toString('base64');
  const retryOptions = { maxTries: 1 };
  const client = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, accountKey), { retryOptions });
  const server = guardedProcess({
    name: 'Azurite',
    logFile: join(directory, 'azurite.log'),
    guarded: {
      command: 'env',
      args: [
        `AZURITE_ACCOUNTS=${account}:${accountKey}`,
        process.execPath,
        script,
        '--blobHost=127.0.0.1',
        `--blobPort=${port}`,
        `--location=${join(directory, 'blobs')}`,
        '--silent',
        '--disableTelemetry',
        '--skipApiVersionCheck',
      ],
      stopSignal: 'SIGTERM',
    },
    isReady: async () => (await client.getProperties()).requestId !== undefined,
    readySeconds: 60,
    stopSeconds: 10,
    log: () => {},
  });
  await server.start();
  return {
    endpoint,
    accountKey,
    client,
    stop: () => server.stop(),
    start: () => server.start(),
    async close() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
