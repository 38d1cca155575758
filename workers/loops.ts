import type { Client } from '@temporalio/client';
import type { Logger } from '../platform/logging.ts';
import type { SecretKeeper } from '../platform/secret-keeper.ts';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import type { StoreContext } from '../store/context.ts';
import type { Store } from '../store/store.ts';
import type { WorkerConfig } from './config.ts';
import { createHerald } from './herald.ts';
import type { Loop } from './loop.ts';
import type { Pool } from './pools.ts';

export type LoopDependencies = {
  readonly config: WorkerConfig;
  readonly prisma: StoreContext['prisma'];
  readonly store: Store;
  readonly secrets: SecretKeeper;
  readonly storage: () => ObjectStorage;
  readonly client: Client;
  readonly logger: Logger;
};

/**
 * What the pools do beside their queues, or instead of one. Each loads what it needs, and no other pool pays for a
 * broker's client. Throws a ConfigurationError when a pool lacks its settings.
 */
export async function createLoops({ pools, ...dependencies }: LoopDependencies & { pools: readonly Pool[] }): Promise<readonly Loop[]> {
  const loops = await Promise.all(pools.map((pool) => loopsOf(pool, dependencies)));
  return loops.flat();
}

/** None where nobody is asked for stamps. */
async function ledgerStampers({ config, store, logger }: LoopDependencies): Promise<readonly Loop[]> {
  const { TIMESTAMP_URL: url, TIMESTAMP_CERTIFICATES: trusted } = config;
  if (url === undefined || trusted === undefined) return [];
  const [{ createLedgerStamper }, { createTimeStampAuthority }] = await Promise.all([
    import('./ledger-stamper.ts'),
    import('../platform/timestamps/authority.ts'),
  ]);
  return [createLedgerStamper({ store, authority: createTimeStampAuthority({ url, trusted }), logger })];
}

async function loopsOf(pool: Pool, dependencies: LoopDependencies): Promise<readonly Loop[]> {
  switch (pool) {
    case 'delivery': {
      const [{ createRelay }, { createLedgerKeeper }, { createEraser }] = await Promise.all([
        import('./delivery.ts'),
        import('./ledger-keeper.ts'),
        import('./eraser.ts'),
      ]);
      const stored = { ...dependencies, storage: dependencies.storage() };
      return [createRelay(stored), createLedgerKeeper(dependencies), createEraser(stored), ...(await ledgerStampers(dependencies))];
    }
    case 'notification': {
      const { createCouriers } = await import('./courier.ts');
      const { PUBLIC_URL: publicUrl, CANDIDATE_URL: candidateUrl, SMTP_URL: smtpUrl } = dependencies.config;
      const herald = createHerald({ ...dependencies, publicUrl, candidateUrl, mailing: smtpUrl !== undefined });
      return [herald, ...(await createCouriers(dependencies))];
    }
    case 'events': {
      const { connectEventRelay } = await import('./event-relay-pool.ts');
      return [await connectEventRelay(dependencies)];
    }
    case 'intake': {
      const { connectIntake } = await import('./intake-pool.ts');
      return connectIntake(dependencies);
    }
    case 'reporting': {
      const { createScheduleKeeper } = await import('./schedules.ts');
      return [createScheduleKeeper(dependencies)];
    }
    case 'certification':
    case 'grading-auto':
    case 'grading-human':
    case 'feedback':
    case 'publication':
      return [];
  }
}
