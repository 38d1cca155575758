import type { ApiConfig } from '../platform/config.ts';
import { ringAttempt } from '../platform/doorbell.ts';
import type { Logger } from '../platform/logging.ts';
import { createReceiptSigner } from '../platform/receipts.ts';
import { createFileStorage } from '../platform/storage.ts';
import { createTemporalClient } from '../platform/temporal.ts';
import { connectDatabase, postgresClock, type Clock } from '../store/context.ts';
import { createStore } from '../store/store.ts';
import { createDoorbell } from './doorbell.ts';
import { createMetrics } from './metrics.ts';
import { createStaffActs } from './staff-acts.ts';
import { createTokenVerifier } from './token-verifier.ts';

/**
 * Everything that routes work with. Connects to nothing yet: PostgreSQL, Temporal and the issuer may be away at start.
 * Throws a TypeError when RECEIPT_KEYS is unusable. `clock` is another one in tests of deadlines only.
 */
export async function createServices({ config, logger, clock = postgresClock }: { config: ApiConfig; logger: Logger; clock?: Clock }) {
  const receipts = await createReceiptSigner({ keys: config.RECEIPT_KEYS, issuer: config.PUBLIC_URL });
  const storage = await createFileStorage(config.UPLOAD_DIRECTORY);
  const store = createStore({ prisma: connectDatabase(config), clock, receipts });
  const temporal = createTemporalClient(config);
  const doorbell = createDoorbell({ ringAttempt: (bell) => ringAttempt(temporal, bell), deliveries: store.deliveries, logger });
  return {
    config,
    logger,
    receipts,
    storage,
    store,
    temporal,
    doorbell,
    staffActs: createStaffActs({ temporal, attempts: store.attempts }),
    verifyToken: createTokenVerifier({ issuer: config.OIDC_ISSUER, audience: config.OIDC_AUDIENCE }),
    metrics: createMetrics({ deliveries: store.deliveries }),

    /**
     * Gives the rings under way a moment, and closes the database's connections. Temporal's goes with the process: its
     * client tries a call again on a timer, and throws out of that, where nobody can catch it, if the channel is closed.
     */
    async close(): Promise<void> {
      await doorbell.drain();
      await store.close();
    },
  };
}

export type Services = Awaited<ReturnType<typeof createServices>>;
