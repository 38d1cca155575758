import type { Logger } from '../platform/logging.ts';
import type { TimeStampAuthority } from '../platform/timestamps/authority.ts';
import type { Store } from '../store/store.ts';
import { loop, type Loop } from './loop.ts';

/** A head is signed every ten minutes at most. */
const LOOK_MILLISECONDS = 60_000;

/**
 * Has the newest head of the ledger stamped by somebody else. Beside the keeper, which goes on whatever becomes of this: while nobody stamps, heads are signed all the
 * same, and the next one that is stamped covers them.
 */
export function createLedgerStamper({
  store: { ledger },
  authority,
  logger,
  lookMilliseconds = LOOK_MILLISECONDS,
}: {
  store: Pick<Store, 'ledger'>;
  authority: TimeStampAuthority;
  logger: Logger;
  lookMilliseconds?: number;
}): Loop {
  const stopping = new AbortController();
  return {
    run: () =>
      loop({
        round: async () => {
          const head = await ledger.newestUnstamped();
          if (!head) return false;
          const { at, by, token } = await authority.stamp(Buffer.from(head.jws));
          await ledger.keepStamp({ number: head.number, stampedAt: at, token });
          logger.info({ head: head.number, at, by }, 'a head of the ledger is stamped');
          return false;
        },
        idleMilliseconds: lookMilliseconds,
        onFailure: 'the newest head of the ledger is not stamped; it is tried again',
        logger,
        stopping: stopping.signal,
      }),
    stop: () => stopping.abort(),
  };
}
