import type { Period } from '../../domain/report.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { idsWithin } from '../ids-within.ts';
import { readWork, type WorkRecord } from '../pay/work.ts';

/** Nobody holds a script for a quarter of a year: leases last hours, the promise a week. By their ids the claims of a period are a range of the key. */
const HELD_DAYS_MAX = 92;

/** Of every claim that ended in a period, what it came to. */
export function readWorkEnded(tx: Transaction, { since, until }: Period): Promise<readonly WorkRecord[]> {
  const claimed = { since: new Date(since.getTime() - HELD_DAYS_MAX * 86_400_000), until };
  return readWork(tx, {
    claims: Prisma.sql`SELECT * FROM claim WHERE ${idsWithin(Prisma.sql`id`, claimed)}`,
    ended: Prisma.sql`ending.at >= ${since} AND ending.at < ${until}`,
  });
}
