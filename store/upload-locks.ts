import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Kept } from '../platform/secret-keeper.ts';

/**
 * One writer an upload, over all replicas of the API: advisory locks of PostgreSQL, on one connection of each process. They
 * end with that connection, so a process that dies leaves nothing locked. The connection must be to PostgreSQL itself or
 * through a pooler of sessions: a pooler of transactions would hand the locks to others.
 */
export type UploadLocks = {
  /**
   * False when it was not to be had in time, or `signal` said to wait no longer. `onWanted` is called, maybe more than once,
   * when somebody else waits for the lock, or when it is lost with the connection: the holder shall come to an end.
   */
  readonly acquire: (uploadId: string, request: { readonly onWanted: () => void; readonly signal: AbortSignal }) => Promise<boolean>;
  readonly release: (uploadId: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Longer than a holder takes to come to an end when it is asked to. */
const WAIT_MILLISECONDS = 30_000;
const RETRY_MILLISECONDS = 200;
const CONNECT_MILLISECONDS = 5000;
const CHANNEL = 'upload_wanted';

/** Connects when first used. Rejects as any query does while PostgreSQL is away. */
export function createUploadLocks({ databaseUrl }: { databaseUrl: Kept<string> }): UploadLocks {
  /** What this process holds. The lock itself would let one connection in twice. */
  const holders = new Map<string, () => void>();
  let connection: Promise<pg.Client> | undefined;

  async function connect(onEnd: () => void): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: databaseUrl.current, connectionTimeoutMillis: CONNECT_MILLISECONDS, keepAlive: true });
    // Its end follows.
    client.on('error', () => {});
    client.on('end', onEnd);
    client.on('notification', ({ processId, payload = '' }) => {
      // Our own waiters ask the holder themselves.
      if (processId !== backendOf(client)) holders.get(payload)?.();
    });
    await client.connect();
    // PostgreSQL must notice soon when a machine is gone, since it keeps its locks until then.
    await client.query('SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3');
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  }

  function connected(): Promise<pg.Client> {
    if (connection) return connection;
    const opening = connect(() => {
      if (connection !== opening) return;
      connection = undefined;
      for (const onWanted of holders.values()) onWanted();
    });
    opening.catch(() => {
      if (connection === opening) connection = undefined;
    });
    connection = opening;
    return opening;
  }

  async function tryLock(uploadId: string, onWanted: () => void): Promise<boolean> {
    const holder = holders.get(uploadId);
    if (holder) {
      holder();
      return false;
    }
    holders.set(uploadId, () => {});
    try {
      const client = await connected();
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked', [uploadId]);
      if (rows[0]?.locked) {
        holders.set(uploadId, onWanted);
        return true;
      }
      holders.delete(uploadId);
      await client.query('SELECT pg_notify($1, $2)', [CHANNEL, uploadId]);
      return false;
    } catch (error) {
      holders.delete(uploadId);
      throw error;
    }
  }

  return {
    async acquire(uploadId, { onWanted, signal }) {
      const giveUpAt = Date.now() + WAIT_MILLISECONDS;
      while (!(await tryLock(uploadId, onWanted))) {
        if (signal.aborted || Date.now() > giveUpAt) return false;
        await pause(RETRY_MILLISECONDS);
      }
      return true;
    },

    async release(uploadId) {
      try {
        // No connection, no lock.
        const client = await connection?.catch(() => undefined);
        await client?.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [uploadId]).catch(() => client.end());
      } finally {
        holders.delete(uploadId);
      }
    },

    async close() {
      const client = await connection?.catch(() => undefined);
      await client?.end();
    },
  };
}

/** The server process that serves a connection; the driver has it, its types do not. */
function backendOf(client: pg.Client): number | undefined {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : undefined;
}
