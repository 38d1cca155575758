import { createAzureStorage } from './azure-storage.ts';
import type { StorageConfig } from './settings.ts';
import { createFileStorage } from './file-storage.ts';
import type { ObjectStorage } from './object-storage.ts';
import { createS3Storage } from './s3-storage.ts';

/** The storage that was chosen. S3 and Azure may be away at start; a folder must be there, or be possible to make. */
export async function connectStorage(config: StorageConfig): Promise<ObjectStorage> {
  switch (config.STORAGE) {
    case 'file':
      return createFileStorage(config.UPLOAD_DIRECTORY);
    case 's3':
      return createS3Storage({
        bucket: config.S3_BUCKET,
        region: config.S3_REGION,
        endpoint: config.S3_ENDPOINT,
        forcePathStyle: config.S3_FORCE_PATH_STYLE,
        prefix: config.S3_PREFIX,
      });
    case 'azure-blob':
      return createAzureStorage({
        endpoint: config.AZURE_BLOB_ENDPOINT,
        container: config.AZURE_BLOB_CONTAINER,
        prefix: config.AZURE_BLOB_PREFIX,
        accountKey: config.AZURE_BLOB_KEY,
      });
  }
}
