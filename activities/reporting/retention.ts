import type { RetentionKind } from '../../domain/retention.ts';
import type { OrderedRetention } from '../../store/privacy/retention.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';
import { whileBeating } from './while-beating.ts';

/** What is looked at in a run of the retention, and behind which one. */
type RetentionInput = { readonly kind: RetentionKind; readonly after?: string };

/** Each is a transaction of its own: a batch takes seconds. */
const BATCH = 200;

/** Every night: what was kept for as long as its period says is ordered to be erased. */
export function createRetentionActivities({ store }: { store: Pick<Store, 'privacy'> }) {
  return refusing({
    /** A repeat orders nothing twice: what is ordered already is over no more. */
    async orderWhatIsOver({ kind, after }: RetentionInput): Promise<OrderedRetention> {
      return whileBeating(() => store.privacy.orderOver({ kind, after, limit: BATCH }));
    },
  });
}

export type RetentionActivities = ReturnType<typeof createRetentionActivities>;
