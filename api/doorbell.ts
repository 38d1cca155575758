import { setTimeout as sleep } from 'node:timers/promises';
import type { RingResult } from '../platform/doorbell.ts';
import type { Logger } from '../platform/logging.ts';
import type { Committed } from '../store/attempts.ts';
import type { DeliveryStore, Fact } from '../store/deliveries.ts';

/** Beyond so many rings in flight the relay does the rest: it has every delivery. */
const RINGS_IN_FLIGHT_MAX = 200;
const FLUSH_MILLISECONDS = 200;
/** At shutdown. While Temporal is away a ring takes longer, and the relay repeats it anyway. */
const DRAIN_MILLISECONDS = 1000;

export type Doorbell = {
  /** Rings in the background, after the fact was committed. Never fails and never waits. */
  readonly ring: (fact: Fact, committed: Committed) => void;
  /** Gives the rings under way a moment, and writes down what was delivered. */
  readonly drain: () => Promise<void>;
};

type DoorbellOptions = {
  readonly ringAttempt: (bell: { attemptId: string; fact: Fact }) => Promise<RingResult>;
  readonly deliveries: Pick<DeliveryStore, 'acknowledge' | 'void'>;
  readonly logger: Logger;
};

/** The API's own doorbell: it makes workflows hear of facts at once. Whatever it misses, the relay repeats. */
export function createDoorbell({ ringAttempt, deliveries, logger }: DoorbellOptions): Doorbell {
  const inFlight = new Set<Promise<void>>();
  let delivered: string[] = [];
  let flushTimer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(flushTimer);
    flushTimer = undefined;
    const ids = delivered;
    delivered = [];
    await deliveries.acknowledge(ids).catch((error: unknown) => logger.debug({ err: error }, 'deliveries not acknowledged: the relay repeats them'));
  }

  async function ringOnce(fact: Fact, attemptId: string, deliveryId: string): Promise<void> {
    try {
      const result = await ringAttempt({ attemptId, fact });
      if (result === 'delivered') {
        delivered.push(deliveryId);
        flushTimer ??= setTimeout(() => void flush(), FLUSH_MILLISECONDS);
      }
      if (result === 'closed') await deliveries.void(deliveryId, 'the workflow is closed');
    } catch (error) {
      logger.debug({ err: error, attemptId, fact }, 'doorbell not heard: the relay repeats it');
    }
  }

  return {
    ring(fact, { attemptId, deliveryId }) {
      if (deliveryId === undefined || inFlight.size >= RINGS_IN_FLIGHT_MAX) return;
      const ringing = ringOnce(fact, attemptId, deliveryId).finally(() => inFlight.delete(ringing));
      inFlight.add(ringing);
    },
    async drain() {
      const late = new AbortController();
      await Promise.race([Promise.allSettled(inFlight), sleep(DRAIN_MILLISECONDS, undefined, { signal: late.signal }).catch(() => undefined)]);
      late.abort();
      await flush();
    },
  };
}
