import type { EventSink, SendResult } from '../platform/brokers/event-sink.ts';
import { toCloudEvent } from '../publication/events/cloud-event.ts';
import type { Logger } from '../platform/logging.ts';
import type { DispatchedEvent } from '../store/events/dispatch.ts';
import type { Store } from '../store/store.ts';
import { loop, untilDone, type Loop, type Rounds } from './loop.ts';
import { REGISTER_EVENT_TYPES } from './register-sink.ts';

/** How many events of different keys a sink is sent at once. This and the pauses bound the load after an outage. */
const BATCH_SIZE = 200;
/** Few, so that all of them are through before others may take them, even from a receiver that hangs (store/events/dispatch.ts). */
const WEBHOOK_BATCH_SIZE = 20;
const IDLE_MILLISECONDS = 300;
/** How often webhooks that staff added or removed are noticed. */
const SINKS_MILLISECONDS = 5000;
/** So often an event fails alone while its sink takes others; then it goes aside and staff are called. About half a day. */
const TRIES_MAX = 20;
const RETRY_SECONDS_MAX = 3600;

/**
 * The relay from the outbox to the sinks: hands every event to all of them, and serves each in a loop of its own, so that
 * one that hangs holds up no other. Any number of relays may run: each takes what no other holds.
 */
export function createEventRelay({
  store,
  logger,
  publicUrl,
  register,
  brokers,
  webhookSink,
}: {
  store: Store;
  logger: Logger;
  /** The source of the events. */
  publicUrl: string;
  register: EventSink;
  /** By configuration. */
  brokers: readonly EventSink[];
  /** Makes the sink of a webhook that staff added. */
  webhookSink: (webhook: { name: string; url: string; secrets: readonly string[] }) => EventSink;
}): Loop {
  const stopping = new AbortController();
  const rounds = { idleMilliseconds: IDLE_MILLISECONDS, logger, stopping: stopping.signal } satisfies Partial<Rounds>;

  async function servedUntil(sink: EventSink, { what, batchSize, until }: { what: string; batchSize: number; until: AbortSignal }): Promise<void> {
    try {
      await loop({ ...rounds, round: () => serve(sink, batchSize), onFailure: `${what} will be tried again`, stopping: until });
    } finally {
      await sink.close();
    }
  }

  async function serve(sink: EventSink, batchSize: number): Promise<boolean> {
    const events = await store.events.take(sink.name, batchSize);
    if (events.length === 0) return false;
    let results: readonly SendResult[];
    try {
      results = await sink.send(events.map((event) => toCloudEvent(event, { publicUrl })));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      await store.events.pause(sink.name, { events, problem });
      logger.warn({ sink: sink.name, events: events.length, problem }, 'the sink does not answer; its events wait');
      return false;
    }
    const [first] = results;
    if (first?.kind === 'skipped' && results.every(({ kind }) => kind === 'skipped')) {
      const atLeastSeconds = Math.max(0, ...results.map((result) => (result.kind === 'skipped' ? (result.retryAfterSeconds ?? 0) : 0)));
      await store.events.pause(sink.name, { events, problem: first.reason, atLeastSeconds });
      logger.warn({ sink: sink.name, events: events.length, problem: first.reason }, 'the sink takes nothing at the moment; its events wait');
      return false;
    }
    const sent = events.filter((_, index) => results[index]?.kind === 'sent');
    await store.events.acknowledge(sink.name, sent);
    await Promise.all(events.map((event, index) => settle(sink, event, results[index])));
    if (sent.length > 0) await store.events.resume(sink.name);
    return sent.length > 0;
  }

  /** What becomes of an event that the sink did not take while it took others. */
  async function settle(sink: EventSink, event: DispatchedEvent, result: SendResult | undefined): Promise<void> {
    if (result === undefined || result.kind === 'sent') return;
    const { id, type, key, tries } = event;
    const { reason } = result;
    if (result.kind === 'rejected' || (result.kind === 'failed' && tries >= TRIES_MAX)) {
      await store.events.setAside(sink.name, event, reason);
      logger.error({ sink: sink.name, eventId: id, type, key, tries, reason }, 'event set aside: the ones after it go on; staff may try it again');
      return;
    }
    const afterSeconds = result.retryAfterSeconds ?? Math.min(2 ** tries, RETRY_SECONDS_MAX);
    const wasTried = result.kind === 'failed';
    await store.events.retryLater(sink.name, event, { afterSeconds, problem: reason, wasTried });
    if (wasTried) logger.warn({ sink: sink.name, eventId: id, type, tries, afterSeconds, reason }, 'event not taken; it will be tried again');
  }

  /** One that cannot be served must not keep the others from it. */
  function usableWebhook(webhook: { name: string; url: string; secrets: readonly string[] }): EventSink | undefined {
    try {
      return webhookSink(webhook);
    } catch (error) {
      logger.error({ err: error, sink: webhook.name }, 'this webhook cannot be served; its events wait');
      return undefined;
    }
  }

  /** Serves the webhooks as staff add and remove them. */
  async function serveWebhooks(): Promise<void> {
    const served = new Map<string, { readonly fingerprint: string; readonly stop: AbortController; readonly done: Promise<void> }>();
    const round = async (): Promise<boolean> => {
      const webhooks = await store.events.webhooks();
      const fingerprints = new Map(webhooks.map(({ name, url, secrets }) => [name, JSON.stringify([url, secrets])]));
      for (const [name, { fingerprint, stop }] of served) {
        if (fingerprints.get(name) === fingerprint) continue;
        stop.abort();
        served.delete(name);
      }
      for (const { name, url, secrets } of webhooks) {
        if (served.has(name)) continue;
        const sink = usableWebhook({ name, url, secrets });
        if (!sink) continue;
        const stop = new AbortController();
        const until = AbortSignal.any([stop.signal, stopping.signal]);
        const done = servedUntil(sink, { what: `webhook ${name}`, batchSize: WEBHOOK_BATCH_SIZE, until });
        served.set(name, { fingerprint: fingerprints.get(name) ?? '', stop, done });
      }
      return false;
    };
    await loop({
      ...rounds,
      round,
      idleMilliseconds: SINKS_MILLISECONDS,
      retryMilliseconds: IDLE_MILLISECONDS,
      onFailure: 'looking for webhooks will be tried again',
    });
    await Promise.all([...served.values()].map(({ done }) => done));
  }

  /** From then on they get every event. One that was announced once waits for its events until somebody removes it. */
  async function announce(): Promise<readonly EventSink[]> {
    const served: EventSink[] = [];
    if (await store.events.announceSink({ name: register.name, kind: 'register', types: REGISTER_EVENT_TYPES })) served.push(register);
    for (const broker of brokers) if (await store.events.announceSink({ name: broker.name, kind: 'broker' })) served.push(broker);
    for (const { name } of [register, ...brokers].filter((sink) => !served.includes(sink))) {
      logger.error({ sink: name }, 'not served: its name is that of another sink, of a webhook perhaps; give it another name in EVENT_SINKS');
    }
    return served;
  }

  const announced = () =>
    untilDone({
      work: announce,
      onFailure: (error) => logger.error({ err: error }, 'the sinks will be announced again'),
      pauseMilliseconds: IDLE_MILLISECONDS,
      stopping: stopping.signal,
    });

  return {
    async run() {
      const fixed = (await announced()) ?? [];
      await Promise.all([
        loop({ ...rounds, round: async () => (await store.events.fanOut()) > 0, onFailure: 'handing out events will be tried again' }),
        ...fixed.map((sink) => servedUntil(sink, { what: `the sink ${sink.name}`, batchSize: BATCH_SIZE, until: stopping.signal })),
        serveWebhooks(),
      ]);
    },
    stop: () => stopping.abort(),
  };
}
