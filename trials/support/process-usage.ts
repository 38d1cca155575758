import { readdir, readFile } from 'node:fs/promises';

/** Memory and processor time of our processes, from Linux' /proc. Elsewhere nothing is told, and the figures are left out. */

export type Usage = {
  /** Resident. Of several processes as one, with the pages that they share counted once (Pss). */
  readonly bytes: number;
  /** Since the process began. */
  readonly cpuSeconds: number;
};

/** What Linux counts processor time in, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

type Process = {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cpuSeconds: number;
  /** Of its children that have ended, as a connection's process of PostgreSQL does. */
  readonly endedSeconds: number;
};

/**
 * `named` are processes by name. What they and we started otherwise is found by its command: PostgreSQL's and Temporal's
 * processes. Those that have just ended are missing.
 */
export async function readUsage(named: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, Usage>> {
  const processes = await readProcesses();
  const byPid = new Map(processes.map((found) => [found.pid, found]));
  const usages = new Map<string, Usage>();
  for (const [name, pid] of named) {
    const found = byPid.get(pid);
    if (found) usages.set(name, { bytes: await memoryOf(pid, 'Rss'), cpuSeconds: found.cpuSeconds });
  }
  for (const [name, command] of [
    ['Temporal', 'temporal'],
    ['PostgreSQL', 'postgres'],
  ] as const) {
    const group = processes.filter((found) => found.command === command && isBelow(found, process.pid, byPid));
    if (group.length > 0) usages.set(name, await usageOfGroup(group));
  }
  return usages;
}

async function usageOfGroup(group: readonly Process[]): Promise<Usage> {
  const bytes = await Promise.all(group.map(({ pid }) => memoryOf(pid, group.length === 1 ? 'Rss' : 'Pss')));
  return { bytes: sum(bytes), cpuSeconds: sum(group.map(({ cpuSeconds, endedSeconds }) => cpuSeconds + endedSeconds)) };
}

function isBelow(descendant: Process, ancestor: number, byPid: ReadonlyMap<number, Process>): boolean {
  for (let found: Process | undefined = descendant; found; found = byPid.get(found.parent)) if (found.parent === ancestor) return true;
  return false;
}

async function readProcesses(): Promise<readonly Process[]> {
  const names = await readdir('/proc').catch(() => []);
  const stats = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.flatMap((stat) => parseStat(stat) ?? []);
}

/** A line of /proc/PID/stat: the command stands in brackets and may hold blanks and brackets itself. */
export function parseStat(stat: string): Process | undefined {
  const match = /^(\d+) \((.*)\) (.*)$/s.exec(stat.trim());
  if (!match) return undefined;
  const [, pid, command = '', rest = ''] = match;
  const fields = rest.split(' ');
  // Fields 4 (parent) and 14 to 17 (time in user and kernel mode, its own and that of ended children), as `man proc` counts them.
  const number = (field: number) => Number(fields[field - 3]);
  const seconds = (field: number) => (number(field) + number(field + 1)) / TICKS_PER_SECOND;
  return { pid: Number(pid), parent: number(4), command, cpuSeconds: seconds(14), endedSeconds: seconds(16) };
}

async function memoryOf(pid: number, which: 'Rss' | 'Pss'): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return kilobytesIn(text, which) * 1024;
}

/** The most that a process had resident so far; 0 where nothing is told. */
export async function readPeakBytes(pid: number): Promise<number> {
  return kilobytesIn(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''), 'VmHWM') * 1024;
}

/** The figure of a line such as "Rss:  1234 kB"; 0 where there is none. */
export function kilobytesIn(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
