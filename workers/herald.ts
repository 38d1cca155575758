import type { Logger } from '../platform/logging.ts';
import { createTeller } from '../publication/mail/teller.ts';
import type { Store } from '../store/store.ts';
import type { PendingTidings } from '../store/tidings.ts';
import { loop, type Loop } from './loop.ts';

const BATCH_SIZE = 50;
const IDLE_MILLISECONDS = 500;

export type HeraldDependencies = Pick<Parameters<typeof createTeller>[0], 'publicUrl' | 'candidateUrl' | 'mailing'> & {
  readonly store: Pick<Store, 'tidings' | 'notices'>;
  readonly logger: Logger;
};

/** Tells candidates what the outbox holds for them (docs/decisions/0016): those of one attempt in their order. Several may run. */
export function createHerald({ store, logger, ...addresses }: HeraldDependencies): Loop {
  const stopping = new AbortController();
  const teller = createTeller({ notices: store.notices, ...addresses });

  async function tell(taken: PendingTidings): Promise<void> {
    const { attemptId, tidings } = taken;
    switch (tidings.kind) {
      case 'step':
        return teller.tellStep(attemptId, tidings.step, taken);
      case 'result':
        return teller.tellResult({ ...tidings, attemptId }, taken);
      case 'regraded':
        return teller.tellRegraded({ ...tidings, attemptId }, taken);
    }
  }

  async function tellInOrder(ofAttempt: readonly PendingTidings[]): Promise<void> {
    for (const pending of ofAttempt) {
      const { attemptId, tidings, tries } = pending;
      await tell(pending).catch((error: unknown) =>
        logger.error({ err: error, attemptId, kind: tidings.kind, tries }, 'a candidate is not told yet'),
      );
    }
  }

  async function round(): Promise<boolean> {
    const taken = await store.tidings.take(BATCH_SIZE);
    await Promise.all([...Map.groupBy(taken, ({ attemptId }) => attemptId).values()].map(tellInOrder));
    return taken.length === BATCH_SIZE;
  }

  return {
    run: () =>
      loop({
        round,
        idleMilliseconds: IDLE_MILLISECONDS,
        onFailure: 'what is to be told will be looked for again',
        logger,
        stopping: stopping.signal,
      }),
    stop: () => stopping.abort(),
  };
}
