import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { areInstalled, tool } from '../../test/support/tools.ts';
import { runTool, saidBy } from '../check/run-tool.ts';
import { scrapeConfigs, targetsOf, type PodMonitor, type ServiceMonitor } from './scrape-configuration.ts';

const endpoint = {
  port: 'http',
  path: '/metrics',
  interval: '15s',
  scrapeTimeout: '10s',
  relabelings: [
    { targetLabel: 'job', replacement: 'certifiable-api' },
    { targetLabel: 'build', sourceLabels: ['__meta_kubernetes_pod_label_app_kubernetes_io_version'] },
  ],
};
const services: readonly ServiceMonitor[] = [
  {
    metadata: { name: 'api', namespace: 'certifiable' },
    spec: { selector: { matchLabels: { 'certifiable.com/scraped': 'true' } }, endpoints: [endpoint] },
  },
];
const pods: readonly PodMonitor[] = [
  {
    metadata: { name: 'workers', namespace: 'certifiable' },
    spec: {
      selector: { matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['certification', 'events'] }] },
      podMetricsEndpoints: [endpoint],
    },
  },
];

const files = { endpoints: '/endpoints.json', pod: '/pod.json' };

it('asks those that a monitor selects, with the labels that it gives them', () => {
  const [api, workers] = scrapeConfigs({ services, pods, files });
  expect(api).toMatchObject({
    job_name: 'serviceMonitor/certifiable/api/0',
    file_sd_configs: [{ files: ['/endpoints.json'], refresh_interval: '5s' }],
    scrape_interval: '15s',
    metrics_path: '/metrics',
  });
  expect(api?.relabel_configs).toEqual(
    expect.arrayContaining([
      { action: 'keep', source_labels: ['__meta_kubernetes_service_label_certifiable_com_scraped'], regex: 'true' },
      { action: 'keep', source_labels: ['__meta_kubernetes_endpoint_port_name'], regex: 'http' },
      { target_label: 'job', replacement: 'certifiable-api' },
      { target_label: 'build', source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_version'] },
    ]),
  );
  expect(workers?.relabel_configs).toEqual(
    expect.arrayContaining([
      { action: 'keep', source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_component'], regex: 'certification|events' },
      { action: 'keep', source_labels: ['__meta_kubernetes_pod_container_port_name'], regex: 'http' },
    ]),
  );
});

it('finds the port of each pod, and by a service those that it leads to', () => {
  const pod = (name: string, component: string, podIP?: string) => ({
    metadata: { name, namespace: 'certifiable', labels: { 'app.kubernetes.io/component': component, 'app.kubernetes.io/version': '1' } },
    spec: { containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }] },
    status: { phase: 'Running', ...(podIP === undefined ? {} : { podIP }) },
  });
  const service = {
    metadata: { name: 'api-metrics', namespace: 'certifiable', labels: { 'certifiable.com/scraped': 'true' } },
    spec: { selector: { 'app.kubernetes.io/component': 'api' }, ports: [{ name: 'http', targetPort: 'http' }] },
  };
  const found = targetsOf({
    pods: [pod('api-1', 'api', '10.0.0.1'), pod('events-1', 'events', '10.0.0.2'), pod('api-2', 'api')],
    services: [service],
  });
  expect(found.pod.flatMap(({ targets }) => targets)).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
  expect(found.endpoints).toEqual([
    {
      targets: ['10.0.0.1:8080'],
      labels: {
        __meta_kubernetes_endpoint_port_name: 'http',
        __meta_kubernetes_namespace: 'certifiable',
        __meta_kubernetes_pod_label_app_kubernetes_io_component: 'api',
        __meta_kubernetes_pod_label_app_kubernetes_io_version: '1',
        __meta_kubernetes_pod_name: 'api-1',
        __meta_kubernetes_pod_phase: 'Running',
        __meta_kubernetes_service_label_certifiable_com_scraped: 'true',
      },
    },
  ]);
});

it.skipIf(!(await areInstalled('prometheus')))('is taken by Prometheus', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'scrape-'));
  try {
    const file = join(directory, 'prometheus.yaml');
    await writeFile(file, stringify({ scrape_configs: scrapeConfigs({ services, pods, files }) }));
    const run = await runTool({ command: tool('promtool'), args: ['check', 'config', '--syntax-only', file], signal: undefined });
    expect(run.code, saidBy(run)).toBe(0);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
