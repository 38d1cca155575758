import type { GraderRecord } from '../generated/client.ts';

export type Qualification = NonNullable<GraderRecord['qualifications']>[number];

/** A qualification as the value of a box to tick, and back. */
export function keyOf({ examId, test }: Qualification): string {
  return `${test} ${examId}`;
}

export function qualificationOf(key: string): Qualification {
  const blank = key.indexOf(' ');
  return { test: key.slice(0, blank) as Qualification['test'], examId: key.slice(blank + 1) };
}

/** "de, en-gb" → de and en-GB; undefined where one is no language. */
export function languagesIn(typed: string): readonly string[] | undefined {
  const named = typed.split(/[\s,;]+/).filter((part) => part !== '');
  try {
    return Intl.getCanonicalLocales(named);
  } catch {
    return undefined;
  }
}
