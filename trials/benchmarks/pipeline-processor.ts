import { readUsage } from '../support/process-usage.ts';
import { median, rounded } from '../support/statistics.ts';

/** Whose processor time it is: who acts for people, with the store in it; Temporal's server; PostgreSQL; the workers of the side. */
const PARTS = ['driver', 'temporal', 'postgres', 'workers'] as const;
type Part = (typeof PARTS)[number];

/** Milliseconds of one processor, an attempt. Empty where the system does not tell (process-usage.ts). */
export type Processor = Readonly<Partial<Record<Part, number>>>;

const NAMES: Readonly<Record<Part, string>> = { driver: 'driver', temporal: 'Temporal', postgres: 'PostgreSQL', workers: 'workers' };

/** Runs, and says what it took of the processor for each of the attempts. What other sides' workers do meanwhile is theirs, but for what servers do for them. */
export async function withProcessor<Result>(
  { workersPid, attempts }: { workersPid: number | undefined; attempts: number },
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly processor: Processor }> {
  const named = new Map([['driver', process.pid], ...(workersPid === undefined ? [] : [['workers', workersPid] as const])]);
  const before = await readUsage(named);
  const result = await run();
  const after = await readUsage(named);
  const taken = PARTS.flatMap((part) => {
    const [from, to] = [before.get(NAMES[part]), after.get(NAMES[part])];
    return from && to ? [[part, ((to.cpuSeconds - from.cpuSeconds) * 1000) / attempts] as const] : [];
  });
  return { result, processor: Object.fromEntries(taken) };
}

/** The median of the rounds, part by part, and their sum. */
export function medianProcessor(rounds: readonly Processor[]): Processor & { readonly all: number } {
  const medians = PARTS.flatMap((part) => {
    const values = rounds.flatMap((round) => round[part] ?? []);
    return values.length === 0 ? [] : [[part, rounded(median(values), 1)] as const];
  });
  return {
    ...(Object.fromEntries(medians) as Processor),
    all: rounded(
      medians.reduce((sum, [, value]) => sum + value, 0),
      1,
    ),
  };
}
