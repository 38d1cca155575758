import type { Command } from 'commander';
import { CURRENCY } from '../../domain/pay.ts';
import { lastPeriod, periodName } from '../../domain/report-period.ts';
import { plotsOfPeriod } from '../../domain/report-plots.ts';
import { sourceWords } from '../../domain/report-source.ts';
import type { PeriodReportKind } from '../../domain/report.ts';
import { instant, JSON_OPTION, wrongArguments } from '../arguments.ts';
import { formatCount, printJson, type CommandContext } from '../command.ts';
import { checkPdfOptions, LANGUAGE_OPTION, PDF_OPTION, writePdf, type PdfOptions } from './pdf.ts';
import { csvOf, tell } from './tables.ts';

const ABOUT: Readonly<Record<PeriodReportKind, string>> = {
  operations: 'how the promise stood in a week, what waited at its end, who worked how long, which decisions changed',
  money: 'what marking cost in a month: by work, by grader, and what a result costs',
  'marking-quality': 'of a month: how far those who mark agree, who is severe, whose marks others turned, how seeds were marked',
  funnel: 'how far attempts came that ended in a quarter, and for whom',
};
const NOTES = `
It says what the records say now of the last whole period, and records nothing. Without --table, CSV has a line for each cell of all tables. A PDF has
plots as well, beside those of earlier periods that were recorded.`;

type Options = PdfOptions & { readonly before?: Date; readonly table?: string; readonly json?: true; readonly csv?: true };

export const addPeriodReports = (Object.keys(ABOUT) as PeriodReportKind[]).map((kind) => (group: Command, context: CommandContext): void => {
  group
    .command(kind)
    .description(ABOUT[kind])
    .option('--before <time>', 'of the last one that was over then, with its offset, as 2026-11-30T00:00:00Z; now where it is left out', instant)
    .option('--table <name>', 'of CSV: this table alone, a line for each row')
    .option(...JSON_OPTION)
    .option('--csv', 'for a table')
    .addOption(PDF_OPTION)
    .addOption(LANGUAGE_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ before = new Date(), table, json, csv, ...paper }: Options, command: Command) => {
      if (json && csv) wrongArguments(command, '--json and --csv do not go together');
      if (table !== undefined && !csv) wrongArguments(command, '--table is of --csv');
      checkPdfOptions(paper, command);
      const period = lastPeriod(kind, before);
      const { periodReports, reports } = await context.connections.stores();
      const source = await periodReports.source(period);
      const words = sourceWords(source);
      if (words !== undefined) context.printError(words);
      const content = await periodReports.read({ kind, ...period }, source);
      await writePdf(paper, async (renderer, language) => {
        const { method, attempts, tables } = content;
        const plots = plotsOfPeriod({ kind, since: period.since, content }, await reports.earlier({ kind, since: period.since, method }));
        const of = { kind, ...period, attempts, currency: CURRENCY };
        return renderer.tabledReport({ language, of, method, madeAt: new Date(), tables, plots });
      });
      if (json) return printJson(context, { kind, since: period.since.toISOString(), until: period.until.toISOString(), ...content });
      const lines = csv ? csvOf(content, table) : [`${kind}, ${periodName(period)}: ${formatCount(content.attempts)} attempts`, ...tell(content)];
      for (const line of lines) context.print(line.trimEnd());
    });
});
