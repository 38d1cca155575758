import { type Command, InvalidArgumentError } from 'commander';
import { WINDOWS, type Window } from '../../domain/attempt.ts';
import type { CreditedWindow, MissedWindow, Outage, OutageStore } from '../../store/outages.ts';
import { instant, wholeNumber } from '../arguments.ts';
import { CommandError, formatCount, type CommandContext } from '../command.ts';

const NOTES = `
Every test and window that was open at some time of the outage, and still is, ends later by the time from its beginning until
its end, and by --extra-minutes. Each move is audited and its workflow told. Nothing is shortened, and a repeat with the same
--outage moves nothing twice: cut short, just run it again. Temporal need not be up.`;

/** A month: more is a slip of the keyboard. */
const EXTRA_MINUTES_MAX = 43_200;

type Options = {
  readonly outage: string;
  readonly from: Date;
  readonly to: Date;
  readonly actor: string;
  readonly reason: string;
  readonly extraMinutes: number;
  readonly dryRun?: true;
};

export function addOutageCredit(attempts: Command, context: CommandContext): void {
  attempts
    .command('outage-credit')
    .description('give back the time that an outage took')
    .requiredOption('--outage <id>', 'names the outage for good, as 2026-11-25-database', outageId)
    .requiredOption('--from <time>', 'when it began, with its offset, as 2026-11-25T08:00:00Z', instant)
    .requiredOption('--to <time>', 'when it was over', instant)
    .requiredOption('--actor <who>', 'who decided it, for the audit', something)
    .requiredOption('--reason <why>', "for the audit and for the candidates' records", something)
    .option('--extra-minutes <number>', 'on top, for everybody, for instance for coming back after a night', wholeNumber(0, EXTRA_MINUTES_MAX), 0)
    .option('--dry-run', 'say what it would do, and do nothing')
    .addHelpText('after', NOTES)
    .action(async ({ outage: id, extraMinutes, dryRun, ...given }: Options) => {
      await giveBack({ id, extraSeconds: extraMinutes * 60, ...given }, { dryRun: dryRun === true, context });
    });
}

async function giveBack(outage: Outage, { dryRun, context }: { dryRun: boolean; context: CommandContext }): Promise<void> {
  const { print } = context;
  const { outages } = await context.connections.stores();
  try {
    await outages.check(outage);
    const windows = dryRun ? await outages.preview(outage) : await credit(outage, { outages, print });
    sayWindows(windows, { dryRun, print });
    sayMissed(await outages.missed(outage), print);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}

function outageId(text: string): string {
  if (/^[\w.-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be letters, digits, dots and dashes.');
}

function something(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

async function credit(
  outage: Outage,
  { outages, print }: { outages: OutageStore; print: (line: string) => void },
): Promise<readonly CreditedWindow[]> {
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
