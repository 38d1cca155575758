export type BatchLimits = { readonly maxCount: number; readonly maxBytes: number };

/** Cuts what there is, in order, into batches within the limits. What is above the limit of bytes is a batch of its own. */
export function intoBatches<Part extends { readonly sizeBytes: number }>(parts: readonly Part[], { maxCount, maxBytes }: BatchLimits): Part[][] {
  const batches: Part[][] = [];
  let current: Part[] = [];
  let currentBytes = 0;
  for (const part of parts) {
    if (current.length > 0 && (current.length === maxCount || currentBytes + part.sizeBytes > maxBytes)) {
      batches.push(current);
      [current, currentBytes] = [[], 0];
    }
    current.push(part);
    currentBytes += part.sizeBytes;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
