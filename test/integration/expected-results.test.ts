import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../platform/logging.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createHerald } from '../../workers/herald.ts';
import { openAssignments, publishDecision, startedAttempt, startTestApi, submittedAttempt, type TestApi } from '../support/api.ts';
import { createShiftedClock } from '../support/clock.ts';

/** What candidates are told of when their result is expected: from what waits and who marks it, with the real API and store. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const { clock, advanceSeconds } = createShiftedClock();
let api: TestApi;
let database: pg.Client;
let people = 0;
beforeAll(async () => {
  api = await startTestApi({ clock });
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});

const named = (name: string) => `${name}-${(people += 1)}`;
const store = () => api.services.store;

/** Somebody who marks one exam alone, and offers so many hours a week. */
async function graderOf(examId: string, hoursAWeek: number | null): Promise<string> {
  const subject = named('gil');
  const call = api.as(subject, 'grader');
  await call('PATCH', '/v1/graders/me', { hoursAWeek });
  const qualifications = [{ examId, test: 'aptitude' }];
  await api.as('sam', 'staff')('PATCH', `/v1/staff/graders/${subject}`, { qualifications, reason: 'admitted' });
  return subject;
}

/** Counted anew, as a minute later. */
async function counted(): Promise<void> {
  advanceSeconds(60);
  expect(await store().outlooks.count()).toBe(true);
}

const submitting = async (examId: string) => {
  const candidate = api.as(named('candidate'), 'candidate');
  return { candidate, ...(await submittedAttempt(candidate, examId)) };
};

/** From submission to the date that was told with it, in hours that are over by then: it is rounded up. */
async function hoursTold(examId: string): Promise<number> {
  const { candidate, attemptId } = await submitting(examId);
  const { body } = await candidate('GET', `/v1/attempts/${attemptId}/submissions`);
  const [{ submittedAt, expectedBy }] = body.submissions;
  return Math.floor((Date.parse(expectedBy) - Date.parse(submittedAt)) / HOUR);
}

describe('the date that is told with a submission', () => {
  it('is the promise until something was counted, and where nobody marks or offers an hour', async () => {
    await api.publish(smallExam({}, 'nobody'));
    expect(await hoursTold('nobody')).toBe(7 * 24);
    await counted();
    expect(await hoursTold('nobody')).toBe(7 * 24);
    await graderOf('nobody', 0);
    await counted();
    expect(await hoursTold('nobody')).toBe(7 * 24);
    const { rows } = await database.query(`SELECT DISTINCT basis ->> 'why' AS why FROM result_expectation ORDER BY 1`);
    expect(rows.map(({ why }) => why)).toEqual(['no_hours', 'nobody', 'not_counted']);
  });

  it('follows what waits, what is offered and who pauses, and is the same wherever it is shown', async () => {
    await api.publish(smallExam({ marking: 'single' }, 'living'));
    await graderOf('living', 42);
    const other = await graderOf('living', 42);
    await counted();
    // Three hours of work, a quarter of the week each: half a day; and then one script before it, which two of them do in six hours.
    expect(await hoursTold('living')).toBe(12);
    expect(await hoursTold('living')).toBe(18);
    await counted();
    expect(await hoursTold('living')).toBe(24);
    await api.as(other, 'grader')('PATCH', '/v1/graders/me', { paused: true });
    await counted();
    expect(await hoursTold('living')).toBe(48);

    const { candidate, attemptId } = await submitting('living');
    const [{ expectedBy }] = (await candidate('GET', `/v1/attempts/${attemptId}/submissions`)).body.submissions;
    const again = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
    expect(again).toMatchObject({ status: 200, body: { expectedBy } });
    expect((await candidate('GET', `/v1/attempts/${attemptId}`)).body.grading.expectedBy).toBe(expectedBy);
  });

  it('is later than promised, and said so, where more waits than can be marked', async () => {
    await api.publish(smallExam({ marking: 'single' }, 'flooded'));
    await graderOf('flooded', 3);
    await counted();
    await submitting('flooded');
    const { candidate, attemptId } = await submitting('flooded');
    const { promisedBy, expectedBy } = (await candidate('GET', `/v1/attempts/${attemptId}`)).body.grading;
    expect(Date.parse(expectedBy)).toBeGreaterThan(Date.parse(promisedBy) + 6 * DAY);
  });

  it('is told of a test that timed out as well', async () => {
    const candidate = api.as(named('candidate'), 'candidate');
    const attemptId = await startedAttempt(candidate, 'living');
    advanceSeconds(91 * 60);
    const { body } = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
    expect(body).toMatchObject({ cause: 'timed_out', expectedBy: expect.any(String) });
  });

  it('is a fact that never changes', async () => {
    await expect(database.query(`UPDATE result_expectation SET expected_by = now()`)).rejects.toThrow('append-only');
    await expect(database.query(`DELETE FROM result_expectation`)).rejects.toThrow('append-only');
  });
});

describe('what those who mark have before them', () => {
  it('is counted once a minute, whoever asks', async () => {
    advanceSeconds(60);
    const counts = await Promise.all([store().outlooks.count(), store().outlooks.count(), store().outlooks.count()]);
    expect(counts.filter(Boolean)).toHaveLength(1);
    expect(await store().outlooks.count()).toBe(false);
  });

  it('holds who may mark it by the rule of claims, and the usual time as it was measured', async () => {
    await api.publish({ ...smallExam({ marking: 'single' }, 'german'), language: 'de-AT' });
    const [english, german] = [named('eve'), named('gerda')];
    for (const [subject, languages] of [
      [english, ['en']],
      [german, ['de']],
    ] as const) {
      await api.as(subject, 'grader')('PATCH', '/v1/graders/me', { languages, hoursAWeek: 10 });
      const qualifications = [{ examId: 'german', test: 'aptitude' }];
      await api.as('sam', 'staff')('PATCH', `/v1/staff/graders/${subject}`, { qualifications, reason: 'admitted' });
    }
    for (let count = 0; count < 10; count += 1) {
      const { submissionId } = await submitting('german');
      await openAssignments(api, submissionId);
      const { body: claimed } = await api.as(german, 'grader')('POST', '/v1/assignments/claims');
      for (let beats = 0; beats < 8; beats += 1) {
        advanceSeconds(5 * 60 - 1);
        await api.as(german, 'grader')('POST', `/v1/assignments/${claimed.id}/heartbeat`, { fencingToken: claimed.fencingToken });
      }
      // Away from the desk: no work.
      advanceSeconds(10 * 60);
      const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));
      await api.as(german, 'grader')('POST', `/v1/assignments/${claimed.id}/completion`, { fencingToken: claimed.fencingToken, marks });
    }
    await counted();
    const outlooks = await store().outlooks.list();
    const outlook = outlooks.find(({ examId, test }) => examId === 'german' && test === 'aptitude');
    expect(outlook).toMatchObject({ language: 'de-at', outlook: { graders: { people: 1, aWeekSeconds: 10 * 3600 } } });
    expect(outlook?.outlook.usual.markSeconds).toBeGreaterThanOrEqual(40 * 60 - 8);
    expect(outlook?.outlook.usual.markSeconds).toBeLessThan(41 * 60);
    expect(outlook?.outlook.submissionsAWeek).toBeCloseTo(10, 0);
    const { submissionId } = await submitting('german');
    await openAssignments(api, submissionId);
    expect((await api.as(german, 'grader')('GET', '/v1/assignments/queue')).body.waiting).toMatchObject([{ test: 'aptitude', usualMinutes: 40 }]);
  });
});

describe('the forecast', () => {
  const forecasts = async (role: 'staff' | 'auditor' = 'staff') => (await api.as('sam', role)('GET', '/v1/staff/promise-forecasts')).body.forecasts;
  const ofExam = async (examId: string) =>
    (await forecasts()).find((forecast: { examId: string; test: string }) => forecast.examId === examId && forecast.test === 'aptitude');

  it('says to staff and auditors alone which exam is at risk, from when on, and how many hours more would do', async () => {
    await api.publish(smallExam({ marking: 'single' }, 'scarce'));
    await graderOf('scarce', 4);
    await counted();
    expect((await ofExam('scarce')).risk).toBeNull();
    // Eight scripts, forty minutes each as measured above.
    for (let count = 0; count < 8; count += 1) await submitting('scarce');
    await counted();
    const { risk, hoursAWeek, hoursAhead, underGrading } = await ofExam('scarce');
    expect({ hoursAWeek, hoursAhead, underGrading }).toEqual({ hoursAWeek: 4, hoursAhead: 5.3, underGrading: 8 });
    expect(risk).toMatchObject({ why: 'backlog', riskLimit: null });
    // As many as it says are enough, and one less is not.
    for (const [hours, holds] of [
      [risk.hoursMoreAWeek - 2, false],
      [risk.hoursMoreAWeek, true],
    ] as const) {
      const helper = await graderOf('scarce', hours);
      await counted();
      expect((await ofExam('scarce')).risk === null, `${hours} hours more`).toBe(holds);
      await api.as(helper, 'grader')('PATCH', '/v1/graders/me', { paused: true });
    }
    expect(await forecasts('auditor')).toHaveLength((await forecasts()).length);
    expect((await api.as('ada', 'candidate')('GET', '/v1/staff/promise-forecasts')).status).toBe(403);
    expect((await api.as('gil', 'grader')('GET', '/v1/staff/promise-forecasts')).status).toBe(403);
  });

  it('advises the limit that the plan of second marking found to do, with its sample, and none before there is a plan', async () => {
    await api.publish(smallExam({ marking: 'double' }, 'advised'));
    const grader = await graderOf('advised', 40);
    const { submissionId } = await submitting('advised');
    await openAssignments(api, submissionId, [1, 2]);
    // Marked twice what comes is 60 hours a week of the 40 that are offered; by a limit of 15 % it would be 37.
    await counted();
    await database.query(
      `UPDATE marking_outlook SET content = content || '{"marksAWeekSeconds": 216000, "adjudicationsAheadSeconds": 0, "adjudicationsAWeekSeconds": 0}' WHERE exam_id = 'advised' AND test = 'aptitude'`,
    );
    expect((await ofExam('advised')).risk).toMatchObject({ why: 'demand', riskLimit: null });
    const policy = {
      policy: 'risk',
      machineCheck: true,
      adjudicatedShare: 0,
      wrongShareLow: 0,
      wrongShareHigh: 1,
      hoursPerAttempt: 1,
      costPerAttempt: 1,
    };
    const at = (limit: number, shareMarkedTwice: number, wrongShare: number) => ({ ...policy, limit, shareMarkedTwice, wrongShare });
    const policies = [at(0.05, 0.9, 0.01), at(0.15, 0.2, 0.04), at(0.3, 0.1, 0.08), { ...at(0.1, 0, 0), machineCheck: false }];
    await store().markingReviews.recordPlan(
      { occasion: 'a week', marksUntil: new Date() },
      {
        kind: 'planned',
        plan: { scripts: 100, decisions: 200, machineCheckHelps: true, policies, calibration: { plain: [], machineCheck: [] } } as never,
      },
    );
    expect((await ofExam('advised')).risk.riskLimit).toEqual({
      limitPercent: 15,
      shareMarkedTwice: expect.closeTo(0.2 + 0.05 * 0.8, 10),
      wrongShare: expect.closeTo(0.04 * 0.95, 10),
    });
    await api.as(grader, 'grader')('PATCH', '/v1/graders/me', { paused: true });
  });
});

describe('a result that is not there by the date that was told', () => {
  /** What the candidate's inbox holds, told by heralds. */
  async function told(attemptId: string): Promise<readonly string[]> {
    const logger = createLogger({ level: 'silent', service: 'test' });
    const herald = createHerald({ store: store(), logger, publicUrl: api.url, candidateUrl: undefined, mailing: false });
    const run = herald.run();
    await expect.poll(async () => (await store().tidings.backlog()).count, { timeout: 30_000 }).toBe(0);
    herald.stop();
    await run;
    const notices = await store().notices.list(attemptId);
    return notices.filter(({ kind }) => kind === 'result_later').map(({ body }) => body);
  }

  it('is told of once a date, with the promise first, then with a date anew, or with none', async () => {
    await api.publish(smallExam({ marking: 'single' }, 'late'));
    const grader = await graderOf('late', 42);
    await counted();
    const { candidate, attemptId, submissionId } = await submitting('late');
    await openAssignments(api, submissionId);
    const grading = async () => (await candidate('GET', `/v1/attempts/${attemptId}`)).body.grading;
    const first = await grading();
    expect(await store().outlooks.tellLater()).toBe(0);

    advanceSeconds(2 * 86_400);
    await counted();
    expect(await store().outlooks.tellLater()).toBeGreaterThan(0);
    expect(await store().outlooks.tellLater()).toBe(0);
    const second = await grading();
    expect(Date.parse(second.expectedBy)).toBeGreaterThan(Date.parse(first.expectedBy));
    expect(Date.parse(second.expectedBy)).toBeLessThanOrEqual(Date.parse(first.promisedBy));
    expect(await told(attemptId)).toEqual([expect.stringMatching(/takes longer than we told you.*We expect it by .* now/)]);

    // Nobody is left, and the promise is past: no date can be told, and that is not told every day.
    await api.as(grader, 'grader')('PATCH', '/v1/graders/me', { paused: true });
    for (const days of [6, 2, 2]) {
      advanceSeconds(days * 86_400);
      await counted();
      await store().outlooks.tellLater();
    }
    expect((await grading()).expectedBy).toBeNull();
    expect((await told(attemptId)).at(-1)).toMatch(/cannot say yet/);
    const silent = (await told(attemptId)).length;

    await api.as(grader, 'grader')('PATCH', '/v1/graders/me', { paused: false });
    await counted();
    await store().outlooks.tellLater();
    expect(await told(attemptId)).toHaveLength(silent + 1);
    expect((await grading()).expectedBy).not.toBeNull();

    await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: true });
    advanceSeconds(90 * 86_400);
    await store().outlooks.tellLater();
    expect(await told(attemptId)).toHaveLength(silent + 1);
    const { body } = await candidate('GET', `/v1/attempts/${attemptId}/submissions`);
    expect(body.submissions[0].expectedBy).toBe(first.expectedBy);
  });
});
