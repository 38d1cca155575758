import { basename } from 'node:path';
import type { Command } from 'commander';
import { analyseExam, type ExamAnalysis } from '../../domain/exam-answers.ts';
import { analyseItems, type ItemAnalysis } from '../../domain/item-analysis.ts';
import { adderTo, emptyTally, type ItemTally, type TakenTest, type TallyItem } from '../../domain/item-tally.ts';
import { analysisInWords, flagWords, NO_RASCH_WORDS } from '../../domain/item-words.ts';
import { sourceWords } from '../../domain/report-source.ts';
import { Refusal } from '../../domain/refusal.ts';
import { itemTable } from '../../publication/reports/item-table.ts';
import { JSON_OPTION, passMark, wrongArguments } from '../arguments.ts';
import { alignColumns, CommandError, formatCount, formatShare, printJson, type CommandContext } from '../command.ts';
import { readKey, readResponses } from './answers-file.ts';
import { checkPdfOptions, LANGUAGE_OPTION, PDF_OPTION, writePdf, type PdfOptions } from './pdf.ts';

/** In hundredths of a percent, of files for which nothing else is said. */
const PASS_MARK = 8000;
/** Whatever is decided by now. */
const FOR_EVER = Date.parse('9999-01-01T00:00:00Z');
const NOTES = `
The key is CSV with the columns item,points,key,choices: key and choices separated by "|", and empty where people mark the item. The responses
are CSV with a column for each item: the choices taken, or the points given; empty is blank. Columns that are no items: candidate, at (a
date: whether an item changes from a day on), grader (who marked what has no key). The figures are estimates and decide nothing; docs/reporting.md
has methods, sources and thresholds.`;

type Options = PdfOptions & {
  readonly responses?: string;
  readonly key?: string;
  readonly passMark?: number;
  readonly examVersion?: string;
  readonly json?: true;
  readonly csv?: true;
};

export function addReportItems(group: Command, context: CommandContext): void {
  group
    .command('items')
    .description('what the answers say about each item and the test: difficulty, discrimination, choices, reliability; what should be looked at')
    .option(
      '--exam-version <exam@version>',
      'every decided test of it in the database, as it stands: its items, and the criteria of its case studies',
    )
    .option('--responses <file>', 'or what candidates answered, as CSV')
    .option('--key <file>', 'with the items, as CSV')
    .option('--pass-mark <percent>', 'of files: of the points, with at most two decimals; 80 where it is left out', passMark)
    .option(...JSON_OPTION)
    .option('--csv', 'for a table: a line for each item')
    .addOption(PDF_OPTION)
    .addOption(LANGUAGE_OPTION)
    .addHelpText('after', NOTES)
    .action(async (options: Options, command: Command) => {
      const { json, csv } = options;
      if (json && csv) wrongArguments(command, '--json and --csv do not go together');
      checkPdfOptions(options, command);
      const analysis = await analysisOf(options, { command, context });
      const subject = options.examVersion ?? basename(options.responses ?? '');
      await writePdf(options, (renderer, language) => renderer.itemReport({ language, subject, asOf: new Date(), analysis }));
      if (json) printJson(context, analysisInWords(analysis));
      else for (const line of csv ? itemTable(analysis) : tell(analysis)) context.print(line.trimEnd());
    });
}

type Surroundings = { readonly command: Command; readonly context: CommandContext };

async function analysisOf(
  { responses, key, passMark: mark = PASS_MARK, examVersion }: Options,
  { command, context }: Surroundings,
): Promise<ExamAnalysis> {
  if (responses !== undefined && key !== undefined) {
    if (examVersion !== undefined) wrongArguments(command, '--exam-version is for the database, not for files');
    const { items, tests } = await readResponses(responses, await readKey(key));
    return analyseItems(tallied(items, { passMark: mark, tests }));
  }
  if (responses !== undefined || key !== undefined) wrongArguments(command, '--responses and --key go together');
  if (examVersion === undefined) wrongArguments(command, 'either --exam-version, or --responses and --key');
  const version = examVersionIn(examVersion, command);
  const { examVersions, reports } = await context.connections.stores();
  const found = await examVersions.published(version).catch(refused);
  const source = await reports.source();
  const words = sourceWords(source);
  if (words !== undefined) context.printError(words);
  return analyseExam(found.content, (test) => reports.decidedTests({ examVersionId: found.id, until: new Date(FOR_EVER), test }, source));
}

function tallied(items: readonly TallyItem[], { passMark: mark, tests }: { passMark: number; tests: Iterable<TakenTest> }): ItemTally {
  const tally = emptyTally(items, mark);
  const add = adderTo(tally);
  for (const test of tests) add(test);
  return tally;
}

function examVersionIn(text: string, command: Command): { readonly examId: string; readonly version: number } {
  const [, examId, version] = /^([^@]+)@(\d{1,9})$/.exec(text) ?? [];
  if (examId === undefined) wrongArguments(command, `"${text}" is no exam version: it looks like software-architect@3`);
  return { examId, version: Number(version) };
}

function refused(error: unknown): never {
  throw error instanceof Refusal ? new CommandError(error.message) : error;
}

const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const figure = (value: number | undefined, digits = 2) => (value === undefined ? '–' : value.toFixed(digits));

function tell({ caseStudies = [], ...analysis }: ExamAnalysis): readonly string[] {
  return [...tellTest(analysis), ...caseStudies.flatMap((one) => ['', `case study ${one.caseStudyId}`, ...tellTest(one)])];
}

function tellTest(analysis: ItemAnalysis): readonly string[] {
  return [...testLines(analysis), '', ...itemLines(analysis), ...flagLines(analysis)];
}

function testLines({ test }: ItemAnalysis): readonly string[] {
  const { candidates, alpha, decisions, rasch } = test;
  const lines = [
    `${formatCount(candidates)} candidates, ${formatCount(test.items)} items, ${test.points} points; ${formatCount(test.passed)} have the ${formatShare(test.passMark)} that pass`,
    `points: mean ${figure(test.mean)}, standard deviation ${figure(test.deviation)}`,
    alpha
      ? `reliability: alpha ${figure(alpha.value, 3)}, 95 % ${figure(alpha.low, 3)} to ${figure(alpha.high, 3)}`
      : 'reliability: not known, for all totals are the same or there is one item',
    `error of measurement, in points: ${figure(test.standardError)}; at the pass mark ${figure(test.standardErrorAtPassMark)}`,
    decisions
      ? `decisions: ${formatShare(decisions.consistency)} would be the same with another such test (by chance ${formatShare(decisions.chance)}), ${formatShare(decisions.accuracy)} are as the true score says; wrongly passed ${formatShare(decisions.falsePasses)}, wrongly failed ${formatShare(decisions.falseFails)}`
      : 'decisions: nothing can be said about how sure they are',
    typeof rasch === 'string'
      ? `Rasch model: none, ${NO_RASCH_WORDS[rasch]}`
      : `Rasch model: ${formatCount(rasch.items)} items, by conditional maximum likelihood from ${formatCount(rasch.candidates)} candidates`,
  ];
  return lines;
}

function itemLines({ items }: ItemAnalysis): readonly string[] {
  return alignColumns([
    ['item', 'points', 'facility', 'discrimination', 'alpha without', 'omitted', 'not reached', 'difficulty', 'infit', 'choices'],
    ...items.map(({ id, points, facility, discrimination, alphaWithout, omitted, notReached, rasch, choices }) => [
      id,
      String(points),
      formatShare(facility),
      figure(discrimination?.value),
      figure(alphaWithout, 3),
      formatCount(omitted),
      formatCount(notReached),
      figure(rasch?.difficulty),
      figure(rasch?.infit),
      choices
        .map((choice) => `${choice.id}${choice.isKey ? '*' : ''} ${formatShare(choice.share)} ${figure(choice.discrimination?.value)}`)
        .join(', '),
    ]),
  ]);
}

function flagLines({ test, items, graders }: ItemAnalysis): readonly string[] {
  const lines = [
    ...test.flags.map((flag) => ['the test', flag] as const),
    ...items.flatMap(({ id, flags }) => flags.map((flag) => [id, flag] as const)),
    ...graders.flatMap(({ grader, flags }) => flags.map((flag) => [grader, flag] as const)),
  ].map(([name, flag]) => ({ name, words: flagWords(flag) }));
  if (lines.length === 0) return ['', 'Nothing stands out.'];
  const drifts = new Map(items.flatMap(({ id, drift }) => (drift ? [[id, drift] as const] : [])));
  const since = (name: string) => {
    const drift = drifts.get(name);
    return drift ? ` (${dateOf(drift.day)}: ${drift.difference > 0 ? '+' : '−'}${formatShare(Math.abs(drift.difference))} of the points)` : '';
  };
  return [
    '',
    ...lines.flatMap(({ name, words }) => [`${words.grade}: ${name}: ${words.means}${words.kind === 'drift' ? since(name) : ''}`, `  ${words.do}`]),
  ];
}
