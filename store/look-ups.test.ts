import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sharedLookUps } from './look-ups.ts';

function lookUps() {
  const loads: (readonly string[])[] = [];
  const find = sharedLookUps(async (keys) => {
    loads.push(keys);
    if (keys.includes('broken')) throw new Error('broken');
    return new Map(keys.filter((key) => key !== 'absent').map((key) => [key, `value of ${key}`]));
  });
  return { find, loads };
}

describe('look-ups at once', () => {
  it('share one load, with each key in it once, and get each their own', async () => {
    const { find, loads } = lookUps();
    expect(await Promise.all(['a', 'b', 'a', 'absent'].map(find))).toEqual(['value of a', 'value of b', 'value of a', undefined]);
    expect(loads).toEqual([['a', 'b', 'absent']]);
  });

  it('do not wait for later ones', async () => {
    const { find, loads } = lookUps();
    const first = find('a');
    await nextTurn();
    const second = find('b');
    expect([await first, await second]).toEqual(['value of a', 'value of b']);
    expect(loads).toEqual([['a'], ['b']]);
  });

  it('fail together, and the next ones do not', async () => {
    const { find } = lookUps();
    const outcomes = await Promise.allSettled(['a', 'broken'].map(find));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await find('a')).toBe('value of a');
  });
});
