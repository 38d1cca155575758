import type { TakenItem, TakenTest, TallyItem } from '../../domain/item-tally.ts';
import type { Millipoints } from '../../domain/points.ts';
import { CommandError } from '../command.ts';
import { listed, pointsIn, readTable, refuseIf, type Row } from './csv-table.ts';

/** A key and responses in two CSV files, as docs/reporting.md says. */

const KEY_COLUMNS = ['item', 'points', 'key', 'choices'] as const;
/** Columns of the responses that are no items. */
const ASIDE = ['candidate', 'at', 'grader'] as const;
const BETWEEN_CHOICES = '|';
const DAY_MILLISECONDS = 86_400_000;

/** Throws a CommandError that names each line that is wrong. */
export async function readKey(file: string): Promise<readonly TallyItem[]> {
  const { columns, rows } = await readTable(file);
  const missing = (['item', 'points', 'key'] as const).filter((column) => !columns.includes(column));
  const unknown = columns.filter((column) => !KEY_COLUMNS.some((known) => known === column));
  if (missing.length > 0) throw new CommandError(`${file}: has no column ${missing.join(', ')}: its first line must be ${KEY_COLUMNS.join(',')}`);
  if (unknown.length > 0)
    throw new CommandError(`${file}: has the column ${unknown.join(', ')} too much: its first line must be ${KEY_COLUMNS.join(',')}`);
  const lines = new Map<string, number>();
  const problems: string[] = [];
  const items = rows.flatMap(({ line, cells }) => {
    const read = readItem(cells);
    const id = cells['item'] ?? '';
    const earlier = lines.get(id);
    const repeated = earlier === undefined ? [] : [`item: "${id}" stands in line ${earlier} already`];
    lines.set(id, line);
    const wrong = [...repeated, ...('problems' in read ? read.problems : [])];
    problems.push(...wrong.map((problem) => `${file}:${line}: ${problem}`));
    return 'item' in read ? [read.item] : [];
  });
  refuseIf(problems);
  if (items.length === 0) throw new CommandError(`${file}: names no item`);
  return items;
}

function readItem({
  item: id = '',
  points = '',
  key = '',
  choices = '',
}: Row['cells']): { readonly item: TallyItem } | { readonly problems: readonly string[] } {
  const [keys, offered] = [partsOf(key), partsOf(choices)];
  const millipointsMax = pointsIn(points);
  const named = offered.length > 0 ? offered : keys;
  const problems = [
    ...(id === '' ? ['item: is empty'] : []),
    ...(ASIDE.some((aside) => aside === id) ? [`item: "${id}" is the name of a column that is no item`] : []),
    ...(millipointsMax === undefined || millipointsMax === 0 ? [`points: "${points}" must be more than 0, with at most two decimals`] : []),
    ...keys.filter((one) => !named.includes(one)).map((one) => `key: "${one}" is not among the choices`),
    ...[...keys, ...offered].filter((one) => one === '').map(() => 'has an empty choice'),
    ...(new Set(keys).size < keys.length || new Set(offered).size < offered.length ? ['names a choice twice'] : []),
    ...(key === '' && choices !== '' ? ['key: is empty, but there are choices'] : []),
  ];
  if (problems.length > 0 || millipointsMax === undefined) return { problems };
  return { item: { id, millipointsMax, isDichotomous: keys.length > 0, key: keys, choices: named.map((choice) => ({ id: choice })) } };
}

export type Responses = { readonly items: readonly TallyItem[]; readonly tests: readonly TakenTest[] };

/** With the choices that candidates took and the key does not name. Throws a CommandError that names each line and column that is wrong. */
export async function readResponses(file: string, items: readonly TallyItem[]): Promise<Responses> {
  const { columns, rows } = await readTable(file);
  const lacking = items.filter(({ id }) => !columns.includes(id)).map(({ id }) => id);
  if (lacking.length > 0) throw new CommandError(`${file}: has no column for ${listed(lacking)}, which the key names`);
  const unknown = columns.filter((column) => !ASIDE.some((aside) => aside === column) && !items.some(({ id }) => id === column));
  if (unknown.length > 0) throw new CommandError(`${file}: has ${listed(unknown)}, which the key does not name`);
  const problems: string[] = [];
  const candidates = new Map<string, number>();
  const tests = rows.map(({ line, cells }): TakenTest => {
    const tell = (problem: string) => void problems.push(`${file}:${line}: ${problem}`);
    const { candidate, at = '', grader = '' } = cells;
    const earlier = candidate === undefined ? undefined : candidates.get(candidate);
    if (candidate !== undefined && earlier !== undefined) tell(`candidate: "${candidate}" stands in line ${earlier} already`);
    if (candidate !== undefined) candidates.set(candidate, line);
    const day = at === '' ? undefined : dayIn(at);
    if (at !== '' && day === undefined) tell(`at: "${at}" must be a date as 2026-11-29`);
    const taken = items.map((item) => takenIn(cells[item.id] ?? '', item, tell));
    return { items: taken, ...(day === undefined ? {} : { day }), ...(grader === '' ? {} : { marked: markedBy(grader, items, taken) }) };
  });
  refuseIf(problems);
  return { items: items.map((item, place) => withTaken(item, tests, place)), tests };
}

function takenIn(cell: string, item: TallyItem, tell: (problem: string) => void): TakenItem {
  if (cell === '') return { isAnswered: false, millipoints: 0, choices: [] };
  if (item.key.length === 0) return { isAnswered: true, millipoints: pointsOf(cell, item, tell) };
  const choices = partsOf(cell);
  if (new Set(choices).size < choices.length) tell(`${item.id}: names a choice twice`);
  const isRight = choices.length === item.key.length && item.key.every((one) => choices.includes(one));
  return { isAnswered: true, millipoints: isRight ? item.millipointsMax : 0, choices };
}

function pointsOf(cell: string, { id, millipointsMax }: TallyItem, tell: (problem: string) => void): Millipoints {
  const millipoints = pointsIn(cell);
  if (millipoints === undefined) tell(`${id}: "${cell}" must be points, with at most two decimals: the key names no choice`);
  else if (millipoints > millipointsMax) tell(`${id}: ${cell} is more than the item's points`);
  return millipoints ?? 0;
}

/** Of what people marked: the items whose points stand in the file. */
function markedBy(grader: string, items: readonly TallyItem[], taken: readonly TakenItem[]): NonNullable<TakenTest['marked']> {
  const byHand = items.flatMap(({ key, millipointsMax }, place) =>
    key.length === 0 ? [{ millipoints: taken[place]?.millipoints ?? 0, millipointsMax }] : [],
  );
  if (byHand.length === 0) return [];
  const sum = (of: (one: (typeof byHand)[number]) => number) => byHand.reduce((total, one) => total + of(one), 0);
  return [{ grader, millipoints: sum(({ millipoints }) => millipoints), millipointsMax: sum(({ millipointsMax }) => millipointsMax) }];
}

function withTaken(item: TallyItem, tests: readonly TakenTest[], place: number): TallyItem {
  const named = new Set(item.choices.map(({ id }) => id));
  const others = new Set(tests.flatMap(({ items }) => items[place]?.choices ?? []).filter((choice) => !named.has(choice)));
  return others.size === 0 ? item : { ...item, choices: [...item.choices, ...[...others].toSorted().map((id) => ({ id }))] };
}

const partsOf = (cell: string) => (cell === '' ? [] : cell.split(BETWEEN_CHOICES).map((part) => part.trim()));

function dayIn(text: string): number | undefined {
  const [, date] = /^(\d{4}-\d{2}-\d{2})(?:$|T)/.exec(text) ?? [];
  const time = date === undefined ? Number.NaN : Date.parse(text.length === 10 ? `${date}T00:00:00Z` : text);
  if (Number.isNaN(time) || (text.length === 10 && new Date(time).toISOString().slice(0, 10) !== date)) return undefined;
  return Math.floor(time / DAY_MILLISECONDS);
}
