import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RingResult } from './ring.ts';
import { createLogger } from '../logging.ts';
import { createDoorbell } from './doorbell.ts';

function doorbellThat(ring: () => Promise<RingResult>) {
  const acknowledged: (readonly string[])[] = [];
  const voided: string[] = [];
  const deliveries = {
    acknowledge: async (ids: readonly string[]) => void acknowledged.push(ids),
    void: async (id: string, reason: string) => void voided.push(`${id}: ${reason}`),
  };
  return { doorbell: createDoorbell({ ring, deliveries, logger: createLogger({ level: 'silent', service: 'test' }) }), acknowledged, voided };
}

const fact = (deliveryId: string | undefined) => ({ id: 'a', deliveryId });

describe('the doorbell', () => {
  it('acknowledges what was delivered, in one batch', async () => {
    const { doorbell, acknowledged } = doorbellThat(async () => 'delivered');
    doorbell.ring('started', fact('d1'));
    doorbell.ring('submitted', fact('d2'));
    await doorbell.drain();
    expect(acknowledged).toEqual([['d1', 'd2']]);
  });

  it('voids what nobody is left to hear, and rings for no repeat', async () => {
    const { doorbell, voided } = doorbellThat(async () => 'closed');
    doorbell.ring('marked', fact('d1'));
    doorbell.ring('marked', fact(undefined));
    await doorbell.drain();
    expect(voided).toEqual(['d1: the workflow is closed']);
  });

  it('leaves to the relay what fails, and what has no workflow yet', async () => {
    for (const answer of [() => Promise.reject(new Error('away')), async () => 'no_such_workflow' as const]) {
      const { doorbell, acknowledged, voided } = doorbellThat(answer);
      doorbell.ring('started', fact('d1'));
      await doorbell.drain();
      expect([acknowledged.flat(), voided]).toEqual([[], []]);
    }
  });

  it('leaves to the relay what would be too many at once, and does not wait for a hanging ring at shutdown', async () => {
    let rings = 0;
    const { doorbell } = doorbellThat(() => {
      rings += 1;
      return sleep(60_000, 'delivered' as const, { ref: false });
    });
    for (let count = 0; count < 500; count += 1) doorbell.ring('started', fact(`d${count}`));
    expect(rings).toBe(200);
    const startedAt = performance.now();
    await doorbell.drain();
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});
