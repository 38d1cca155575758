import { parseArgs } from 'node:util';
import { WINDOWS, type Window } from '../domain/attempt.ts';
import { readDatabaseConfig } from '../platform/database-settings.ts';
import { isDatabaseUnavailable } from '../store/context.ts';
import type { CreditedWindow, MissedWindow, Outage, OutageStore } from '../store/outages.ts';
import { connectToolStores } from './tool-stores.ts';
import { formatCount, runTool, terminal, ToolError, type ToolContext } from './tool.ts';

const USAGE = `npm run outage-credit -- --outage ID --from TIME --to TIME --actor WHO --reason WHY [--extra-minutes N] [--dry-run]

Gives back the time that an outage took: every test and window that was open at some time of it, and still is, ends later by
the time from its beginning until its end, and by --extra-minutes. Each move is audited and its workflow told. Nothing is
shortened, and a repeat with the same --outage moves nothing twice: cut short, just run it again. Temporal need not be up.

  --outage          names the outage for good: letters, digits, dots and dashes, as 2026-11-25-database
  --from, --to      instants with their offset, as 2026-11-25T08:00:00Z; the outage must be over
  --actor           who decided it, for the audit
  --reason          why, for the audit and for the candidates' records
  --extra-minutes   on top, for everybody, for instance for coming back after a night
  --dry-run         says what it would do, and does nothing`;

export type OutageCommandContext = ToolContext & { readonly outages: OutageStore };

type Command = { readonly outage: Outage; readonly dryRun: boolean };

/** Runs the command to its exit code. */
export function runOutageCommand(args: readonly string[], context: OutageCommandContext): Promise<number> {
  return runTool(context, async () => {
    const { outage, dryRun } = readCommand(args);
    try {
      await context.outages.check(outage);
      const windows = dryRun ? await context.outages.preview(outage) : await credit(outage, context);
      sayWindows(windows, { dryRun, print: context.print });
      sayMissed(await context.outages.missed(outage), context.print);
      return 0;
    } catch (error) {
      if (error instanceof RangeError) throw new ToolError(error.message);
      if (isDatabaseUnavailable(error))
        throw new ToolError('PostgreSQL does not answer. What was credited stays credited: run the same command again.');
      throw error;
    }
  });
}

async function credit(outage: Outage, { outages, print }: OutageCommandContext): Promise<readonly CreditedWindow[]> {
  const windows: CreditedWindow[] = [];
  for await (const batch of outages.credit(outage)) {
    windows.push(...batch);
    print(`${formatCount(windows.length)} credited`);
  }
  return windows;
}

const WINDOW_NAMES: Readonly<Record<Window, string>> = {
  start: 'to start',
  aptitude: 'aptitude tests',
  offer: 'to download the case study',
  case_study: 'case studies',
};

function sayWindows(windows: readonly CreditedWindow[], { dryRun, print }: { dryRun: boolean; print: (line: string) => void }): void {
  print(`${dryRun ? 'would move' : 'moved'} ${formatCount(windows.length)} deadlines`);
  for (const window of WINDOWS) {
    const credits = windows.filter((row) => row.window === window).map((row) => row.credited.getTime() - row.deadline.getTime());
    if (credits.length === 0) continue;
    const minutes = [Math.min(...credits), Math.max(...credits)].map((milliseconds) => (milliseconds / 60_000).toFixed(1));
    print(`  ${WINDOW_NAMES[window].padEnd(28)} ${formatCount(credits.length).padStart(8)}   by ${minutes.join(' to ')} min`);
  }
  const over = windows.filter((row) => row.credited.getTime() <= Date.now()).length;
  if (over > 0)
    print(`  ${formatCount(over)} of them are over even so: give more with --extra-minutes (under another --outage), or reopen them one by one`);
}

function sayMissed(missed: readonly MissedWindow[], print: (line: string) => void): void {
  if (missed.length === 0) return;
  print(`${formatCount(missed.length)} were closed by their deadline before they could be credited; staff decide (reopening, or a new attempt):`);
  for (const { attemptId, window, deadline } of missed) print(`  ${attemptId}  ${window.padEnd(10)}  ${deadline.toISOString()}`);
}

function readCommand(args: readonly string[]): Command {
  const values = parseOptions(args);
  const { outage: id, actor, reason, from, to } = values;
  if (id === undefined || from === undefined || to === undefined || !actor || !reason) throw new ToolError(USAGE, 2);
  if (!/^[\w.-]{1,100}$/.test(id)) throw new ToolError(`--outage must be letters, digits, dots and dashes, not "${id}"\n\n${USAGE}`, 2);
  const extraMinutes = Number(values['extra-minutes'] ?? 0);
  if (!Number.isInteger(extraMinutes) || extraMinutes < 0) throw new ToolError(`--extra-minutes must be a whole number of minutes\n\n${USAGE}`, 2);
  const outage = { id, from: instantOf('--from', from), to: instantOf('--to', to), extraSeconds: extraMinutes * 60, actor, reason };
  return { outage, dryRun: values['dry-run'] === true };
}

/** With its offset: a local time would mean another instant on another machine. */
function instantOf(option: string, text: string): Date {
  const instant = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(instant.getTime())) return instant;
  throw new ToolError(`${option} must be a time with its offset, as 2026-11-25T08:00:00Z, not "${text}"\n\n${USAGE}`, 2);
}

function parseOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { outage: text, from: text, to: text, actor: text, reason: text, 'extra-minutes': text, 'dry-run': { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  readCommand(args);
  const stores = connectToolStores(readDatabaseConfig());
  try {
    return await runOutageCommand(args, { ...terminal, outages: stores.outages });
  } finally {
    await stores.close();
  }
}

if (import.meta.main) process.exitCode = await runTool(terminal, main);
