import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectCommandStores } from '../../cli/stores.ts';
import { fitMarkingModel } from '../../domain/marking-fit.ts';
import type { RefitOutcome } from '../../domain/marking-refit.ts';
import { createSchedule, ensureSchedule } from '../../platform/temporal/schedules.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createScheduleKeeper } from '../../workers/schedules.ts';
import { MARKING_REVIEW_SCHEDULE, MARKING_REVIEW_WORKFLOW, markingReviewSchedule } from '../../workflows/schedules.ts';
import { runCommand } from '../support/command.ts';
import { drawScripts } from '../support/marked-scripts.ts';
import { startPipeline, until, type Pipeline } from '../support/pipeline.ts';

/** The weekly fit of the marking model: real marks in PostgreSQL, the real schedule and workflow, the real thread. */

let pipeline: Pipeline;
let database: pg.Client;

beforeAll(async () => {
  pipeline = await startPipeline({
    exams: [smallExam({ risk: { limit: 1000, sampleShare: 0, newGraderScripts: 0, machineCheck: true } }, 'weekly')],
  });
  database = new pg.Client({ connectionString: pipeline.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await pipeline?.client.schedule
    .getHandle(MARKING_REVIEW_SCHEDULE)
    .delete()
    .catch(() => {});
  await database?.end();
  await pipeline?.stop();
});

/** One attempt at the weekly exam, marked by two. No workflow knows of it. */
async function markedTwice(points: readonly [number, number]): Promise<string> {
  const { store } = pipeline;
  const subject = randomUUID();
  const { attemptId } = await store.attempts.register({ subject, name: 'Ada Example', examId: 'weekly' });
  await store.sittings.start({ attemptId, subject });
  for (const [itemId, value] of Object.entries({ c1: ['a'], c2: ['a', 'b'], t1: `so ${points[0]}`, t2: 'so and so' }))
    await store.sittings.saveResponse({ attemptId, subject, itemId, value, sequence: 1 });
  const frozen = await store.sittings.submit({ attemptId, subject, test: 'aptitude' });
  if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('not frozen');
  const { submissionId } = frozen.submission;
  await store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2], dueAt: new Date(Date.now() + 3_600_000) });
  for (const [index, grader] of ['severe', 'mild'].entries()) {
    const held = await store.assignments.claim({ grader, designated: false });
    if (!held) throw new Error('nothing to mark');
    const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: points[index] ?? 0, reason: 'because' }));
    await store.assignments.complete({ assignmentId: held.id, grader, fencingToken: held.fencingToken, marks });
  }
  return attemptId;
}

const review = (occasion: string) =>
  pipeline.client.workflow.execute(MARKING_REVIEW_WORKFLOW, {
    workflowId: occasion,
    taskQueue: 'certification',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  }) as Promise<readonly string[]>;

const rowsOf = async (table: string) => (await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)).rows[0]?.count;

describe('the weekly fit', () => {
  it('says in words why there is no version while too little is marked twice', async () => {
    await markedTwice([3, 4]);
    const words = await review('review-early');
    const why = /1 scripts were marked by two graders, [01] of them are kept aside, and 30 others are needed/;
    expect(words[0]).toMatch(why);
    expect(words[0]).toMatch(/^no new version: /);
    expect(words[1]).toBe('what is asked stays as it is');
    expect(words[2]).toMatch(/^no plan: /);
    expect(await pipeline.store.markingModels.list()).toEqual([]);
    const { refit, plan } = await pipeline.store.markingReviews.latest();
    expect(refit).toMatchObject({ occasion: 'review-early', outcome: { kind: 'too_few', why: expect.stringMatching(why) } });
    expect(plan?.outcome.kind).toBe('too_few');
  });

  it(
    'makes a version with what it was fitted on and how it did on what is kept aside, and a plan; the same run again, nothing',
    { timeout: 240_000 },
    async () => {
      for (let index = 0; index < 60; index += 1) await markedTwice([2 + (index % 4), Math.min(5, 3 + (index % 3))]);
      const words = await review('review-1');
      expect(words[0]).toMatch(/^version 1 was fitted on \d+ scripts that two graders marked$/);
      expect(words).toContain('it is asked once somebody activates it');
      expect(words.at(-1)).toBe('policies are compared on 122 decisions');
      const [version] = await pipeline.store.markingModels.list();
      const aside = version?.keptAside?.scripts ?? 0;
      expect(aside).toBeGreaterThan(0);
      expect(version).toMatchObject({
        version: 1,
        active: false,
        fittedBy: 'schedule',
        scripts: 61 - aside,
        data: { hash: expect.stringMatching(/^[0-9a-f]{64}$/), markedTwice: 61 - aside, attempts: 61 - aside, marks: 4 * (61 - aside) },
        keptAside: { figures: { decisions: 2 * aside } },
      });
      const before = await Promise.all(['marking_model', 'marking_refit', 'marking_plan'].map(rowsOf));
      // Marks that came meanwhile are another run's: this one is recorded.
      await markedTwice([5, 5]);
      expect(await review('review-1')).toEqual(words);
      expect(await Promise.all(['marking_model', 'marking_refit', 'marking_plan'].map(rowsOf))).toEqual(before);
    },
  );

  it('is what marking-model show tells, with who let better ones follow', async () => {
    const stores = connectCommandStores({ DATABASE_URL: pipeline.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const certifiable = (...args: string[]) => runCommand(['marking-model', ...args], { stores });
    const by = ['--actor', 'mia', '--reason', 'judged on the pilot'];
    expect((await certifiable('activate', ...by)).exitCode).toBe(2);
    expect((await certifiable('activate', '1', '--follow-better', ...by)).printed).toEqual([
      'version 1 of the marking model is asked from now on',
      'better versions are activated by themselves from now on',
    ]);
    const shown = (await certifiable('show')).printed.join('\n');
    expect(shown).toMatch(/better versions are activated by themselves: mia, .*: judged on the pilot/);
    expect(shown).toMatch(/the last weekly fit, of marks until .*:\n {2}version 1 was fitted on/);
    expect((await certifiable('show', '--model', '1')).printed.join('\n')).toMatch(/SHA-256 [0-9a-f]{64}\non \d+ scripts that no model is fitted on/);
    await stores.close();
  });
});

describe('versions that are better', () => {
  const comparison = {
    against: 1,
    attempts: 90,
    plain: { mean: -0.1, standardError: 0.01 },
    checked: { mean: -0.1, standardError: 0.01 },
    isBetter: true,
  };
  const fitted = (version: number, changes: object = {}): RefitOutcome => ({
    kind: 'fitted',
    version,
    isNew: true,
    data: { hash: 'f'.repeat(64), scripts: 1, markedTwice: 1, attempts: 1, marks: 1 },
    keptAside: { scripts: 0, attempts: 0 },
    comparison,
    alike: [],
    ...changes,
  });
  const addVersion = async (seed: string) => {
    const graders = [1, 2, 3].map((id) => ({ id: `k${id}`, severity: 0, noise: 0.1 }));
    const model = fitMarkingModel(drawScripts({ seed, scripts: 60, graders }));
    return (await pipeline.store.markingModels.add({ model, evidence: null, actor: 'test' })).version;
  };
  const follow = async (outcome: RefitOutcome) => {
    const occasion = randomUUID();
    await pipeline.store.markingReviews.recordRefit({ occasion, marksUntil: new Date() }, outcome);
    return { occasion, became: await pipeline.store.markingReviews.followBetter({ occasion }) };
  };
  const activeNow = async () => (await pipeline.store.markingModels.list()).find(({ active }) => active)?.version;

  it('are activated in the name of whoever wants it, once; others never', async () => {
    const { markingModels, markingReviews } = pipeline.store;
    await markingModels.activate({ version: 1, actor: 'mia', reason: 'the first' });
    await markingReviews.setFollowing({ follows: true, actor: 'mia', reason: 'we have seen it work' });
    const version = await addVersion('next');
    for (const [changes, became] of [
      [{ comparison: { ...comparison, isBetter: false } }, 'not_better'],
      [{ comparison: null }, 'not_compared'],
      [{ alike: [{ graders: ['x', 'y'], answers: 200 }] }, 'alike_graders'],
      [{ version: 1 }, 'same_version'],
    ] as const)
      expect((await follow(fitted(version, changes))).became).toBe(became);
    expect(await activeNow()).toBe(1);
    const { occasion, became } = await follow(fitted(version));
    expect(became).toBe('activated');
    expect(await activeNow()).toBe(version);
    const activations = await rowsOf('marking_model_activation');
    expect(await markingReviews.followBetter({ occasion })).toBe('activated');
    expect(await rowsOf('marking_model_activation')).toBe(activations);
    const { rows } = await database.query<{ activated_by: string; reason: string }>(
      'SELECT activated_by, reason FROM marking_model_activation WHERE occasion = $1',
      [occasion],
    );
    expect(rows).toEqual([
      { activated_by: 'mia', reason: 'better than version 1 on what is kept aside; better versions follow: we have seen it work' },
    ]);
  });

  it('never go against what a person did: none asked, another one asked meanwhile, or the wish taken back', async () => {
    const { markingModels, markingReviews } = pipeline.store;
    const by = { actor: 'noa', reason: 'a grader copied' };
    const version = await addVersion('later');
    await markingModels.activate({ version: 1, ...by });
    await markingReviews.setFollowing({ follows: false, ...by });
    expect((await follow(fitted(version))).became).toBe('not_followed');
    await markingReviews.setFollowing({ follows: true, ...by });
    await markingModels.deactivate(by);
    expect((await follow(fitted(version))).became).toBe('nothing_active');
    const other = await addVersion('other');
    await markingModels.activate({ version: other, ...by });
    expect((await follow(fitted(version))).became).toBe('not_compared');
    expect(await activeNow()).toBe(other);
  });

  it('have numbers of their own, and records that nobody changes', async () => {
    const versions = await Promise.all(['x', 'y', 'z', 'w'].map(addVersion));
    expect(new Set(versions).size).toBe(4);
    for (const change of [
      "UPDATE marking_refit SET outcome = '{}'",
      'DELETE FROM marking_plan',
      'UPDATE marking_model_following SET follows = true',
      "UPDATE marking_model SET data = '{}'",
    ])
      await expect(database.query(change)).rejects.toThrow(/append-only/);
  });
});

describe('the schedule', () => {
  const schedule = { ...markingReviewSchedule, spec: { calendars: [...markingReviewSchedule.spec.calendars] } };
  const handle = () => pipeline.client.schedule.getHandle(MARKING_REVIEW_SCHEDULE);

  it('is made once, catches up the last of what it missed, and comes back where somebody deleted it', async () => {
    const keeper = createScheduleKeeper({ client: pipeline.client, logger: pipeline.logger });
    const running = keeper.run();
    await until(
      async () =>
        (await handle()
          .describe()
          .catch(() => undefined)) !== undefined || 'there is no schedule',
    );
    keeper.stop();
    await running;
    expect(await createSchedule(pipeline.client, schedule)).toBe(false);
    const { policies, spec, action } = await handle().describe();
    expect(policies).toMatchObject({ overlap: 'SKIP' });
    // Of two that were missed a week apart, one is within it.
    expect(policies.catchupWindow).toBeLessThan(7 * 86_400_000);
    expect(policies.catchupWindow).toBeGreaterThan(5 * 86_400_000);
    expect(spec.calendars).toHaveLength(1);
    expect(action).toMatchObject({ workflowType: MARKING_REVIEW_WORKFLOW, taskQueue: 'certification' });
    await handle().delete();
    await ensureSchedule(pipeline.client, schedule);
    expect((await handle().describe()).scheduleId).toBe(MARKING_REVIEW_SCHEDULE);
  });

  it('takes what a newer build wants of it, and stays paused by whoever paused it', async () => {
    await handle().pause('marks are being moved');
    await ensureSchedule(pipeline.client, { ...schedule, policies: { ...schedule.policies, catchupWindow: '1 day' } });
    const { policies, state } = await handle().describe();
    expect(policies.catchupWindow).toBe(86_400_000);
    expect(state).toMatchObject({ paused: true, note: 'marks are being moved' });
    await handle().unpause();
  });

  it('starts the fit, which is recorded under the instant that it was due', async () => {
    const before = (await pipeline.store.markingReviews.latest()).plan;
    await handle().trigger();
    await until(async () => (await pipeline.store.markingReviews.latest()).plan?.occasion !== before?.occasion || 'no fit has ended');
    expect((await pipeline.store.markingReviews.latest()).refit?.occasion).toMatch(/^marking-review-\d{4}-\d\d-\d\dT/);
  });
});
