import { ConfigurationError } from '../platform/config.ts';
import type { Logger } from '../platform/logging.ts';
import type { SecretKeeper } from '../platform/secret-keeper.ts';
import { connectStorage } from '../platform/storage/connect.ts';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import type { CredentialIssuer } from '../publication/credentials/issuer.ts';
import type { DocumentRenderer } from '../publication/documents/renderer.ts';
import type { Store } from '../store/store.ts';
import type { WorkerConfig } from './config.ts';
import { keepCredentialIssuer } from './issuer-keys.ts';
import type { Pool, PoolDependencies } from './pools.ts';

type Given = {
  readonly pools: readonly Pool[];
  readonly config: WorkerConfig;
  readonly store: Store;
  readonly secrets: SecretKeeper;
  readonly logger: Logger;
};

/** They write documents, and remove what was left over: the others hold no credentials for the storage, and mount no volume of it. */
const POOLS_WITH_STORAGE: readonly Pool[] = ['feedback', 'delivery'];

/** What activities and loops work with. Throws a ConfigurationError, and nothing runs, when a pool's own settings are missing or unusable. */
export async function prepareDependencies({ logger, ...given }: Given): Promise<PoolDependencies> {
  const { pools, config, store } = given;
  const storage = pools.some((pool) => POOLS_WITH_STORAGE.includes(pool)) ? await connectStorage(config) : undefined;
  // Loaded by the pools that need them: the one is a JSON-LD processor, the other a typesetter with its fonts.
  const issuer = pools.includes('publication') ? await loadCredentialIssuer(given) : undefined;
  const renderer = pools.includes('feedback') ? await loadDocumentRenderer() : undefined;
  return {
    store,
    logger,
    publicUrl: config.PUBLIC_URL,
    candidateUrl: config.CANDIDATE_URL,
    mailing: config.SMTP_URL !== undefined,
    storage: () => loaded<ObjectStorage>(storage, POOLS_WITH_STORAGE),
    credentials: () => loaded(issuer, ['publication']),
    renderer: () => loaded(renderer, ['feedback']),
  };
}

async function loadCredentialIssuer({ config, store, secrets }: Omit<Given, 'logger'>): Promise<CredentialIssuer> {
  const { CREDENTIAL_KEYS: keys, ISSUER_KEYS: statement, ISSUER_ROOTS: roots, PUBLIC_URL: publicUrl } = config;
  if (keys === undefined) throw new ConfigurationError(['CREDENTIAL_KEYS: is missing: the publication pool signs certificates with it']);
  if (statement === undefined || roots === undefined) {
    const lacking = [statement === undefined ? 'ISSUER_KEYS' : [], roots === undefined ? 'ISSUER_ROOTS' : []].flat();
    throw new ConfigurationError(
      lacking.map((name) => `${name}: is missing: what the publication pool signs is believed only by a key that is signed off`),
    );
  }
  const { keepStatedKeys } = await import('../publication/credentials/stated-keys.ts');
  const stated = await keepStatedKeys({ config: { ISSUER_KEYS: statement, ISSUER_ROOTS: roots, PUBLIC_URL: publicUrl }, secrets });
  return keepCredentialIssuer({ keys, stated, publicUrl, secrets, store });
}

async function loadDocumentRenderer(): Promise<DocumentRenderer> {
  const { createDocumentRenderer } = await import('../publication/documents/renderer.ts');
  return createDocumentRenderer();
}

function loaded<Part>(part: Part | undefined, pools: readonly Pool[]): Part {
  if (part === undefined) throw new TypeError(`only ${pools.join(' and ')} have this`);
  return part;
}
