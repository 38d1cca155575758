import type { DatabaseConfig } from '../platform/database-settings.ts';
import { createSecretBox } from '../platform/secret-box.ts';
import type { Kept, SecretKeeper } from '../platform/secret-keeper.ts';
import type { ReceiptSigner } from '../publication/receipts.ts';
import { ANSWER_MILLISECONDS, connectDatabase, postgresClock, usableDatabaseUrl, type Clock, type RecordContext } from './context.ts';
import { createStore, type Store } from './store.ts';

export type OpenStore = {
  readonly store: Store;
  readonly prisma: RecordContext['prisma'];
  /** Of its time: for what opens connections of its own. */
  readonly databaseUrl: Kept<string>;
};

/**
 * All records, for who serves: with the password of its time, and with an end to every wait. Connects at the first query.
 * Throws a ConfigurationError when DATABASE_URL is unusable. `clock` is another one in tests of deadlines only.
 */
export async function openStore({
  config,
  secrets,
  receipts,
  clock = postgresClock,
}: {
  config: DatabaseConfig;
  secrets: SecretKeeper;
  receipts: ReceiptSigner;
  clock?: Clock | undefined;
}): Promise<OpenStore> {
  const databaseUrl = await secrets.keep({ name: 'DATABASE_URL', value: config.DATABASE_URL, make: usableDatabaseUrl });
  const prisma = connectDatabase(config, { databaseUrl, answerMilliseconds: ANSWER_MILLISECONDS });
  const secretBox =
    config.SECRET_KEYS === undefined ? undefined : await secrets.keep({ name: 'SECRET_KEYS', value: config.SECRET_KEYS, make: createSecretBox });
  const replica = await openReplica(config, secrets);
  return { store: createStore({ prisma, clock, receipts, secretBox, replica }), prisma, databaseUrl };
}

async function openReplica(config: DatabaseConfig, secrets: SecretKeeper): Promise<RecordContext['replica']> {
  const { DATABASE_REPLICA_URL: value } = config;
  if (value === undefined) return undefined;
  const databaseUrl = await secrets.keep({ name: 'DATABASE_REPLICA_URL', value, make: usableDatabaseUrl });
  return connectDatabase(config, { databaseUrl, answerMilliseconds: ANSWER_MILLISECONDS });
}

/** What stores need that sign nothing, for commands: none runs so long that its password changes, and each waits as long as its queries take. */
export function openRecords(config: DatabaseConfig): RecordContext {
  const { DATABASE_REPLICA_URL: replicaUrl } = config;
  const replica = replicaUrl === undefined ? undefined : connectDatabase(config, { databaseUrl: { current: replicaUrl } });
  return { prisma: connectDatabase(config), replica, clock: postgresClock, secretBox: { current: createSecretBox(config.SECRET_KEYS) } };
}
