import { seededRandom } from '../people/random.ts';
import { mayBeAppealed, type Graded, type OracleTest } from './appeals-oracle.ts';

/** Marks are given in quarters of a point, as the cohort's are. */
const UNITS_PER_POINT = 200;

type Whose = { readonly candidate: string; readonly test: OracleTest; /** Among those who failed. */ readonly rank: number };

/**
 * What somebody appeals, and the points that whoever marks it gives each: everything well, everything worse, one well and one with nothing by turns, and
 * some of it as it falls, by turns from one candidate to the next. The same each time.
 */
export function appealOf(graded: Graded, { candidate, test, rank }: Whose): ReadonlyMap<string, number> {
  const items = mayBeAppealed(graded).map(({ id, units, max }) => ({ id, before: units / UNITS_PER_POINT, most: max / UNITS_PER_POINT }));
  const random = seededRandom('appeals', `${candidate} ${test}`);
  switch (rank % 4) {
    case 0:
      return new Map(items.map(({ id, most }) => [id, most]));
    case 1:
      return new Map(items.map(({ id, before }) => [id, quarter(before * random())]));
    case 2:
      return new Map(items.map(({ id, most }, index) => [id, index % 2 === 0 ? most : 0]));
    default: {
      const some = items.filter((_, index) => index === 0 || random() < 0.5);
      return new Map(some.map(({ id, most }) => [id, quarter(most * random())]));
    }
  }
}

function quarter(points: number): number {
  return Math.floor(points * 4) / 4;
}
