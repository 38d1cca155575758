import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdjudicationPolicy } from './exam.ts';
import { decide } from './grading.ts';
import { adjudicateDisputes, averageDisputes, needsAdjudication, reconcile, type ItemScore, type Mark } from './reconciliation.ts';

/**
 * A naive exact oracle, written from design section 3 alone: points as fractions of bigints, no shared code, no
 * shortcut. `double` marking with optional adjudication of the disputed items.
 */
type Fraction = { n: bigint; d: bigint };
const fraction = (n: number, d = 1): Fraction => ({ n: BigInt(n), d: BigInt(d) });
const add = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d });
const atLeast = (a: Fraction, b: Fraction) => a.n * b.d >= b.n * a.d;
const equal = (a: Fraction, b: Fraction) => a.n * b.d === b.n * a.d;
const total = (parts: Fraction[]) => parts.reduce(add, fraction(0));

/** All in hundredths of a point. */
type Item = { id: string; max: number; first: number; second: number; third: number };

function oracle(items: Item[], policy: AdjudicationPolicy): { adjudicated: boolean; points: Fraction; passed: boolean } {
  const max = total(items.map((item) => fraction(item.max)));
  const passing = (points: Fraction) => atLeast({ n: points.n * 100n, d: points.d }, { n: max.n * 80n, d: max.d });
  const disputed = (item: Item) => !atLeast(fraction(item.max, 5), fraction(Math.abs(item.first - item.second)));
  const mean = (item: Item) => fraction(item.first + item.second, 2);
  const withDisputesAt = (points: (item: Item) => Fraction) => total(items.map((item) => (disputed(item) ? points(item) : mean(item))));
  const low = withDisputesAt((item) => fraction(Math.min(item.first, item.second)));
  const high = withDisputesAt((item) => fraction(Math.max(item.first, item.second)));
  const adjudicated = items.some(disputed) && (policy === 'always' || (!passing(low) && passing(high)));
  const points = withDisputesAt((item) => (adjudicated ? fraction(item.third) : mean(item)));
  return { adjudicated, points, passed: passing(points) };
}

/** Ours, from marks in the order given. */
function ours(items: Item[], marks: Mark[], policy: AdjudicationPolicy) {
  const rules = { tolerance: 2000, passMark: 8000, adjudication: policy };
  const markables = items.map((item) => ({ itemId: item.id, millipointsMax: item.max * 10 }));
  const reconciliation = reconcile(markables, marks, rules);
  const adjudicated = needsAdjudication(reconciliation, rules);
  const third = items.map((item) => ({ itemId: item.id, millipoints: item.third * 10 }));
  const settled: ItemScore[] = [
    ...reconciliation.settled,
    ...(adjudicated ? adjudicateDisputes(reconciliation.disputes, third) : averageDisputes(reconciliation.disputes)),
  ];
  return { adjudicated, decided: decide(settled, rules) };
}

const marksOf = (items: Item[]): Mark[] =>
  items.flatMap(({ id, first, second }) => [
    { itemId: id, millipoints: first * 10 },
    { itemId: id, millipoints: second * 10 },
  ]);

/** Points of at most two decimals; marks near the full points are as likely as any, so that many cases lie near the line. */
const item = fc.oneof(fc.constantFrom(100, 500, 1000, 250, 33), fc.integer({ min: 1, max: 2000 })).chain((max) => {
  const points = fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(max, Math.floor(max * 0.8), Math.floor(max * 0.6), 0));
  return fc.record({ max: fc.constant(max), first: points, second: points, third: points });
});
const submission = fc.array(item, { minLength: 1, maxLength: 12 }).map((items) => items.map((entry, index) => ({ id: `i${index}`, ...entry })));
const policy = fc.constantFrom<AdjudicationPolicy>('when-decisive', 'always');

describe('reconciliation, adjudication and decision', () => {
  it('agree with a naive exact oracle, whatever order the marks arrive in', () => {
    fc.assert(
      fc.property(
        submission.chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(marksOf(items), { minLength: items.length * 2 }))),
        policy,
        ([items, marks], adjudication) => {
          const expected = oracle(items, adjudication);
          const { adjudicated, decided } = ours(items, marks, adjudication);
          expect(adjudicated).toBe(expected.adjudicated);
          expect(decided.passed).toBe(expected.passed);
          expect(equal(expected.points, fraction(decided.score.millipoints, 10))).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('pass at exactly 80 % and fail a half hundredth below it', () => {
    const items = [{ id: 'i0', max: 1000, first: 800, second: 800, third: 0 }];
    expect(ours(items, marksOf(items), 'when-decisive').decided.passed).toBe(true);
    const below = [{ id: 'i0', max: 1000, first: 800, second: 799, third: 0 }];
    expect(ours(below, marksOf(below), 'when-decisive').decided).toMatchObject({ passed: false, score: { millipoints: 7995 } });
  });

  it('take a difference of exactly a fifth as agreement and a hundredth more as a dispute', () => {
    const rules = { tolerance: 2000 };
    const markables = [{ itemId: 'i0', millipointsMax: 5000 }];
    const marks = (first: number, second: number) => [first, second].map((millipoints) => ({ itemId: 'i0', millipoints }));
    expect(reconcile(markables, marks(4000, 3000), rules).disputes).toHaveLength(0);
    expect(reconcile(markables, marks(4000, 2990), rules).disputes).toEqual([{ itemId: 'i0', millipointsMax: 5000, low: 2990, high: 4000 }]);
  });

  it('let an adjudicated mark outside both stand as it is', () => {
    const [settled] = adjudicateDisputes([{ itemId: 'i0', millipointsMax: 5000, low: 1000, high: 3000 }], [{ itemId: 'i0', millipoints: 5000 }]);
    expect(settled).toEqual({ itemId: 'i0', millipoints: 5000, millipointsMax: 5000, basis: 'adjudicated' });
  });

  it('refuse to decide when a mark is missing or one too many', () => {
    const markables = [{ itemId: 'i0', millipointsMax: 5000 }];
    const mark = { itemId: 'i0', millipoints: 0 };
    expect(() => reconcile(markables, [], { tolerance: 2000 })).toThrow(RangeError);
    expect(() => reconcile(markables, [mark, mark, mark], { tolerance: 2000 })).toThrow(RangeError);
    expect(() => adjudicateDisputes([{ itemId: 'i0', millipointsMax: 5000, low: 0, high: 5000 }], [])).toThrow(RangeError);
  });
});
