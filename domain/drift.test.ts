import { mean } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../trials/people/random.ts';
import { DRIFT, driftIn, usualOf, USUAL_SCRIPTS_MIN } from './drift.ts';

function normals(label: string): () => number {
  const random = seededRandom('drift', label);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many observations until the signal, in the mean over many series. */
function runLength(shift: number, series: number): number {
  const draw = normals(`shift ${shift}`);
  const lengths = Array.from({ length: series }, () => {
    // Drawn on until it signals: the sums of what was drawn so far are the same again.
    const drawn: number[] = [];
    for (;;) {
      for (let more = Math.max(50, drawn.length); more > 0; more -= 1) drawn.push(draw() + shift);
      const drift = driftIn(drawn);
      if (drift) return drift.at + 1;
    }
  });
  return mean(lengths);
}

/** Siegmund (1985), of one side: the mean run length of a CUSUM under a shift. */
function siegmund(shift: number): number {
  const [delta, bound] = [shift - DRIFT.reference, DRIFT.limit + 1.166];
  return (Math.exp(-2 * delta * bound) + 2 * delta * bound - 1) / (2 * delta ** 2);
}

describe('the CUSUM of a grader’s differences', () => {
  it('errs as seldom as its literature says: once in more than a thousand scripts of a grader who stays with the panel', () => {
    const found = runLength(0, 400);
    expect(siegmund(0) / 2).toBeCloseTo(1286.5, 1);
    // The cap makes it err a little less often than that; 400 series tell it to a twentieth.
    expect(found).toBeGreaterThan(0.85 * 1286.5);
    expect(found).toBeLessThan(1.3 * 1286.5);
  });

  it.each([
    [1, 12],
    [-1, 12],
    [2, 5],
  ])('finds a shift of %d standard deviations after some %d scripts', (shift, scripts) => {
    expect(Math.abs(runLength(shift, 1000) - scripts)).toBeLessThan(1.5);
  });

  it('says in which direction, and over how many scripts', () => {
    expect(driftIn(Array.from({ length: 20 }, () => -1.5))).toEqual({ direction: 'severe', sum: 7, scripts: 7, at: 6 });
    expect(driftIn([0, 0, ...Array.from({ length: 20 }, () => 1.5)])).toEqual({ direction: 'lenient', sum: 7, scripts: 7, at: 8 });
  });

  it('never signals for one or two odd scripts, however odd', () => {
    expect(driftIn([0, 40, 0, 0, 0, 0, -40, 0])).toBeUndefined();
    expect(driftIn([40, 40])).toBeUndefined();
    expect(driftIn([40, 40, 40])).toMatchObject({ direction: 'lenient', at: 2 });
  });

  it('says nothing about nobody', () => {
    expect(driftIn([])).toBeUndefined();
  });
});

describe('what is usual', () => {
  it('is not known below a floor of scripts, and never without any deviation', () => {
    expect(usualOf(Array.from({ length: USUAL_SCRIPTS_MIN - 1 }, () => 0))).toBeUndefined();
    expect(usualOf(Array.from({ length: USUAL_SCRIPTS_MIN }, () => 0.02))).toEqual({ mean: 0.02, deviation: 0.05 });
  });
});
