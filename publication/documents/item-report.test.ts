import { extractText, getDocumentProxy } from 'unpdf';
import { expect, it } from 'vitest';
import { analyseItems } from '../../domain/item-analysis.ts';
import { drawExam } from '../../test/support/simulated-exam.ts';
import { REPORT_WORDS } from '../reports/report-words.ts';
import { viewOfItemReport } from './item-report.ts';
import { createDocumentRenderer } from './renderer.ts';

const analysis = {
  ...analyseItems(drawExam({ seed: 'printed', candidates: 300, faults: { wrongKey: 3 } })),
  caseStudies: [{ ...analyseItems(drawExam({ seed: 'studied', candidates: 60, choiceItems: 0, textItems: 3 })), caseStudyId: 'A shop' }],
};
const document = { language: 'en', subject: 'software-architect@3', asOf: new Date('2026-11-30T04:10:00Z'), analysis } as const;

it('is the same bytes for the same report, and other bytes for another', () => {
  const [first, again, other] = [document, document, { ...document, subject: 'another@1' }].map((one) =>
    Buffer.from(createDocumentRenderer().itemReport(one)).toString('base64'),
  );
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

it.each(['en', 'de'] as const)(
  'has every figure of the tables, every finding and what may be done, and the words of its picture: %s',
  async (language) => {
    const bytes = createDocumentRenderer().itemReport({ ...document, language });
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: true });
    const read = text.replaceAll(/[\s\u{AD}]+/gu, ' ');
    const { rows, choices, facts, findings, caseStudies } = viewOfItemReport({ ...document, language });
    const missing = [...rows, ...choices, ...caseStudies.flatMap((one) => one.rows)]
      .map((row) =>
        row
          .filter((cell) => cell !== '')
          .join(' ')
          .replaceAll(/\s+/gu, ' '),
      )
      .filter((row) => !read.includes(row));
    expect(missing).toEqual([]);
    const said = [
      ...[...facts, ...caseStudies.flatMap((one) => one.facts)].map(({ value }) => value),
      ...[...findings, ...caseStudies.flatMap((one) => one.findings)].flatMap(({ means, advice }) => [means, advice]),
      ...caseStudies.map(({ label, name }) => `${label} ${name}`),
    ];
    expect(said.map((words) => words.replaceAll(/\s+/gu, ' ')).filter((words) => !read.includes(words))).toEqual([]);
    expect(findings.some(({ grade }) => grade === REPORT_WORDS[language].itemReport.grade.fault)).toBe(true);
  },
);

it('says nothing of graders', () => {
  expect(JSON.stringify(viewOfItemReport(document))).not.toMatch(/grader-\d/);
});
