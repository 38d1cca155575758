import { readFile, statfs } from 'node:fs/promises';
import { Failure } from '../../platform/failure.ts';
import { findOnPath } from '../../local/tools/install.ts';

/** Images, volumes and binaries take about 13 GB, Go's module and build caches the rest. */
const DISK_GIGABYTES = 20;
const COMMANDS = ['apt-get', 'dpkg', 'perl', 'python3', 'unshare', 'nsenter', 'flock', 'ip', 'go'];

/** What of a machine decides whether an engine can run there. */
export type Machine = {
  readonly isRoot: boolean;
  /** As /proc/filesystems names them. */
  readonly filesystems: readonly string[];
  readonly hasTunDevice: boolean;
  readonly freeBytes: number;
  /** Whether everything is in the cache: then the disk is taken already. */
  readonly isBuilt: boolean;
  readonly missingCommands: readonly string[];
};

/** Looks at this machine; `directory` is where images and binaries go. */
export async function lookAtMachine({ directory, isBuilt }: { directory: string; isBuilt: boolean }): Promise<Machine> {
  const filesystems = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  const { bavail, bsize } = await statfs(directory);
  const found = await Promise.all(COMMANDS.map(async (command) => ({ command, path: await findOnPath(command) })));
  return {
    isRoot: process.getuid?.() === 0,
    filesystems: filesystems.split('\n').map((line) => line.replace('nodev', '').trim()),
    hasTunDevice: await readFile('/sys/class/misc/tun/dev', 'utf8').then(
      () => true,
      () => false,
    ),
    freeBytes: bavail * bsize,
    isBuilt,
    missingCommands: found.filter(({ path }) => path === undefined).map(({ command }) => command),
  };
}

/** Everything that is missing, each with what to do; nothing where an engine can run. */
export function missingOn(machine: Machine): string[] {
  const freeGigabytes = machine.freeBytes / 1e9;
  return [
    ...(machine.isRoot ? [] : ['root: namespaces and mounts are made; run it as root, or in a container or machine where you are']),
    ...(machine.filesystems.includes('overlay') ? [] : ['overlayfs in the kernel: images are layers of it (modprobe overlay)']),
    ...(machine.hasTunDevice ? [] : ['the tun device in the kernel: containers reach registries through it (modprobe tun)']),
    ...(machine.isBuilt || freeGigabytes >= DISK_GIGABYTES
      ? []
      : [`${DISK_GIGABYTES} GB of disk where the cache is: ${Math.floor(freeGigabytes)} GB are free`]),
    ...(machine.missingCommands.length === 0 ? [] : [`these commands (Debian or Ubuntu, and Go): ${machine.missingCommands.join(', ')}`]),
  ];
}

export async function checkRequirements(where: { directory: string; isBuilt: boolean }): Promise<void> {
  const missing = missingOn(await lookAtMachine(where));
  if (missing.length > 0) throw new Failure(['No container engine can run here. It lacks:', ...missing.map((line) => `  ${line}`)].join('\n'));
}
