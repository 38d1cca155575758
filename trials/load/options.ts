import { parseArgs } from 'node:util';

export const LOAD_USAGE = `Usage: npm run load [-- options]

Brings up the embedded stack with two workers of the pools certification and grading-auto, and puts load on its API:
attempts stand open, an exam day comes over them, one worker is killed (-9) under load, and a backlog is drained by one
worker and by two. Then everything that was acknowledged is looked for in PostgreSQL. The last line is JSON.

  --open N           attempts open before the exam day (default 1000)
  --advanced N       so many percent of those that only stand are past their registration, in the phases where the forecast
                     has them; a hundred is nearest to the forecast and takes about five times as long (default 10)
  --peak N           candidates of the exam day: start, answers, submission, two graders each (default 200)
  --peak-seconds N   within so many seconds they start (default 60)
  --work-seconds N   so long each of them works, with an answer saved every 2 s (default 20)
  --per-second N     candidates a second while a worker is killed (default 2)
  --backlog N        submissions that wait when a drain begins (default 150)
  --graders N        who claim and mark without a pause, one in six of them designated (default 24)
  --at-once N        candidates at once while attempts are opened (default 48)
  --seed TEXT        draws who passes, where graders differ, and in which order all of them come (default "load")
  --help

The big one: npm run load -- --open 20000 --peak 1200 --peak-seconds 300 --backlog 300   (about half an hour on two cores, 8 GB)`;

export type LoadOptions = {
  readonly open: number;
  readonly advancedPercent: number;
  readonly peak: number;
  readonly peakSeconds: number;
  readonly workSeconds: number;
  readonly perSecond: number;
  readonly backlog: number;
  readonly graders: number;
  readonly atOnce: number;
  readonly seed: string;
};

/** Undefined for --help. Throws an Error that says what was not understood. */
export function readLoadOptions(args: readonly string[]): LoadOptions | undefined {
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      open: number('1000'),
      advanced: number('10'),
      peak: number('200'),
      'peak-seconds': number('60'),
      'work-seconds': number('20'),
      'per-second': number('2'),
      backlog: number('150'),
      graders: number('24'),
      'at-once': number('48'),
      seed: { type: 'string', default: 'load' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const whole = (name: Exclude<keyof typeof values, 'seed' | 'help'>, least: number): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least} on`);
    return value;
  };
  return {
    open: whole('open', 0),
    advancedPercent: Math.min(100, whole('advanced', 0)),
    peak: whole('peak', 1),
    peakSeconds: whole('peak-seconds', 1),
    workSeconds: whole('work-seconds', 2),
    perSecond: whole('per-second', 1),
    backlog: whole('backlog', 10),
    // No one marks a submission twice, and one is left to adjudicate.
    graders: whole('graders', 6),
    atOnce: whole('at-once', 1),
    seed: values.seed,
  };
}
