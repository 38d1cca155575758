import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { funnelReport, type FunnelCell } from './funnel-report.ts';
import { STAGES } from './report-tables.ts';

const counts = (attempts: number, passed = attempts) => ({
  attempts,
  started: attempts,
  handedIn: attempts,
  passed,
  downloaded: passed,
  solved: passed,
  certified: passed,
  failed: attempts - passed,
  lapsed: 0,
  withdrawn: 0,
});
const cell = (attempts: number, over: Partial<FunnelCell> = {}): FunnelCell => ({
  ...counts(attempts),
  isRetake: false,
  isAccommodated: false,
  language: 'en',
  examVersion: 'a@1',
  ...over,
});
const tableIn = (cells: readonly FunnelCell[], id: string) => {
  const table = funnelReport(cells).tables.find((one) => one.id === id);
  return table?.rows.map((row) => Object.fromEntries(table.columns.map((column, place) => [column.id, row[place]]))) ?? [];
};

describe('the funnel', () => {
  it('counts each attempt once in every table', () => {
    const cells = [cell(40), cell(20, { isRetake: true, language: 'de' })];
    expect(tableIn(cells, 'all')).toEqual([counts(60)]);
    expect(tableIn(cells, 'byTurn')).toEqual([
      { turn: 'again', ...counts(20) },
      { turn: 'first', ...counts(40) },
    ]);
    expect(tableIn(cells, 'byLanguage').map(({ language, attempts }) => [language, attempts])).toEqual([
      ['de', 20],
      ['en', 40],
    ]);
  });

  it('tells nothing of a group of fewer than ten, nor of what would give it away', () => {
    const cells = [cell(40), cell(3, { isAccommodated: true, language: 'de' }), cell(12, { language: 'fr' })];
    expect(tableIn(cells, 'byAccommodation').map(({ accommodation, attempts, passed }) => [accommodation, attempts, passed])).toEqual([
      ['with', null, null],
      ['without', null, null],
    ]);
    expect(tableIn(cells, 'byLanguage').map(({ language, attempts }) => [language, attempts])).toEqual([
      ['de', null],
      ['en', 40],
      ['fr', null],
    ]);
    expect(tableIn([cell(1)], 'all')).toEqual([{ ...Object.fromEntries(STAGES.map((stage) => [stage, null])), attempts: 1 }]);
    expect(tableIn([], 'all')).toEqual([]);
  });

  it('of drawn attempts lets nobody work out any figure of fewer than ten, by whatever tables they subtract from one another', () => {
    const drawn = fc.array(
      fc.record({
        attempts: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80 })),
        isRetake: fc.boolean(),
        isAccommodated: fc.boolean(),
        language: fc.constantFrom('de', 'en', 'fr', 'und'),
        examVersion: fc.constantFrom('a@1', 'a@2', 'b@1'),
      }),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(drawn, (all) => {
        const cells = all.map(({ attempts, ...over }) => cell(attempts, { ...over, ...counts(attempts, Math.floor(attempts / 2)) }));
        const total = cells.reduce((sum, { attempts }) => sum + attempts, 0);
        for (const id of ['byTurn', 'byAccommodation', 'byLanguage', 'byExamVersion']) {
          const rows = tableIn(cells, id);
          const shown = rows.filter(({ attempts }) => attempts !== null);
          // A withheld row tells nothing at all.
          for (const row of rows.filter(({ attempts }) => attempts === null)) expect(STAGES.every((stage) => row[stage] === null)).toBe(true);
          for (const { attempts } of shown) expect(Number(attempts)).toBeGreaterThanOrEqual(10);
          const rest = total - shown.reduce((sum, { attempts }) => sum + Number(attempts), 0);
          // A whole table of fewer than ten has no row to subtract.
          if (shown.length > 0) expect(rest === 0 || rest >= 10).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
