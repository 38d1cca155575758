import { activeSecondsOf, type Stretch } from './active-time.ts';
import { TESTS, type Test } from './exam.ts';

/** What graders are paid, by the hour they worked and by the piece they handed in. Every amount is an integer number of cents. */

/** An amount of money in hundredths: 12.34 is 1234. */
export type Cents = number;

export const CURRENCY = 'USD';

const PURPOSES = ['mark', 'adjudicate'] as const;
export type PieceKind = (typeof PURPOSES)[number];

/** Immutable; a newer version holds from its own date on. */
export type PayRate = {
  readonly version: number;
  readonly effectiveFrom: Date;
  readonly perHour: Cents;
  readonly perPiece: Readonly<Record<Test, Readonly<Record<PieceKind, Cents>>>>;
};

/** What one claim came to: handed in, or given back, lost or withdrawn before that. */
export type Work = {
  readonly claimId: string;
  readonly assignmentId: string;
  readonly test: Test;
  readonly purpose: PieceKind;
  readonly isCompleted: boolean;
  readonly endedAt: Date;
  readonly stretches: readonly Stretch[];
};

export type WorkLine = Work & {
  readonly rate: PayRate;
  readonly seconds: number;
  readonly timeCents: Cents;
  /** 0 for what was not handed in. */
  readonly pieceCents: Cents;
  readonly cents: Cents;
};

/**
 * The line of one claim. Undefined where there is nothing to pay: neither time nor a piece, or from before there was any rate. A line is
 * rounded once, half a cent up, so that what is paid is the sum of what each line says.
 */
export function workLineOf(work: Work, rates: readonly PayRate[]): WorkLine | undefined {
  const rate = rateAt(rates, work.endedAt);
  const seconds = activeSecondsOf(work.stretches);
  if (!rate || (seconds === 0 && !work.isCompleted)) return undefined;
  const timeCents = Math.floor((2 * seconds * rate.perHour + 3600) / 7200);
  const pieceCents = work.isCompleted ? rate.perPiece[work.test][work.purpose] : 0;
  return { ...work, rate, seconds, timeCents, pieceCents, cents: timeCents + pieceCents };
}

/** The newest version that held then. */
function rateAt(rates: readonly PayRate[], at: Date): PayRate | undefined {
  return rates.filter(({ effectiveFrom }) => effectiveFrom <= at).toSorted((one, other) => other.version - one.version)[0];
}

/** Every kind of piece, in a fixed order. */
export const PIECES = TESTS.flatMap((test) => PURPOSES.map((purpose) => ({ test, purpose })));

const AMOUNT_PATTERN = /^(-?)(\d{1,7})\.(\d{2})$/;

/** Reads "12.34" or "-0.05"; undefined for anything else. */
export function centsFromAmount(amount: string): Cents | undefined {
  const match = AMOUNT_PATTERN.exec(amount);
  if (!match) return undefined;
  const [, sign, whole, fraction] = match;
  const cents = Number(whole) * 100 + Number(fraction);
  return sign === '-' ? 0 - cents : cents;
}

/** "12.34" for 1234: exact, with a point, two decimals and no currency. */
export function amountFromCents(cents: Cents): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A month of the calendar in UTC: "2026-11". */
export type Month = string;

/** The instant at which a month is over. Throws a RangeError for what is no month. */
export function endOfMonth(month: Month): Date {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (!match) throw new RangeError(`${month} is no month`);
  return new Date(Date.UTC(Number(match[1]), Number(match[2]), 1));
}
