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
 * Measures sides by turns, each time another one first, so that a machine that is getting slower or faster favours none. A warm-up round comes
 * first and is dropped.
 */
export async function inTurns<Side extends string, Value>(
  rounds: number,
  measures: Readonly<Record<Side, () => Promise<Value>>>,
  onRound: (round: number, values: Readonly<Record<Side, Value>>) => void,
): Promise<readonly Readonly<Record<Side, Value>>[]> {
  const sides = Object.keys(measures) as Side[];
  const measured: Readonly<Record<Side, Value>>[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const values: Partial<Record<Side, Value>> = {};
    for (const index of sides.keys()) {
      const side = sides[(index + round) % sides.length] as Side;
      values[side] = await measures[side]();
    }
    onRound(round, values as Record<Side, Value>);
    if (round > 0) measured.push(values as Record<Side, Value>);
  }
  return measured;
}

/** Two of them. */
export function alternate<Value>(
  rounds: number,
  measure: Pair<() => Promise<Value>>,
  onRound: (round: number, values: Pair<Value>) => void,
): Promise<readonly Pair<Value>[]> {
  return inTurns(rounds, measure, onRound);
}
