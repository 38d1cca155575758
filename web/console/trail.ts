import type { LedgerProofs } from '../generated/client.ts';

const ACTS = ['made', 'changed', 'removed', 'adopted', 'erased'] as const;
export type TrailEntry = {
  readonly position: number;
  readonly at: string;
  readonly act: (typeof ACTS)[number];
  /** The table, and the record in it. */
  readonly kind: string;
  readonly record: string;
  readonly who: string | null;
  readonly byRole: string;
  readonly isCounted: boolean;
};

type Leaf = Pick<TrailEntry, 'at' | 'act' | 'kind' | 'record' | 'byRole'>;

/** What the entries of a trail say, as their leaves have it, to the byte that is proved. */
export function entriesOf({ entries }: Pick<LedgerProofs, 'entries'>): readonly TrailEntry[] {
  return entries.map(({ position, leaf, who, path }) => {
    const { at, act, kind, record, byRole } = JSON.parse(leaf) as Leaf;
    return { position, at, act, kind, record, byRole, who, isCounted: path !== null };
  });
}
