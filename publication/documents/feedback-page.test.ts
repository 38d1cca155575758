import { existsSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { searchPath } from '../../local/environment.ts';
import { renderFeedbackPage } from './feedback-page.ts';
import { names, report } from '../../test/support/documents.ts';

test('the page holds every entry with its points and remarks', async () => {
  const page = await renderFeedbackPage(report);
  for (const part of [
    'Not passed',
    '78.75\u{A0}%',
    '80.00\u{A0}%',
    '78.75 of 100',
    'architecture.pdf',
    report.candidateName,
    report.attemptId,
    '22 November 2026',
  ])
    expect(page).toContain(part);
  for (const { title, points, pointsMax, remarks } of report.entries) {
    expect(page).toContain(title);
    expect(page).toContain(`<strong>${points === 21.255 ? 21.25 : points}</strong> of ${pointsMax} points`);
    for (const remark of remarks) expect(page).toContain(remark);
  }
});

test('whoever handed in no solution reads that, and nothing of remarks', async () => {
  const page = await renderFeedbackPage({ ...report, test: 'case_study', passed: false, fileName: null, entries: [] });
  expect(page).toContain('No solution was handed in, so there was nothing to grade.');
  expect(page).not.toMatch(/remarks on|Your file/);
});

test('one point is one, and each other number of them more', async () => {
  const of = async (pointsMax: number) =>
    renderFeedbackPage({ ...report, entries: [{ itemId: 'x', title: 'X', points: 0, pointsMax, answer: null, remarks: [] }] });
  expect(await of(1)).toContain('</strong> of 1 point</p>');
  for (const many of [2, 0.5, 1.5]) expect(await of(many)).toContain(`</strong> of ${many} points</p>`);
});

test('the page holds nothing but what it was given to show', async () => {
  const entries = report.entries.map((entry) => ({ ...entry, itemId: 'SECRET', correct: ['SECRET'], modelAnswer: 'SECRET' }));
  expect(await renderFeedbackPage({ ...report, entries })).not.toContain('SECRET');
});

test('markup in what people wrote is shown, not obeyed', async () => {
  const hostile = `<script>alert(1)</script><img src=x onerror=alert(1)> "' {{ 1 | plus: 1 }} {% raw %} &amp;`;
  const page = await renderFeedbackPage({
    ...report,
    candidateName: hostile,
    examTitle: hostile,
    entries: [{ itemId: hostile, title: hostile, points: 0, pointsMax: 1, answer: hostile, remarks: [hostile] }],
  });
  expect(page).not.toMatch(/<script|<img/);
  expect(page.match(/&lt;script&gt;/g)).toHaveLength(6);
  expect(page.match(/\{\{ 1 \| plus: 1 \}\}/g)).toHaveLength(6);
  expect(page.match(/&amp;amp;/g)).toHaveLength(6);
});

test('the page needs nothing else: no script, no address, no handler', async () => {
  const page = await renderFeedbackPage(report);
  expect(page).not.toMatch(/<script|<link|<iframe|<img|@import|url\(|\ssrc=|\shref=|\son\w+=|https?:|javascript:/i);
});

const twoGraders = {
  ...report,
  entries: [
    {
      itemId: 't1',
      title: 'Ports',
      points: 4.625,
      pointsMax: 7,
      answer: '  my own\n    <b>answer</b> **as typed**',
      remarks: ['**Missing:** the owner', 'No [ADR](https://example.org)'],
      graderRemarks: [
        { grader: 'A', remark: '**Missing:** the owner' },
        { grader: 'B', remark: 'No [ADR](https://example.org)' },
      ],
    },
  ],
};

test('remarks of two graders stand apart, without a sign of Markdown, below the candidate’s own answer as it was typed', async () => {
  const page = await renderFeedbackPage(twoGraders);
  expect(page).toContain('  my own\n    &lt;b&gt;answer&lt;/b&gt; **as typed**');
  const said = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
  expect(said).toContain('Grader A Missing: the owner');
  expect(said).toContain('Grader B No ADR (https://example.org)');
  expect(said).toContain('4.62 of 7 points');
});

test('feedback that an earlier release composed reads on, its remarks without a grader', async () => {
  const [{ graderRemarks: _none, ...before }] = twoGraders.entries as [(typeof twoGraders.entries)[0]];
  const page = await renderFeedbackPage({ ...report, entries: [before] });
  expect(page).toContain('Missing: the owner');
  expect(page).not.toContain('Grader ');
});

test('the page is the same for the same report', async () => {
  expect(await renderFeedbackPage(report)).toBe(await renderFeedbackPage(report));
});

test('a test without a remark says so', async () => {
  expect(await renderFeedbackPage({ ...report, test: 'aptitude', passed: true, entries: [] })).toContain('Every answer was given all its points.');
});

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => searchPath().map((directory) => join(directory, name)))
  .find((path) => existsSync(path));

describe.skipIf(executablePath === undefined)('in Chromium (skipped without it on the PATH)', () => {
  test.each([
    { width: 1280, height: 900 },
    { width: 320, height: 640 },
  ])('axe finds no fault with the page, and it does not scroll sideways, at $width pixels', async (viewport) => {
    const browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: ['--no-sandbox'] });
    try {
      const tab = await browser.newPage({ viewport });
      const remarks = [names.Hebrew, 'https://example.org/'.padEnd(300, 'x')];
      const entries = [
        ...report.entries,
        { itemId: 'x', title: names.Arabic, points: 0, pointsMax: 1, answer: `${names.Hebrew}\n${'x'.repeat(20_000)}`, remarks },
      ];
      await tab.setContent(await renderFeedbackPage({ ...report, entries }));
      await tab.addScriptTag({ content: axeSource() });
      const faults = await tab.evaluate(
        'axe.run().then(({ violations, incomplete }) => [...violations, ...incomplete].map(({ id, help }) => id + ": " + help))',
      );
      expect(faults).toEqual([]);
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
    } finally {
      await browser.close();
    }
  });
});

function axeSource(): string {
  const manifest = findPackageJSON('axe-core', import.meta.url);
  if (manifest === undefined) throw new Error('axe-core is not installed: run npm ci');
  return readFileSync(join(dirname(manifest), 'axe.min.js'), 'utf8');
}
