import { describe, expect, it } from 'vitest';
import { rememberBriefly } from './brief-memory.ts';

function memory({ answersMax = 100 }: { answersMax?: number } = {}) {
  let time = 0;
  const asked: string[] = [];
  const remember = rememberBriefly({
    ask: async (key) => {
      asked.push(key);
      if (key === 'broken') throw new Error('broken');
      return `${key} at ${time}`;
    },
    milliseconds: 10_000,
    answersMax,
    now: () => time,
  });
  return { remember, asked, pass: (milliseconds: number) => (time += milliseconds) };
}

describe('what is remembered briefly', () => {
  it('is asked once within its time, and again right after', async () => {
    const { remember, asked, pass } = memory();
    expect(await remember('a')).toBe('a at 0');
    pass(9999);
    expect(await remember('a')).toBe('a at 0');
    pass(1);
    expect(await remember('a')).toBe('a at 10000');
    expect(asked).toEqual(['a', 'a']);
  });

  it('is asked once by all who ask at the same time', async () => {
    const { remember, asked } = memory();
    await Promise.all([remember('a'), remember('a'), remember('b')]);
    expect(asked).toEqual(['a', 'b']);
  });

  it('never is a failure', async () => {
    const { remember, asked } = memory();
    await expect(remember('broken')).rejects.toThrow('broken');
    await expect(remember('broken')).rejects.toThrow('broken');
    expect(asked).toEqual(['broken', 'broken']);
  });

  it('is forgotten for newer answers when there are too many, the oldest first', async () => {
    const { remember, asked } = memory({ answersMax: 2 });
    for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await remember(key);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});
