import { basename } from 'node:path';
import type { Command } from 'commander';
import { plotsOfRound } from '../../domain/report-plots.ts';
import { examVersionName } from '../../domain/exam.ts';
import { formatBasisPoints } from '../../domain/score.ts';
import { setStandard, type StandardSetting } from '../../domain/standard-setting.ts';
import { Refusal } from '../../domain/refusal.ts';
import { JSON_OPTION, panelId, passMark, wholeNumber, wrongArguments } from '../arguments.ts';
import { CommandError, formatCount, formatShare, printJson, type CommandContext } from '../command.ts';
import { checkPdfOptions, LANGUAGE_OPTION, PDF_OPTION, writePdf, type PdfOptions } from './pdf.ts';
import { readPoints, readRatings, readScores } from './ratings-file.ts';
import { csvOf, tell } from './tables.ts';

/** In hundredths of a percent, of files for which nothing else is said. */
const PASS_MARK = 8000;
const NOTES = `
Ratings are CSV with the columns rater,item,percent and, of several rounds, round: what share of an item's points a candidate gets who is only just
qualified. Points are CSV with item,points; left out, each item counts one. Scores are CSV with points, a line for each candidate. It proposes a pass
mark and changes none; docs/reporting.md has methods and sources.`;

type Options = PdfOptions & {
  readonly panel?: string;
  readonly round?: number;
  readonly ratings?: string;
  readonly points?: string;
  readonly scores?: string;
  readonly passMark?: number;
  readonly table?: string;
  readonly json?: true;
  readonly csv?: true;
};

export function addReportStandardSetting(group: Command, context: CommandContext): void {
  group
    .command('standard-setting')
    .description('the pass mark that experts’ ratings propose, its error, how they agree, and what it would have meant')
    .option('--panel <id>', 'the record of a panel in the database', panelId)
    .option('--round <number>', 'of the panel: of this round; the last that is closed where it is left out', wholeNumber(1, 50))
    .option('--ratings <file>', 'or what raters said, as CSV')
    .option('--points <file>', 'with the points of the items, as CSV')
    .option('--scores <file>', 'and what candidates got, as CSV')
    .option('--pass-mark <percent>', 'of files: the one that candidates had, with at most two decimals; 80 where it is left out', passMark)
    .option('--table <name>', 'of CSV: this table alone, a line for each row')
    .option(...JSON_OPTION)
    .option('--csv', 'for a table')
    .addOption(PDF_OPTION)
    .addOption(LANGUAGE_OPTION)
    .addHelpText('after', NOTES)
    .action(async (options: Options, command: Command) => {
      const { table, json, csv } = options;
      if (json && csv) wrongArguments(command, '--json and --csv do not go together');
      if (table !== undefined && !csv) wrongArguments(command, '--table is of --csv');
      checkPdfOptions(options, command);
      const { subject, setting } = await settingOf(options, { command, context });
      await writePdf(options, (renderer, language) => {
        const { method, tables } = setting;
        const of = { kind: 'standard-setting', subject, ...setting } as const;
        return renderer.tabledReport({ language, of, method, madeAt: new Date(), tables, plots: plotsOfRound(setting) });
      });
      if (json) return printJson(context, setting);
      for (const line of csv ? csvOf(setting, table) : [...standardLines(setting), ...tell(setting)]) context.print(line.trimEnd());
    });
}

type Named = { readonly subject: string; readonly setting: StandardSetting };

async function settingOf(
  { panel, round, ratings, points, scores, passMark: mark = PASS_MARK }: Options,
  { command, context }: { readonly command: Command; readonly context: CommandContext },
): Promise<Named> {
  if ((panel === undefined) === (ratings === undefined)) wrongArguments(command, 'either --panel or --ratings');
  if (panel !== undefined) {
    if (points !== undefined || scores !== undefined) wrongArguments(command, '--points and --scores are of --ratings');
    return recorded(context, { panel, round });
  }
  if (round !== undefined) wrongArguments(command, '--round is of --panel');
  const rated = await readRatings(ratings ?? '', points === undefined ? undefined : await readPoints(points));
  const past = scores === undefined ? [] : await readScores(scores, { items: rated.items, passMark: mark });
  const setting = setStandard({ ...rated, past, facilities: new Map(), passMark: mark });
  return { subject: basename(ratings ?? ''), setting };
}

async function recorded(context: CommandContext, { panel, round }: { readonly panel: string; readonly round: number | undefined }): Promise<Named> {
  const { standardSetting, reports } = await context.connections.stores();
  const { rounds } = await standardSetting.read(panel).catch(refused);
  const found = rounds.findLast(({ number, reportId }) => reportId !== null && (round === undefined || number === round));
  if (!found?.reportId)
    throw new CommandError(round === undefined ? 'No round of this panel is closed yet.' : `Round ${round} of this panel is not closed.`);
  const report = await reports.read(found.reportId);
  if (report.kind !== 'standard-setting') throw new TypeError('the report of a round is of standard setting');
  return { subject: `${report.title}, ${examVersionName(report)}`, setting: report.content };
}

function refused(error: unknown): never {
  throw error instanceof Refusal ? new CommandError(error.message) : error;
}

function standardLines({ round, panelists, items, points, standard, candidates }: StandardSetting): readonly string[] {
  const { error } = standard;
  return [
    `round ${round}: ${formatCount(panelists)} panelists, ${formatCount(items)} items, ${points} points`,
    `proposed pass mark: ${formatBasisPoints(standard.basisPoints)} %, ${standard.points.toFixed(2)} points, both rounded down; exactly ${standard.exact}`,
    error
      ? `standard error over panelists: ${formatShare(error.share)}, ${error.points.toFixed(2)} points; 95 % ${formatShare(error.low)} to ${formatShare(error.high)}`
      : 'standard error: none can be told of one panelist',
    candidates === 0 ? 'past candidates: too few to say what it would have meant' : `past candidates: ${formatCount(candidates)}`,
    'It changes no exam: it is for the next version.',
  ];
}
