import { afterAll, beforeAll, expect, it } from 'vitest';
import { judgeByFolds } from '../../domain/kept-aside.ts';
import { fitMarkingModel } from '../../domain/marking-fit.ts';
import { planOf } from '../../domain/marking-policies.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { drawScripts } from '../support/marked-scripts.ts';

/** What staff read of the weekly fit, over the real API. */

let api: TestApi;
beforeAll(async () => (api = await startTestApi()));
afterAll(async () => api?.close());

const read = async (role: 'staff' | 'auditor' | 'grader' | 'candidate' = 'staff') => api.as('sam', role)('GET', '/v1/staff/marking-plan');

const MARKS_UNTIL = new Date('2026-11-30T03:10:00Z');
const scripts = drawScripts({ seed: 'told', scripts: 120, graders: ['a', 'b', 'c'].map((id) => ({ id, severity: 0, noise: 0.15 })) });

it('tells that there is none, why there is none, and what there is, to staff and auditors alone', async () => {
  const { markingModels, markingReviews } = api.services.store;
  expect((await read()).body).toEqual({ activeVersion: null, followsBetter: false, fit: null, plan: null });

  const early = { occasion: 'early', marksUntil: MARKS_UNTIL };
  const why = '3 scripts were marked by two graders';
  await markingReviews.recordRefit(early, { kind: 'too_few', why });
  await markingReviews.recordPlan(early, { kind: 'too_few', why });
  expect((await read()).body).toMatchObject({ fit: { version: null, isNew: false, words: [`no new version: ${why}`] }, plan: null });

  const { version } = await markingModels.add({ model: fitMarkingModel(scripts), evidence: null, actor: 'schedule' });
  await markingModels.activate({ version, actor: 'mia', reason: 'the first' });
  await markingReviews.setFollowing({ follows: true, actor: 'mia', reason: 'we have seen it work' });
  const later = { occasion: 'later', marksUntil: MARKS_UNTIL };
  const data = { hash: 'f'.repeat(64), scripts: 120, markedTwice: 120, attempts: 120, marks: 1440 };
  const keptAside = { scripts: 0, attempts: 0 };
  await markingReviews.recordRefit(later, { kind: 'fitted', version, isNew: true, data, keptAside, comparison: null, alike: [] });
  const plan = planOf(judgeByFolds(scripts));
  await markingReviews.recordPlan(later, { kind: 'planned', plan });
  const { status, body } = await read();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    activeVersion: version,
    followsBetter: true,
    fit: { marksUntil: MARKS_UNTIL.toISOString(), version, isNew: true },
    plan: { marksUntil: MARKS_UNTIL.toISOString(), scripts: 120, decisions: 240 },
  });
  expect(body.plan.policies).toHaveLength(plan.policies.length);
  expect(body.plan.policies.find(({ policy }: { policy: string }) => policy === 'double')).toMatchObject({ wrongShare: 0, limit: null });
  expect((await read('auditor')).body).toEqual(body);
  expect((await read('grader')).status).toBe(403);
  expect((await read('candidate')).status).toBe(403);
});
