import type { Logger } from '../platform/logging.ts';
import type { Store } from '../store/store.ts';
import { loop, type Loop } from './loop.ts';

/** The pause after a round that found nothing. */
const IDLE_MILLISECONDS = 2000;
/** A head of what was entered is signed so often at most. */
const HEAD_SECONDS = 600;
const LOOK_FOR_HEAD_MILLISECONDS = 60_000;

/** Gives the entries of the ledger their place, and signs its heads. Several may run: one at a time does. */
export function createLedgerKeeper({ store: { ledger }, logger }: { store: Pick<Store, 'ledger'>; logger: Logger }): Loop {
  const stopping = new AbortController();

  async function signHead(): Promise<void> {
    const head = await ledger.signHead({ everySeconds: HEAD_SECONDS });
    if (head) logger.info({ size: head.size, root: head.root }, 'a head of the ledger is signed');
  }

  return {
    run: () =>
      loop({
        round: async () => (await ledger.enterPending()) > 0,
        chores: [{ everyMilliseconds: LOOK_FOR_HEAD_MILLISECONDS, work: signHead }],
        idleMilliseconds: IDLE_MILLISECONDS,
        onFailure: 'the ledger has not come on; it is tried again',
        logger,
        stopping: stopping.signal,
      }),
    stop: () => stopping.abort(),
  };
}
