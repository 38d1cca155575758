import type { Command } from 'commander';
import { analyseItems, type ItemAnalysis, type ItemFigures } from '../../domain/item-analysis.ts';
import { adderTo, emptyTally } from '../../domain/item-tally.ts';
import { analysisInWords, flagWords, NO_RASCH_WORDS } from '../../domain/item-words.ts';
import { csvLine } from '../../publication/csv.ts';
import { JSON_OPTION, passMark, wrongArguments } from '../arguments.ts';
import { alignColumns, formatCount, formatShare, printJson, type CommandContext } from '../command.ts';
import { readKey, readResponses } from './answers-file.ts';

const NOTES = `
The key is CSV with the columns item,points,key,choices: key and choices separated by "|", and empty where people mark the item. The responses
are CSV with a column for each item: the choices taken, or the points given; empty is blank. Columns that are no items: candidate, at (a
date: whether an item changes from a day on), grader (who marked what has no key). The figures are estimates and decide nothing; docs/reporting.md
has methods, sources and thresholds.`;

type Options = { readonly responses: string; readonly key: string; readonly passMark: number; readonly json?: true; readonly csv?: true };

export function addReportItems(group: Command, context: CommandContext): void {
  group
    .command('items')
    .description('what the answers say about each item and the test: difficulty, discrimination, choices, reliability; what should be looked at')
    .requiredOption('--responses <file>', 'what candidates answered, as CSV')
    .requiredOption('--key <file>', 'the items, as CSV')
    .option('--pass-mark <percent>', 'of the points, with at most two decimals', passMark, 8000)
    .option(...JSON_OPTION)
    .option('--csv', 'for a table: a line for each item')
    .addHelpText('after', NOTES)
    .action(async ({ responses, key, passMark: mark, json, csv }: Options, command: Command) => {
      if (json && csv) wrongArguments(command, '--json and --csv do not go together');
      const { items, tests } = await readResponses(responses, await readKey(key));
      const tally = emptyTally(items, mark);
      const add = adderTo(tally);
      for (const test of tests) add(test);
      const analysis = analyseItems(tally);
      if (json) printJson(context, analysisInWords(analysis));
      else for (const line of csv ? csvLines(analysis) : tell(analysis)) context.print(line);
    });
}

const COLUMNS: readonly (readonly [string, (item: ItemFigures) => string | number | undefined])[] = [
  ['item', ({ id }) => id],
  ['points', ({ points }) => points],
  ['answered', ({ answered }) => answered],
  ['omitted', ({ omitted }) => omitted],
  ['not_reached', ({ notReached }) => notReached],
  ['full', ({ full }) => full],
  ['partial', ({ partial }) => partial],
  ['none', ({ none }) => none],
  ['facility', ({ facility }) => facility],
  ['deviation', ({ deviation }) => deviation],
  ['discrimination', ({ discrimination }) => discrimination?.value],
  ['discrimination_low', ({ discrimination }) => discrimination?.low],
  ['discrimination_high', ({ discrimination }) => discrimination?.high],
  ['alpha_without', ({ alphaWithout }) => alphaWithout],
  ['passes_without', ({ decisionsWithout }) => decisionsWithout.toPass],
  ['fails_without', ({ decisionsWithout }) => decisionsWithout.toFail],
  ['rasch_difficulty', ({ rasch }) => rasch?.difficulty],
  ['rasch_error', ({ rasch }) => rasch?.standardError],
  ['infit', ({ rasch }) => rasch?.infit],
  ['outfit', ({ rasch }) => rasch?.outfit],
  ['drift_from', ({ drift }) => (drift ? dateOf(drift.day) : undefined)],
  ['drift', ({ drift }) => drift?.difference],
  ['drift_z', ({ drift }) => drift?.z],
  ['choices', ({ choices }) => choices.map(({ id, isKey, taken }) => `${id}${isKey ? '*' : ''}=${taken}`).join('|')],
  ['choice_discriminations', ({ choices }) => choices.map(({ id, discrimination }) => `${id}=${discrimination?.value ?? ''}`).join('|')],
  ['flags', ({ flags }) => flags.map(({ kind }) => kind).join('|')],
];

function csvLines({ items }: ItemAnalysis): readonly string[] {
  const rows = [COLUMNS.map(([name]) => name), ...items.map((item) => COLUMNS.map(([, of]) => String(of(item) ?? '')))];
  return rows.map((row) => csvLine(row).trimEnd());
}

const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const figure = (value: number | undefined, digits = 2) => (value === undefined ? '–' : value.toFixed(digits));

function tell(analysis: ItemAnalysis): readonly string[] {
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
