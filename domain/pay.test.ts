import { describe, expect, it } from 'vitest';
import { amountFromCents, centsFromAmount, endOfMonth, workLineOf, type PayRate, type Work } from './pay.ts';

const instant = (time: string) => new Date(`2026-11-${time}Z`);
const pieces = (cents: number) => ({ aptitude: { mark: cents, adjudicate: 2 * cents }, case_study: { mark: 3 * cents, adjudicate: 4 * cents } });
const rate = (version: number, from: string, perHour: number): PayRate => ({
  version,
  effectiveFrom: instant(from),
  perHour,
  perPiece: pieces(version * 100),
});
const RATES = [rate(1, '01T00:00:00', 5000), rate(2, '15T00:00:00', 6000)];

const work = (changed: Partial<Work> = {}): Work => ({
  claimId: 'c',
  assignmentId: 'a',
  test: 'aptitude',
  purpose: 'mark',
  isCompleted: true,
  endedAt: instant('10T12:00:00'),
  stretches: [{ startedAt: instant('10T11:00:00'), endedAt: instant('10T12:00:00') }],
  ...changed,
});

const seconds = (count: number) => [{ startedAt: new Date(0), endedAt: new Date(count * 1000) }];

describe('a line of pay', () => {
  it('is time and piece, by the version that held when the work ended', () => {
    expect(workLineOf(work(), RATES)).toMatchObject({ seconds: 3600, timeCents: 5000, pieceCents: 100, cents: 5100, rate: { version: 1 } });
    expect(workLineOf(work({ endedAt: instant('15T00:00:00'), test: 'case_study', purpose: 'adjudicate' }), RATES)).toMatchObject({
      timeCents: 6000,
      pieceCents: 800,
      rate: { version: 2 },
    });
  });

  it('is of the newest version also where that holds from the same moment, or from an earlier one', () => {
    expect(workLineOf(work(), [...RATES, rate(3, '01T00:00:00', 7000)])?.rate.version).toBe(3);
  });

  it('rounds time once, half a cent up, exactly', () => {
    // 50.00 an hour is 1 cent in 0.72 s: 25 s are 34.72 cents, 9 s are 12.5.
    expect([25, 9, 8, 0].map((count) => workLineOf(work({ stretches: seconds(count) }), RATES)?.timeCents)).toEqual([35, 13, 11, 0]);
    // A year of a thousand an hour is beyond what floats of money would bear, and whole here.
    expect(workLineOf(work({ stretches: seconds(31_536_000) }), [rate(1, '01T00:00:00', 100_001)])?.timeCents).toBe(876_008_760);
  });

  it('pays the time of what was not handed in, and no piece', () => {
    expect(workLineOf(work({ isCompleted: false }), RATES)).toMatchObject({ timeCents: 5000, pieceCents: 0, cents: 5000 });
    expect(workLineOf(work({ isCompleted: false, stretches: [] }), RATES)).toBeUndefined();
  });

  it('pays the piece where no time is known, and nothing from before there was a rate', () => {
    expect(workLineOf(work({ stretches: [] }), RATES)?.cents).toBe(100);
    expect(workLineOf(work({ endedAt: new Date('2026-10-31T23:59:59.999Z') }), RATES)).toBeUndefined();
  });
});

describe('an amount', () => {
  it('is read and written to the cent', () => {
    for (const amount of ['0.00', '0.05', '12.34', '-0.05', '-12.34', '9999999.99'])
      expect(amountFromCents(centsFromAmount(amount) ?? Number.NaN)).toBe(amount);
  });

  it.each(['', '1', '1.2', '1.234', '.50', '1,50', '+1.00', ' 1.00', '1e3', '10000000.00', '--1.00'])('is not %j', (amount) => {
    expect(centsFromAmount(amount)).toBeUndefined();
  });
});

describe('a month', () => {
  it('is over when the next begins, in UTC', () => {
    expect(endOfMonth('2026-11')).toEqual(new Date('2026-12-01T00:00:00Z'));
    expect(endOfMonth('2026-12')).toEqual(new Date('2027-01-01T00:00:00Z'));
    for (const month of ['2026-13', '2026-00', '26-11', '2026-11-01']) expect(() => endOfMonth(month)).toThrow(RangeError);
  });
});
