import { createHash } from 'node:crypto';

/** Returns a number from 0 up to, but without, 1. */
export type Random = () => number;

/**
 * A pseudo-random sequence that seed and label determine, so that each candidate and grader draws from one of their own
 * and the order in which the network answers never changes what they draw. (mulberry32)
 */
export function seededRandom(seed: string, label: string): Random {
  let state = createHash('sha256')
    .update(JSON.stringify([seed, label]))
    .digest()
    .readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A copy in an order drawn from `random`; every order is equally likely. */
export function shuffled<Element>(elements: readonly Element[], random: Random): Element[] {
  const drawn = [...elements];
  for (let last = drawn.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [drawn[last], drawn[other]] = [drawn[other] as Element, drawn[last] as Element];
  }
  return drawn;
}

/** A stream in a drawn order, holding back at most `windowSize` elements: a long one is shuffled in passing, a short one wholly. */
export async function* shuffledStream<Element>(
  elements: AsyncIterable<Element>,
  { windowSize, random }: { windowSize: number; random: Random },
): AsyncGenerator<Element> {
  const held: Element[] = [];
  for await (const element of elements) {
    held.push(element);
    if (held.length > windowSize) yield takeOne(held, random);
  }
  while (held.length > 0) yield takeOne(held, random);
}

function takeOne<Element>(held: Element[], random: Random): Element {
  const [taken] = held.splice(Math.floor(random() * held.length), 1);
  return taken as Element;
}
