import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { intraclassCorrelation, weightedKappa, type Estimate } from '../../domain/agreement.ts';

/** Kappa and ICC against statsmodels and pingouin, on marks drawn from a fixed seed. */

const SCRIPT = fileURLToPath(new URL('agreement.py', import.meta.url));
const NEEDED = 'Python with statsmodels 0.15 and pingouin 0.7 (pip install statsmodels pingouin) as the python3 on PATH';
const isThere = spawnSync('python3', ['-c', 'import statsmodels, pingouin']).status === 0;
if (!isThere) console.warn(`skipped: kappa and ICC are not compared with other implementations; that takes ${NEEDED}`);

type Pair = readonly [number, number];

function* drawn(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

/** Of 2 to 200 scripts, with markers from careless to careful, on scales of 2 to 11 marks. */
function draw(count: number): readonly (readonly Pair[])[] {
  const random = drawn(20_261_129);
  const next = () => random.next().value;
  const lists = Array.from({ length: count }, () => {
    const [scripts, top, care] = [2 + Math.floor(next() * 199), 1 + Math.floor(next() * 10), next()];
    const mark = () => Math.floor(next() * (top + 1));
    return Array.from({ length: scripts }, (): Pair => {
      const first = mark();
      return [first, next() < care ? first : mark()];
    });
  });
  // Where all marks are the same, or the markers never differ, the others divide by nothing.
  return lists.filter((pairs) => new Set(pairs.flat()).size > 1 && pairs.some(([first, second]) => first !== second));
}

const numbers = (estimate: Estimate | undefined) => (estimate ? [estimate.value, estimate.low, estimate.high] : []);
const clipped = ([value = 0, low = 0, high = 0]: readonly number[]) => [value, Math.max(low, -1), Math.min(high, 1)];

it.skipIf(!isThere)('kappa and ICC with their intervals are to a millionth what statsmodels and pingouin say', () => {
  const lists = draw(100);
  const { stdout, stderr, status } = spawnSync('python3', ['-W', 'ignore', SCRIPT], { input: JSON.stringify(lists), encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const theirs = JSON.parse(stdout) as readonly { readonly kappa: readonly number[]; readonly icc: readonly number[] }[];
  expect(theirs).toHaveLength(lists.length);
  for (const [index, list] of lists.entries()) {
    const pairs = list.map(([first, second]) => ({ first, second }));
    const expected = theirs[index];
    for (const [place, value] of clipped(expected?.kappa ?? []).entries()) expect(numbers(weightedKappa(pairs))[place]).toBeCloseTo(value, 6);
    for (const [place, value] of (expected?.icc ?? []).entries()) expect(numbers(intraclassCorrelation(pairs))[place]).toBeCloseTo(value, 6);
  }
});
