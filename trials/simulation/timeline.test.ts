import { describe, expect, test } from 'vitest';
import { seededRandom } from '../people/random.ts';
import { createTimeline } from './timeline.ts';

describe('a timeline', () => {
  test('lets everything happen in order of time, whatever the order in which it was planned', () => {
    const timeline = createTimeline();
    const random = seededRandom('timeline', 'times');
    const planned = Array.from({ length: 500 }, () => Math.floor(random() * 100));
    const happened: number[] = [];
    for (const at of planned) timeline.plan(at, () => happened.push(timeline.now()));
    timeline.runUntil(100);
    expect(happened).toEqual(planned.toSorted((a, b) => a - b));
  });

  test('keeps the order of planning at one instant', () => {
    const timeline = createTimeline();
    const happened: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) timeline.plan(7, () => happened.push(name));
    timeline.runUntil(7);
    expect(happened.join('')).toBe('abcde');
  });

  test('takes what is planned meanwhile, and leaves what is later', () => {
    const timeline = createTimeline();
    const happened: number[] = [];
    const again = () => {
      happened.push(timeline.now());
      timeline.plan(timeline.now() + 10, again);
    };
    timeline.plan(5, again);
    timeline.runUntil(40);
    expect(happened).toEqual([5, 15, 25, 35]);
    expect(timeline.now()).toBe(40);
    expect(() => timeline.plan(39, again)).toThrow(RangeError);
  });
});
