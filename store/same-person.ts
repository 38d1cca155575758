import { createHash } from 'node:crypto';
import { foldedAddress } from '../domain/mail-address.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { foldedColumn } from './addresses.ts';
import type { Transaction } from './context.ts';
import type { Person } from './interests.ts';

/** By which one verified address is known again without being kept. */
export function mailHashOf(email: string | undefined): string | null {
  return email === undefined ? null : createHash('sha256').update(foldedAddress(email)).digest('hex');
}

/**
 * Whether a person is who is recorded under a subject: the same one, or another account with the same verified address, as far as any token
 * of theirs told it. Two accounts with two addresses are two persons to us.
 */
export async function isSamePerson(tx: Pick<Transaction, '$queryRaw'>, { subject, email }: Person, recorded: string): Promise<boolean> {
  if (subject === recorded) return true;
  if (email === undefined) return false;
  const address = foldedAddress(email);
  const has = (table: 'staff_member' | 'grader' | 'candidate') =>
    Prisma.sql`EXISTS (SELECT 1 FROM ${Prisma.raw(table)} p WHERE p.subject = ${recorded} AND ${Prisma.raw(foldedColumn('p.email'))} = ${address})`;
  const [row] = await tx.$queryRaw<{ same: boolean }[]>`SELECT ${has('staff_member')} OR ${has('grader')} OR ${has('candidate')} AS same`;
  return row?.same ?? false;
}
