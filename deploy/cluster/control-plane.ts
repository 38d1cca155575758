import { rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Work } from '../engine/cache.ts';
import { controlGroupOf, type Engine } from '../engine/engine.ts';
import { MACHINES, NODE, PORTS } from './addresses.ts';
import { credentialsIn, makeCredentials, type Credentials } from './credentials.ts';
import { etcdArguments } from './etcd.ts';
import { importPauseImage, startContainerd, startKubelet, untilNodeReady } from './kubelet.ts';
import { nodeOf, prepareNode, type Node } from './node.ts';
import type { Programs } from './programs.ts';

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
  try {
    await startAll(cluster);
    await importPauseImage(engine, cluster, MACHINES.node0);
    await untilNodeReady(cluster, MACHINES.node0, work);
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
  await Promise.all([startControllers(cluster), startScheduler(cluster), startContainerd(cluster, MACHINES.node0)]);
  await startKubelet(cluster, MACHINES.node0);
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
      // The latter two keep the pods of a namespace on nodes of a kind, where its annotations say so.
      '--enable-admission-plugins=NodeRestriction,PodNodeSelector,PodTolerationRestriction',
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
      // Thousands of pods without machines are made in one rehearsal.
      '--kube-api-qps=300',
      '--kube-api-burst=600',
    ],
    isReady: () => node.listensOn(10_257),
  });
}

async function startScheduler({ node, programs, credentials }: Cluster): Promise<void> {
  await node.start({
    name: 'kube-scheduler',
    command: programs.kubernetes('kube-scheduler'),
    args: [...connections(credentials.kubeconfig('scheduler')), '--leader-elect=false', '--kube-api-qps=300', '--kube-api-burst=600'],
    isReady: () => node.listensOn(10_259),
  });
}

function connections(kubeconfig: string): string[] {
  return [`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`];
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
    args: [`--config=${configuration}`, `--hostname-override=${MACHINES.node0.name}`],
    isReady: () => node.listensOn(10_256),
  });
}
