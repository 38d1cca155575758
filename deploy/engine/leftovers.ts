import { glob, readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runTool } from '../check/run-tool.ts';
import { engineDirectory } from './cache.ts';
import { controlGroupOf } from './engine.ts';

/** What the engine of a folder could leave on a machine. Processes and mounts are those of the engine; of interfaces and rules there is no telling whose. */
export type MachineState = Readonly<Record<'processes' | 'mounts' | 'interfaces' | 'rules' | 'control groups', readonly string[]>>;

export async function machineState(home: string): Promise<MachineState> {
  return {
    processes: await processesOf(home),
    mounts: (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(home)),
    interfaces: await readdir('/sys/class/net'),
    rules: await packetRules(),
    'control groups': await controlGroups(controlGroupOf(home)),
  };
}

/** In words, each a line; nothing where the machine is as it was. */
export function leftBehind(before: MachineState, after: MachineState): string[] {
  return (Object.keys(after) as (keyof MachineState)[]).flatMap((kind) =>
    after[kind].filter((one) => !before[kind].includes(one)).map((one) => `${kind}: ${one}`),
  );
}

/** Those that run a program of the folder, or have it in their arguments: containers' own programs end with the namespaces of those. */
async function processesOf(directory: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    ids.map(async (id) => {
      const [program, words] = await Promise.all([
        readlink(join('/proc', id, 'exe')).catch(() => ''),
        readFile(join('/proc', id, 'cmdline'), 'utf8').catch(() => ''),
      ]);
      return `${program}\0${words}`.includes(`${directory}/`) ? [`${id} ${words.replaceAll('\0', ' ').trim()}`] : [];
    }),
  );
  return found.flat();
}

/** Of both generations of the kernel's tables. The kernel counts packets in brackets, which change by themselves. */
async function packetRules(): Promise<string[]> {
  const programs = ['iptables-legacy-save', 'iptables-nft-save'];
  const programsFound: string[] = [];
  for await (const found of glob(join(engineDirectory(), 'packages-*', 'usr', 'sbin', 'iptables-nft-save'))) programsFound.push(found);
  const [found] = programsFound;
  if (found === undefined) return [];
  const root = dirname(dirname(found));
  const environment = { LD_LIBRARY_PATH: join(root, 'lib', 'libraries'), XTABLES_LIBDIR: join(root, 'lib', 'libraries', 'xtables') };
  const runs = await Promise.all(programs.map((name) => runTool({ command: join(root, 'sbin', name), args: [], environment })));
  return runs.flatMap(({ stdout }) =>
    stdout
      .split('\n')
      .filter((line) => /^(-A|:)/.test(line))
      .map((line) => line.replace(/ \[\d+:\d+\]$/, '')),
  );
}

async function controlGroups(name: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob([`/sys/fs/cgroup/${name}`, `/sys/fs/cgroup/*/${name}`])) found.push(path);
  return found;
}
