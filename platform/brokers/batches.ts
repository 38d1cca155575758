export type BatchLimits = { readonly maxItems: number; readonly maxBytes: number };

/** Cuts the items, in order, into batches within the limits. An item above the limit of bytes is a batch of its own. */
export function intoBatches<Item extends { readonly sizeBytes: number }>(items: readonly Item[], { maxItems, maxBytes }: BatchLimits): Item[][] {
  const batches: Item[][] = [];
  let current: Item[] = [];
  let currentBytes = 0;
  for (const item of items) {
    if (current.length > 0 && (current.length === maxItems || currentBytes + item.sizeBytes > maxBytes)) {
      batches.push(current);
      [current, currentBytes] = [[], 0];
    }
    current.push(item);
    currentBytes += item.sizeBytes;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
