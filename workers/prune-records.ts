import type { Store } from '../store/store.ts';

/** Longer than any attempt is open (58 days), than clients repeat a request and than brokers keep a command. */
const KEPT_DAYS = 90;
/** Staff may ask for a year what became of a mail; the inbox keeps what it said. */
const MAILS_KEPT_DAYS = 400;
/** A short transaction each, so that nobody waits. */
const BATCH_SIZE = 1000;
const BATCHES_MAX = 20;

/**
 * Removes what has served its time and is no record of anything: deliveries that were consumed, Idempotency-Keys, how mails of a year ago
 * went, and addresses that nobody confirmed. At most 20,000 of each a call, and returns how many; several processes may call it at once.
 */
export async function pruneRecords({
  deliveries,
  commands,
  mails,
  watches,
}: Pick<Store, 'deliveries' | 'commands' | 'mails' | 'watches'>): Promise<number> {
  let removed = await watches.forgetUnconfirmed();
  for (const [records, afterDays] of [
    [deliveries, KEPT_DAYS],
    [commands, KEPT_DAYS],
    [mails, MAILS_KEPT_DAYS],
  ] as const) {
    for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
      const count = await records.prune({ afterDays, limit: BATCH_SIZE });
      removed += count;
      if (count < BATCH_SIZE) break;
    }
  }
  return removed;
}
