import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sealingKeys, signingKeys, statedKeys } from '../../local/signing-keys.ts';
import type { BuiltImage } from '../engine/build.ts';
import type { Doors } from '../engine/doors.ts';
import type { Engine } from '../engine/engine.ts';
import { NODE, PORTS, type Machine } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import { containers } from './kubelet.ts';
import type { Servers } from './servers.ts';

/** The chart on the cluster, installed as its README says. */

export const CHART = fileURLToPath(new URL('../helm/certifiable', import.meta.url));
const VALUES = fileURLToPath(new URL('values.yaml', import.meta.url));
export const RELEASE_NAMESPACE = 'certifiable';
export const REPOSITORY = 'registry.example.org/certifiable';
const ARCHIVE_SECONDS = 600;

/** An image of the engine's, on the node: there is no registry, so it lies there under the name by which the kubelet asks. */
export type NodeImage = { readonly buildId: string; readonly digest: string };

/** All at once: what they share is handed over once. */
export async function importImages(
  engine: Engine,
  cluster: Cluster,
  { images, machine }: { images: readonly BuiltImage[]; machine: Machine },
): Promise<readonly NodeImage[]> {
  const archive = join(cluster.directory, 'images.tar');
  await engine.dockerSays(['save', '--output', archive, ...images.map(({ name }) => name)]);
  const ctr = (...args: string[]) => containers(cluster, machine)(['images', ...args], { timeoutSeconds: ARCHIVE_SECONDS });
  await ctr('import', '--base-name', REPOSITORY, archive);
  await rm(archive);
  const listed = (await ctr('list')).split('\n').map((line) => line.split(/\s+/));
  const imported: NodeImage[] = [];
  for (const { name, buildId } of images) {
    const [stored = '', , digest = ''] = listed.find(([reference = '']) => reference.endsWith(`/${name}`)) ?? [];
    await ctr('tag', '--force', stored, `${REPOSITORY}@${digest}`);
    imported.push({ buildId, digest });
  }
  return imported;
}

/** What the chart wants to be there before: namespace, Secrets, and the volume of the uploads. */
export async function prepareRelease({ kubectl, node, directory }: Cluster, { databaseUrl, databaseLogins }: Servers): Promise<void> {
  await kubectl(['create', 'namespace', RELEASE_NAMESPACE]);
  await kubectl(['label', 'namespace', RELEASE_NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
  const secrets = {
    'certifiable-database': { url: databaseUrl },
    [LOGINS]: databaseLogins,
    'certifiable-receipts': { jwks: newKeys() },
    'certifiable-secret-keys': { jwks: sealingKeys(newKeys()) },
    'certifiable-codec-keys': { jwks: sealingKeys(newKeys()) },
    'certifiable-credentials': { jwks: await signingKeys(directory, 'credential') },
  };
  const items = Object.entries(secrets).map(([name, stringData]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: RELEASE_NAMESPACE },
    stringData,
  }));
  await kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...items, ...uploads()] }) });
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(EDGE) });
  await node.says('sh', ['-euc', 'mkdir -p "$1"; chown 1000:1000 "$1"', 'uploads', UPLOADS]);
}

const LOGINS = 'certifiable-database-logins';
const UPLOADS = '/var/lib/uploads';

/** How people reach the API: an address that is known before the chart is there. */
export const EDGE_ADDRESS = '10.96.100.100:80';
const EDGE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'edge', namespace: RELEASE_NAMESPACE },
  spec: {
    clusterIP: EDGE_ADDRESS.replace(/:.*/, ''),
    selector: { 'app.kubernetes.io/part-of': 'certifiable', 'app.kubernetes.io/component': 'api' },
    ports: [{ port: 80, targetPort: 'http' }],
  },
};

function uploads(): object[] {
  const capacity = { storage: '1Gi' };
  const metadata = { name: 'uploads' };
  const common = { accessModes: ['ReadWriteMany'], storageClassName: '', volumeName: 'uploads' };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata,
      spec: { capacity, accessModes: common.accessModes, persistentVolumeReclaimPolicy: 'Retain', hostPath: { path: UPLOADS } },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...metadata, namespace: RELEASE_NAMESPACE },
      spec: { ...common, resources: { requests: capacity } },
    },
  ];
}

function newKeys(): string {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return JSON.stringify({ keys: [{ ...jwk, kid: randomUUID(), alg: 'EdDSA', use: 'sig' }] });
}

export type Release = {
  readonly image: NodeImage;
  /** Those that attempts are still pinned to. */
  readonly retiring?: readonly NodeImage[];
  /** Takes back what a controller has written of it, as Argo Rollouts does with the selectors of Services. */
  readonly forced?: boolean;
  /** Files of values beside those of the cluster: of a rehearsal. */
  readonly values?: readonly string[];
  readonly servers: Servers;
  /** By which people reach the API, and the issuer of their tokens. */
  readonly doors: Doors;
  readonly helm: string;
  readonly timeoutSeconds: number;
};

/** `helm upgrade --install`: resolves when the migrations are done and everything else is made; pods come up after that. */
export async function installChart(
  cluster: Cluster,
  { image, retiring = [], values: files = [], forced = false, servers, doors: { apiUrl, issuerUrl }, helm, timeoutSeconds }: Release,
): Promise<void> {
  const credentialKeys = await signingKeys(cluster.directory, 'credential');
  const stated = await statedKeys({ dataDirectory: cluster.directory, credentialKeys, publicUrl: apiUrl });
  const issuerKeys = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'certifiable-issuer-keys', namespace: RELEASE_NAMESPACE },
    stringData: { statement: stated.ISSUER_KEYS },
  };
  const values = {
    image: { repository: REPOSITORY, digest: image.digest },
    buildId: image.buildId,
    retiringBuilds: retiring,
    publicUrl: apiUrl,
    issuerRoots: [stated.ISSUER_ROOTS],
    oidc: { issuer: issuerUrl },
    databaseLogins: Object.fromEntries(Object.keys(servers.databaseLogins).map((component) => [component, { secret: LOGINS, key: component }])),
    temporal: { address: servers.temporalAddress, namespace: servers.namespace },
    network: {
      postgresql: { port: PORTS.postgres, to: [{ ipBlock: { cidr: `${NODE.address}/32` } }] },
      temporal: { port: PORTS.temporal, to: [{ ipBlock: { cidr: `${NODE.address}/32` } }] },
    },
  };
  await mkdir(join(cluster.directory, 'helm'), { recursive: true });
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(issuerKeys) });
  await cluster.node.says(
    helm,
    [
      'upgrade',
      '--install',
      'certifiable',
      CHART,
      `--kubeconfig=${cluster.credentials.kubeconfig('admin')}`,
      `--namespace=${RELEASE_NAMESPACE}`,
      ...[VALUES, ...files].map((file) => `--values=${file}`),
      '--values=-',
      ...(forced ? ['--force-conflicts'] : []),
      `--timeout=${timeoutSeconds}s`,
    ],
    { input: JSON.stringify(values), timeoutSeconds: timeoutSeconds + 30 },
  );
}
