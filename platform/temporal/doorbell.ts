import { setTimeout as sleep } from 'node:timers/promises';
import type { RingResult } from './ring.ts';
import type { Logger } from '../logging.ts';

/** Beyond so many rings in flight the relay does the rest: it has every delivery. */
const RINGS_IN_FLIGHT_MAX = 200;
/** Before the relay would ring as well (store/deliveries.ts), and long enough that many are written down at once. */
const FLUSH_MILLISECONDS = 1000;
/** At shutdown. While Temporal is away a ring takes longer, and the relay repeats it anyway. */
const DRAIN_MILLISECONDS = 1000;

/** What was committed, by its ids; a repeat has no delivery. */
type Committed = { readonly deliveryId: string | undefined };

export type Doorbell<Fact extends Committed> = {
  /** Rings in the background, after the fact was committed; not for a repeat, which has no delivery. Never fails and never waits. */
  readonly ring: (fact: string, committed: Fact) => void;
  /** Gives the rings under way a moment, and writes down what was delivered. */
  readonly drain: () => Promise<void>;
};

type DoorbellOptions<Fact extends Committed> = {
  readonly ring: (bell: Fact & { readonly fact: string }) => Promise<RingResult>;
  readonly deliveries: {
    readonly acknowledge: (ids: readonly string[]) => Promise<void>;
    readonly void: (id: string, reason: string) => Promise<void>;
  };
  readonly logger: Logger;
};

/** Makes workflows hear at once of what this process committed. Whatever it misses, the relay repeats. */
export function createDoorbell<Fact extends Committed>({ ring, deliveries, logger }: DoorbellOptions<Fact>): Doorbell<Fact> {
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

  async function ringOnce(bell: Fact & { readonly fact: string }, deliveryId: string): Promise<void> {
    try {
      const result = await ring(bell);
      if (result === 'delivered') {
        delivered.push(deliveryId);
        flushTimer ??= setTimeout(() => void flush(), FLUSH_MILLISECONDS);
      }
      if (result === 'closed') await deliveries.void(deliveryId, 'the workflow is closed');
    } catch (error) {
      const said: object = { err: error, ...bell };
      logger.debug(said, 'doorbell not heard: the relay repeats it');
    }
  }

  return {
    ring(fact, committed) {
      const { deliveryId } = committed;
      if (deliveryId === undefined || inFlight.size >= RINGS_IN_FLIGHT_MAX) return;
      const ringing = ringOnce({ ...committed, fact }, deliveryId).finally(() => inFlight.delete(ringing));
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
