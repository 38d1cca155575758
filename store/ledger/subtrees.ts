import { GrowingTree, type Hash, type SubtreeReader } from '../../domain/merkle-tree.ts';
import type { Transaction } from '../context.ts';
import { sha256 } from './rows.ts';

/** Subtrees of these levels are kept: 8, 16, 24 … Any other is computed of the hashes of the kept level below it. */
export const NODE_LEVELS = 8;
const TILE = 2 ** NODE_LEVELS;

/**
 * Reads subtrees of the ledger that are whole, by tiles of 256 hashes, each once. Throws an Error when a hash that is needed is not there.
 */
export function subtreeReader(tx: Pick<Transaction, '$queryRaw'>): SubtreeReader {
  const tiles = new Map<string, Promise<readonly Hash[]>>();

  function tileOf(level: number, tile: number): Promise<readonly Hash[]> {
    const key = `${level}/${tile}`;
    const known = tiles.get(key) ?? readTile(tx, { level, from: tile * TILE });
    tiles.set(key, known);
    return known;
  }

  return async ({ level, index }) => {
    const below = Math.floor(level / NODE_LEVELS) * NODE_LEVELS;
    const count = 2 ** (level - below);
    const first = index * count;
    const hashes = (await tileOf(below, Math.floor(first / TILE))).slice(first % TILE, (first % TILE) + count);
    if (hashes.length !== count)
      throw new Error(`the ledger lacks hashes of its entries from ${index * 2 ** level} on: it has ${hashes.length} of ${count}`);
    const tree = new GrowingTree(sha256);
    for (const hash of hashes) tree.add(hash);
    return tree.root;
  };
}

async function readTile(tx: Pick<Transaction, '$queryRaw'>, { level, from }: { level: number; from: number }): Promise<readonly Hash[]> {
  const rows = await (level === 0
    ? tx.$queryRaw<{ hash: Hash }[]>`SELECT hash FROM ledger_entry WHERE position >= ${from} AND position < ${from + TILE} ORDER BY position`
    : tx.$queryRaw<
        { hash: Hash }[]
      >`SELECT hash FROM ledger_node WHERE level = ${level} AND index >= ${from} AND index < ${from + TILE} ORDER BY index`);
  return rows.map(({ hash }) => hash);
}
