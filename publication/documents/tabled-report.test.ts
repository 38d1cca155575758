import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, it } from 'vitest';
import { PERIOD_REPORTS, REPORT_KINDS } from '../../domain/report.ts';
import { drawnReport, drawnRound } from '../../test/support/drawn-documents.ts';
import { REPORT_WORDS, type ReportLanguage } from '../reports/report-words.ts';
import { createDocumentRenderer } from './renderer.ts';
import { speechOf } from './report-speech.ts';
import { viewOfTabledReport } from './tabled-report.ts';

const KINDS = [...PERIOD_REPORTS, 'standard-setting'] as const;
const LANGUAGES = ['en', 'de'] as const;
const drawn = (kind: (typeof KINDS)[number], language: ReportLanguage = 'en') =>
  kind === 'standard-setting' ? drawnRound(language) : drawnReport(kind, language);
const plain = (text: string) => text.replaceAll(/[\s\u{AD}\u{200B}]+/gu, '');

describe.each(KINDS)('a report as PDF: %s', (kind) => {
  it('is the same bytes for the same report, and other bytes for another', () => {
    const [first, again, other] = [drawn(kind), drawn(kind), { ...drawn(kind), contentHash: 'a'.repeat(64) }].map((report) =>
      Buffer.from(createDocumentRenderer().tabledReport(report)).toString('base64'),
    );
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it.each(LANGUAGES)('has every figure of its tables and plots in words, under their titles: %s', async (language) => {
    const report = drawn(kind, language);
    const bytes = createDocumentRenderer().tabledReport(report);
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: true });
    const read = plain(text);
    const { sections, facts, about, record } = viewOfTabledReport(report);
    expect(sections.flatMap(({ plots }) => plots).length).toBeGreaterThan(0);
    const said = [
      about,
      record,
      ...facts.map(({ value }) => value),
      ...sections.flatMap(({ title, about: of, rows, plots }) => [
        title,
        of,
        ...rows.map((row) => row.join(' ')),
        ...plots.flatMap((plot) => [plot.title, plot.about, ...plot.rows.map(({ name, figure }) => `${name} ${figure}`)]),
      ]),
    ];
    expect(said.filter((words) => !read.includes(plain(words)))).toEqual([]);
  });
});

describe('the words on paper', () => {
  it('are the same codes in each language, and all kinds have a name', () => {
    const { en, de } = REPORT_WORDS;
    expect(Object.keys(de.reportWord)).toEqual(Object.keys(en.reportWord));
    for (const { reportKind } of [en, de]) expect(Object.keys(reportKind).toSorted()).toEqual([...REPORT_KINDS].toSorted());
  });

  it.each([
    [0, 'count', '0'],
    [1_234_567, 'count', '1,234,567'],
    [-1234, 'count', '−1,234'],
    [123_456_789, 'cents', '1,234,567.89'],
    [-5, 'cents', '−0.05'],
    [100_000, 'cents', '1,000.00'],
    [0.12345, 'share', '12.3\u{A0}%'],
    [-0.05, 'share', '−5.0\u{A0}%'],
    [-0.5, 'figure', '−0.50'],
    [-0.001, 'figure', '0.00'],
    [-0.0001, 'share', '0.0\u{A0}%'],
    [-0.01, 'figure', '−0.01'],
    [59, 'seconds', '59\u{A0}s'],
    [3599, 'seconds', '59\u{A0}min'],
    [7260, 'seconds', '2\u{A0}h 1\u{A0}min'],
    [90_061, 'seconds', '1\u{A0}d 1\u{A0}h'],
    [4_500_000, 'worked', '1,250.0\u{A0}h'],
    ['2026-11-30T18:05:09Z', 'instant', '30 November 2026, 18:05 UTC'],
    ['aptitude', 'word', 'Aptitude test'],
    ['aptitude', 'name', 'aptitude'],
    [null, 'cents', '–'],
  ] as const)('are of %s, %s: %s', (cell, unit, words) => {
    expect(speechOf('en').cellText(cell, unit)).toBe(words);
  });

  it.each([
    [1_234_567, 'count', '1.234.567'],
    [-123_456_789, 'cents', '−1.234.567,89'],
    [0.12345, 'share', '12,3\u{A0}%'],
    [-0.001, 'figure', '0,00'],
    [4_500_000, 'worked', '1.250,0\u{A0}h'],
    ['2026-03-01T18:05:09Z', 'instant', '1. März 2026, 18:05 UTC'],
    ['aptitude', 'word', 'Eignungstest'],
  ] as const)('are in German of %s, %s: %s', (cell, unit, words) => {
    expect(speechOf('de').cellText(cell, unit)).toBe(words);
  });
});
