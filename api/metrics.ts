import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { DeliveryStore } from '../store/deliveries.ts';

/** From a fast autosave to a slow upload, in seconds. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What /metrics tells: the process, the requests, and the facts that no workflow has loaded yet. */
export function createMetrics({ deliveries }: { deliveries: Pick<DeliveryStore, 'backlog'> }) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requestDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by route and status, and how long they took.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  const backlogCount = new Gauge({ name: 'delivery_backlog_count', help: 'Facts that no workflow has loaded yet.', registers: [registry] });
  const backlogAge = new Gauge({ name: 'delivery_backlog_oldest_age_seconds', help: 'Age of the oldest such fact.', registers: [registry] });

  return {
    requestDuration,
    contentType: registry.contentType,
    /** Without PostgreSQL the backlog is unknown and reads NaN; everything else is told all the same. */
    async text(): Promise<string> {
      const backlog = await deliveries.backlog().catch(() => ({ count: Number.NaN, oldestAgeSeconds: Number.NaN }));
      backlogCount.set(backlog.count);
      backlogAge.set(backlog.oldestAgeSeconds);
      return registry.metrics();
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
