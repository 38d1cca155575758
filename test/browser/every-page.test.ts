import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERIOD_REPORTS } from '../../domain/report.ts';
import type { Role } from '../../local/tokens.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { downloadedAttempt, issuerOf, openAssignments, startedAttempt, submittedAttempt, type TestApi } from '../support/api.ts';
import { decidedScript } from '../support/decided.ts';
import { expectAccessibleWideAndNarrow, LANGUAGES, startPages } from '../support/pages.ts';
import { recordPanel } from '../support/recorded-panel.ts';
import { recordPeriodReport, recordReport } from '../support/recorded-report.ts';
import { certified, suspend } from '../support/register.ts';

/** Every page of every door, as the tables of their pages have them: one that is new fails here until it is visited. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const DOORS = ['desk', 'console', 'exam'] as const;
type Door = (typeof DOORS)[number];

type Parameters = Readonly<Record<string, string>>;
type Visit = {
  readonly as: Role;
  /** What stands for each `:name` of the path. */ readonly parameters?: Parameters;
  /** Other things of the same page. */ readonly others?: readonly Parameters[];
};

/** What the records hold, for pages that are about something. */
type Held = Readonly<
  Record<
    'attempt' | 'assignment' | 'seed' | 'candidate' | 'proposal' | 'regrade' | 'report' | 'panel' | 'inTest' | 'inCaseStudy' | 'submission',
    string
  >
> & { readonly otherReports: readonly string[] };

const EXAM = 'seeded';
const NOWHERE = '*';

const visitsOf = (held: Held): Readonly<Record<Door, Readonly<Record<string, Visit>>>> => ({
  desk: {
    '': { as: 'grader' },
    'assignments/:assignmentId': { as: 'grader', parameters: { assignmentId: held.assignment } },
    'seeds/:seedId': { as: 'designated', parameters: { seedId: held.seed } },
    agreement: { as: 'grader' },
    pay: { as: 'grader' },
    mails: { as: 'grader' },
    [NOWHERE]: { as: 'grader' },
  },
  console: {
    '': { as: 'staff' },
    'attempts/:attemptId': { as: 'staff', parameters: { attemptId: held.attempt } },
    'attempts/:attemptId/trail': { as: 'auditor', parameters: { attemptId: held.attempt } },
    graders: { as: 'staff' },
    'graders/:subject': { as: 'staff', parameters: { subject: 'local-grader' } },
    seeds: { as: 'staff' },
    'pay-rates': { as: 'staff' },
    exams: { as: 'designated' },
    'exams/propose': { as: 'designated' },
    'exams/:examId/quality': { as: 'staff', parameters: { examId: EXAM } },
    'exams/:examId/comments': { as: 'staff', parameters: { examId: EXAM } },
    'exams/:examId/:version': { as: 'designated', parameters: { examId: EXAM, version: '1' } },
    'exam-proposals/:proposalId': { as: 'designated', parameters: { proposalId: held.proposal } },
    reports: { as: 'staff' },
    'reports/:reportId': { as: 'staff', parameters: { reportId: held.report }, others: held.otherReports.map((reportId) => ({ reportId })) },
    panels: { as: 'staff' },
    'panels/:panelId': { as: 'staff', parameters: { panelId: held.panel } },
    'panels/:panelId/ratings': { as: 'designated', parameters: { panelId: held.panel } },
    promises: { as: 'staff' },
    'marking-plan': { as: 'staff' },
    'two-persons': { as: 'staff' },
    retention: { as: 'staff' },
    'claimed-acts': { as: 'staff' },
    appeals: { as: 'staff' },
    complaints: { as: 'staff' },
    regrades: { as: 'staff' },
    'regrades/:regradeId': { as: 'staff', parameters: { regradeId: held.regrade } },
    undelivered: { as: 'staff' },
    leases: { as: 'staff' },
    corrections: { as: 'staff' },
    candidates: { as: 'staff' },
    'candidates/:candidateId': { as: 'staff', parameters: { candidateId: held.candidate } },
    webhooks: { as: 'staff' },
    overdue: { as: 'staff' },
    [NOWHERE]: { as: 'staff' },
  },
  exam: {
    '': { as: 'candidate' },
    'exams/:examId': { as: 'candidate', parameters: { examId: EXAM } },
    privacy: { as: 'candidate' },
    'attempts/:attemptId': { as: 'candidate', parameters: { attemptId: held.inCaseStudy } },
    'attempts/:attemptId/test': { as: 'candidate', parameters: { attemptId: held.inTest } },
    'attempts/:attemptId/case-study': { as: 'candidate', parameters: { attemptId: held.inCaseStudy } },
    'attempts/:attemptId/submissions/:submissionId': {
      as: 'candidate',
      parameters: { attemptId: held.inCaseStudy, submissionId: held.submission },
    },
    [NOWHERE]: { as: 'candidate' },
  },
});

/** The paths of a door's pages, read from its table; the frame adds what is said of any other. */
function pathsOf(door: Door): readonly string[] {
  const source = readFileSync(fileURLToPath(new URL(`../../web/${door}/pages.tsx`, import.meta.url)), 'utf8');
  const table = /routes: RouteObject\[\] = \[\n(.*?)\n\];/s.exec(source)?.[1] ?? '';
  return [...[...table.matchAll(/^ {2}\{(?: index: true|\s+path: '([^']+)')/gm)].map(([, path = '']) => path), NOWHERE];
}

const addressOf = (path: string, parameters: Parameters = {}) =>
  path === NOWHERE ? 'no/such/page' : path.replaceAll(/:(\w+)/g, (_, name: string) => parameters[name] ?? expect.fail(`${path}: no ${name}`));

describe.skipIf(noBrowser !== undefined)('every page', () => {
  let api: TestApi;
  let browser: Browser;
  let held: Held;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    held = await fill();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const staff = () => api.as('page-staff', 'staff');

  /** Something of everything that pages show. */
  async function fill(): Promise<Held> {
    await api.publish();
    await api.publish(smallExam({ seeds: { share: 200, standardisation: { scripts: 10, kappa: 6000, kappaLowAbove: 3000 } } }, EXAM));
    const credentials = await issuerOf(api.services);
    const given = ['one', 'two'].map((grader) => ({ grader, points: [3, 4] as const }));
    const { attemptId: attempt } = await decidedScript(api.services.store, { given, credentials, examId: EXAM });
    const proposed = await staff()('POST', '/v1/staff/seeds', { attemptId: attempt, test: 'aptitude', reason: 'clear-cut' });
    await staff()('POST', `/v1/staff/exams/${EXAM}/comments`, { test: 'aptitude', itemId: 't1', text: 'Name the price', reason: 'agreed' });
    const { certificateId } = await certified(api, { name: 'Dora Doubt' });
    await suspend(api, certificateId);
    const { submissionId } = await submittedAttempt(api.as('page-candidate', 'candidate'));
    await openAssignments(api, submissionId, [1, 2]);
    const { body: assignment } = await api.as('local-grader', 'grader')('POST', '/v1/assignments/claims');
    const { body: known } = await staff()('POST', '/v1/staff/candidates', { subject: 'page-candidate', reason: 'has called' });
    await staff()('POST', '/v1/staff/webhooks', { name: 'board', url: 'https://board.example.org/hook', types: ['certificate.issued'] });
    const sample = JSON.parse(await readFile(new URL('../../exams/software-architect.json', import.meta.url), 'utf8')) as object;
    const { body: proposal } = await api.as('dana', 'designated')('POST', '/v1/exam-proposals', { form: sample, reason: 'a first one' });
    const wrong = { examId: EXAM, test: 'aptitude', itemId: 'c1', change: { kind: 'full_points' }, reason: 'two of them are right' };
    const { body: regrade } = await staff()('POST', '/v1/staff/regrades', wrong);
    const candidate = api.as('local-candidate', 'candidate');
    const inCaseStudy = await downloadedAttempt(api, candidate);
    await candidate('POST', `/v1/attempts/${inCaseStudy}/complaints`, { about: 'system', text: 'The download stood still.' });
    const { body: story } = await staff()('GET', `/v1/staff/attempts/${inCaseStudy}/story`);
    const report = await recordReport(api.services.store, { examId: EXAM });
    const panelists = ['local-designated', 'ada', 'ben'];
    const panel = await recordPanel(api.services.store, { examId: EXAM, panelists, showsFacility: true });
    const ofPeriods = await Promise.all(PERIOD_REPORTS.map((kind) => recordPeriodReport(api.services.store, kind)));
    return {
      attempt,
      assignment: assignment.id,
      seed: proposed.body.seedId,
      candidate: known.id,
      proposal: proposal.id,
      regrade: regrade.id,
      report,
      panel: panel.panelId,
      otherReports: [...ofPeriods, panel.reportId],
      inTest: await startedAttempt(candidate, EXAM),
      inCaseStudy,
      submission: story.submissions[0].submissionId,
    };
  }

  async function look(page: Page, address: string, isNowhere: boolean): Promise<void> {
    await page.goto(address);
    await page.getByRole('heading', { level: 1 }).waitFor(PATIENCE);
    await expect.poll(() => page.locator('.loading').count(), PATIENCE).toBe(0);
    expect(await page.locator('.note.trouble').allInnerTexts(), address).toEqual([]);
    const isFault = await page.getByRole('heading', { name: /^(There is no such page|Diese Seite gibt es nicht|This page cannot be shown)/ }).count();
    expect(isFault > 0, `${address} is no page`).toBe(isNowhere);
    await expectAccessibleWideAndNarrow(page, address);
  }

  for (const door of DOORS) {
    it(`of /${door} is visited here`, () => {
      const paths = pathsOf(door);
      expect(paths.length).toBeGreaterThan(6);
      expect(Object.keys(visitsOf(held)[door]).toSorted()).toEqual([...paths].toSorted());
    });

    for (const language of LANGUAGES)
      it(`of /${door} is without a violation of WCAG 2.2 AA and fits, in ${language}, narrow and wide`, { timeout: 300_000 }, async () => {
        const visits = Object.entries(visitsOf(held)[door]);
        for (const role of new Set(visits.map(([, { as }]) => as))) {
          const { context, page, complaints } = await openWindow(browser, { url: api.url, language });
          await signIn(page, { path: `/${door}`, as: role });
          for (const [path, visit] of visits.filter(([, { as }]) => as === role))
            for (const parameters of [visit.parameters, ...(visit.others ?? [])])
              await look(page, `/${door}/${addressOf(path, parameters)}`, path === NOWHERE);
          expect(complaints).toEqual([]);
          await context.close();
        }
      });
  }
});
