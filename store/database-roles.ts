import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../platform/logging.ts';
import { differencesOf, type Differences, type Grant } from '../prisma/grants.ts';
import { roleCreation } from '../prisma/roles.ts';
import { connectionsOf, type RecordContext } from './context.ts';

export { roleCreation, type Differences, type Grant };

/** How the privileges of all roles are other than they should be. Any login may ask. */
export function roleDifferences({ prisma }: Pick<RecordContext, 'prisma'>, prefix: string): Promise<Differences> {
  return differencesOf(connectionsOf(prisma), prefix);
}

/**
 * Whether this login could change what is append-only, or switch off what keeps it so: the owner of the tables could, and a superuser. It can where an
 * installation has one login for everything.
 */
export async function mayRewriteRecords({ prisma }: Pick<RecordContext, 'prisma'>): Promise<boolean> {
  const { rows } = await connectionsOf(prisma).query<{ may: boolean }>(
    `SELECT has_table_privilege('mark', 'UPDATE, DELETE, TRUNCATE')
       OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'mark'::regclass), 'MEMBER') AS may`,
  );
  return rows[0]?.may ?? false;
}

const ASK_AGAIN_MILLISECONDS = 60_000;

/** Says so in the log, once the database answers, where this process has the owner's login. Never rejects, and keeps no process alive. */
export async function warnOfOwnersLogin(context: Pick<RecordContext, 'prisma'>, logger: Logger): Promise<void> {
  for (;;) {
    const may = await mayRewriteRecords(context).catch(() => undefined);
    if (may)
      logger.warn('this process reaches PostgreSQL as the owner of the tables, and could change what must never change: give it a login of its own');
    if (may !== undefined) return;
    await pause(ASK_AGAIN_MILLISECONDS, undefined, { ref: false });
  }
}
