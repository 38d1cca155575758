import { createHash } from 'node:crypto';
import type { LedgerPlace, LedgerStatement } from '../../domain/ledger.ts';
import type { Hash, Sha256 } from '../../domain/merkle-tree.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import type { KeptStamp } from './stamps.ts';

export const sha256: Sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

export const hexOf = (hash: Hash): string => Buffer.from(hash).toString('hex');
export const fromHex = (text: string): Hash => Buffer.from(text, 'hex');

/** What an entry says, as its leaf has it: read from `ledger_pending` or `ledger_entry`, named `e`. */
export const STATEMENT = Prisma.sql`
  to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, e.by_role AS "byRole", e.act, e.kind, e.record, e.attempt_id AS "attemptId",
  encode(coalesce(e.who_hash, sha256(e.salt || convert_to('who ' || e.who, 'UTF8'))), 'hex') AS who, encode(e.content, 'hex') AS content`;

/** Its place: of `ledger_entry` alone, named `e`. */
export const PLACE = Prisma.sql`
  e.position::float8 AS position, e.shard, e.shard_index::float8 AS "shardIndex", encode(e.previous, 'hex') AS previous`;

export type EnteredRow = LedgerStatement & LedgerPlace & { readonly hash: string };

export type SignedHead = {
  readonly size: number;
  readonly signedAt: Date;
  readonly jws: string;
  /** Where somebody else has stamped it. */
  readonly stamp: KeptStamp | null;
};

/** The newest head; undefined before the first. */
export async function readLastHead(tx: Pick<Transaction, 'ledgerHead'>): Promise<SignedHead | undefined> {
  const head = await tx.ledgerHead.findFirst({ orderBy: { number: 'desc' }, include: { stamp: true } });
  return head ? { size: Number(head.size), signedAt: head.signedAt, jws: head.jws, stamp: head.stamp } : undefined;
}
