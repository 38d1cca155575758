/**
 * The Merkle tree of RFC 9162, section 2.1, over a log that only grows: a leaf is hashed with a zero before it, two subtrees with a one. Hashes
 * are SHA-256, which the caller brings: domain/ has none.
 */
export type Hash = Uint8Array;
export type Sha256 = (...parts: readonly Uint8Array[]) => Hash;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** MTH({d}) = HASH(0x00 || d). */
export const leafHash = (sha256: Sha256, leaf: Uint8Array): Hash => sha256(LEAF, leaf);

/** HASH(0x01 || left || right). */
export const nodeHash = (sha256: Sha256, left: Hash, right: Hash): Hash => sha256(NODE, left, right);

/** A whole subtree: the `index`-th of 2^level leaves. */
export type Subtree = { readonly level: number; readonly index: number };

/**
 * A tree as the roots of its whole subtrees from the left, the largest first: as many as its size has ones in binary. That is all it takes to
 * add leaves and tell the root.
 */
export type Frontier = { readonly size: number; readonly roots: readonly Hash[] };

const EMPTY_FRONTIER: Frontier = { size: 0, roots: [] };

/** A frontier that is added to in place. `onSubtree` hears of each subtree that becomes whole, its leaves aside. */
export class GrowingTree {
  readonly #sha256: Sha256;
  #size: number;
  readonly #roots: Hash[];

  constructor(sha256: Sha256, { size, roots }: Frontier = EMPTY_FRONTIER) {
    this.#sha256 = sha256;
    this.#size = size;
    this.#roots = [...roots];
  }

  add(leaf: Hash, onSubtree?: (subtree: Subtree, hash: Hash) => void): void {
    let hash = leaf;
    let index = this.#size;
    for (let level = 1; index % 2 === 1; level += 1) {
      const left = this.#roots.pop();
      if (!left) throw new RangeError(`a frontier of ${this.#size} leaves lacks a root`);
      hash = nodeHash(this.#sha256, left, hash);
      index = (index - 1) / 2;
      onSubtree?.({ level, index }, hash);
    }
    this.#roots.push(hash);
    this.#size += 1;
  }

  get size(): number {
    return this.#size;
  }

  get frontier(): Frontier {
    return { size: this.#size, roots: [...this.#roots] };
  }

  get root(): Hash {
    return rootOf(this.#sha256, this.frontier);
  }
}

/** MTH of the whole tree; of an empty one the hash of nothing. */
export function rootOf(sha256: Sha256, { roots }: Frontier): Hash {
  const [last, ...others] = roots.toReversed();
  return last ? others.reduce((right, left) => nodeHash(sha256, left, right), last) : sha256();
}

/** Gives the hash of a range of leaves that is a whole subtree. */
export type SubtreeReader = (subtree: Subtree) => Hash | Promise<Hash>;

/** MTH(D[from:to]): from its whole subtrees, as far as they go. */
async function hashOfRange(sha256: Sha256, read: SubtreeReader, { from, to }: { from: number; to: number }): Promise<Hash> {
  const width = to - from;
  const level = Math.log2(width);
  if (Number.isInteger(level) && from % width === 0) return read({ level, index: from / width });
  const middle = from + largestPowerBelow(width);
  const [left, right] = [await hashOfRange(sha256, read, { from, to: middle }), await hashOfRange(sha256, read, { from: middle, to })];
  return nodeHash(sha256, left, right);
}

/** PATH(m, D[size]), RFC 9162, section 2.1.3.1: the audit path of a leaf, from the leaf up. */
export async function inclusionProof(
  sha256: Sha256,
  read: SubtreeReader,
  { index, size }: { index: number; size: number },
): Promise<readonly Hash[]> {
  if (index < 0 || index >= size) throw new RangeError(`a tree of ${size} leaves has none of index ${index}`);
  const path: Hash[] = [];
  for (let [from, to] = [0, size]; to - from > 1;) {
    const middle = from + largestPowerBelow(to - from);
    const isLeft = index < middle;
    path.push(await hashOfRange(sha256, read, isLeft ? { from: middle, to } : { from, to: middle }));
    [from, to] = isLeft ? [from, middle] : [middle, to];
  }
  return path.toReversed();
}

/** PROOF(m, D[n]), RFC 9162, section 2.1.4.1: that the tree of `size` leaves begins with that of `earlier`. */
export async function consistencyProof(
  sha256: Sha256,
  read: SubtreeReader,
  { earlier, size }: { earlier: number; size: number },
): Promise<readonly Hash[]> {
  if (earlier < 1 || earlier > size) throw new RangeError(`a tree of ${size} leaves does not begin with one of ${earlier}`);
  const proof: Hash[] = [];
  let [from, to, whole] = [0, size, true];
  while (to !== earlier) {
    const middle = from + largestPowerBelow(to - from);
    if (earlier <= middle) {
      proof.push(await hashOfRange(sha256, read, { from: middle, to }));
      to = middle;
    } else {
      proof.push(await hashOfRange(sha256, read, { from, to: middle }));
      [from, whole] = [middle, false];
    }
  }
  if (!whole) proof.push(await hashOfRange(sha256, read, { from, to }));
  return proof.toReversed();
}

/** Whether a leaf is in the tree that has this root (RFC 9162, section 2.1.3.2). */
export function isIncluded(
  sha256: Sha256,
  { leaf, index, size, path, root }: { leaf: Hash; index: number; size: number; path: readonly Hash[]; root: Hash },
): boolean {
  if (index < 0 || index >= size) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sha256, sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else hash = nodeHash(sha256, hash, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && sameHash(hash, root);
}

/** Whether the tree of one root begins with that of the other (RFC 9162, section 2.1.4.2). */
export function isConsistent(
  sha256: Sha256,
  { earlier, earlierRoot, size, root, proof }: { earlier: number; earlierRoot: Hash; size: number; root: Hash; proof: readonly Hash[] },
): boolean {
  if (earlier === size) return proof.length === 0 && sameHash(earlierRoot, root);
  if (earlier < 1 || earlier > size) return false;
  const [first, ...rest] = Number.isInteger(Math.log2(earlier)) ? [earlierRoot, ...proof] : proof;
  if (!first) return false;
  let [node, last] = [earlier - 1, size - 1];
  while (node % 2 === 1) [node, last] = [(node - 1) / 2, Math.floor(last / 2)];
  let [was, is] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      [was, is] = [nodeHash(sha256, sibling, was), nodeHash(sha256, sibling, is)];
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else is = nodeHash(sha256, is, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && sameHash(was, earlierRoot) && sameHash(is, root);
}

function sameHash(one: Hash, other: Hash): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** The largest power of two below a width of at least two. */
function largestPowerBelow(width: number): number {
  return 2 ** Math.ceil(Math.log2(width) - 1);
}
