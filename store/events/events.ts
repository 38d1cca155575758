import { bindTo, type RecordContext } from '../context.ts';
import { listAside, retryAside } from './aside.ts';
import { acknowledge, pauseSink, retryLater, setAside, takeDue } from './dispatch.ts';
import { countFresh, fanOut, replay } from './fan-out.ts';
import { addSecret, addSink, announceSink, readBacklog, readSinks, readWebhooks, removeSink, removeWebhook, resumeSink } from './sinks.ts';

/**
 * The outbox to the outside world. Every sink has a dispatch for each event until it took it; of one key a sink gets one
 * event after the other, of different keys many at once. Any number of relays share it.
 */
export function createEventStore(context: RecordContext) {
  const bind = bindTo(context);
  return {
    fanOut: bind(fanOut),
    take: bind(takeDue),
    acknowledge: bind(acknowledge),
    retryLater: bind(retryLater),
    setAside: bind(setAside),
    pause: bind(pauseSink),
    resume: bind(resumeSink),
    announceSink: bind(announceSink),
    addSink: bind(addSink),
    removeSink: bind(removeSink),
    removeWebhook: bind(removeWebhook),
    addSecret: bind(addSecret),
    sinks: bind(readSinks),
    webhooks: bind(readWebhooks),
    replay: bind(replay),
    aside: bind(listAside),
    retryAside: bind(retryAside),
    backlog: bind(readBacklog),
    fresh: bind(countFresh),
  };
}

export type EventStore = ReturnType<typeof createEventStore>;
