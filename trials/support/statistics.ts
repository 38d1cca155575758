/** What a benchmark says of its rounds. */

/** The middle value, or the mean of the two in the middle. Throws a RangeError for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('there is no median of nothing');
  return (lower + upper) / 2;
}

/** The smallest value that at least this share of all does not exceed (nearest rank); `percent` is above 0. Throws a RangeError for none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.ceil((sorted.length * percent) / 100) - 1];
  if (value === undefined) throw new RangeError('there is no percentile of nothing');
  return value;
}

/** So that figures read the same everywhere: 0.7349 → 0.735. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

export type Pair<Value> = { readonly ours: Value; readonly baseline: Value };

/**
 * Measures both sides alternately, ours first in one round and second in the next, so that a machine that is getting
 * slower or faster favours neither. A warm-up round comes first and is dropped.
 */
export async function alternate<Value>(
  rounds: number,
  measure: Pair<() => Promise<Value>>,
  onRound: (round: number, values: Pair<Value>) => void,
): Promise<readonly Pair<Value>[]> {
  const measured: Pair<Value>[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const values = round % 2 === 0 ? await inOrder(measure) : await inReverse(measure);
    onRound(round, values);
    if (round > 0) measured.push(values);
  }
  return measured;
}

async function inOrder<Value>(measure: Pair<() => Promise<Value>>): Promise<Pair<Value>> {
  const ours = await measure.ours();
  return { ours, baseline: await measure.baseline() };
}

async function inReverse<Value>(measure: Pair<() => Promise<Value>>): Promise<Pair<Value>> {
  const baseline = await measure.baseline();
  return { ours: await measure.ours(), baseline };
}
