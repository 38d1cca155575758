import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds used so far, by kind of process. */
export function cpuSeconds(root: number): Record<string, number> {
  const parents = new Map<number, number>();
  const info = new Map<number, { name: string; cpu: number }>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const cmd = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      parents.set(pid, Number(fields[1]));
      const cpu = (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) / 100;
      const own = (Number(fields[11]) + Number(fields[12])) / 100;
      const name = pid === root ? 'driver' : /pipeline-baseline/.test(cmd) ? 'baseline-worker' : /workers\/main/.test(cmd) ? 'our-worker' : /postgres/.test(cmd) ? 'postgres' : /temporal server/.test(cmd) ? 'temporal' : 'other';
      info.set(pid, { name, cpu: name === 'postgres' ? cpu : own });
    } catch {}
  }
  const result: Record<string, number> = {};
  for (const [pid, { name, cpu }] of info) {
    let at: number | undefined = pid;
    while (at !== undefined && at !== root && at > 1) at = parents.get(at);
    if (at !== root) continue;
    result[name] = (result[name] ?? 0) + cpu;
  }
  return result;
}
