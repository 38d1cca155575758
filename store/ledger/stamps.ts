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
