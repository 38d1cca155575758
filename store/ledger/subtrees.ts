import { GrowingTree, type Hash, type SubtreeReader } from '../../domain/merkle-tree.ts';
import type { Transaction } from '../context.ts';
import { sha256 } from './rows.ts';

/** Subtrees of these levels are kept: 8, 16, 24 … Any other is computed of at most 255 hashes below it. */
export const NODE_LEVELS = 8;

/** Reads subtrees of the ledger that are whole. Throws an Error when a hash that is needed is not there. */
export function subtreeReader(tx: Pick<Transaction, '$queryRaw'>): SubtreeReader {
  return async ({ level, index }) => {
    const below = Math.floor(level / NODE_LEVELS) * NODE_LEVELS;
    const count = 2 ** (level - below);
    const first = index * count;
    const hashes =
      below === 0
        ? await tx.$queryRaw<
            { hash: Hash }[]
          >`SELECT hash FROM ledger_entry WHERE position >= ${first} AND position < ${first + count} ORDER BY position`
        : await tx.$queryRaw<{ hash: Hash }[]>`
            SELECT hash FROM ledger_node WHERE level = ${below} AND index >= ${first} AND index < ${first + count} ORDER BY index`;
    if (hashes.length !== count)
      throw new Error(`the ledger lacks hashes of its entries from ${index * 2 ** level} on: it has ${hashes.length} of ${count}`);
    const tree = new GrowingTree(sha256);
    for (const { hash } of hashes) tree.add(hash);
    return tree.root;
  };
}
