import { Counter, Gauge, Histogram } from 'prom-client';
import type { Logger } from '../platform/logging.ts';
import { createMeasures, type Measure } from '../platform/telemetry/measures.ts';
import { createProcessRegistry } from '../platform/telemetry/process-metrics.ts';
import type { DeliveryStore } from '../store/deliveries.ts';

/** From a fast autosave to a slow upload, in seconds. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const KEEP_SECONDS = 2;
const KEYS_KEEP_SECONDS = 60;

type Backlogged = Pick<DeliveryStore, 'backlog'>;

/** What /metrics tells: the process, the requests, and the facts that no workflow has loaded yet. */
export function createMetrics({
  deliveries,
  strayKeys,
  build,
  logger,
}: {
  deliveries: Backlogged;
  /** Those in the database that nobody signed off. */
  strayKeys: () => Promise<readonly string[]>;
  build: string;
  logger: Logger;
}) {
  const registry = createProcessRegistry({ service: 'api', build });
  const requestDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by route and status, and how long they took.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  const requestsInFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests that are not answered yet.', registers: [registry] });
  const documentsRendered = new Counter({
    name: 'documents_rendered_total',
    help: 'PDFs that were made because somebody asked for them for the first time.',
    labelNames: ['kind'],
    registers: [registry],
  });
  const refusedForRoom = new Counter({
    name: 'http_requests_refused_for_room_total',
    help: 'Requests that were refused since a disk of ours is full.',
    registers: [registry],
  });
  const measures = createMeasures({ measures: [backlog(deliveries), issuerKeys(strayKeys, logger)], logger });

  return {
    requestDuration,
    requestsInFlight,
    documentsRendered,
    refusedForRoom,
    contentType: registry.contentType,
    /** Without PostgreSQL the backlog is not known and left out; everything else is told all the same. */
    text: async (): Promise<string> => (await Promise.all([registry.metrics(), measures.text()])).join(''),
  };
}

function backlog(deliveries: Backlogged): Measure {
  return {
    name: 'deliveries',
    keepSeconds: KEEP_SECONDS,
    async read() {
      const { count, oldestAgeSeconds } = await deliveries.backlog();
      return [
        { name: 'delivery_backlog_count', help: 'Facts that no workflow has loaded yet.', kind: 'gauge', series: [{ value: count }] },
        { name: 'delivery_backlog_oldest_age_seconds', help: 'Age of the oldest such fact.', kind: 'gauge', series: [{ value: oldestAgeSeconds }] },
      ];
    },
  };
}

/** A key that stands in the database and not in the statement verifies nothing; but somebody put it there. */
function issuerKeys(strayKeys: () => Promise<readonly string[]>, logger: Logger): Measure {
  return {
    name: 'issuer_keys',
    keepSeconds: KEYS_KEEP_SECONDS,
    async read() {
      const stray = await strayKeys();
      if (stray.length > 0) logger.error({ keys: stray }, 'the database has keys of certificates that nobody signed off: they verify nothing');
      return [
        {
          name: 'certifiable_issuer_keys_not_signed_off',
          help: 'Keys in the database that ISSUER_KEYS does not tell of.',
          kind: 'gauge',
          series: [{ value: stray.length }],
        },
      ];
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
