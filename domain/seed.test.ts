import { describe, expect, it } from 'vitest';
import { agreedMarksOf, standingOf } from './seed.ts';
import type { ItemBasis } from './reconciliation.ts';

const item = (basis: ItemBasis, itemId = 't1') => ({ itemId, millipoints: 3000, millipointsMax: 5000, basis });
const mark = (seat: number, reason: string, itemId = 't1') => ({ seat, itemId, millipoints: 3000, reason });

describe('agreed marks', () => {
  it('are of what two agree on or a designated grader settled, and of nothing that machines scored', () => {
    const items = [item('machine', 'c1'), item('blank', 't9'), item('agreed'), item('averaged', 't2'), item('adjudicated', 't3')];
    const marks = [mark(1, ''), mark(2, 'two'), mark(1, 'one', 't3'), mark(3, 'settled', 't3')];
    expect(agreedMarksOf(items, marks)).toEqual([
      { itemId: 't1', millipoints: 3000, reason: 'two' },
      { itemId: 't2', millipoints: 3000, reason: '' },
      { itemId: 't3', millipoints: 3000, reason: 'settled' },
    ]);
  });

  it('are not of a script with one mark alone for anything, corrected, raised by an appeal, or without anything to mark', () => {
    for (const items of [[item('agreed'), item('single', 't2')], [item('corrected')], [item('appealed')], [item('machine')]])
      expect(agreedMarksOf(items, [])).toBeUndefined();
  });
});

describe('standardisation', () => {
  const policy = { scripts: 10, kappa: 6000, kappaLowAbove: 3000 };
  const levels = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const scripts = (count: number, off: (mark: number, index: number) => number) =>
    Array.from({ length: count }, (_script, script) =>
      [0, 1].map((part) => {
        const second = levels[(script * 2 + part) % levels.length] ?? 0;
        return { first: off(second, script), second };
      }),
    );

  it('is reached with so many scripts that agree, and not with one fewer', () => {
    expect(
      standingOf(
        scripts(10, (second) => second),
        policy,
      ),
    ).toMatchObject({ scripts: 10, isReached: true });
    expect(
      standingOf(
        scripts(9, (second) => second),
        policy,
      ).isReached,
    ).toBe(false);
  });

  it('counts the newest alone: who agrees now is not held to how they began', () => {
    const [begun, now] = [scripts(10, (second) => 1 - second), scripts(10, (second) => second)];
    expect(standingOf([...now, ...begun], policy).isReached).toBe(true);
    expect(standingOf([...begun, ...now], policy).isReached).toBe(false);
  });

  it('is not reached where kappa is high and its lower bound is not', () => {
    const mixed = scripts(10, (second, index) => (index < 2 ? 1 - second : second));
    const { agreement } = standingOf(mixed, policy);
    const { value = 0, low = 0 } = agreement.kappa ?? {};
    expect(low).toBeLessThan(value);
    const asked = (kappaLowAbove: number) => standingOf(mixed, { ...policy, kappa: Math.floor(value * 10_000), kappaLowAbove }).isReached;
    expect([asked(Math.floor(low * 10_000) - 1), asked(Math.ceil(low * 10_000))]).toEqual([true, false]);
  });
});
