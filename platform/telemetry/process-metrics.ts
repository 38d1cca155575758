import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** What every process of ours tells: how Node is doing, and which build it is. */
export function createProcessRegistry({ service, build }: { service: string; build: string }): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'certifiable_build_info',
    help: 'Which build this process runs',
    labelNames: ['service', 'build'],
    registers: [registry],
  }).set({ service, build }, 1);
  return registry;
}
