import type { Client } from '@temporalio/client';
import type { Logger } from '../platform/logging.ts';
import { backlogOf } from '../platform/temporal/task-queues.ts';
import { createMeasures, type Family, type Measure } from '../platform/telemetry/measures.ts';
import type { Store } from '../store/store.ts';
import { TASK_QUEUES } from '../workflows/queues.ts';
import { domainMeasures } from './domain-measures.ts';
import type { Pool } from './pools.ts';

/** Cheap reads: for a scraper each, and for a storm of them once. */
const KEEP_SECONDS = 2;

/**
 * What pools measure for everybody, gathered at each scrape: `delivery` what waits in the queues and in the outbox to the
 * workflows, what of the ledger is not signed or stamped, and how the business stands, `events` what each sink has yet to take, `notification` what candidates are still to be told, and the mails.
 */
export function createPoolMetrics({
  pools,
  store,
  client,
  isLedgerStamped,
  logger,
}: {
  pools: readonly Pool[];
  store: Store;
  client: Client;
  /** Somebody is asked to stamp the heads of the ledger. */
  isLedgerStamped: boolean;
  logger: Logger;
}): { readonly text: () => Promise<string> } {
  const measures: Measure[] = [
    ...(pools.includes('delivery') ? [deliveries(store), ledger(store, isLedgerStamped), ...TASK_QUEUES.map((queue) => backlog(client, queue))] : []),
    ...(pools.includes('delivery') ? domainMeasures({ ...store, client }) : []),
    ...(pools.includes('events') ? [sinks(store)] : []),
    ...(pools.includes('notification') ? [tidings(store), mails(store)] : []),
  ];
  return createMeasures({ measures, logger });
}

const gauge = (name: string, help: string, value: number): Family => ({ name, help, kind: 'gauge', series: [{ value }] });

function deliveries(store: Store): Measure {
  return {
    name: 'deliveries',
    keepSeconds: KEEP_SECONDS,
    async read() {
      const { count, oldestAgeSeconds } = await store.deliveries.backlog();
      return [
        gauge('certifiable_delivery_backlog', 'Facts that no workflow has loaded', count),
        gauge('certifiable_delivery_oldest_age_seconds', 'Age of the oldest fact that no workflow has loaded', oldestAgeSeconds),
      ];
    },
  };
}

/** One measure a queue: one that Temporal does not tell about hides no other. */
function backlog(client: Client, queue: string): Measure {
  return {
    name: `queue_${queue}`,
    keepSeconds: KEEP_SECONDS,
    async read() {
      const backlog = await backlogOf(client, queue);
      const types = [
        { labels: { queue, type: 'workflow' }, count: backlog.workflowTasks, ageSeconds: backlog.workflowAgeSeconds },
        { labels: { queue, type: 'activity' }, count: backlog.activityTasks, ageSeconds: backlog.activityAgeSeconds },
      ];
      return [
        {
          name: 'certifiable_queue_backlog_tasks',
          help: 'Tasks that wait in a Temporal task queue, approximately',
          kind: 'gauge',
          series: types.map(({ labels, count }) => ({ labels, value: count })),
        },
        {
          name: 'certifiable_queue_backlog_age_seconds',
          help: 'How long the oldest task of a Temporal task queue has waited, approximately',
          kind: 'gauge',
          series: types.map(({ labels, ageSeconds }) => ({ labels, value: ageSeconds })),
        },
      ];
    },
  };
}

/** The lag of the register is the age of the oldest event that the sink `register` has yet to take. */
function sinks(store: Store): Measure {
  return {
    name: 'sinks',
    keepSeconds: KEEP_SECONDS,
    async read() {
      const [backlogs, fresh] = await Promise.all([store.events.backlog(), store.events.fresh()]);
      const perSink = (name: string, help: string, valueOf: (sink: (typeof backlogs)[number]) => number): Family => ({
        name,
        help,
        kind: 'gauge',
        series: backlogs.map((sink) => ({ labels: { sink: sink.sink }, value: valueOf(sink) })),
      });
      return [
        perSink('certifiable_sink_pending_events', 'Events that a sink has yet to take', ({ pending }) => pending),
        perSink('certifiable_sink_lag_seconds', 'Age of the oldest event that a sink has yet to take', ({ oldestAgeSeconds }) => oldestAgeSeconds),
        perSink('certifiable_sink_aside_events', 'Events set aside: a sink will never take them', ({ aside }) => aside),
        gauge('certifiable_events_fresh', 'Events that were not handed to the sinks yet', fresh),
      ];
    },
  };
}

function ledger(store: Store, isStamped: boolean): Measure {
  return {
    name: 'ledger',
    keepSeconds: KEEP_SECONDS,
    async read() {
      const [{ count, oldestAgeSeconds }, unstampedSeconds] = await Promise.all([
        store.ledger.backlog(),
        isStamped ? store.ledger.unstampedSeconds() : 0,
      ]);
      const unstamped = 'Age of the oldest signed head of the ledger that nobody has stamped, nor a later one; 0 where nobody is asked to';
      return [
        gauge('certifiable_ledger_unsigned_entries', 'Entries of the ledger that no signed head counts', count),
        gauge('certifiable_ledger_unsigned_oldest_age_seconds', 'Age of the oldest of them', oldestAgeSeconds),
        gauge('certifiable_ledger_unstamped_oldest_age_seconds', unstamped, unstampedSeconds),
      ];
    },
  };
}

function tidings(store: Store): Measure {
  return {
    name: 'tidings',
    keepSeconds: KEEP_SECONDS,
    async read() {
      const { count, oldestAgeSeconds } = await store.tidings.backlog();
      return [
        gauge('certifiable_tidings_untold', 'What candidates are still to be told', count),
        gauge('certifiable_tidings_oldest_age_seconds', 'Age of the oldest of it', oldestAgeSeconds),
      ];
    },
  };
}

function mails(store: Store): Measure {
  return {
    name: 'mails',
    keepSeconds: KEEP_SECONDS,
    async read() {
      const { queued, oldestAgeSeconds, undelivered } = await store.mails.backlog();
      return [
        gauge('certifiable_mails_queued', 'Mails that are to go out', queued),
        gauge('certifiable_mails_oldest_age_seconds', 'Age of the oldest mail that is to go out', oldestAgeSeconds),
        gauge('certifiable_mails_undelivered', 'Mails that bounced, were given up, or may have been lost', undelivered),
      ];
    },
  };
}
