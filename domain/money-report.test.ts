import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moneyReport, type MoneyFacts, type PayableWork } from './money-report.ts';
import { workLineOf, type PayRate } from './pay.ts';

const piece = (mark: number, adjudicate: number) => ({ mark, adjudicate });
const RATE: PayRate = {
  version: 1,
  effectiveFrom: new Date(0),
  perHour: 5000,
  perPiece: { aptitude: piece(100, 50), case_study: piece(700, 300) },
};
const NOTHING: MoneyFacts = { rates: [RATE], work: [], corrections: [], submissions: [], workAtSubmissions: [] };
const work = (seconds: number, over: Partial<PayableWork> = {}): PayableWork => ({
  claimId: 'c',
  assignmentId: 'x',
  submissionId: 'one',
  grader: 'gia',
  test: 'aptitude',
  purpose: 'mark',
  isSeed: false,
  isCompleted: true,
  endedAt: new Date('2026-11-05T00:00:00Z'),
  stretches: [{ startedAt: new Date(0), endedAt: new Date(seconds * 1000) }],
  paid: null,
  ...over,
});
const rowsOf = (facts: Partial<MoneyFacts>, id: string) => {
  const table = moneyReport({ ...NOTHING, ...facts }).tables.find((one) => one.id === id);
  return table?.rows.map((row) => Object.fromEntries(table.columns.map((column, place) => [column.id, row[place]])));
};

describe('the report of money', () => {
  it('of nothing has every table, and no row', () => {
    expect(moneyReport(NOTHING).tables.map(({ id, rows }) => [id, rows])).toEqual([
      ['work', []],
      ['graders', []],
      ['attempts', []],
    ]);
  });

  it('has what each grader earned, corrections beside it, and whether a statement has all of it', () => {
    const paid = { seconds: 3600, timeCents: 4000, pieceCents: 90 };
    const facts = {
      // As the statement had it, whatever the rate is now.
      work: [work(3600), work(3600, { grader: 'ida', paid }), work(60, { grader: 'ida', isCompleted: false, stretches: [] })],
      corrections: [
        { grader: 'gia', cents: -250, isPaid: true },
        { grader: 'pia', cents: 100, isPaid: false },
      ],
    };
    expect(rowsOf(facts, 'graders')).toEqual([
      { grader: 'gia', pieces: 1, activeSeconds: 3600, timeCents: 5000, pieceCents: 100, correctionCents: -250, cents: 4850, statement: 'due' },
      { grader: 'ida', pieces: 1, activeSeconds: 3600, timeCents: 4000, pieceCents: 90, correctionCents: 0, cents: 4090, statement: 'issued' },
      { grader: 'pia', pieces: 0, activeSeconds: 0, timeCents: 0, pieceCents: 0, correctionCents: 100, cents: 100, statement: 'due' },
    ]);
  });

  it('has what a result costs by exam version and how it is marked, without seeds, half a cent up', () => {
    const submissions = ['one', 'two'].map((submissionId) => ({ submissionId, examVersion: 'a@1', test: 'aptitude' as const, marking: 'risk' }));
    const workAtSubmissions = [work(0, { stretches: [] }), work(36, { submissionId: 'two', purpose: 'adjudicate' }), work(7200, { isSeed: true })];
    // 100 by the piece, and 50 with 50 for 36 seconds; one cent would not be divided.
    expect(rowsOf({ submissions, workAtSubmissions }, 'attempts')).toEqual([
      { exam: 'a@1', test: 'aptitude', marking: 'risk', submissions: 2, marks: 1, adjudications: 1, activeSeconds: 36, cents: 200, centsEach: 100 },
    ]);
    const odd = [work(0, { stretches: [], paid: { seconds: 0, timeCents: 1, pieceCents: 0 } })];
    expect(rowsOf({ submissions, workAtSubmissions: odd }, 'attempts')).toEqual([expect.objectContaining({ cents: 1, centsEach: 1 })]);
  });

  it('adds up to the cent: by work, by grader, and line by line as statements do', () => {
    const drawn = fc.array(
      fc.record({
        seconds: fc.nat({ max: 40_000 }),
        grader: fc.constantFrom('a', 'b', 'c'),
        test: fc.constantFrom('aptitude', 'case_study'),
        purpose: fc.constantFrom('mark', 'adjudicate'),
        isSeed: fc.boolean(),
        isCompleted: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(drawn, (all) => {
        const done = all.map(({ seconds, ...over }) => work(seconds, over as Partial<PayableWork>));
        const lines = done.reduce((sum, one) => sum + (workLineOf(one, [RATE])?.cents ?? 0), 0);
        for (const id of ['work', 'graders']) {
          const cents = (rowsOf({ work: done }, id) ?? []).map((row) => Number(row['cents']));
          expect(cents.every(Number.isInteger)).toBe(true);
          expect(cents.reduce((sum, one) => sum + one, 0)).toBe(lines);
        }
      }),
    );
  });
});
