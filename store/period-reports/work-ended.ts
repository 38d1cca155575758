import type { Period } from '../../domain/report.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { readWork, type WorkRecord } from '../pay/work.ts';

/** How long past its due date work may have gone on at what was withdrawn in the end: leases last hours, the promise a week. */
const OVERDUE_DAYS_MAX = 92;

/** Of every claim that ended in a period, what it came to: of those given back, completed and withdrawn by an index each, however long they were held. */
export function readWorkEnded(tx: Transaction, { since, until }: Period): Promise<readonly WorkRecord[]> {
  const dueSince = new Date(since.getTime() - OVERDUE_DAYS_MAX * 86_400_000);
  return readWork(tx, {
    claims: Prisma.sql`
      SELECT * FROM claim WHERE released_at >= ${since} AND released_at < ${until}
      UNION ALL
      SELECT c.* FROM assignment done JOIN claim c ON c.assignment_id = done.id AND c.released_at IS NULL
      WHERE done.state = 'completed' AND done.completed_at >= ${since} AND done.completed_at < ${until}
      UNION ALL
      SELECT c.* FROM assignment ended JOIN claim c ON c.assignment_id = ended.id AND c.released_at IS NULL WHERE ended.state = 'void' AND ended.due_at >= ${dueSince}`,
    ended: Prisma.sql`ending.at >= ${since} AND ending.at < ${until}`,
  });
}
