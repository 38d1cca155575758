import type { Period } from '../domain/report.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { firstIdAt } from './ids.ts';

/** Ids are of the clock of whoever writes, instants of PostgreSQL's: no two are a day apart. */
const DAY_MILLISECONDS = 86_400_000;

/** What was made in a period, and a little before and after it, as a range of a primary key. */
export function idsWithin(id: Prisma.Sql, { since, until }: Period): Prisma.Sql {
  const [first, last] = [since.getTime() - DAY_MILLISECONDS, until.getTime() + DAY_MILLISECONDS];
  return Prisma.sql`${id} >= ${firstIdAt(first)}::uuid AND ${id} < ${firstIdAt(last)}::uuid`;
}
