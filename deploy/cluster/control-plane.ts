import { mkdir, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Work } from '../engine/cache.ts';
import { controlGroupOf, type Engine } from '../engine/engine.ts';
import { NODE, PORTS } from './addresses.ts';
import { credentialsIn, makeCredentials, type Credentials } from './credentials.ts';
import { etcdArguments } from './etcd.ts';
import { nodeOf, prepareNode, until, type Node } from './node.ts';
import type { Programs } from './programs.ts';

const NODE_SECONDS = 120;

export type Cluster = {
  readonly node: Node;
  readonly kubectl: (args: readonly string[], options?: { input?: string; timeoutSeconds?: number }) => Promise<string>;
  /** Asks the API server for what is at a path. */
  readonly ask: <Body>(path: string) => Promise<Body>;
  readonly credentials: Credentials;
  readonly programs: Programs;
  /** Gone with the cluster. */
  readonly directory: string;
};

/** Kubernetes in the engine's namespaces, for as long as `use` takes; its node is ready to take pods. Whatever it wrote under `home` is removed. */
export async function withCluster<Result>(
  engine: Engine,
  { home, programs, ...work }: Work & { home: string; programs: Programs },
  use: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const startedAt = Date.now();
  const directory = directoryIn(home);
  // What a killed run left.
  await rm(directory, { recursive: true, force: true });
  await makeCredentials(join(directory, 'credentials'));
  const node = await prepareNode(engine, { programs, controlGroup: controlGroupOf(home), logs: join(directory, 'logs'), ...work });
  const cluster = clusterOn(node, { programs, directory });
  const { kubectl } = cluster;
  try {
    await startAll(cluster);
    await importPauseImage(engine, cluster);
    const isReady = async () => (await kubectl(['get', 'nodes', '--no-headers'])).split(/\s+/)[1] === 'Ready';
    await until('the node is ready', isReady, { seconds: NODE_SECONDS, signal: work.signal });
    work.log(`Kubernetes: the node is ready after ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
    return await use(cluster);
  } finally {
    await node.stop();
    // The data of what ran is in use until the last of it is gone.
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 }).catch(() => undefined);
  }
}

/** The one that another command keeps up in an engine. */
export function clusterOf(engine: Engine, { home, programs, ...work }: Work & { home: string; programs: Programs }): Cluster {
  const directory = directoryIn(home);
  const node = nodeOf(engine, { programs, controlGroup: controlGroupOf(home), logs: join(directory, 'logs'), ...work });
  return clusterOn(node, { programs, directory });
}

export function directoryIn(home: string): string {
  return join(home, 'cluster');
}

function clusterOn(node: Node, { programs, directory }: { programs: Programs; directory: string }): Cluster {
  const credentials = credentialsIn(join(directory, 'credentials'));
  const kubectl: Cluster['kubectl'] = (args, options) => node.says('kubectl', ['--kubeconfig', credentials.kubeconfig('admin'), ...args], options);
  const ask: Cluster['ask'] = (path) => getJson(apiSocketOf(directory), path);
  return { node, kubectl, ask, credentials, programs, directory };
}

async function startAll(cluster: Cluster): Promise<void> {
  await startEtcd(cluster);
  await startApiServer(cluster);
  await Promise.all([startControllers(cluster), startScheduler(cluster), startContainerd(cluster)]);
  await startKubelet(cluster);
  await startProxy(cluster);
  await startApiSocket(cluster);
}

function apiSocketOf(directory: string): string {
  return join(directory, 'api.sock');
}

/** The API server's door for `ask`, with an administrator's rights, in a folder that is root's alone: looking each second by a program of its own costs too much. */
async function startApiSocket({ node, credentials, directory }: Cluster): Promise<void> {
  await node.start({
    name: 'kubectl-proxy',
    command: 'kubectl',
    args: ['--kubeconfig', credentials.kubeconfig('admin'), 'proxy', `--unix-socket=${apiSocketOf(directory)}`],
    isReady: async () => Boolean(await getJson(apiSocketOf(directory), '/version')),
  });
}

function getJson<Body>(socketPath: string, path: string): Promise<Body> {
  return new Promise((resolve, reject) => {
    const asking = get({ socketPath, path, timeout: 10_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve(JSON.parse(text) as Body);
        else reject(new Error(`${path}: ${answer.statusCode} ${text}`));
      });
    });
    asking.on('error', reject);
    asking.on('timeout', () => asking.destroy(new Error(`${path}: no answer`)));
  });
}

async function importPauseImage(engine: Engine, { node, programs, directory }: Cluster): Promise<void> {
  const archive = join(directory, 'pause.tar');
  await engine.dockerSays(['build', '--quiet', '--tag', PAUSE_IMAGE, programs.pause]);
  await engine.dockerSays(['save', '--output', archive, PAUSE_IMAGE]);
  await node.says('ctr', ['--address', CONTAINERD, '--namespace', 'k8s.io', 'images', 'import', archive]);
  await rm(archive);
}

async function startEtcd({ node, directory }: Cluster): Promise<void> {
  await node.start({
    name: 'etcd',
    command: 'etcd',
    args: etcdArguments({ directory, port: PORTS.etcd, peerPort: PORTS.etcdPeers }),
    isReady: () => node.listensOn(PORTS.etcd),
  });
}

async function startApiServer({ node, programs, credentials }: Cluster): Promise<void> {
  const { certificate, key, authority, accounts } = credentials;
  await node.start({
    name: 'kube-apiserver',
    command: programs.kubernetes('kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${PORTS.etcd}`,
      `--advertise-address=${NODE.address}`,
      '--secure-port=6443',
      `--tls-cert-file=${certificate('apiserver')}`,
      `--tls-private-key-file=${key('apiserver')}`,
      `--client-ca-file=${authority}`,
      `--token-auth-file=${credentials.tokens}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${accounts.publicKey}`,
      `--service-account-signing-key-file=${accounts.privateKey}`,
      `--service-cluster-ip-range=${NODE.services}`,
      `--kubelet-client-certificate=${certificate('apiserver-kubelet-client')}`,
      `--kubelet-client-key=${key('apiserver-kubelet-client')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--requestheader-client-ca-file=${authority}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-username-headers=X-Remote-User',
      `--proxy-client-cert-file=${certificate('front-proxy-client')}`,
      `--proxy-client-key-file=${key('front-proxy-client')}`,
      '--enable-aggregator-routing=true',
    ],
    isReady: async () => (await node.run('kubectl', ['--kubeconfig', credentials.kubeconfig('admin'), 'get', '--raw=/readyz'])).stdout === 'ok',
  });
}

async function startControllers({ node, programs, credentials }: Cluster): Promise<void> {
  await node.start({
    name: 'kube-controller-manager',
    command: programs.kubernetes('kube-controller-manager'),
    args: [
      ...connections(credentials.kubeconfig('controller-manager')),
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${credentials.accounts.privateKey}`,
      `--root-ca-file=${credentials.authority}`,
      '--leader-elect=false',
      // A stopped node would be noticed after a minute; scaling is what is looked at here.
      '--horizontal-pod-autoscaler-sync-period=5s',
    ],
    isReady: () => node.listensOn(10_257),
  });
}

async function startScheduler({ node, programs, credentials }: Cluster): Promise<void> {
  await node.start({
    name: 'kube-scheduler',
    command: programs.kubernetes('kube-scheduler'),
    args: [...connections(credentials.kubeconfig('scheduler')), '--leader-elect=false'],
    isReady: () => node.listensOn(10_259),
  });
}

function connections(kubeconfig: string): string[] {
  return [`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`];
}

/** A pod's network outlives its containers by a program that only waits. */
const PAUSE_IMAGE = 'registry.example.org/pause:1';
export const CONTAINERD = '/run/cluster/containerd.sock';

async function startContainerd({ node, directory }: Cluster): Promise<void> {
  const networks = join(directory, 'networks');
  await mkdir(networks, { recursive: true });
  await writeFile(join(networks, '10-pods.conflist'), JSON.stringify(NETWORK));
  const [tools, plugins] = (await node.says('sh', ['-c', 'dirname "$(command -v runc)"; dirname "$(dirname "$(command -v kubectl)")"']))
    .trim()
    .split('\n');
  const configuration = join(directory, 'containerd.toml');
  await writeFile(
    configuration,
    `version = 2
root = "${join(directory, 'containerd')}"
state = "/run/cluster/containerd"
[grpc]
address = "${CONTAINERD}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${PAUSE_IMAGE}"
# Without the right to be killed less likely than others, as where this runs in a container itself.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
BinaryName = "${tools}/runc"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${plugins}/lib/cni"
conf_dir = "${networks}"
`,
  );
  await node.start({
    name: 'containerd',
    command: 'containerd',
    args: ['--config', configuration],
    isReady: async () => (await node.run('ctr', ['--address', CONTAINERD, 'version'])).code === 0,
  });
}

/** The bridge plugin: every pod reaches every pod, so NetworkPolicies are taken and not enforced. */
const NETWORK = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: NODE.pods }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
    { type: 'loopback' },
  ],
};

async function startKubelet({ node, programs, credentials, directory }: Cluster): Promise<void> {
  const configuration = join(directory, 'kubelet.yaml');
  await writeFile(
    configuration,
    stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      failCgroupV1: false,
      cgroupDriver: 'cgroupfs',
      cgroupRoot: `/${node.controlGroup}`,
      containerRuntimeEndpoint: `unix://${CONTAINERD}`,
      failSwapOn: false,
      address: NODE.address,
      tlsCertFile: credentials.certificate('kubelet'),
      tlsPrivateKeyFile: credentials.key('kubelet'),
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: credentials.authority } },
      authorization: { mode: 'Webhook' },
      podCIDR: NODE.pods,
      resolvConf: '/etc/resolv.conf',
      healthzBindAddress: '127.0.0.1',
      readOnlyPort: 0,
      evictionHard: { 'memory.available': '100Mi' },
      imageGCHighThresholdPercent: 100,
      maxPods: 100,
    }),
  );
  await node.start({
    name: 'kubelet',
    command: programs.kubernetes('kubelet'),
    args: [
      `--config=${configuration}`,
      `--kubeconfig=${credentials.kubeconfig('kubelet')}`,
      `--hostname-override=${NODE.name}`,
      `--node-ip=${NODE.address}`,
    ],
    isReady: () => node.listensOn(10_250),
  });
}

async function startProxy({ node, programs, credentials, directory }: Cluster): Promise<void> {
  const configuration = join(directory, 'kube-proxy.yaml');
  await writeFile(
    configuration,
    stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'nftables',
      clusterCIDR: NODE.pods,
      clientConnection: { kubeconfig: credentials.kubeconfig('proxy') },
      // The kernel's own: they are the machine's.
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
      healthzBindAddress: '127.0.0.1:10256',
      metricsBindAddress: '127.0.0.1:10249',
    }),
  );
  await node.start({
    name: 'kube-proxy',
    command: programs.kubernetes('kube-proxy'),
    args: [`--config=${configuration}`, `--hostname-override=${NODE.name}`],
    isReady: () => node.listensOn(10_256),
  });
}
