import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phaseOf } from '../../domain/attempt.ts';
import { workingWeekAfter } from '../../domain/working-week.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { createLogger } from '../../platform/logging.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore } from '../../store/store.ts';
import { createPoolMetrics } from '../../workers/metrics.ts';
import { ATTEMPT_WORKFLOW, attemptWorkflowId } from '../../workflows/messages.ts';
import { CertNeedsAttention, SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { seriesOf } from '../support/metrics.ts';
import { marksFor, until } from '../support/pipeline.ts';
import { testCredentials } from '../support/pools.ts';
import { startedAttempt, submittedAttempt } from '../support/sitting.ts';
import { temporalAddress } from '../support/temporal.ts';

const DAY_SECONDS = 86_400;
const logger = createLogger({ level: 'silent', service: 'test' });
const { clock, advanceSeconds } = createShiftedClock();

let test: TestStore;
let database: pg.Client;
let client: Client;
let credentials: CredentialIssuer;

beforeAll(async () => {
  test = await createTestStore({ clock });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  client = createTemporalClient({
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  });
  await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
  credentials = await testCredentials();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});

afterAll(async () => {
  await client?.connection.close();
  await database?.end();
  await test?.close();
});

/** As a delivery process would tell them that was just started: nothing is kept from before. */
async function scrape(store = test.store, { isLedgerStamped = false } = {}): Promise<ReadonlyMap<string, number>> {
  return seriesOf(await createPoolMetrics({ pools: ['delivery'], store, client, isLedgerStamped, logger }).text());
}

/** What a step changes, and only that. */
async function changesBy(step: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const before = await scrape();
  await step();
  const after = await scrape();
  const changed = [...after].filter(
    ([series, value]) =>
      /^certifiable_(attempts_open|gradings|assign|results|certificates|submissions_undecided\{)/.test(series) && value !== before.get(series),
  );
  return Object.fromEntries(changed.map(([series, value]) => [series.replace('certifiable_', ''), value - (before.get(series) ?? 0)]));
}

const failing = { passed: false, score: { millipoints: 0, millipointsMax: 20_000 }, items: [] } as const;
const openBoth = (submissionId: string) =>
  test.store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2], dueAt: new Date(Date.now() + 7 * DAY_SECONDS * 1000) });

it('before anything has happened, every series is there and reads 0', async () => {
  const series = await scrape();
  for (const name of [
    'certifiable_attempts_open{phase="registered"}',
    'certifiable_attempts_open{phase="case_study_grading"}',
    'certifiable_gradings_under_way{test="aptitude"}',
    'certifiable_gradings_past_promise_share{test="case_study",percent="100"}',
    'certifiable_assignments{purpose="adjudicate",state="expired"}',
    'certifiable_submissions_undecided{test="aptitude"}',
    'certifiable_submissions_undecided_oldest_age_seconds{test="case_study"}',
    'certifiable_submissions_stalled_oldest_age_seconds{test="aptitude"}',
    'certifiable_results_total{test="aptitude",in_time="false"}',
    'certifiable_results_promised_total{test="case_study",in_time="true"}',
    'certifiable_certificates_total{in_time="true"}',
    'certifiable_ledger_unstamped_oldest_age_seconds',
    'certifiable_delivery_backlog',
    'certifiable_measure_failures_total{measure="results"}',
    'certifiable_queue_backlog_age_seconds{queue="publication",type="activity"}',
  ]) {
    expect([name, series.get(name)]).toEqual([name, 0]);
  }
  expect([...series.keys()].filter((name) => name.startsWith('certifiable_attempts_open'))).toHaveLength(6);
});

describe('each step of an attempt', () => {
  it('moves what it should and nothing else', async () => {
    const { store } = test;
    let attempt = { attemptId: '', subject: '', submissionId: '' };
    expect(
      await changesBy(async () => {
        attempt = await submittedAttempt(store);
      }),
    ).toEqual({
      'attempts_open{phase="aptitude_grading"}': 1,
      'gradings_under_way{test="aptitude"}': 1,
      'submissions_undecided{test="aptitude"}': 1,
    });
    const { attemptId, submissionId } = attempt;
    expect(await changesBy(() => openBoth(submissionId))).toEqual({ 'assignments{purpose="mark",state="free"}': 2 });
    expect(await changesBy(() => store.assignments.claim({ grader: 'g1', designated: false }))).toEqual({
      'assignments{purpose="mark",state="free"}': -1,
      'assignments{purpose="mark",state="leased"}': 1,
    });
    expect(await changesBy(async () => advanceSeconds(3601))).toEqual({
      'assignments{purpose="mark",state="leased"}': -1,
      'assignments{purpose="mark",state="expired"}': 1,
    });
    for (const grader of ['g2', 'g3']) {
      const held = await store.assignments.claim({ grader, designated: false });
      if (!held) throw new Error('there is nothing to claim');
      await store.assignments.complete({ assignmentId: held.id, grader, fencingToken: held.fencingToken, marks: marksFor(held) });
    }
    expect(await changesBy(async () => advanceSeconds(3.6 * DAY_SECONDS))).toEqual({
      'gradings_past_promise_share{test="aptitude",percent="50"}': 1,
    });
    expect(await changesBy(async () => advanceSeconds(2.1 * DAY_SECONDS))).toEqual({
      'gradings_past_promise_share{test="aptitude",percent="80"}': 1,
    });
    expect(await changesBy(async () => advanceSeconds(1.4 * DAY_SECONDS))).toEqual({
      'gradings_past_promise_share{test="aptitude",percent="100"}': 1,
    });
    expect((await scrape()).get('certifiable_submissions_undecided_oldest_age_seconds{test="aptitude"}')).toBeGreaterThan(7 * DAY_SECONDS);
    expect(await changesBy(() => store.decisions.publish({ attemptId, test: 'aptitude', round: 1, submissionId, ...failing }, credentials))).toEqual({
      'attempts_open{phase="aptitude_grading"}': -1,
      'gradings_under_way{test="aptitude"}': -1,
      'gradings_past_promise_share{test="aptitude",percent="50"}': -1,
      'gradings_past_promise_share{test="aptitude",percent="80"}': -1,
      'gradings_past_promise_share{test="aptitude",percent="100"}': -1,
      'submissions_undecided{test="aptitude"}': -1,
      'results_total{test="aptitude",in_time="false"}': 1,
      'results_promised_total{test="aptitude",in_time="false"}': 1,
    });
  });

  it('to a certificate in time counts two results and a certificate, and leaves nothing open', async () => {
    expect(await changesBy(() => certifiedAttempt(test.store, { credentials }))).toEqual({
      'results_total{test="aptitude",in_time="true"}': 1,
      'results_total{test="case_study",in_time="true"}': 1,
      'results_promised_total{test="aptitude",in_time="true"}': 1,
      'results_promised_total{test="case_study",in_time="true"}': 1,
      'certificates_total{in_time="true"}': 1,
    });
  });
});

it('a certificate that came more than a day after the last mark is late, though its decision is as old as itself', async () => {
  const { store } = test;
  const { attemptId } = await certifiedAttempt(store, { credentials });
  const { rows } = await database.query<{ id: string }>(
    `SELECT b.id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE s.attempt_id = $1 AND s.test = 'case_study'`,
    [attemptId],
  );
  const mark = (completedAt: string) =>
    database.query(
      `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, completed_at, created_at)
       SELECT gen_random_uuid(), $1, 1, 'mark', '{k1}', 3600, now(), 'completed', c.issued_at - $3::interval, now() FROM certificate c WHERE c.attempt_id = $2
       ON CONFLICT (submission_id, seat) DO UPDATE SET completed_at = excluded.completed_at`,
      [rows[0]?.id, attemptId, completedAt],
    );
  await mark('24 hours');
  expect(await changesBy(() => mark('24 hours 1 millisecond'))).toEqual({
    'certificates_total{in_time="true"}': -1,
    'certificates_total{in_time="false"}': 1,
  });
});

it('a submission waits for our machinery alone until it is assigned, and again from its last mark on', async () => {
  const own = await createTestStore({ clock });
  try {
    await own.store.examVersions.publish({ content: smallExam(), actor: 'test' });
    const waited = async () =>
      Math.round((await scrape(own.store)).get('certifiable_submissions_stalled_oldest_age_seconds{test="aptitude"}') ?? Number.NaN);
    const { attemptId, submissionId } = await submittedAttempt(own.store);
    advanceSeconds(600);
    expect(await waited()).toBeCloseTo(600, -1);
    await own.store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2], dueAt: new Date(Date.now() + 7 * DAY_SECONDS * 1000) });
    expect(await waited()).toBe(0);
    for (const grader of ['g1', 'g2']) {
      const held = await own.store.assignments.claim({ grader, designated: false });
      if (!held) throw new Error('there is nothing to claim');
      advanceSeconds(1000);
      await own.store.assignments.complete({ assignmentId: held.id, grader, fencingToken: held.fencingToken, marks: marksFor(held) });
    }
    advanceSeconds(300);
    expect(await waited()).toBeCloseTo(300, -1);
    await own.store.decisions.publish({ attemptId, test: 'aptitude', round: 1, submissionId, ...failing }, credentials);
    expect(await waited()).toBe(0);
  } finally {
    await own.close();
  }
});

it('what is held for staff is counted as such, and not as lost from the work that is left', async () => {
  const { submissionId } = await submittedAttempt(test.store);
  await openBoth(submissionId);
  const become = (state: string) => () => database.query('UPDATE assignment SET state = $2 WHERE submission_id = $1', [submissionId, state]);
  expect(await changesBy(become('held'))).toEqual({
    'assignments{purpose="mark",state="free"}': -2,
    'assignments{purpose="mark",state="held"}': 2,
  });
  expect(await changesBy(become('void'))).toEqual({ 'assignments{purpose="mark",state="held"}': -2 });
});

describe('what staff take back', () => {
  it('is owed no decision: neither a reopened round nor a withdrawn attempt is a receipt without one', async () => {
    const { store } = test;
    const reopened = await submittedAttempt(store);
    const act = (attemptId: string) => ({ attemptId, actionKey: randomUUID(), actor: 'staff', reason: 'asked to' });
    const deadline = new Date(Date.now() + 60 * DAY_SECONDS * 1000);
    expect(await changesBy(() => store.sittings.reopen({ ...act(reopened.attemptId), test: 'aptitude', deadline }))).toEqual({
      'attempts_open{phase="aptitude_grading"}': -1,
      'attempts_open{phase="aptitude_test"}': 1,
      'gradings_under_way{test="aptitude"}': -1,
      'submissions_undecided{test="aptitude"}': -1,
    });
    const withdrawn = await submittedAttempt(store);
    expect(await changesBy(() => store.attempts.withdrawByStaff(act(withdrawn.attemptId)))).toEqual({
      'attempts_open{phase="aptitude_grading"}': -1,
      'gradings_under_way{test="aptitude"}': -1,
      'submissions_undecided{test="aptitude"}': -1,
    });
  });
});

it('a receipt whose attempt was settled without a decision shows, though no attempt is open for it', async () => {
  const { attemptId } = await submittedAttempt(test.store);
  expect(await changesBy(() => database.query("UPDATE attempt SET outcome = 'failed', settled_at = now() WHERE id = $1", [attemptId]))).toEqual({
    'attempts_open{phase="aptitude_grading"}': -1,
    'gradings_under_way{test="aptitude"}': -1,
  });
});

describe('the rules that are told in SQL as well', () => {
  it('count an attempt in the phase that the domain says', async () => {
    const { store } = test;
    await store.attempts.register({ subject: randomUUID(), name: 'Ada', examId: 'small' });
    await startedAttempt(store);
    const { attemptId, submissionId } = await submittedAttempt(store);
    await store.decisions.publish(
      { attemptId, test: 'aptitude', round: 1, submissionId, passed: true, score: { millipoints: 20_000, millipointsMax: 20_000 }, items: [] },
      credentials,
    );
    const { attemptId: downloaded, subject, submissionId: passed } = await submittedAttempt(store);
    await store.decisions.publish(
      {
        attemptId: downloaded,
        test: 'aptitude',
        round: 1,
        submissionId: passed,
        passed: true,
        score: { millipoints: 20_000, millipointsMax: 20_000 },
        items: [],
      },
      credentials,
    );
    await store.sittings.download({ attemptId: downloaded, subject });
    const expected: Record<string, number> = {};
    for (const { facts } of await store.attempts.list({ limit: 1000, open: true })) expected[phaseOf(facts)] = (expected[phaseOf(facts)] ?? 0) + 1;
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(4);
    const counted = await store.measures.openAttempts();
    expect(Object.fromEntries(counted.map(({ phase, count }) => [phase, count]))).toEqual(expected);
  });

  it('count five working days to the millisecond as the domain does', async () => {
    const before = await scrape();
    const { attemptId } = await submittedAttempt(test.store);
    const { rows } = await database.query<{ id: string }>('SELECT id FROM sitting WHERE attempt_id = $1', [attemptId]);
    const hour = 3_600_000;
    const submitted = Array.from({ length: 200 }, (_, index) => Date.parse('2026-11-20T00:00:00.000Z') + index * hour - (index % 3));
    for (const [index, at] of submitted.entries()) {
      const submissionId = randomUUID();
      await database.query(
        `INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt) VALUES ($1, $2, $3, 'submitted', '', '{}', $4, '')`,
        [submissionId, rows[0]?.id, 1000 + index, new Date(at)],
      );
      await database.query(
        `INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
         VALUES (gen_random_uuid(), $1, 'aptitude', $2, $3, false, 0, 1, 0, '[]', $4)`,
        [attemptId, 1000 + index, submissionId, new Date(workingWeekAfter(at) + (index % 2))],
      );
    }
    const after = await scrape();
    const grown = (series: string) => (after.get(series) ?? 0) - (before.get(series) ?? 0);
    expect(grown('certifiable_results_total{test="aptitude",in_time="true"}')).toBe(100);
    expect(grown('certifiable_results_total{test="aptitude",in_time="false"}')).toBe(100);
  });
});

it('attempts that called staff are counted while they are open', async () => {
  const before = (await scrape()).get('certifiable_attempts_needing_attention') ?? Number.NaN;
  const handle = await client.workflow.start(ATTEMPT_WORKFLOW, {
    workflowId: `attention-${randomUUID()}`,
    taskQueue: `nobody-${randomUUID()}`,
    args: [{ attemptId: 'nobody' }],
    typedSearchAttributes: [{ key: CertNeedsAttention, value: true }],
  });
  const reads = (expected: number) => async () => {
    const value = (await scrape()).get('certifiable_attempts_needing_attention');
    return value === expected ? true : `${value} and not ${expected} need attention`;
  };
  await until(reads(before + 1));
  await handle.terminate();
  await until(reads(before));
});

it('attempts and corrections whose workflow was terminated are counted until it is begun again', async () => {
  const lost = async (of: string) => (await scrape()).get(`certifiable_workflows_lost{of="${of}"}`) ?? Number.NaN;
  const { attemptId } = await startedAttempt(test.store);
  const before = await lost('attempt');
  const begin = () =>
    client.workflow.start(ATTEMPT_WORKFLOW, { workflowId: attemptWorkflowId(attemptId), taskQueue: `nobody-${randomUUID()}`, args: [{ attemptId }] });
  const handle = await begin();
  expect(await lost('attempt')).toBe(before - 1);
  await handle.terminate('by mistake');
  await until(async () => (await lost('attempt')) === before || 'it does not count as lost');
  await begin();
  expect(await lost('attempt')).toBe(before - 1);

  const { certificateId } = await certifiedAttempt(test.store, { credentials });
  const correctionsBefore = await lost('correction');
  const act = { actor: 'staff-1', reason: 'a doubt', actionKey: randomUUID() };
  await test.store.corrections.open({ correctionId: randomUUID(), certificateId, ...act }, credentials);
  expect(await lost('correction')).toBe(correctionsBefore + 1);
});

it('while PostgreSQL is away, what Temporal knows is told, what the records know is left out, and that is counted', async () => {
  const nowhere = createStore({
    prisma: connectDatabase({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing', DATABASE_POOL_SIZE: 2 }),
    clock: postgresClock,
    receipts: test.receipts,
  });
  try {
    const series = await scrape(nowhere);
    expect(
      [...series.keys()].filter((name) => /certifiable_(attempts_open|delivery|results|gradings|submissions|assignments|certificates)/.test(name)),
    ).toEqual([]);
    expect(series.get('certifiable_measure_failures_total{measure="results"}')).toBe(1);
    expect(series.has('certifiable_queue_backlog_tasks{queue="certification",type="workflow"}')).toBe(true);
  } finally {
    await nowhere.close();
  }
});

it('a head of the ledger that waits for its stamp is told where somebody is asked for stamps, and nowhere else', async () => {
  const { ledger } = test.store;
  await startedAttempt(test.store);
  while ((await ledger.enterPending()) > 0);
  await ledger.signHead({ everySeconds: 0 });
  const name = 'certifiable_ledger_unstamped_oldest_age_seconds';
  expect((await scrape()).get(name)).toBe(0);
  expect((await scrape(test.store, { isLedgerStamped: true })).get(name)).toBeGreaterThan(0);
});
