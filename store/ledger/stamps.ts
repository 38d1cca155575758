import type { RecordContext } from '../context.ts';

/** That somebody else saw a head of the ledger, and when: a time stamp token (RFC 3161) over the bytes of its JWS. */
export type KeptStamp = { readonly stampedAt: Date; readonly token: Uint8Array };

/**
 * The newest head, where nobody has stamped it yet. Those before it need none any more: whoever saw this one saw all that they count.
 */
export async function newestUnstamped({ prisma }: RecordContext): Promise<{ readonly number: number; readonly jws: string } | undefined> {
  const head = await prisma.ledgerHead.findFirst({
    orderBy: { number: 'desc' },
    select: { number: true, jws: true, stamp: { select: { headNumber: true } } },
  });
  return head && head.stamp === null ? { number: head.number, jws: head.jws } : undefined;
}

/** The first stays, whoever else stamped it meanwhile. */
export async function keepStamp({ prisma }: RecordContext, { number, stampedAt, token }: KeptStamp & { number: number }): Promise<void> {
  await prisma.ledgerStamp.createMany({ data: [{ headNumber: number, stampedAt, token: Uint8Array.from(token) }], skipDuplicates: true });
}

/** Of the heads that nobody has stamped, nor a later one: the age of the oldest, in seconds; 0 where there is none. */
export async function unstampedSeconds({ prisma }: RecordContext): Promise<number> {
  const [row] = await prisma.$queryRaw<[{ age: number }]>`
    SELECT greatest(coalesce(extract(epoch FROM clock_timestamp() - min(h.signed_at)), 0), 0)::float8 AS age FROM ledger_head h
    WHERE h.number > coalesce((SELECT max(s.head_number) FROM ledger_stamp s), 0)`;
  return row.age;
}
