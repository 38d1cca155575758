import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerClient } from '@azure/storage-blob';
import { vi } from 'vitest';
import type { Environment } from '../../platform/config.ts';
import { storageSettings } from '../../platform/storage/settings.ts';
import { connectStorage } from '../../platform/storage/connect.ts';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import { findAzurite, startAzurite, type Azurite } from './azurite.ts';
import { findS3Server, s3Credentials, startS3Server, type S3Server } from './s3-server.ts';

/** Each kind of object storage for tests, the real ones, with the ways to look behind it and to take it away. */
export type TestStorage = {
  /** As an API process wants it. */
  readonly environment: Environment;
  readonly storage: ObjectStorage;
  /** All that is stored under this upload's id, finished or not. */
  readonly tracesOf: (uploadId: string) => Promise<readonly string[]>;
  readonly takeAway: () => Promise<void>;
  readonly bringBack: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const s3Command = await findS3Server();
const azuriteScript = await findAzurite();

export type StorageKind = { readonly kind: 'file' | 's3' | 'azure-blob'; readonly start: () => Promise<TestStorage> };

/** Without an S3 server or Azurite the tests of it are left out, and this says so. */
export const STORAGE_KINDS: readonly StorageKind[] = [
  { kind: 'file', start: startFileStorage },
  ...(s3Command === undefined ? [] : [{ kind: 's3', start: async () => startS3Storage(await startTestS3()) } as const]),
  ...(azuriteScript === undefined ? [] : [{ kind: 'azure-blob', start: async () => startAzureStorage(await startTestAzurite()) } as const]),
];
if (s3Command === undefined) console.warn('SKIPPED: the tests of the storage in S3, since there is neither a versitygw nor Go to build it.');
if (azuriteScript === undefined) console.warn('SKIPPED: the tests of the storage in Azure Blob, since Azurite could not be fetched from npm.');

async function startFileStorage(): Promise<TestStorage> {
  const parent = await mkdtemp(join(tmpdir(), 'certifiable-storage-'));
  const [directory, elsewhere] = [join(parent, 'files'), join(parent, 'elsewhere')];
  const environment = { STORAGE: 'file', UPLOAD_DIRECTORY: directory };
  return {
    environment,
    storage: await connectStorage(storageSettings.schema.parse(environment)),
    tracesOf: async (uploadId) => (await readdir(directory)).filter((name) => name.startsWith(uploadId)),
    takeAway: () => rename(directory, elsewhere),
    bringBack: () => rename(elsewhere, directory),
    close: () => rm(parent, { recursive: true, force: true }),
  };
}

export async function startTestS3(): Promise<S3Server & { readonly directory: string }> {
  if (s3Command === undefined) throw new Error('there is no S3 server');
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-s3-'));
  await mkdir(directory, { recursive: true });
  return { ...(await startS3Server({ command: s3Command, directory })), directory };
}

/** A bucket of its own. `endpoint` may be another way to the same server. */
export async function startS3Storage(
  { client, region, directory, ...server }: Awaited<ReturnType<typeof startTestS3>>,
  { endpoint = server.endpoint }: { endpoint?: string } = {},
): Promise<TestStorage & { readonly bucket: string; readonly prefix: string; readonly client: S3Server['client'] }> {
  const [bucket, prefix] = [`test-${randomUUID()}`, 'certifiable/'];
  await client.createBucket({ Bucket: bucket });
  const environment = {
    STORAGE: 's3',
    S3_BUCKET: bucket,
    S3_REGION: region,
    S3_ENDPOINT: endpoint,
    S3_FORCE_PATH_STYLE: 'true',
    S3_PREFIX: prefix,
    ...s3Credentials,
  };
  for (const [name, value] of Object.entries(s3Credentials)) vi.stubEnv(name, value);
  return {
    environment,
    storage: await connectStorage(storageSettings.schema.parse(environment)),
    bucket,
    prefix,
    client,
    async tracesOf(uploadId) {
      const { Contents = [] } = await client.listObjectsV2({ Bucket: bucket, Prefix: prefix + uploadId });
      const { Uploads = [] } = await client.listMultipartUploads({ Bucket: bucket, Prefix: prefix + uploadId });
      return [...Contents.map(({ Key }) => String(Key)), ...Uploads.map(({ UploadId }) => `multipart upload ${UploadId}`)];
    },
    takeAway: server.kill,
    bringBack: server.start,
    async close() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
      vi.unstubAllEnvs();
    },
  };
}

export async function startTestAzurite(): Promise<Azurite> {
  if (azuriteScript === undefined) throw new Error('there is no Azurite');
  return startAzurite(azuriteScript);
}

/** A container of its own. `endpoint` may be another way to the same server. */
export async function startAzureStorage(
  { client, accountKey, ...server }: Azurite,
  { endpoint = server.endpoint }: { endpoint?: string } = {},
): Promise<TestStorage & { readonly container: ContainerClient; readonly prefix: string }> {
  const [container, prefix] = [client.getContainerClient(`test-${randomUUID()}`), 'certifiable/'];
  await container.create();
  const environment = {
    STORAGE: 'azure-blob',
    AZURE_BLOB_ENDPOINT: endpoint,
    AZURE_BLOB_CONTAINER: container.containerName,
    AZURE_BLOB_PREFIX: prefix,
    AZURE_BLOB_KEY: accountKey,
  };
  return {
    environment,
    storage: await connectStorage(storageSettings.schema.parse(environment)),
    container,
    prefix,
    async tracesOf(uploadId) {
      const traces: string[] = [];
      for await (const { name } of container.listBlobsFlat({ prefix: prefix + uploadId, includeUncommitedBlobs: true })) traces.push(name);
      return traces;
    },
    takeAway: server.stop,
    bringBack: server.start,
    close: server.close,
  };
}
