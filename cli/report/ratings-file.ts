import { sumOf, type Millipoints } from '../../domain/points.ts';
import { passes, type BasisPoints } from '../../domain/score.ts';
import { missingRatings, type PastScore, type RatedItem, type Rating } from '../../domain/standard-setting.ts';
import { CommandError } from '../command.ts';
import { listed, pointsIn, readTable, refuseIf, type Table } from './csv-table.ts';

/** Ratings, points and scores in CSV files, as docs/reporting.md says. */

const RATING_COLUMNS = ['rater', 'item', 'percent', 'round'] as const;
/** Of an item for which no file names points. */
const ONE_POINT = 1000;

type Line = Rating & { readonly round: number };

/** Each round's ratings, complete for whoever rated in it. Throws a CommandError that names each line that is wrong, or who lacks what. */
export async function readRatings(file: string, points: readonly RatedItem[] | undefined): Promise<Pick<Rated, 'items' | 'rounds'>> {
  const table = await readTable(file);
  checkColumns(file, table, { needed: RATING_COLUMNS.slice(0, 3), known: RATING_COLUMNS });
  const problems: string[] = [];
  const places = new Map<string, number>();
  const lines = table.rows.map(({ line, cells }): Line => {
    const { rater: panelist = '', item: itemId = '', percent = '', round = '1' } = cells;
    const tell = (problem: string) => void problems.push(`${file}:${line}: ${problem}`);
    const basisPoints = percentIn(percent);
    if (panelist === '') tell('rater: is empty');
    if (itemId === '') tell('item: is empty');
    if (points && !points.some(({ id }) => id === itemId)) tell(`item: "${itemId}" has no points in the other file`);
    if (basisPoints === undefined) tell(`percent: "${percent}" must be from 0 to 100, with at most two decimals`);
    if (!/^[1-9]\d?$/.test(round)) tell(`round: "${round}" must be a whole number from 1 to 99`);
    const key = JSON.stringify([round, panelist, itemId]);
    const earlier = places.get(key);
    if (earlier !== undefined) tell(`says again what line ${earlier} says`);
    places.set(key, line);
    return { panelist, itemId, basisPoints: basisPoints ?? 0, round: Number(round) };
  });
  refuseIf(problems);
  if (lines.length === 0) throw new CommandError(`${file}: has no rating`);
  const items = points ?? [...new Set(lines.map(({ itemId }) => itemId))].map((id) => ({ id, millipointsMax: ONE_POINT }));
  return { items, rounds: roundsOf(file, { items, lines }) };
}

export type Rated = { readonly items: readonly RatedItem[]; readonly rounds: readonly (readonly Rating[])[]; readonly past: readonly PastScore[] };

function roundsOf(
  file: string,
  { items, lines }: { readonly items: readonly RatedItem[]; readonly lines: readonly Line[] },
): readonly (readonly Rating[])[] {
  const byRound = Map.groupBy(lines, ({ round }) => round);
  const last = Math.max(...byRound.keys());
  const rounds = Array.from({ length: last }, (_none, index) => byRound.get(index + 1) ?? []);
  refuseIf(
    rounds.flatMap((ratings, index) => {
      if (ratings.length === 0) return [`${file}: round ${index + 1} has no rating`];
      const missing = missingRatings({ items, panelists: [...new Set(ratings.map(({ panelist }) => panelist))], ratings });
      return missing.map(({ panelist, itemIds }) => `${file}: round ${index + 1}: ${panelist} has not rated ${listed(itemIds)}`);
    }),
  );
  return rounds;
}

/** The items with their points. Throws a CommandError that names each line that is wrong. */
export async function readPoints(file: string): Promise<readonly RatedItem[]> {
  const table = await readTable(file);
  checkColumns(file, table, { needed: ['item', 'points'], known: ['item', 'points', 'key', 'choices'] });
  const problems: string[] = [];
  const places = new Map<string, number>();
  const items = table.rows.map(({ line, cells: { item: id = '', points = '' } }): RatedItem => {
    const tell = (problem: string) => void problems.push(`${file}:${line}: ${problem}`);
    const millipointsMax = pointsIn(points);
    if (id === '') tell('item: is empty');
    if (!millipointsMax) tell(`points: "${points}" must be more than 0, with at most two decimals`);
    const earlier = places.get(id);
    if (earlier !== undefined) tell(`item: "${id}" stands in line ${earlier} already`);
    places.set(id, line);
    return { id, millipointsMax: millipointsMax ?? 0 };
  });
  refuseIf(problems);
  if (items.length === 0) throw new CommandError(`${file}: names no item`);
  return items;
}

/** What candidates got of the points of all items, a line each. Throws a CommandError that names each line that is wrong. */
export async function readScores(
  file: string,
  { items, passMark }: { readonly items: readonly RatedItem[]; readonly passMark: BasisPoints },
): Promise<readonly PastScore[]> {
  const table = await readTable(file);
  checkColumns(file, table, { needed: ['points'], known: ['candidate', 'points'] });
  const millipointsMax = sumOf(items.map((item) => item.millipointsMax));
  const problems: string[] = [];
  const counts = new Map<Millipoints, number>();
  for (const { line, cells } of table.rows) {
    const millipoints = pointsIn(cells['points'] ?? '');
    if (millipoints === undefined || millipoints > millipointsMax)
      problems.push(`${file}:${line}: points: "${cells['points']}" must be from 0 to ${millipointsMax / 1000}, with at most two decimals`);
    else counts.set(millipoints, (counts.get(millipoints) ?? 0) + 1);
  }
  refuseIf(problems);
  return [...counts].map(([millipoints, candidates]) => {
    const score = { millipoints, millipointsMax };
    return { ...score, candidates, passed: passes(score, passMark) };
  });
}

function checkColumns(
  file: string,
  { columns }: Table,
  { needed, known }: { readonly needed: readonly string[]; readonly known: readonly string[] },
): void {
  const missing = needed.filter((column) => !columns.includes(column));
  const unknown = columns.filter((column) => !known.includes(column));
  if (missing.length > 0) throw new CommandError(`${file}: has no column ${missing.join(', ')}: its first line must be ${needed.join(',')}`);
  if (unknown.length > 0) throw new CommandError(`${file}: has ${listed(unknown)}, which is none of ${known.join(', ')}`);
}

function percentIn(cell: string): BasisPoints | undefined {
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(cell)) return undefined;
  const basisPoints = Math.round(Number(cell) * 100);
  return basisPoints <= 10_000 ? basisPoints : undefined;
}
