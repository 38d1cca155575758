import type { EventSink } from '../platform/brokers/event-sink.ts';
import type { RegisterReadModel } from '../platform/register/read-model.ts';
import type { Store } from '../store/store.ts';
import type { EventType } from '../domain/events.ts';

export const REGISTER_SINK = 'register';

/** The events after which the register shows something else. */
export const REGISTER_EVENT_TYPES = [
  'certificate.issued',
  'certificate.imported',
  'certificate.suspended',
  'certificate.reinstated',
  'certificate.revoked',
] as const satisfies readonly EventType[];

/**
 * Feeds the public register. An event only says which certificate to look at: what is copied is how it stands by then,
 * and a copy never gives way to an older one.
 */
export function createRegisterSink({ store, register }: { store: Store; register: RegisterReadModel }): EventSink {
  return {
    name: REGISTER_SINK,
    async send(events) {
      const ids = events.flatMap(({ data }) => ('certificateId' in data && typeof data.certificateId === 'string' ? [data.certificateId] : []));
      await register.put(await store.certificates.registerEntries([...new Set(ids)]));
      return events.map(() => ({ kind: 'sent' }));
    },
    close: () => register.close(),
  };
}
