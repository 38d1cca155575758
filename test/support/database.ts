import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { exportJWK, generateKeyPair } from 'jose';
import { inject } from 'vitest';
import { createReceiptSigner, type ReceiptSigner } from '../../publication/receipts.ts';
import { connectDatabase, postgresClock, type Clock } from '../../store/context.ts';
import { createStore, type Store } from '../../store/store.ts';
import { asRunning } from './running-login.ts';

/** A database of its own for one test file, copied from the migrated template. The URL is its owner's, who may change and tamper with all of it. */
export async function createDatabase(): Promise<{ databaseUrl: string; drop: () => Promise<void> }> {
  const template = new URL(inject('templateDatabaseUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = new URL(template);
  admin.pathname = '/postgres';
  await runSql(admin.href, `CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`);
  const own = new URL(template);
  own.pathname = `/${name}`;
  return { databaseUrl: own.href, drop: () => runSql(admin.href, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function runSql(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A JWK Set with a fresh private Ed25519 key, as RECEIPT_KEYS wants it. */
export async function receiptKeys(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return JSON.stringify({ keys: [await exportJWK(privateKey)] });
}

export type TestStore = {
  /** May do what any process may. */
  readonly store: Store;
  /** Its owner's. */
  readonly databaseUrl: string;
  readonly receipts: ReceiptSigner;
  readonly close: () => Promise<void>;
};

/** The real store on a database of its own. */
export async function createTestStore({ clock = postgresClock, poolSize = 20 }: { clock?: Clock; poolSize?: number } = {}): Promise<TestStore> {
  const { databaseUrl, drop } = await createDatabase();
  const receipts = await createReceiptSigner({ keys: await receiptKeys(), issuer: 'http://localhost' });
  const store = createStore({ prisma: connectDatabase({ DATABASE_URL: asRunning(databaseUrl), DATABASE_POOL_SIZE: poolSize }), clock, receipts });
  return {
    store,
    databaseUrl,
    receipts,
    close: async () => {
      await store.close();
      await drop();
    },
  };
}
