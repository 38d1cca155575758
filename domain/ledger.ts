import { leafHash, type Hash, type Sha256 } from './merkle-tree.ts';

/** The ledger (docs/decisions/0025): one entry a record made, changed or removed, in the order in which they were entered. */

/** Entries of one attempt are chained in one shard, so that its trail can be followed without the others. */
export const LEDGER_SHARDS = 16;

/** `adopted`: the record was there before the ledger; `erased`: what was personal in it is gone, and `who` is the erasure (docs/decisions/0027). */
type LedgerAct = 'made' | 'changed' | 'removed' | 'adopted' | 'erased';

/** What an entry says before it has a place. Hashes are SHA-256, in hexadecimal. */
export type LedgerStatement = {
  /** ISO 8601, UTC, PostgreSQL's clock. */
  readonly at: string;
  /** The role of the database that wrote. */
  readonly byRole: string;
  readonly act: LedgerAct;
  /** The table of the record. */
  readonly kind: string;
  readonly record: string;
  readonly attemptId: string | null;
  /** The commitment to who did it; null where the record names nobody. */
  readonly who: string | null;
  /** The commitment to what the record said. */
  readonly content: string;
};

/** Its place in the tree and in the chain of its shard. */
export type LedgerPlace = {
  readonly position: number;
  readonly shard: number;
  readonly shardIndex: number;
  /** The hash of the entry before it in its shard; zeros before the first. */
  readonly previous: string;
};

/** The text of an entry as a leaf: JSON in the form of RFC 8785, its names in their order. */
export function leafOf({
  at,
  byRole,
  act,
  kind,
  record,
  attemptId,
  who,
  content,
  position,
  shard,
  shardIndex,
  previous,
}: LedgerStatement & LedgerPlace): string {
  return JSON.stringify({ act, at, attemptId, byRole, content, kind, position, previous, record, shard, shardIndex, who });
}

/** The hash of an entry: a leaf of the tree, and what the next one of its shard names. */
export function entryHash(sha256: Sha256, entry: LedgerStatement & LedgerPlace): Hash {
  return leafHash(sha256, new TextEncoder().encode(leafOf(entry)));
}

/** By attempt; what is of none, by record. */
export function shardOf(sha256: Sha256, { attemptId, kind, record }: Pick<LedgerStatement, 'attemptId' | 'kind' | 'record'>): number {
  const [byte = 0] = sha256(new TextEncoder().encode(attemptId ?? `${kind} ${record}`));
  return byte % LEDGER_SHARDS;
}

/** What a signed tree head states. */
export type TreeHead = {
  readonly issuer: string;
  readonly size: number;
  /** In hexadecimal. */
  readonly root: string;
  /** ISO 8601, UTC; no head is of an earlier instant than the one before it. */
  readonly at: string;
};
