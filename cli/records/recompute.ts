import type { Command } from 'commander';
import { differencesOf, differencesOfErased, type Difference, type DecisionRecords } from '../../domain/explanation.ts';
import { certificateBasisPoints, formatBasisPoints } from '../../domain/score.ts';
import type { CertifiedScores } from '../../store/decisions/certified.ts';
import { JSON_OPTION } from '../arguments.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';
import type { CommandStores } from '../stores.ts';

const NOTES = `
Answers, marks and the rules of the pinned exam version are brought together again as they were when it was decided; points, percentage, pass or fail, and
where the points of each item come from must be the same to the last thousandth, and the score of a certificate the mean of its two tests. Reads only, a page
at a time. Exit code 1 when one is not.`;

/** So many are named; all are counted, and with --json all are named. */
const SHOWN_MAX = 50;
const PROGRESS_EVERY = 10_000;

type Unlike = { readonly what: string; readonly attemptId: string; readonly differences: readonly Difference[] };

type Recomputed = {
  readonly decisions: number;
  /** Of these the candidate was erased: their answers are gone, and it can only be said whether the points of the items still make the result. */
  readonly erased: number;
  readonly certificates: number;
  readonly unlike: readonly Unlike[];
};

export function addRecompute(records: Command, context: CommandContext): void {
  records
    .command('recompute')
    .description('decide every test again from its records, and name each decision and certificate that does not come out the same')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ json }: { json?: true }) => {
      const recomputed = await recompute(await context.connections.stores(), context.printError);
      if (json) printJson(context, recomputed);
      else say(recomputed, context);
      if (recomputed.unlike.length > 0) context.exitWith(REFUSED);
    });
}

/** Holds a page at a time, and what is unlike. */
export async function recompute(
  { decisionRecords, certifiedScores }: Pick<CommandStores, 'decisionRecords' | 'certifiedScores'>,
  printError: CommandContext['printError'] = () => {},
): Promise<Recomputed> {
  const unlike: Unlike[] = [];
  let erased = 0;
  const look = (records: DecisionRecords) => {
    if (records.isErased) erased += 1;
    return ofDecision(records);
  };
  const decisions = await looked(decisionRecords(), look, {
    unlike,
    tell: (count) => printError(`${formatCount(count)} decisions recomputed`),
  });
  const certificates = await looked(certifiedScores(), ofCertificate, {
    unlike,
    tell: (count) => printError(`${formatCount(count)} certificates recomputed`),
  });
  return { decisions, erased, certificates, unlike };
}

async function looked<Row>(
  pages: AsyncIterable<readonly Row[]>,
  look: (row: Row) => Unlike,
  { unlike, tell }: { unlike: Unlike[]; tell: (count: number) => void },
): Promise<number> {
  let count = 0;
  for await (const page of pages) {
    unlike.push(...page.map(look).filter(({ differences }) => differences.length > 0));
    const before = count;
    count += page.length;
    if (Math.floor(before / PROGRESS_EVERY) < Math.floor(count / PROGRESS_EVERY)) tell(count);
  }
  return count;
}

function ofDecision(records: DecisionRecords): Unlike {
  const { attemptId, isErased, taken, decision } = records;
  const differences = isErased ? differencesOfErased(records) : differencesOf(records);
  return { what: `decision ${decision.id} (${taken.test})`, attemptId, differences };
}

function ofCertificate({ certificateId, attemptId, basisPoints, scores: { aptitude, case_study } }: CertifiedScores): Unlike {
  const recorded = formatBasisPoints(basisPoints);
  const recomputed =
    aptitude && case_study ? formatBasisPoints(certificateBasisPoints({ aptitude, case_study })) : 'cannot be told: a decision is missing';
  return { what: `certificate ${certificateId}`, attemptId, differences: recorded === recomputed ? [] : [{ of: 'score', recorded, recomputed }] };
}

function say({ decisions, erased, certificates, unlike }: Recomputed, { print, printError }: CommandContext): void {
  for (const { what, attemptId, differences } of unlike.slice(0, SHOWN_MAX)) {
    printError(`${what} of attempt ${attemptId} does not follow from its records:`);
    for (const { of, recorded, recomputed } of differences) printError(`  ${of}: recorded ${recorded}, recomputed ${recomputed}`);
  }
  if (erased > 0)
    print(
      `${formatCount(erased)} decisions cannot be decided again, since their candidates were erased and the answers are gone; the points of their items were added up`,
    );
  const all = `${formatCount(decisions)} decisions and ${formatCount(certificates)} certificates`;
  if (unlike.length === 0) print(`${all} come out the same from their records`);
  else printError(`${formatCount(unlike.length)} of ${all} do not come out the same from their records`);
}
