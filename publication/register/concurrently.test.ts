import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eachConcurrently } from './concurrently.ts';

describe('work on many items at once', () => {
  it('does each once, and never more at once than allowed', async () => {
    const done: number[] = [];
    let underWay = 0;
    let underWayMax = 0;
    await eachConcurrently({
      items: Array.from({ length: 100 }, (_, index) => index),
      atOnce: 7,
      async work(item) {
        underWay += 1;
        underWayMax = Math.max(underWayMax, underWay);
        await nextTurn();
        underWay -= 1;
        done.push(item);
      },
    });
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(underWayMax).toBe(7);
  });

  it('begins nothing after a failure, and leaves nothing running', async () => {
    const begun: number[] = [];
    let underWay = 0;
    const work = async (item: number) => {
      begun.push(item);
      underWay += 1;
      await nextTurn();
      if (item !== 1) await nextTurn();
      underWay -= 1;
      if (item === 1) throw new Error('refused');
    };
    await expect(eachConcurrently({ items: [0, 1, 2, 3, 4, 5, 6, 7, 8], atOnce: 3, work })).rejects.toThrow('refused');
    expect(begun).toEqual([0, 1, 2]);
    expect(underWay).toBe(0);
  });
});
