import { describe, expect, it } from 'vitest';
import { createLanes } from './lanes.ts';

/** Work that ends when it is told to. */
function controlled() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('lanes', () => {
  it('keep the order of a key while other keys go on', async () => {
    const lanes = createLanes({ slots: 10 });
    const done: string[] = [];
    const slow = controlled();
    lanes.add('a', async () => {
      await slow.work();
      done.push('a1');
    });
    lanes.add('a', async () => void done.push('a2'));
    lanes.add('b', async () => void done.push('b1'));
    lanes.add(undefined, async () => void done.push('no key'));
    await turn();
    expect(done).toEqual(['b1', 'no key']);
    slow.end();
    await lanes.idle();
    expect(done).toEqual(['b1', 'no key', 'a1', 'a2']);
  });

  it('run no more at once than there are slots, and give the slot on when a part fails', async () => {
    const lanes = createLanes({ slots: 2 });
    let running = 0;
    let most = 0;
    const part = async () => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      throw new Error('failed');
    };
    for (let index = 0; index < 9; index += 1) lanes.add(undefined, () => lanes.inSlot(part).catch(() => {}));
    await lanes.idle();
    expect(most).toBe(2);
    expect(running).toBe(0);
  });
});
