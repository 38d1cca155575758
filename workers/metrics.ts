import type { Client } from '@temporalio/client';
import { Gauge, Registry } from 'prom-client';
import { backlogOf } from '../platform/task-queues.ts';
import type { Store } from '../store/store.ts';
import { TASK_QUEUES } from '../workflows/queues.ts';

/** What the delivery pool measures for everybody: what waits in the queues and in the outbox, gathered at each scrape. */
export function createBacklogMetrics({ store, client }: { store: Store; client: Client }): { readonly scrape: () => Promise<string> } {
  const registry = new Registry();
  const registers = [registry];
  const tasks = new Gauge({
    name: 'certifiable_queue_backlog_tasks',
    help: 'Tasks that wait in a Temporal task queue',
    labelNames: ['queue', 'type'],
    registers,
  });
  const deliveries = new Gauge({ name: 'certifiable_delivery_backlog', help: 'Facts that no workflow has loaded', registers });
  const age = new Gauge({ name: 'certifiable_delivery_oldest_age_seconds', help: 'Age of the oldest fact that no workflow has loaded', registers });

  return {
    /** Rejects while PostgreSQL is away. A queue that Temporal does not tell about is left out, never shown as empty. */
    async scrape() {
      const backlog = await store.deliveries.backlog();
      deliveries.set(backlog.count);
      age.set(backlog.oldestAgeSeconds);
      tasks.reset();
      for (const queue of await Promise.allSettled(TASK_QUEUES.map((name) => backlogOf(client, name)))) {
        if (queue.status === 'rejected') continue;
        tasks.set({ queue: queue.value.queue, type: 'workflow' }, queue.value.workflowTasks);
        tasks.set({ queue: queue.value.queue, type: 'activity' }, queue.value.activityTasks);
      }
      return registry.metrics();
    },
  };
}
