/**
 * What Prometheus reads, made of the monitors of a namespace as its operator would make it, of what ours say: who is scraped, where, how often, and the
 * labels that they get.
 */

type Relabeling = {
  readonly sourceLabels?: readonly string[];
  readonly targetLabel?: string;
  readonly regex?: string;
  readonly replacement?: string;
  readonly action?: string;
};
type Endpoint = {
  readonly port: string;
  readonly path: string;
  readonly interval: string;
  readonly scrapeTimeout: string;
  readonly relabelings?: readonly Relabeling[];
};
type Selector = {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: 'In'; readonly values: readonly string[] }[];
};
type Metadata = { readonly name: string; readonly namespace: string };
export type ServiceMonitor = { readonly metadata: Metadata; readonly spec: { readonly selector: Selector; readonly endpoints: readonly Endpoint[] } };
export type PodMonitor = {
  readonly metadata: Metadata;
  readonly spec: { readonly selector: Selector; readonly podMetricsEndpoints: readonly Endpoint[] };
};

type ScrapeConfig = Readonly<Record<string, unknown>> & { readonly job_name: string; readonly relabel_configs: readonly object[] };

/** Where the targets are told, by what finds them. */
export type TargetFiles = Readonly<Record<'endpoints' | 'pod', string>>;

type Monitors = { readonly services: readonly ServiceMonitor[]; readonly pods: readonly PodMonitor[]; readonly files: TargetFiles };

export function scrapeConfigs({ services, pods, files }: Monitors): readonly ScrapeConfig[] {
  return [
    ...services.flatMap(({ metadata, spec }) =>
      spec.endpoints.map((endpoint, index) =>
        scrapeConfig({
          name: `serviceMonitor/${metadata.namespace}/${metadata.name}/${index}`,
          role: 'endpoints',
          metadata,
          selector: spec.selector,
          endpoint,
          files,
        }),
      ),
    ),
    ...pods.flatMap(({ metadata, spec }) =>
      spec.podMetricsEndpoints.map((endpoint, index) =>
        scrapeConfig({
          name: `podMonitor/${metadata.namespace}/${metadata.name}/${index}`,
          role: 'pod',
          metadata,
          selector: spec.selector,
          endpoint,
          files,
        }),
      ),
    ),
  ];
}

type Scraped = {
  readonly name: string;
  readonly role: 'endpoints' | 'pod';
  readonly metadata: Metadata;
  readonly selector: Selector;
  readonly endpoint: Endpoint;
  readonly files: TargetFiles;
};

function scrapeConfig({ name, role, metadata, selector, endpoint, files }: Scraped): ScrapeConfig {
  const { port, path, interval, scrapeTimeout, relabelings = [] } = endpoint;
  const [labelled, portName] =
    role === 'pod' ? ['__meta_kubernetes_pod_label_', 'pod_container_port_name'] : ['__meta_kubernetes_service_label_', 'endpoint_port_name'];
  return {
    job_name: name,
    file_sd_configs: [{ files: [files[role]], refresh_interval: '5s' }],
    scrape_interval: interval,
    scrape_timeout: scrapeTimeout,
    metrics_path: path,
    relabel_configs: [
      ...kept(selector).map(({ key, values }) => ({ action: 'keep', source_labels: [`${labelled}${inLabel(key)}`], regex: values.join('|') })),
      { action: 'keep', source_labels: [`__meta_kubernetes_${portName}`], regex: port },
      { action: 'keep', source_labels: ['__meta_kubernetes_namespace'], regex: metadata.namespace },
      // A pod that is done is listed until it is gone.
      { action: 'drop', source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Failed|Succeeded' },
      { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
      { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
      ...relabelings.map(relabelConfig),
    ],
  };
}

function kept({ matchLabels = {}, matchExpressions = [] }: Selector): readonly { readonly key: string; readonly values: readonly string[] }[] {
  return [...Object.entries(matchLabels).map(([key, value]) => ({ key, values: [value] })), ...matchExpressions];
}

function relabelConfig({ sourceLabels, targetLabel, ...same }: Relabeling): object {
  return {
    ...same,
    ...(sourceLabels === undefined ? {} : { source_labels: sourceLabels }),
    ...(targetLabel === undefined ? {} : { target_label: targetLabel }),
  };
}

/** As Prometheus writes a label of Kubernetes' in its own. */
function inLabel(key: string): string {
  return key.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

// Who there is

type Labels = Readonly<Record<string, string>>;
type Service = {
  readonly metadata: Metadata & { readonly labels?: Labels };
  readonly spec: { readonly selector?: Labels; readonly ports: readonly { readonly name?: string; readonly targetPort: number | string }[] };
};
type Pod = {
  readonly metadata: Metadata & { readonly labels?: Labels };
  readonly spec: { readonly containers: readonly { readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[] }[] };
  readonly status: { readonly phase: string; readonly podIP?: string };
};
type Target = { readonly targets: readonly string[]; readonly labels: Labels };

/** The ports of pods, and those by which services lead to them, with the labels that Prometheus' own discovery gives them; Debian's is built without it. */
export function targetsOf({
  pods,
  services,
}: {
  pods: readonly Pod[];
  services: readonly Service[];
}): Readonly<Record<'endpoints' | 'pod', readonly Target[]>> {
  const ports = pods.flatMap(portsOf);
  const endpoints = services.flatMap(({ metadata, spec }) => {
    const { selector } = spec;
    if (selector === undefined) return [];
    const behind = ports.filter(({ own }) => Object.entries(selector).every(([key, value]) => own[key] === value));
    return spec.ports.flatMap(({ name = '', targetPort }) =>
      behind
        .filter((port) => port.name === targetPort || port.number === targetPort)
        .map(({ address, labels }) => ({
          targets: [address],
          labels: { ...labels, ...metaLabels('service', metadata.labels), __meta_kubernetes_endpoint_port_name: name },
        })),
    );
  });
  return {
    endpoints,
    pod: ports.map(({ address, name, labels }) => ({ targets: [address], labels: { ...labels, __meta_kubernetes_pod_container_port_name: name } })),
  };
}

type Port = { readonly own: Labels; readonly name: string; readonly number: number; readonly address: string; readonly labels: Labels };

function portsOf({ metadata, spec, status }: Pod): readonly Port[] {
  const { podIP } = status;
  if (podIP === undefined) return [];
  const labels = {
    ...metaLabels('pod', metadata.labels),
    __meta_kubernetes_namespace: metadata.namespace,
    __meta_kubernetes_pod_name: metadata.name,
    __meta_kubernetes_pod_phase: status.phase,
  };
  return spec.containers.flatMap(({ ports = [] }) =>
    ports.map(({ name = '', containerPort }) => ({
      own: metadata.labels ?? {},
      name,
      number: containerPort,
      address: `${podIP}:${containerPort}`,
      labels,
    })),
  );
}

function metaLabels(what: 'pod' | 'service', labels: Labels = {}): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [`__meta_kubernetes_${what}_label_${inLabel(key)}`, value]));
}
