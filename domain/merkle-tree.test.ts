import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  GrowingTree,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  nodeHash,
  rootOf,
  type Hash,
  type Sha256,
  type Subtree,
} from './merkle-tree.ts';

const sha256: Sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const hex = (hash: Hash) => Buffer.from(hash).toString('hex');

/** The leaves and roots of the test suite that Certificate Transparency's own implementations share. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** A tree by its definition: recursion over all leaves. */
function plainRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0] as Hash;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return nodeHash(sha256, plainRoot(leaves.slice(0, half)), plainRoot(leaves.slice(half)));
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => leafHash(sha256, Buffer.from(`leaf ${index}`)));
const readerOf =
  (leaves: readonly Hash[]) =>
  ({ level, index }: Subtree): Hash =>
    plainRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));

describe('the tree of RFC 9162', () => {
  it('has the roots that Certificate Transparency has for the same leaves', () => {
    const tree = new GrowingTree(sha256);
    expect(hex(tree.root)).toBe(ROOTS[0]);
    for (const [index, leaf] of LEAVES.entries()) {
      tree.add(leafHash(sha256, Buffer.from(leaf, 'hex')));
      expect(hex(tree.root)).toBe(ROOTS[index + 1]);
    }
  });

  it('goes on from its frontier as if it had never stopped, and tells of each subtree once', () => {
    const leaves = leavesOf(40);
    for (let stop = 0; stop < leaves.length; stop += 1) {
      const first = new GrowingTree(sha256);
      for (const leaf of leaves.slice(0, stop)) first.add(leaf);
      const heard: string[] = [];
      const second = new GrowingTree(sha256, first.frontier);
      for (const leaf of leaves.slice(stop))
        second.add(leaf, (subtree, hash) => {
          heard.push(`${subtree.level}/${subtree.index}`);
          expect(hex(hash)).toBe(hex(readerOf(leaves)(subtree)));
        });
      expect(hex(second.root)).toBe(hex(plainRoot(leaves)));
      expect(new Set(heard).size).toBe(heard.length);
    }
    expect(hex(rootOf(sha256, { size: 0, roots: [] }))).toBe(ROOTS[0]);
  });

  it('proves each leaf of each tree, and no other leaf, place, size or root', async () => {
    const leaves = leavesOf(34);
    for (let size = 1; size <= leaves.length; size += 1) {
      const root = plainRoot(leaves.slice(0, size));
      for (let index = 0; index < size; index += 1) {
        const leaf = leaves[index] as Hash;
        const path = await inclusionProof(sha256, readerOf(leaves), { index, size });
        const proven = { leaf, index, size, path, root };
        expect(isIncluded(sha256, proven), `leaf ${index} of ${size}`).toBe(true);
        expect(isIncluded(sha256, { ...proven, leaf: sha256(leaf) })).toBe(false);
        expect(isIncluded(sha256, { ...proven, root: sha256(root) })).toBe(false);
        expect(isIncluded(sha256, { ...proven, index: size })).toBe(false);
        expect(isIncluded(sha256, { ...proven, path: [...path, leaf] })).toBe(false);
        if (size > 1) expect(isIncluded(sha256, { ...proven, index: index === 0 ? 1 : index - 1 })).toBe(false);
        if (path.length > 0) expect(isIncluded(sha256, { ...proven, path: path.slice(1) })).toBe(false);
      }
    }
  });

  it('proves that each tree begins with each earlier one, and with nothing else', async () => {
    const leaves = leavesOf(34);
    for (let size = 1; size <= leaves.length; size += 1) {
      const root = plainRoot(leaves.slice(0, size));
      for (let earlier = 1; earlier <= size; earlier += 1) {
        const earlierRoot = plainRoot(leaves.slice(0, earlier));
        const proof = await consistencyProof(sha256, readerOf(leaves), { earlier, size });
        const proven = { earlier, earlierRoot, size, root, proof };
        expect(isConsistent(sha256, proven), `${earlier} of ${size}`).toBe(true);
        expect(isConsistent(sha256, { ...proven, earlierRoot: sha256(root) })).toBe(false);
        expect(isConsistent(sha256, { ...proven, root: sha256(root) })).toBe(false);
        if (proof.length > 0) expect(isConsistent(sha256, { ...proven, proof: proof.slice(1) })).toBe(false);
        if (earlier < size) expect(isConsistent(sha256, { ...proven, proof: [...proof, root] })).toBe(false);
      }
    }
  });

  it('names a leaf and a tree that there is not', async () => {
    await expect(inclusionProof(sha256, readerOf([]), { index: 3, size: 3 })).rejects.toThrow('a tree of 3 leaves has none of index 3');
    await expect(consistencyProof(sha256, readerOf([]), { earlier: 4, size: 3 })).rejects.toThrow('a tree of 3 leaves does not begin with one of 4');
  });
});
