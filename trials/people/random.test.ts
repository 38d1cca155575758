import { describe, expect, it } from 'vitest';
import { seededRandom, shuffled, shuffledStream } from './random.ts';

const numbers = Array.from({ length: 100 }, (_, index) => index);

async function* streamOf<Element>(elements: readonly Element[]): AsyncGenerator<Element> {
  yield* elements;
}

async function collect<Element>(stream: AsyncIterable<Element>): Promise<Element[]> {
  const collected: Element[] = [];
  for await (const element of stream) collected.push(element);
  return collected;
}

describe('a seeded sequence', () => {
  it('is the same for the same seed and label, and another for any other', () => {
    const draw = (seed: string, label: string) => Array.from({ length: 5 }, seededRandom(seed, label));
    expect(draw('7', 'a')).toEqual(draw('7', 'a'));
    expect(draw('7', 'a')).not.toEqual(draw('8', 'a'));
    expect(draw('7', 'a')).not.toEqual(draw('7', 'b'));
  });

  it('fills the range from 0 to 1, evenly enough to draw from', () => {
    const random = seededRandom('7', 'range');
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let draws = 0; draws < 10_000; draws += 1) {
      const drawn = random();
      expect(drawn).toBeGreaterThanOrEqual(0);
      expect(drawn).toBeLessThan(1);
      const tenth = Math.floor(drawn * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('shuffling', () => {
  it('loses and repeats nothing, leaves the original alone, and is the same for the same seed', () => {
    const once = shuffled(numbers, seededRandom('7', 'order'));
    expect(once).not.toEqual(numbers);
    expect([...once].sort((a, b) => a - b)).toEqual(numbers);
    expect(numbers[0]).toBe(0);
    expect(shuffled(numbers, seededRandom('7', 'order'))).toEqual(once);
  });

  it('of a stream loses nothing, whether it is longer than what is held back or shorter', async () => {
    for (const windowSize of [1, 10, 1000]) {
      const drawn = await collect(shuffledStream(streamOf(numbers), { windowSize, random: seededRandom('7', 'stream') }));
      expect(drawn).not.toEqual(numbers);
      expect([...drawn].sort((a, b) => a - b)).toEqual(numbers);
    }
  });

  it('of a stream takes in no more than it holds back', async () => {
    let taken = 0;
    async function* counted() {
      for (const number of numbers) {
        taken += 1;
        yield number;
      }
    }
    const stream = shuffledStream(counted(), { windowSize: 10, random: seededRandom('7', 'stream') });
    await stream.next();
    expect(taken).toBe(11);
    await stream.return(undefined);
  });
});
