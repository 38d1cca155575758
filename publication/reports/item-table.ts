import type { ExamAnalysis } from '../../domain/exam-answers.ts';
import type { ItemFigures } from '../../domain/item-analysis.ts';
import { csvLine } from '../csv.ts';
import { cellOf } from './cell.ts';

/** Item analysis as a table: a line for each item and criterion, the first with the names of the columns. */

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

/** Lines of CSV, each with its line feed: the items, then the criteria of each case study, which the last column names. */
export function itemTable({ items, caseStudies = [] }: Pick<ExamAnalysis, 'items' | 'caseStudies'>): readonly string[] {
  const lineOf = (item: ItemFigures, caseStudyId: string) => csvLine([...COLUMNS.map(([, of]) => cellOf(of(item))), cellOf(caseStudyId)]);
  return [
    csvLine([...COLUMNS.map(([name]) => name), 'case_study']),
    ...items.map((item) => lineOf(item, '')),
    ...caseStudies.flatMap(({ caseStudyId, items: criteria }) => criteria.map((criterion) => lineOf(criterion, caseStudyId))),
  ];
}

const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
