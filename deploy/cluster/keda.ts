import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesMatching } from '../check/files.ts';
import { NODE, PORTS } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import type { KedaPrograms } from './programs.ts';

/** KEDA as its authors configure it, with the rights of its ServiceAccount; operator and adapter run on the node and not in pods, since there is no image of them. */
export async function startKeda(cluster: Cluster, { program, configuration }: KedaPrograms): Promise<void> {
  const { node, kubectl, credentials } = cluster;
  await kubectl(['create', 'namespace', 'keda']);
  await kubectl(['-n', 'keda', 'create', 'serviceaccount', 'keda-operator']);
  await kubectl(['-n', 'keda', 'create', 'secret', 'generic', 'kedaorg-certs']);
  for (const path of [
    ...(await filesMatching(configuration, 'crd/bases/*.yaml')),
    'rbac/role.yaml',
    'rbac/role_binding.yaml',
    'metrics-server/role.yaml',
    'metrics-server/role_binding.yaml',
  ])
    await kubectl(['apply', '--server-side', '-f', join(configuration, path)]);
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(await adapterService(cluster)) });
  const environment = { POD_NAMESPACE: 'keda', WATCH_NAMESPACE: '', KEDA_CLUSTER_OBJECT_NAMESPACE: 'keda', KEDA_HTTP_DEFAULT_TIMEOUT: '3000' };
  const directory = join(credentials.directory, 'keda');
  await node.says('sh', [
    '-euc',
    'mkdir -p "$1"; cp "$2" "$1/ca.crt"; cp "$3" "$1/tls.crt"; cp "$4" "$1/tls.key"',
    'keda',
    directory,
    credentials.authority,
    credentials.certificate('keda'),
    credentials.key('keda'),
  ]);
  await node.start({
    name: 'keda-operator',
    command: program('operator'),
    args: [
      `--kubeconfig=${credentials.kubeconfig('keda')}`,
      `--cert-dir=${directory}`,
      '--metrics-bind-address=:8180',
      '--health-probe-bind-address=:8181',
      `--metrics-service-bind-address=:${PORTS.kedaMetrics}`,
      '--zap-encoder=console',
    ],
    environment,
    isReady: () => node.listensOn(PORTS.kedaMetrics),
  });
  await node.start({
    name: 'keda-adapter',
    command: program('adapter'),
    args: [
      `--secure-port=${PORTS.kedaAdapter}`,
      ...['lister-kubeconfig', 'kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
        (flag) => `--${flag}=${credentials.kubeconfig('keda')}`,
      ),
      `--client-ca-file=${join(directory, 'ca.crt')}`,
      `--tls-cert-file=${join(directory, 'tls.crt')}`,
      `--tls-private-key-file=${join(directory, 'tls.key')}`,
      `--cert-dir=${directory}`,
      `--metrics-service-address=${NODE.address}:${PORTS.kedaMetrics}`,
      '--metrics-service-grpc-authority=keda-operator',
    ],
    environment,
    isReady: async () =>
      (await node.run('kubectl', ['--kubeconfig', credentials.kubeconfig('admin'), 'get', '--raw=/apis/external.metrics.k8s.io/v1beta1'])).code === 0,
  });
}

/** Where the API server asks for external metrics: the adapter's port on the node. */
async function adapterService({ credentials }: Cluster): Promise<object> {
  const [name, namespace] = ['keda-metrics-apiserver', 'keda'];
  const caBundle = (await readFile(credentials.authority)).toString('base64');
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { ports: [{ name: 'https', port: 443, targetPort: PORTS.kedaAdapter }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port: PORTS.kedaAdapter, protocol: 'TCP' }],
      endpoints: [{ addresses: [NODE.address], conditions: { ready: true } }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.external.metrics.k8s.io' },
      spec: {
        service: { name, namespace },
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle,
      },
    },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
