import type { Client } from '@temporalio/client';
import { Gauge, Registry } from 'prom-client';
import { backlogOf } from '../platform/task-queues.ts';
import type { Store } from '../store/store.ts';
import { TASK_QUEUES } from '../workflows/queues.ts';
import type { Pool } from './pools.ts';

type Measure = () => Promise<void>;

/**
 * What pools measure for everybody, gathered at each scrape: `delivery` what waits in the queues and in the outbox to the
 * workflows, `events` what each sink has yet to take, `notification` the mails.
 */
export function createPoolMetrics({ pools, store, client }: { pools: readonly Pool[]; store: Store; client: Client }): {
  /** Rejects while PostgreSQL is away. */
  readonly scrape: () => Promise<string>;
} {
  const registry = new Registry();
  const measures: Measure[] = [
    ...(pools.includes('delivery') ? [measureDeliveries({ store, client, registry })] : []),
    ...(pools.includes('events') ? [measureSinks({ store, registry })] : []),
    ...(pools.includes('notification') ? [measureMails({ store, registry })] : []),
  ];
  return {
    async scrape() {
      await Promise.all(measures.map((measure) => measure()));
      return registry.metrics();
    },
  };
}

/** A queue that Temporal does not tell about is left out, never shown as empty. */
function measureDeliveries({ store, client, registry }: { store: Store; client: Client; registry: Registry }): Measure {
  const registers = [registry];
  const labelNames = ['queue', 'type'];
  const tasks = new Gauge({ name: 'certifiable_queue_backlog_tasks', help: 'Tasks that wait in a Temporal task queue', labelNames, registers });
  const deliveries = new Gauge({ name: 'certifiable_delivery_backlog', help: 'Facts that no workflow has loaded', registers });
  const age = new Gauge({ name: 'certifiable_delivery_oldest_age_seconds', help: 'Age of the oldest fact that no workflow has loaded', registers });
  return async () => {
    const backlog = await store.deliveries.backlog();
    deliveries.set(backlog.count);
    age.set(backlog.oldestAgeSeconds);
    tasks.reset();
    for (const queue of await Promise.allSettled(TASK_QUEUES.map((name) => backlogOf(client, name)))) {
      if (queue.status === 'rejected') continue;
      tasks.set({ queue: queue.value.queue, type: 'workflow' }, queue.value.workflowTasks);
      tasks.set({ queue: queue.value.queue, type: 'activity' }, queue.value.activityTasks);
    }
  };
}

/** The lag of the register is the age of the oldest event that the sink `register` has yet to take. */
function measureSinks({ store, registry }: { store: Store; registry: Registry }): Measure {
  const registers = [registry];
  const labelNames = ['sink'];
  const pending = new Gauge({ name: 'certifiable_sink_pending_events', help: 'Events that a sink has yet to take', labelNames, registers });
  const age = new Gauge({ name: 'certifiable_sink_lag_seconds', help: 'Age of the oldest event that a sink has yet to take', labelNames, registers });
  const aside = new Gauge({ name: 'certifiable_sink_aside_events', help: 'Events set aside: a sink will never take them', labelNames, registers });
  const fresh = new Gauge({ name: 'certifiable_events_fresh', help: 'Events that were not handed to the sinks yet', registers });
  return async () => {
    for (const gauge of [pending, age, aside]) gauge.reset();
    for (const { sink, ...backlog } of await store.events.backlog()) {
      pending.set({ sink }, backlog.pending);
      age.set({ sink }, backlog.oldestAgeSeconds);
      aside.set({ sink }, backlog.aside);
    }
    fresh.set(await store.events.fresh());
  };
}

function measureMails({ store, registry }: { store: Store; registry: Registry }): Measure {
  const registers = [registry];
  const queued = new Gauge({ name: 'certifiable_mails_queued', help: 'Mails that are to go out', registers });
  const age = new Gauge({ name: 'certifiable_mails_oldest_age_seconds', help: 'Age of the oldest mail that is to go out', registers });
  const undelivered = new Gauge({
    name: 'certifiable_mails_undelivered',
    help: 'Mails that bounced, were given up, or may have been lost',
    registers,
  });
  return async () => {
    const backlog = await store.mails.backlog();
    queued.set(backlog.queued);
    age.set(backlog.oldestAgeSeconds);
    undelivered.set(backlog.undelivered);
  };
}
