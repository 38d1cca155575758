import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rowsOf, type ReportTable } from '../../domain/report-tables.ts';
import { setStandard } from '../../domain/standard-setting.ts';
import { seededRandom } from '../../trials/people/random.ts';

/** Standard setting against base R: cut scores, their error and t interval, who would pass, items, Grubbs' test, correlations with facility. */

const SCRIPT = fileURLToPath(new URL('standard-setting.R', import.meta.url));
const isThere = spawnSync('Rscript', ['-e', 'library(jsonlite)']).status === 0;
if (!isThere)
  console.warn('skipped: standard setting is not compared with another implementation; that takes R with jsonlite (Debian: r-cran-jsonlite)');

type Drawn = {
  readonly ratings: readonly (readonly number[])[];
  readonly points: readonly number[];
  readonly scores: readonly number[];
  readonly facility: readonly number[];
};
type Theirs = {
  readonly mean: number;
  readonly error: number;
  readonly low: number;
  readonly high: number;
  readonly passes: readonly number[];
  readonly itemMeans: readonly number[];
  readonly itemDeviations: readonly number[];
  readonly likeness: readonly number[];
  readonly outlying: number;
};

/** Ratings in whole per cent, points with two decimals, the last panelist at times far above the others. */
function drawPanel(seed: string, panelists: number, items: number): Drawn {
  const random = seededRandom(seed, 'panel');
  const points = Array.from({ length: items }, () => Math.round(100 * (0.25 + 5 * random())) / 100);
  const facility = points.map(() => random());
  const strange = random() < 0.5 ? 25 : 0;
  const ratings = Array.from({ length: panelists }, (_none, panelist) => {
    const severity = 6 * random() + (panelist === panelists - 1 ? strange : 0);
    return facility.map((share) => Math.min(100, Math.max(0, Math.round(60 * share + 10 + 20 * random() + severity))) / 100);
  });
  const total = points.reduce((sum, one) => sum + one, 0);
  const scores = Array.from({ length: 300 }, () => Math.round(100 * total * Math.min(1, 0.3 + 0.7 * random())) / 100);
  return { ratings, points, scores, facility };
}

const PANELS = Array.from({ length: 40 }, (_none, place) => drawPanel(`${place}`, 3 + (place % 12), 5 + 3 * (place % 20)));

function ours({ ratings, points, scores, facility }: Drawn) {
  const items = points.map((most, place) => ({ id: `i${place}`, millipointsMax: Math.round(1000 * most) }));
  const millipointsMax = items.reduce((sum, item) => sum + item.millipointsMax, 0);
  const { standard, tables } = setStandard({
    items,
    rounds: [
      ratings.flatMap((row, panelist) =>
        row.map((share, place) => ({ panelist: `p${panelist + 10}`, itemId: `i${place}`, basisPoints: Math.round(10_000 * share) })),
      ),
    ],
    past: scores.map((score) => ({ millipoints: Math.round(1000 * score), millipointsMax, passed: false, candidates: 1 })),
    facilities: new Map(facility.map((share, place) => [`i${place}`, share])),
    passMark: 8000,
  });
  const columnOf = (table: ReportTable['id'], column: ReportTable['columns'][number]['id']): readonly unknown[] =>
    rowsOf(tables, table).map((row) => row[column]);
  return { standard, columnOf };
}

function close(given: readonly unknown[], theirs: readonly number[]): void {
  expect(given).toHaveLength(theirs.length);
  given.forEach((value, place) => expect(Math.abs(Number(value) - (theirs[place] ?? Number.NaN))).toBeLessThan(1e-9));
}

describe.runIf(isThere)('standard setting agrees with R to 1e-9', () => {
  it('on forty drawn panels', () => {
    const { stdout, stderr, status } = spawnSync('Rscript', [SCRIPT], { input: JSON.stringify({ panels: PANELS }), encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const theirs = JSON.parse(stdout) as readonly Theirs[];
    expect(theirs).toHaveLength(PANELS.length);
    PANELS.forEach((panel, place) => {
      const their = theirs[place];
      if (!their) return;
      const { standard, columnOf: column } = ours(panel);
      const [numerator, denominator] = standard.exact.split('/').map(Number);
      const total = panel.points.reduce((sum, one) => sum + one, 0);
      close([((numerator ?? 0) / (denominator ?? 1)) * total], [their.mean]);
      close([standard.error?.points, standard.error?.low, standard.error?.high], [their.error, their.low, their.high]);
      expect(column('consequences', 'wouldPass').slice(1)).toEqual(their.passes);
      close(column('ratedItems', 'ratingMean'), their.itemMeans);
      close(column('ratedItems', 'ratingDeviation'), their.itemDeviations);
      close(column('panelists', 'likeFacility'), their.likeness);
      expect(column('panelists', 'finding').indexOf('outlying') + 1).toBe(their.outlying);
    });
    expect(new Set(theirs.map(({ outlying }) => outlying > 0))).toEqual(new Set([true, false]));
  });
});
