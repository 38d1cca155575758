import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { guardedProcess, type ManagedProcess } from '../../local/process.ts';
import { runTool, saidBy, type ToolRun } from '../check/run-tool.ts';
import type { Engine } from '../engine/engine.ts';
import type { Work } from '../engine/cache.ts';
import { MACHINES, NODE } from './addresses.ts';
import type { Programs } from './programs.ts';

/**
 * The machine that the cluster has: the engine's namespaces, where whatever a cluster's parts make, mounts, interfaces, rules, processes, is gone
 * with the engine's first process. Folders that they insist on, under /var/lib and /var/log, are in memory there.
 */
export type Node = {
  /** Answers what it said, whatever the code. */
  readonly run: (command: string, args: readonly string[], options?: { input?: string; timeoutSeconds?: number }) => Promise<ToolRun>;
  /** Answers its standard output; throws with all that it said if it fails. */
  readonly says: (command: string, args: readonly string[], options?: { input?: string; timeoutSeconds?: number }) => Promise<string>;
  readonly start: (server: Server) => Promise<ManagedProcess>;
  /** All that were started, the last of them first. */
  readonly stop: () => Promise<void>;
  readonly listensOn: (port: number) => Promise<boolean>;
  readonly controlGroup: string;
  readonly logs: string;
};

type Server = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whom it runs as. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly isReady: () => Promise<boolean>;
  readonly readySeconds?: number;
};

const READY_SECONDS = 120;

type NodeOptions = Work & { programs: Programs; controlGroup: string; logs: string };

export async function prepareNode(engine: Engine, options: NodeOptions): Promise<Node> {
  const node = nodeOf(engine, options);
  const machines = Object.values(MACHINES);
  const addresses = machines.map(({ address }) => `${address}/24`).join(' ');
  const groups = [options.controlGroup, ...machines.map(({ name }) => `${options.controlGroup}/${name}`)].join(' ');
  await node.says('sh', ['-euc', SET_UP, 'node', NODE.bridge, addresses, groups, NODE.names]);
  return node;
}

/** One that is prepared already. */
export function nodeOf(engine: Engine, { programs, controlGroup, logs, ...work }: NodeOptions): Node {
  const [enter = '', ...namespaces] = engine.inNamespaces;
  const packages = [engine.packages, programs.packages].map((root) => join(root, 'usr'));
  const path = [...packages.flatMap((root) => [join(root, 'sbin'), join(root, 'bin')]), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':');
  const variables = {
    PATH: path,
    LD_LIBRARY_PATH: packages.map((root) => join(root, 'lib', 'libraries')).join(':'),
    XTABLES_LIBDIR: join(engine.packages, 'usr', 'lib', 'libraries', 'xtables'),
    HOME: '/var/lib',
  };
  const words = (command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) => [
    'env',
    '-i',
    ...Object.entries({ ...variables, ...environment }).map(([name, value]) => `${name}=${value}`),
    command,
    ...args,
  ];
  const run: Node['run'] = (command, args, options = {}) =>
    runTool({ command: enter, args: [...namespaces, ...words(command, args)], signal: work.signal, ...options });
  const says: Node['says'] = async (command, args, options) => {
    const ran = await run(command, args, options);
    if (ran.code !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')}: ${saidBy(ran)}`);
    return ran.stdout;
  };
  const listensOn = async (port: number) =>
    (await run('bash', ['-c', `: </dev/tcp/${NODE.address}/${port} || : </dev/tcp/127.0.0.1/${port}`])).code === 0;
  const servers: ManagedProcess[] = [];
  const start: Node['start'] = async ({ name, command, args, environment, user, isReady, readySeconds = READY_SECONDS }) => {
    // What enters the namespaces hands no signal on, so its end is the signal.
    const as = ['--pdeathsig', 'TERM', ...(user === undefined ? [] : asUser(user))];
    const server = guardedProcess({
      name,
      logFile: join(logs, `${name}.log`),
      guarded: { command: enter, args: [...namespaces, ...words('setpriv', [...as, command, ...args], environment)], stopSignal: 'SIGTERM' },
      isReady,
      readySeconds,
      stopSeconds: 5,
      ...work,
    });
    servers.push(server);
    await server.start();
    return server;
  };
  const stop = async () => {
    for (const server of servers.toReversed()) await server.stop();
  };
  return { run, says, start, stop, listensOn, controlGroup, logs };
}

/** For `setpriv`. */
export function asUser({ uid, gid }: { uid: number; gid: number }): string[] {
  return ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
}

/**
 * A bridge with the machines' addresses, and forwarding between pods, which Docker closes; where names are asked for, by what runs here and by the
 * cluster's own server of names; the parents of the pods' control groups in each of the kernel's hierarchies.
 */
const SET_UP = `
for folder in /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs $folder; done
ip link add $1 type bridge
for address in $2; do ip address add $address dev $1; done
ip link set $1 up
iptables -P FORWARD ACCEPT
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
mkdir -p /run/cluster
echo nameserver 10.0.2.3 >/run/cluster/upstream.conf
printf 'nameserver %s\\nsearch svc.cluster.local cluster.local\\noptions ndots:5\\n' $4 >/run/cluster/resolv.conf
mount --bind /run/cluster/resolv.conf /etc/resolv.conf
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
  [ -e $hierarchy/cgroup.procs ] || continue
  for group in $3; do
    mkdir -p $hierarchy/$group
    # As many processors as there are, beside whatever else the machine does.
    [ ! -e $hierarchy/cpu.shares ] || echo $(($(nproc) * 1024)) >$hierarchy/$group/cpu.shares
    if [ -e $hierarchy/cpuset.cpus ]; then
      cat $hierarchy/cpuset.cpus >$hierarchy/$group/cpuset.cpus
      cat $hierarchy/cpuset.mems >$hierarchy/$group/cpuset.mems
    fi
  done
done
`;

/** Throws with what it waits for when it takes too long. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<void> {
  const giveUpAt = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within ${seconds} s`);
    await pause(500, undefined, { signal });
  }
}
