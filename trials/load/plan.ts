import { shuffled, type Random } from '../people/random.ts';

/** Where attempts stand that are open while nothing happens to them. */
const STANDING = ['aptitude_grading', 'case_study_offered', 'case_study', 'case_study_grading'] as const;
export type Standing = (typeof STANDING)[number];

/**
 * The days that an attempt of 58 may spend in each: with 2,420 registrations a week that makes the forecast's 20,000
 * open attempts, and its shares are these.
 */
const DAYS: Readonly<Record<Standing, number>> = { aptitude_grading: 7, case_study_offered: 30, case_study: 14, case_study_grading: 7 };

/** How many of `total` stand in each phase; together exactly `total` (largest remainders). */
export function standingCounts(total: number): Readonly<Record<Standing, number>> {
  const daysTotal = STANDING.reduce((sum, phase) => sum + DAYS[phase], 0);
  const shares = STANDING.map((phase) => {
    const exact = (total * DAYS[phase]) / daysTotal;
    return { phase, count: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  const missing = total - shares.reduce((sum, { count }) => sum + count, 0);
  const first = new Set(
    shares
      .toSorted((a, b) => b.remainder - a.remainder)
      .slice(0, missing)
      .map(({ phase }) => phase),
  );
  return Object.fromEntries(shares.map(({ phase, count }) => [phase, count + (first.has(phase) ? 1 : 0)])) as Record<Standing, number>;
}

/** Who waits for the exam day, who is registered and nothing more, and who stands further on. */
export type Opening = 'exam day' | 'registered' | Standing;

/** Who is opened, in a drawn order. `advancedShare` of those who stand are past their registration. */
export function openings({
  examDay,
  standing,
  advancedShare,
  random,
}: {
  examDay: number;
  standing: number;
  advancedShare: number;
  random: Random;
}): readonly Opening[] {
  const advanced = Math.round(standing * advancedShare);
  const counts: Readonly<Record<Opening, number>> = { 'exam day': examDay, registered: standing - advanced, ...standingCounts(advanced) };
  return shuffled(
    Object.entries(counts).flatMap(([opening, count]) => Array.from({ length: count }, () => opening as Opening)),
    random,
  );
}
