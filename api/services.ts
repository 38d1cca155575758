import { createClamd } from '../platform/files/clamd.ts';
import { createInspector } from '../platform/files/inspector.ts';
import type { Logger } from '../platform/logging.ts';
import { keepStatedKeys } from '../publication/credentials/stated-keys.ts';
import { keepReceiptSigner } from '../publication/receipts.ts';
import { createSecretKeeper } from '../platform/secret-keeper.ts';
import { connectStorage } from '../platform/storage/connect.ts';
import { createTemporalClient, keepTemporalKey } from '../platform/temporal/client.ts';
import { keepDataConverter } from '../platform/temporal/data-converter.ts';
import { createDoorbell } from '../platform/temporal/doorbell.ts';
import { ring } from '../platform/temporal/ring.ts';
import type { Clock } from '../store/context.ts';
import { connectRegister } from '../publication/register/connect.ts';
import { createPostgresRegister } from '../store/register.ts';
import type { Committed } from '../store/deliveries.ts';
import { openStore } from '../store/open-store.ts';
import { createUploadLocks } from '../store/upload-locks.ts';
import { attemptBell } from '../workflows/bells.ts';
import { MESSAGE_TRACING } from '../workflows/messages.ts';
import { createAttention } from './attention.ts';
import type { ApiConfig } from './config.ts';
import { createCorrections } from './corrections.ts';
import { createMetrics } from './metrics.ts';
import { createUploadFinish } from './routes/uploads/finish.ts';
import { createDocumentsOnce } from './documents.ts';
import { createLookUp } from './routes/register/look-up.ts';
import { createShownCredentialVerifier } from './routes/register/verification.ts';
import { createStaffActs } from './staff-acts.ts';
import { createTokenVerifier } from './token-verifier.ts';

/**
 * What two hostile files at once can take fits beside what the API itself needs (768 MiB in the chart). One that waits takes no memory, for its bytes are
 * in the storage: so many have their turn within a minute.
 */
const INSPECTION = { atOnce: 2, waitingMax: 200, milliseconds: 20_000, heapMebibytes: 96, memoryMebibytes: 256 };
/** Of the public register: it never takes a candidate's turn. */
const SHOWN_PDFS = { atOnce: 1, waitingMax: 20, milliseconds: 3000, heapMebibytes: 64, memoryMebibytes: 128 };

/**
 * Everything that routes work with. Connects to nothing yet: PostgreSQL, Temporal and the issuer may be away at start.
 * Throws a ConfigurationError when RECEIPT_KEYS are unusable. `clock` is another one in tests of deadlines only.
 */
export async function createServices({ config, logger, clock }: { config: ApiConfig; logger: Logger; clock?: Clock }) {
  const secrets = createSecretKeeper({ secretFiles: config.secretFiles, logger });
  const receipts = await keepReceiptSigner({ config, secrets });
  const issuerKeys = await keepStatedKeys({ config, secrets });
  const storage = await connectStorage(config);
  const { prisma, store, databaseUrl } = await openStore({ config, secrets, receipts, clock });
  const register = await connectRegister(config.register, { postgres: () => createPostgresRegister({ prisma }) });
  const uploadLocks = createUploadLocks({ databaseUrl });
  const dataConverter = await keepDataConverter({ config, secrets });
  const temporal = createTemporalClient(config, { apiKey: await keepTemporalKey({ config, secrets }), dataConverter, tracing: MESSAGE_TRACING });
  const doorbell = createDoorbell<Committed>({ ring: (bell) => ring(temporal, attemptBell(bell)), deliveries: store.deliveries, logger });
  const metrics = createMetrics({
    deliveries: store.deliveries,
    strayKeys: async () => (await store.certificates.keysThatSigned()).map((key) => key.publicKeyMultibase).filter((key) => !issuerKeys().has(key)),
    build: config.WORKER_BUILD_ID,
    logger,
  });
  const documents = createDocumentsOnce({
    certificates: store.certificates,
    storage,
    publicUrl: config.PUBLIC_URL,
    rendered: metrics.documentsRendered,
  });
  const inspector = createInspector(INSPECTION);
  const scanner = config.CLAMD_URL === undefined ? undefined : createClamd(config.CLAMD_URL);
  return {
    config,
    logger,
    prisma,
    secrets,
    receipts,
    issuerKeys,
    storage,
    uploadLocks,
    inspector,
    scanner,
    finishUpload: createUploadFinish({ store, storage, inspector, scanner, doorbell, logger }),
    credentialInspector: createInspector(SHOWN_PDFS),
    store,
    temporal,
    payloadCodec: dataConverter.payloadCodecs[0],
    doorbell,
    attention: createAttention(temporal),
    staffActs: createStaffActs({ temporal, attempts: store.attempts, staffActs: store.staffActs }),
    corrections: createCorrections({ temporal, corrections: store.corrections, staffActs: store.staffActs }),
    register,
    lookUp: createLookUp({ register }),
    verifyCredential: createShownCredentialVerifier({ certificates: store.certificates, keys: issuerKeys, publicUrl: config.PUBLIC_URL }),
    verifyToken: createTokenVerifier({ issuer: config.OIDC_ISSUER, audience: config.OIDC_AUDIENCE }),
    metrics,
    documents,

    /**
     * Gives the rings under way a moment, and closes the database's connections. Temporal's goes with the process: its
     * client tries a call again on a timer, and throws out of that, where nobody can catch it, if the channel is closed.
     */
    async close(): Promise<void> {
      secrets.stop();
      await doorbell.drain();
      await documents.close();
      await uploadLocks.close();
      await register.close();
      await store.close();
    },
  };
}

export type Services = Awaited<ReturnType<typeof createServices>>;
