import { setTimeout as sleep } from 'node:timers/promises';
import type { RingResult } from './doorbell.ts';
import type { Logger } from './logging.ts';

/** Beyond so many rings in flight the relay does the rest: it has every delivery. */
const RINGS_IN_FLIGHT_MAX = 200;
/** Before the relay would ring as well (store/deliveries.ts), and long enough that many are written down at once. */
const FLUSH_MILLISECONDS = 1000;
/** At shutdown. While Temporal is away a ring takes longer, and the relay repeats it anyway. */
const DRAIN_MILLISECONDS = 1000;

export type Doorbell = {
  /** Rings in the background, after the fact was committed; not for a repeat, which has no delivery. Never fails and never waits. */
  readonly ring: (fact: string, committed: { readonly attemptId: string; readonly deliveryId: string | undefined }) => void;
  /** Gives the rings under way a moment, and writes down what was delivered. */
  readonly drain: () => Promise<void>;
};

type DoorbellOptions = {
  readonly ringAttempt: (bell: { attemptId: string; fact: string }) => Promise<RingResult>;
  readonly deliveries: {
    readonly acknowledge: (ids: readonly string[]) => Promise<void>;
    readonly void: (id: string, reason: string) => Promise<void>;
  };
  readonly logger: Logger;
};

/** Makes workflows hear at once of what this process committed. Whatever it misses, the relay repeats. */
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

  async function ringOnce(fact: string, attemptId: string, deliveryId: string): Promise<void> {
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
