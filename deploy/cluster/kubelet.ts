import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Work } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import { NODE, type Machine } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import { until } from './node.ts';

/** What a machine of the cluster runs: containerd, and the kubelet that has it start pods. */

const NODE_SECONDS = 120;
/** A pod's network outlives its containers by a program that only waits. */
const PAUSE_IMAGE = 'registry.example.org/pause:1';
const SOCKETS = '/run/cluster';

export function containerdOf({ name }: Pick<Machine, 'name'>): string {
  return `${SOCKETS}/${name}.sock`;
}

/** `ctr` among the containers of a machine. */
export function containers({ node }: Cluster, machine: Machine) {
  return (args: readonly string[], options?: { timeoutSeconds: number }) =>
    node.says('ctr', ['--address', containerdOf(machine), '--namespace', 'k8s.io', ...args], options);
}

export async function untilNodeReady({ kubectl }: Pick<Cluster, 'kubectl'>, { name }: Machine, { signal }: Pick<Work, 'signal'>): Promise<void> {
  const isReady = async () => (await kubectl(['get', 'nodes', name, '--ignore-not-found', '--no-headers'])).split(/\s+/)[1] === 'Ready';
  await until(`${name} is ready`, isReady, { seconds: NODE_SECONDS, signal });
}

export async function importPauseImage(engine: Engine, cluster: Cluster, machine: Machine): Promise<void> {
  const archive = join(cluster.directory, 'pause.tar');
  await engine.dockerSays(['build', '--quiet', '--tag', PAUSE_IMAGE, cluster.programs.pause]);
  await engine.dockerSays(['save', '--output', archive, PAUSE_IMAGE]);
  await containers(cluster, machine)(['images', 'import', archive]);
  await rm(archive);
}

export async function startContainerd({ node, directory }: Cluster, machine: Machine) {
  const networks = join(directory, 'networks');
  await mkdir(networks, { recursive: true });
  await writeFile(join(networks, '10-pods.conflist'), JSON.stringify(NETWORK));
  const [tools, plugins] = (await node.says('sh', ['-c', 'dirname "$(command -v runc)"; dirname "$(dirname "$(command -v kubectl)")"']))
    .trim()
    .split('\n');
  const configuration = join(directory, `containerd-${machine.name}.toml`);
  await writeFile(
    configuration,
    `version = 2
root = "${join(directory, `containerd-${machine.name}`)}"
state = "${SOCKETS}/${machine.name}"
[grpc]
address = "${containerdOf(machine)}"
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
  return node.start({
    name: `containerd-${machine.name}`,
    command: 'containerd',
    args: ['--config', configuration],
    isReady: async () => (await node.run('ctr', ['--address', containerdOf(machine), 'version'])).code === 0,
  });
}

/** One bridge for all machines, and addresses that are given once: a pod reaches every pod unless a NetworkPolicy is in the way. */
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

export async function startKubelet({ node, programs, credentials, directory }: Cluster, { name, address, healthPort }: Machine) {
  const configuration = join(directory, `kubelet-${name}.yaml`);
  await writeFile(
    configuration,
    stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      failCgroupV1: false,
      cgroupDriver: 'cgroupfs',
      cgroupRoot: `/${node.controlGroup}/${name}`,
      containerRuntimeEndpoint: `unix://${containerdOf({ name })}`,
      failSwapOn: false,
      address,
      tlsCertFile: credentials.certificate(name),
      tlsPrivateKeyFile: credentials.key(name),
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: credentials.authority } },
      authorization: { mode: 'Webhook' },
      podCIDR: NODE.pods,
      podLogsDir: `/var/log/pods-${name}`,
      clusterDNS: [NODE.names],
      clusterDomain: 'cluster.local',
      resolvConf: '/run/cluster/upstream.conf',
      healthzBindAddress: '127.0.0.1',
      healthzPort: healthPort,
      readOnlyPort: 0,
      evictionHard: { 'memory.available': '100Mi' },
      imageGCHighThresholdPercent: 100,
      maxPods: 100,
    }),
  );
  return node.start({
    name: `kubelet-${name}`,
    command: programs.kubernetes('kubelet'),
    args: [
      `--config=${configuration}`,
      `--kubeconfig=${credentials.kubeconfig(name)}`,
      `--root-dir=/var/lib/kubelet-${name}`,
      `--hostname-override=${name}`,
      `--node-ip=${address}`,
    ],
    isReady: async () => (await node.run('bash', ['-c', `: </dev/tcp/${address}/10250`])).code === 0,
  });
}
