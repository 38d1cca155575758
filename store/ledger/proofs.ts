import { leafOf } from '../../domain/ledger.ts';
import { consistencyProof, inclusionProof } from '../../domain/merkle-tree.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { LEDGER_FORMS } from './forms.ts';
import { hexOf, PLACE, readLastHead, sha256, STATEMENT, type EnteredRow, type SignedHead } from './rows.ts';
import { subtreeReader } from './subtrees.ts';
import { contentOf } from './triggers.ts';

/** What a candidate may have of the ledger: their own acts and what was decided of them. Of marking it would tell when, and how often. */
const OWN_KINDS: ReadonlySet<string> = new Set(['attempt', 'sitting', 'extension', 'submission', 'decision', 'appeal', 'certificate']);

/** One entry of an attempt, with what proves that it is in the ledger. */
type LedgerProof = {
  readonly position: number;
  /** What the tree has the hash of. */
  readonly leaf: string;
  /** RFC 9162's audit path to the root of the head, in hexadecimal; null while no head counts the entry. */
  readonly path: readonly string[] | null;
  /** By which the record is found in the entry; null where it has a newer one, or its reader may not have it. */
  readonly opening: { readonly salt: string; readonly content: string } | null;
  /** Null to candidates, and where the record names nobody. */
  readonly who: string | null;
};

export type LedgerProofs = {
  readonly head: SignedHead | undefined;
  readonly entries: readonly LedgerProof[];
  /** Entries that wait for their place. */
  readonly waiting: number;
};

/** Heads of the ledger, newest first. */
export async function readHeads({ prisma }: RecordContext, limit: number): Promise<readonly SignedHead[]> {
  const heads = await prisma.ledgerHead.findMany({ orderBy: { number: 'desc' }, take: limit, include: { stamp: true } });
  return heads.map(({ size, signedAt, jws, stamp }) => ({ size: Number(size), signedAt, jws, stamp }));
}

/** That the ledger of one head begins with that of another, by RFC 9162, in hexadecimal. Refused as not found beyond what is entered. */
export async function proveConsistency({ prisma }: RecordContext, { earlier, size }: { earlier: number; size: number }): Promise<readonly string[]> {
  const { size: entered } = await prisma.ledgerState.findUniqueOrThrow({ where: { id: 1 } });
  if (size > entered) throw new Refusal('not_found', `The ledger has ${entered} entries so far.`);
  if (earlier > size)
    throw new Refusal('not_found', `No ledger of ${size} entries begins with one of ${earlier}: the earlier head is the smaller one.`);
  return (await consistencyProof(sha256, subtreeReader(prisma), { earlier, size })).map(hexOf);
}

/**
 * The entries of an attempt in their order, with their proofs: all of them, or, for its candidate, those of what is theirs. Refused as not found where
 * the attempt is not theirs.
 */
export function readProofs(context: RecordContext, { attemptId, subject }: { attemptId: string; subject?: string }): Promise<LedgerProofs> {
  return inTransaction(context, async (tx) => {
    if (subject !== undefined && (await tx.attempt.count({ where: { id: attemptId, candidate: { subject } } })) === 0)
      throw new Refusal('not_found', 'You have no such attempt.');
    const isShown = ({ kind }: { kind: string }) => subject === undefined || OWN_KINDS.has(kind);
    const head = await readLastHead(tx);
    const size = head?.size ?? 0;
    const rows = (await readEntries(tx, attemptId)).filter(isShown);
    const openings = subject === undefined ? new Map<string, string>() : await readOpenings(tx, attemptId);
    const read = subtreeReader(tx);
    const entries: LedgerProof[] = [];
    for (const { hash: _hash, salt, whoInClear, ...entry } of rows) {
      const isNewest = !rows.some(({ kind, record, position }) => kind === entry.kind && record === entry.record && position > entry.position);
      const content = isNewest ? openings.get(`${entry.kind} ${entry.record}`) : undefined;
      const path = entry.position < size ? (await inclusionProof(sha256, read, { index: entry.position, size })).map(hexOf) : null;
      entries.push({
        position: entry.position,
        leaf: leafOf(entry),
        path,
        opening: content === undefined ? null : { salt, content },
        who: subject === undefined ? whoInClear : null,
      });
    }
    const waiting = await tx.ledgerPending.findMany({ where: { attemptId }, select: { kind: true } });
    return { head, entries, waiting: waiting.filter(isShown).length };
  });
}

async function readEntries(tx: Transaction, attemptId: string): Promise<readonly (EnteredRow & { salt: string; whoInClear: string | null })[]> {
  return tx.$queryRaw`
    SELECT ${STATEMENT}, ${PLACE}, encode(e.hash, 'hex') AS hash, encode(e.salt, 'hex') AS salt, e.who AS "whoInClear"
    FROM ledger_entry e WHERE e.attempt_id = ${attemptId}::uuid ORDER BY e.position`;
}

/** What the records of an attempt that are its candidate's say, by kind and record. */
async function readOpenings(tx: Transaction, attemptId: string): Promise<ReadonlyMap<string, string>> {
  const parts = LEDGER_FORMS.filter(({ kind }) => OWN_KINDS.has(kind)).map(
    (form) => Prisma.sql`SELECT ${`${form.kind} `} || ${Prisma.raw(form.record)} AS key, ${Prisma.raw(contentOf(form))} AS content
      FROM ${Prisma.raw(`"${form.kind}"`)} r WHERE r.id IN (
        SELECT e.record::uuid FROM ledger_entry e WHERE e.attempt_id = ${attemptId}::uuid AND e.kind = ${form.kind})`,
  );
  const rows = await tx.$queryRaw<{ key: string; content: string }[]>(Prisma.join(parts, ' UNION ALL '));
  return new Map(rows.map(({ key, content }) => [key, content]));
}
