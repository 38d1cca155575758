import { describeError } from '../platform/brokers/describe-error.ts';
import type { CloudEvent, EventSink, SendResult } from '../platform/brokers/event-sink.ts';
import type { RegisterEntry } from '../domain/register.ts';
import type { RegisterReadModel } from '../publication/register/read-model.ts';
import { REGISTER_SINK } from '../publication/register/settings.ts';
import type { Store } from '../store/store.ts';
import type { EventType } from '../domain/events.ts';

/** The events after which the register shows something else. */
export const REGISTER_EVENT_TYPES = [
  'certificate.issued',
  'certificate.imported',
  'certificate.suspended',
  'certificate.reinstated',
  'certificate.erased',
  'certificate.revoked',
] as const satisfies readonly EventType[];

/**
 * Feeds the public register. An event only says which certificate to look at: what is copied is how it stands by then,
 * and a copy never gives way to an older one.
 */
export function createRegisterSink({ store, register }: { store: Store; register: RegisterReadModel }): EventSink {
  /** One entry that the register refuses must not keep the others, a revocation among them, from it. */
  async function putEach(events: readonly CloudEvent[], entries: readonly RegisterEntry[]): Promise<readonly SendResult[]> {
    const refused = new Map<string, unknown>();
    for (const entry of entries) await register.put([entry]).catch((error: unknown) => refused.set(entry.certificateId, error));
    const [firstError] = refused.values();
    if (refused.size === entries.length) throw firstError;
    return events.map((event) => {
      const error = certificateIdsOf(event)
        .map((id) => refused.get(id))
        .find((found) => found !== undefined);
      return error === undefined ? { kind: 'sent' } : { kind: 'failed', reason: describeError(error) };
    });
  }

  return {
    name: REGISTER_SINK,

    /** Throws when the register takes nothing. */
    async send(events) {
      const entries = await store.certificates.registerEntries([...new Set(events.flatMap(certificateIdsOf))]);
      try {
        await register.put(entries);
        return events.map(() => ({ kind: 'sent' }));
      } catch (error) {
        if (entries.length < 2) throw error;
        return putEach(events, entries);
      }
    },
    close: () => register.close(),
  };
}

function certificateIdsOf({ data }: CloudEvent): readonly string[] {
  return 'certificateId' in data && typeof data.certificateId === 'string' ? [data.certificateId] : [];
}
