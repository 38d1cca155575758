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
  for (const part of ['Not passed', '78.75\u{A0}%', '78.755 of 100', report.candidateName, report.attemptId, '22 November 2026'])
    expect(page).toContain(part);
  for (const { title, points, pointsMax, remarks } of report.entries) {
    expect(page).toContain(title);
    expect(page).toContain(`<strong>${points}</strong> of ${pointsMax} points`);
    for (const remark of remarks) expect(page).toContain(remark);
  }
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
    entries: [{ itemId: hostile, title: hostile, points: 0, pointsMax: 1, remarks: [hostile] }],
  });
  expect(page).not.toMatch(/<script|<img/);
  expect(page.match(/&lt;script&gt;/g)).toHaveLength(5);
  expect(page.match(/\{\{ 1 \| plus: 1 \}\}/g)).toHaveLength(5);
  expect(page.match(/&amp;amp;/g)).toHaveLength(5);
});

test('the page needs nothing else: no script, no address, no handler', async () => {
  const page = await renderFeedbackPage(report);
  expect(page).not.toMatch(/<script|<link|<iframe|<img|@import|url\(|\ssrc=|\shref=|\son\w+=|https?:|javascript:/i);
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
      const entries = [...report.entries, { itemId: 'x', title: names.Arabic, points: 0, pointsMax: 1, remarks }];
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
