import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forEachAtMost, linesOf } from './streams.ts';

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function lines(text: string, size: number): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of linesOf(chunksOf(new TextEncoder().encode(text), size))) collected.push(line);
  return collected;
}

describe('lines of a stream', () => {
  it('are the same wherever the chunks are cut, inside a character too', async () => {
    for (let size = 1; size < 20; size += 1) expect(await lines('äöü\n\nzwölf – €\nlast', size)).toEqual(['äöü', '', 'zwölf – €', 'last']);
  });

  it('end with the last line, with or without its end', async () => {
    expect(await lines('a\nb\n', 64)).toEqual(['a', 'b']);
    expect(await lines('', 64)).toEqual([]);
  });
});

describe('work on a stream', () => {
  async function* endless(taken: { count: number }) {
    for (;;) {
      taken.count += 1;
      yield taken.count;
    }
  }

  it('goes on for as many elements at once as it may, and takes no more', async () => {
    const taken = { count: 0 };
    let working = 0;
    let most = 0;
    const work = forEachAtMost(endless(taken), 4, async (element) => {
      working += 1;
      most = Math.max(most, working);
      await pause(5);
      working -= 1;
      if (element === 20) throw new Error('enough');
    });
    await expect(work).rejects.toThrow('enough');
    expect(most).toBe(4);
    expect(taken.count).toBeLessThan(30);
  });

  it('is done for every element once', async () => {
    const seen: number[] = [];
    async function* ten() {
      for (let element = 0; element < 10; element += 1) yield element;
    }
    await forEachAtMost(ten(), 3, async (element) => void seen.push(element));
    expect(seen.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
