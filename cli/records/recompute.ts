import type { Command } from 'commander';
import { differencesOf, type Difference, type DecisionRecords } from '../../domain/explanation.ts';
import { JSON_OPTION } from '../arguments.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';

const NOTES = `
Answers, marks and the rules of the pinned exam version are brought together again as they were when it was decided; points, percentage, pass or fail, and
where the points of each item come from must be the same to the last thousandth. Reads only, a page at a time. Exit code 1 when a decision is not.`;

/** So many decisions are named; all are counted, and with --json all are named. */
const SHOWN_MAX = 50;
const PROGRESS_EVERY = 10_000;

type Unlike = { readonly decisionId: string; readonly attemptId: string; readonly test: string; readonly differences: readonly Difference[] };

export function addRecompute(records: Command, context: CommandContext): void {
  records
    .command('recompute')
    .description('decide every test again from its records, and name each decision that does not come out the same')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ json }: { json?: true }) => {
      const { decisionRecords } = await context.connections.stores();
      const { decisions, unlike } = await recompute(decisionRecords(), context.printError);
      if (json) printJson(context, { decisions, unlike });
      else say(decisions, unlike, context);
      if (unlike.length > 0) context.exitWith(REFUSED);
    });
}

/** Holds a page at a time, and what is unlike. */
export async function recompute(
  pages: AsyncIterable<readonly DecisionRecords[]>,
  printError: CommandContext['printError'] = () => {},
): Promise<{ readonly decisions: number; readonly unlike: readonly Unlike[] }> {
  const unlike: Unlike[] = [];
  let decisions = 0;
  for await (const page of pages) {
    for (const records of page) {
      const differences = differencesOf(records);
      const { attemptId, taken, decision } = records;
      if (differences.length > 0) unlike.push({ decisionId: decision.id, attemptId, test: taken.test, differences });
    }
    const before = decisions;
    decisions += page.length;
    if (Math.floor(before / PROGRESS_EVERY) < Math.floor(decisions / PROGRESS_EVERY)) printError(`${formatCount(decisions)} decisions recomputed`);
  }
  return { decisions, unlike };
}

function say(decisions: number, unlike: readonly Unlike[], { print, printError }: CommandContext): void {
  for (const { decisionId, attemptId, test, differences } of unlike.slice(0, SHOWN_MAX)) {
    printError(`decision ${decisionId} (${test} of attempt ${attemptId}) does not follow from its records:`);
    for (const { of, recorded, recomputed } of differences) printError(`  ${of}: recorded ${recorded}, recomputed ${recomputed}`);
  }
  if (unlike.length === 0) print(`${formatCount(decisions)} decisions come out the same from their records`);
  else printError(`${formatCount(unlike.length)} of ${formatCount(decisions)} decisions do not come out the same from their records`);
}
