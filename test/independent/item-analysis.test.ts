import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyseItems } from '../../domain/item-analysis.ts';
import { adderTo, emptyTally } from '../../domain/item-tally.ts';
import { seededRandom } from '../../trials/people/random.ts';

/**
 * Item analysis against R: psych for the classical figures, eRm for the Rasch model; Livingston and Lewis, for which Debian has no package, by
 * test/independent/item-analysis.R itself, with R's integration and other formulas for the parameters. On LSAT 6 (public, in psych) and on drawn answers.
 */

const SCRIPT = fileURLToPath(new URL('item-analysis.R', import.meta.url));
const NEEDED = 'R with psych, eRm and jsonlite (Debian: r-cran-psych r-cran-erm r-cran-jsonlite)';
const isThere = spawnSync('Rscript', ['-e', 'library(psych); library(eRm); library(jsonlite)']).status === 0;
if (!isThere) console.warn(`skipped: item analysis is not compared with another implementation; that takes ${NEEDED}`);

type Given = {
  readonly points: readonly (readonly number[])[];
  readonly max: readonly number[];
  readonly passMark: number;
  readonly rasch?: boolean;
  readonly choices?: readonly (readonly string[])[];
};
type Theirs = Given & {
  readonly figures: {
    readonly facility: readonly number[];
    readonly discrimination: readonly number[];
    readonly alphaWithout: readonly number[];
    readonly alpha: readonly number[];
    readonly standardError: number;
    readonly meanError: number;
    readonly errorAt: number;
    readonly decisions: Readonly<Record<'consistency' | 'kappa' | 'accuracy' | 'falsePasses' | 'effectiveLength' | 'parameters', number>>;
    readonly choices?: readonly Readonly<Record<string, number | Record<string, never>>>[];
    readonly rasch?: Readonly<Record<'difficulty' | 'infit' | 'outfit' | 'infitZ' | 'standardError', readonly number[]>>;
  };
};

const LETTERS = ['A', 'B', 'C', 'D'];

/** Everybody's first choice is the key: what is right is A. */
function drawChoices(seed: string, candidates: number, items: number): Given {
  const random = seededRandom(seed, 'choices');
  const difficulties = Array.from({ length: items }, () => 2.4 * random() - 1.6);
  const choices = Array.from({ length: candidates }, () => {
    const ability = 2 * (random() + random() + random() - 1.5);
    return difficulties.map((difficulty) =>
      random() < 1 / (1 + Math.exp(difficulty - ability)) ? 'A' : (LETTERS[1 + Math.floor(3 * random() ** 2)] ?? 'D'),
    );
  });
  const points = choices.map((row) => row.map((choice) => (choice === 'A' ? 1 : 0)));
  return { points, choices, max: difficulties.map(() => 1), passMark: 0.7, rasch: true };
}

/** Items of 1 to 5 points with quarters of a point, as people mark. */
function drawPartial(seed: string, candidates: number, items: number): Given {
  const random = seededRandom(seed, 'partial');
  const max = Array.from({ length: items }, (_none, item) => 1 + (item % 5));
  const points = Array.from({ length: candidates }, () => {
    const ability = (random() + random() + random()) / 3;
    return max.map((most) => Math.round(4 * most * Math.min(1, Math.max(0, ability + random() - 0.4))) / 4);
  });
  return { points, max, passMark: 0.8 };
}

const GIVEN: readonly Given[] = [
  drawChoices('few', 150, 12),
  drawChoices('many', 900, 40),
  drawPartial('marked', 400, 20),
  drawPartial('few marked', 60, 6),
];

function ourFigures({ points, max, passMark, choices }: Given) {
  const tally = emptyTally(
    max.map((most, place) => ({
      id: `${place}`,
      millipointsMax: 1000 * most,
      isDichotomous: most === 1 && points.every((row) => row[place] === 0 || row[place] === 1),
      key: ['A'],
      choices: choices ? LETTERS.map((id) => ({ id })) : [],
    })),
    Math.round(10_000 * passMark),
  );
  const add = adderTo(tally);
  for (const [candidate, row] of points.entries())
    add({ items: row.map((value, place) => ({ millipoints: 1000 * value, isAnswered: true, choices: [choices?.[candidate]?.[place] ?? ''] })) });
  return analyseItems(tally);
}

describe.skipIf(!isThere)('item analysis is what R says', () => {
  let compared: readonly { readonly theirs: Theirs['figures']; readonly ours: ReturnType<typeof ourFigures> }[] = [];
  beforeAll(() => {
    const { stdout, stderr, status } = spawnSync('Rscript', [SCRIPT], { input: JSON.stringify(GIVEN), encoding: 'utf8', maxBuffer: 1e8 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const answers = JSON.parse(stdout) as readonly Theirs[];
    compared = answers.map(({ figures, ...answer }, place) => ({ theirs: figures, ours: ourFigures({ ...answer, ...GIVEN[place] }) }));
    expect(compared).toHaveLength(GIVEN.length + 1);
  });

  /** All that both have: the largest difference, of at least one figure. */
  function largest(pairs: readonly (readonly [number | undefined, number | undefined])[]): number {
    expect(pairs.length).toBeGreaterThan(0);
    return Math.max(...pairs.map(([one = Number.NaN, other = Number.NaN]) => Math.abs(one - other)));
  }

  it('facility, corrected discrimination, alpha with its interval, and alpha without each item (psych), to 1e-9', () => {
    for (const { theirs, ours } of compared) {
      expect(largest(ours.items.map((item, place) => [item.facility, theirs.facility[place]]))).toBeLessThan(1e-9);
      expect(largest(ours.items.map((item, place) => [item.discrimination?.value, theirs.discrimination[place]]))).toBeLessThan(1e-9);
      expect(largest(ours.items.map((item, place) => [item.alphaWithout, theirs.alphaWithout[place]]))).toBeLessThan(1e-9);
      const { value, low, high } = ours.test.alpha ?? {};
      expect(largest([value, low, high].map((figure, place) => [figure, theirs.alpha[place]]))).toBeLessThan(1e-9);
    }
  });

  it('the point-biserial of each choice (base R), to 1e-9', () => {
    const pairs = compared.flatMap(({ theirs, ours }) =>
      (theirs.choices ?? []).flatMap((ofItem, place) =>
        Object.entries(ofItem).flatMap(([id, figure]): (readonly [number | undefined, number])[] =>
          typeof figure === 'number' ? [[ours.items[place]?.choices.find((choice) => choice.id === id)?.discrimination?.value, figure]] : [],
        ),
      ),
    );
    expect(pairs.length).toBeGreaterThan(150);
    expect(largest(pairs)).toBeLessThan(1e-9);
  });

  it('the error of measurement (psych), and at the pass mark (base R’s lm), to 1e-9; the mean of those errors is the former', () => {
    for (const { theirs, ours } of compared) {
      expect(largest([[ours.test.standardError, theirs.standardError]])).toBeLessThan(1e-9);
      expect(largest([[ours.test.standardErrorAtPassMark, theirs.errorAt]])).toBeLessThan(1e-9);
      expect(theirs.meanError).toBeCloseTo(theirs.standardError, 9);
    }
  });

  it('decision consistency and accuracy (Livingston and Lewis in R), to 1e-4, with four parameters and with two', () => {
    expect(new Set(compared.map(({ ours }) => ours.test.decisions?.parameters))).toEqual(new Set([2, 4]));
    for (const { theirs, ours } of compared)
      for (const kind of ['consistency', 'kappa', 'accuracy', 'falsePasses', 'effectiveLength', 'parameters'] as const)
        expect(largest([[ours.test.decisions?.[kind], theirs.decisions[kind]]]), kind).toBeLessThan(1e-4);
  });

  it('Rasch difficulties with their errors, infit and outfit (eRm), to 1e-3', () => {
    const withRasch = compared.filter(({ theirs }) => theirs.rasch);
    expect(withRasch).toHaveLength(3);
    for (const { theirs, ours } of withRasch)
      for (const kind of ['difficulty', 'standardError', 'infit', 'outfit', 'infitZ'] as const)
        expect(largest(ours.items.map((item, place) => [item.rasch?.[kind], theirs.rasch?.[kind][place]])), kind).toBeLessThan(1e-3);
  });
});
