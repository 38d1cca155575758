import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createCredentialIssuer, type CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { createDocumentRenderer } from '../../publication/documents/renderer.ts';
import { createLogger } from '../../platform/logging.ts';
import { createFileStorage } from '../../platform/storage/file-storage.ts';
import type { Store } from '../../store/store.ts';
import type { PoolDependencies } from '../../workers/pools.ts';
import { receiptKeys } from './database.ts';

export const PUBLIC_URL = 'https://certifiable.example';
export const CANDIDATE_URL = 'https://exams.certifiable.example';

/** Signs certificates with a key that was made for it. */
export async function testCredentials(publicUrl = PUBLIC_URL): Promise<CredentialIssuer> {
  return createCredentialIssuer({ keys: await receiptKeys(), publicUrl });
}

/** All that the pools' activities work with, for real; mails are queued and nobody sends them. */
export async function poolDependencies({ store }: { store: Store }): Promise<PoolDependencies> {
  const credentials = await testCredentials();
  const storage = await createFileStorage(await mkdtemp(join(inject('temporaryDirectory'), 'storage-')));
  return {
    store,
    logger: createLogger({ level: 'error', service: 'test' }),
    publicUrl: PUBLIC_URL,
    candidateUrl: CANDIDATE_URL,
    mailing: true,
    storage: () => storage,
    credentials: () => credentials,
    renderer: createDocumentRenderer,
  };
}
