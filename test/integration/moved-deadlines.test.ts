import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { connectDatabase } from '../../store/context.ts';
import { createLedgerAuditStore } from '../../store/ledger/audit.ts';
import type { UnderivedRecord } from '../../store/ledger/derived.ts';
import { createOutageStore } from '../../store/outages.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { decidedCaseStudy, decidedScript } from '../support/decided.ts';
import { testCredentials } from '../support/pools.ts';
import { startedAttempt, submittedAttempt } from '../support/sitting.ts';

/** A deadline that somebody moved past the application is found; one that an act moved is not, whichever act it was. */

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
let owner: pg.Client;
let credentials: CredentialIssuer;
let offset = 0;
const { clock, advanceSeconds } = createShiftedClock();
const advance = (milliseconds: number) => {
  offset += milliseconds;
  advanceSeconds(milliseconds / 1000);
};
const inTime = (milliseconds: number) => new Date(Date.now() + offset + milliseconds);

beforeAll(async () => {
  test = await createTestStore({ clock });
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 5 });
  owner = new pg.Client({ connectionString: test.databaseUrl });
  await owner.connect();
  credentials = await testCredentials();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(async () => {
  await owner?.end();
  await prisma?.$disconnect();
  await test?.close();
});

async function found(): Promise<readonly UnderivedRecord[]> {
  const all: UnderivedRecord[] = [];
  for await (const page of createLedgerAuditStore({ prisma }).underived()) all.push(...page);
  return all;
}

const act = () => ({ actor: 'sam', reason: 'because', actionKey: randomUUID() });
const registered = async () => {
  const subject = randomUUID();
  const { attemptId } = await test.store.attempts.register({ subject, name: 'Ada', examId: 'small' });
  return { attemptId, subject };
};
const accommodate = (attemptId: string, percent: number) => test.store.attempts.accommodate({ attemptId, percent, ...act() });
const record = async (attemptId: string, more: object) =>
  test.store.attempts.recordAccommodation({
    candidateId: (await test.store.attempts.read({ attemptId })).candidateId,
    examId: null,
    kind: 'extra_time',
    percent: 150,
    validUntil: null,
    evidence: null,
    ...act(),
    ...more,
  });
const extend = (attemptId: string, window: 'start' | 'offer' | 'aptitude' | 'case_study', deadline: Date) =>
  test.store.attempts.extend({ attemptId, window, deadline, ...act() });
const correct = (attemptId: string, window: 'start' | 'offer' | 'aptitude' | 'case_study', deadline: Date) =>
  test.store.attempts.correctDeadline({ attemptId, window, deadline, ...act() });
const deadlineOf = async (attemptId: string, is: 'aptitude' | 'case_study' = 'aptitude') =>
  new Date((await test.store.attempts.read({ attemptId })).facts.sittings[is]?.deadline ?? Number.NaN);
async function creditOutage(minutes: number): Promise<void> {
  const from = inTime(0);
  advance(minutes * MINUTE);
  const outage = { id: randomUUID(), from, to: inTime(-1000), extraSeconds: 60, actor: 'olga', reason: 'away' };
  for await (const batch of createOutageStore({ prisma, clock }).credit(outage)) expect(batch.length).toBeGreaterThan(0);
}
async function offered(): Promise<{ attemptId: string; subject: string }> {
  const { attemptId, subject, submissionId } = await submittedAttempt(test.store);
  const items = ['c1', 'c2', 't1', 't2'].map((itemId) => ({ itemId, millipoints: 5000, millipointsMax: 5000, basis: 'single' }) as const);
  const score = { millipoints: 20_000, millipointsMax: 20_000 };
  await test.store.decisions.publish({ attemptId, test: 'aptitude', round: 1, submissionId, passed: true, score, items }, credentials);
  return { attemptId, subject };
}

describe('a deadline that an act moved is as the records give it', () => {
  it('of nobody and of every act, in every window, and at its end', async () => {
    await registered();
    const early = await registered();
    await accommodate(early.attemptId, 150);
    await extend(early.attemptId, 'start', inTime(560 * DAY));
    await correct(early.attemptId, 'start', inTime(555 * DAY));
    await test.store.sittings.start(early);

    // Lowered, ended, replaced before it began, and recorded once the test was handed in.
    const { attemptId } = await startedAttempt(test.store);
    for (const percent of [150, 100, 200]) await accommodate(attemptId, percent);
    await record(attemptId, { percent: 300, validFrom: inTime(60 * MINUTE) });
    const { accommodationId } = await record(attemptId, { percent: 120 });
    const { candidateId } = await test.store.attempts.read({ attemptId });
    await test.store.attempts.endAccommodation({ candidateId, accommodationId, ...act() });
    await creditOutage(10);
    await extend(attemptId, 'aptitude', new Date((await deadlineOf(attemptId)).getTime() + 30 * MINUTE));
    const handedIn = await submittedAttempt(test.store);
    advance(2 * MINUTE);
    await accommodate(handedIn.attemptId, 250);

    // Reopened, with a factor from before and one from after; timed out; and given more time once more.
    await test.store.sittings.reopen({ attemptId: handedIn.attemptId, test: 'aptitude', deadline: inTime(30 * MINUTE), ...act() });
    await record(handedIn.attemptId, { percent: 110 });
    await creditOutage(5);
    await extend(handedIn.attemptId, 'aptitude', inTime(200 * MINUTE));
    await correct(handedIn.attemptId, 'aptitude', inTime(150 * MINUTE));
    advance(300 * MINUTE);
    await test.store.sittings.freezeAtTimeOut({ attemptId: handedIn.attemptId, test: 'aptitude' });

    // The offer and the case study; nothing is handed in; withdrawn by both, and lapsed.
    const passed = await offered();
    await creditOutage(3);
    await accommodate(passed.attemptId, 150);
    await extend(passed.attemptId, 'offer', inTime(60 * DAY));
    await test.store.sittings.download(passed);
    await creditOutage(3);
    await extend(passed.attemptId, 'case_study', inTime(30 * DAY));
    advance(40 * DAY);
    await test.store.sittings.freezeAtTimeOut({ attemptId: passed.attemptId, test: 'case_study' });
    await test.store.decisions.publishNotSubmitted({ attemptId: passed.attemptId, test: 'case_study', round: 1 }, credentials);
    // Its pass is carried over.
    const { subject } = passed;
    const next = await test.store.attempts.register({ subject, name: 'Ada', examId: 'small' });
    await accommodate(next.attemptId, 175);
    await extend(next.attemptId, 'offer', inTime(70 * DAY));
    await test.store.attempts.withdraw(await startedAttempt(test.store));
    await test.store.attempts.withdrawByStaff({ attemptId: (await startedAttempt(test.store)).attemptId, ...act() });
    const lapsing = [await registered(), await offered()];
    advance(400 * DAY);
    for (const [index, window] of (['start', 'offer'] as const).entries())
      expect(await test.store.attempts.lapse({ attemptId: lapsing[index]?.attemptId ?? '', window })).toEqual({ lapsed: true });

    await certifiedAttempt(test.store, { credentials });
    for (const resolution of [undefined, 'reinstated', 'revoked'] as const) await doubted(resolution);
    await decidedScript(test.store, { credentials, given: [{ grader: 'g1', points: [0, 0] }] });
    await decidedCaseStudy(test.store, { credentials, given: [{ grader: 'g2', points: [1, 1] }] });
    expect(await found()).toEqual([]);
  });

  it('also where it was promised before the ledger, by what is not on record', async () => {
    const { attemptId } = await startedAttempt(test.store);
    await owner.query(`UPDATE sitting SET deadline = deadline + interval '1 hour' WHERE attempt_id = $1`, [attemptId]);
    await pastTriggers(`UPDATE ledger_pending SET act = 'adopted' WHERE attempt_id = '${attemptId}' AND act = 'made'`);
    await accommodate(attemptId, 110);
    expect(await of(attemptId)).toEqual([]);
    await owner.query(`UPDATE sitting SET deadline = started_at + interval '1 minute' WHERE attempt_id = $1`, [attemptId]);
    expect(await of(attemptId)).toEqual([expect.stringContaining('the deadline of the aptitude test')]);
  });
});

/** What is found of one attempt and its records. */
async function of(attemptId: string): Promise<readonly string[]> {
  const { rows } = await owner.query<{ id: string }>(
    'SELECT m.id FROM accommodation m JOIN attempt a ON a.candidate_id = m.candidate_id WHERE a.id = $1',
    [attemptId],
  );
  const accommodations = rows.map(({ id }) => id);
  const mine = (await found()).filter((one) => one.attemptId === attemptId || accommodations.includes(one.record));
  return mine.map((one) => `${one.kind}: ${one.of} ${one.stands} for ${one.given}, by ${one.written?.by}`);
}

async function pastTriggers(sql: string): Promise<void> {
  await owner.query('SET session_replication_role = replica');
  try {
    expect((await owner.query(sql)).rowCount, sql).toBeGreaterThan(0);
  } finally {
    await owner.query('SET session_replication_role = origin');
  }
}

type Attack = {
  readonly of: string;
  /** Of the attempt `ID`. */
  readonly sql: readonly string[];
  readonly begin?: () => Promise<{ attemptId: string }>;
};

const SITTING = "attempt_id = 'ID'";
const ATTEMPT = "id = 'ID'";
const failed = () => decidedScript(test.store, { credentials, given: [{ grader: randomUUID(), points: [0, 0] }] });
const accommodated = async () => {
  const attempt = await startedAttempt(test.store);
  await accommodate(attempt.attemptId, 150);
  const { candidateId, accommodations } = await test.store.attempts.read({ attemptId: attempt.attemptId });
  expect(accommodations).toHaveLength(1);
  const [ended] = await test.store.attempts.accommodations(candidateId);
  await test.store.attempts.endAccommodation({ candidateId, accommodationId: ended?.id ?? '', ...act() });
  return attempt;
};
const certified = () => certifiedAttempt(test.store, { credentials });
const doubted = async (resolution?: 'revoked' | 'reinstated') => {
  const { attemptId, certificateId } = await certified();
  const correctionId = randomUUID();
  await test.store.corrections.open({ correctionId, certificateId, ...act() }, credentials);
  if (resolution) await test.store.corrections.resolve({ correctionId, resolution, ...act() }, credentials);
  return { attemptId };
};
const OF_SUBMISSION = `submission_id IN (SELECT b.id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE s.attempt_id = 'ID')`;
const extension = (kind: string) =>
  `INSERT INTO extension (id, attempt_id, "window", kind, until, granted_at) SELECT gen_random_uuid(), s.attempt_id, 'aptitude', '${kind}', s.deadline + interval '1 hour', s.started_at FROM sitting s WHERE s.attempt_id = 'ID'`;
const later = `UPDATE sitting SET deadline = deadline + interval '1 hour' WHERE ${SITTING}`;
const accommodation = (percent: number) =>
  `INSERT INTO accommodation (id, candidate_id, kind, percent, valid_from, reason, recorded_by, recorded_at) SELECT gen_random_uuid(), candidate_id, 'other', ${percent}, registered_at, 'x', 'nobody', registered_at FROM attempt WHERE ${ATTEMPT}`;
const OF_CANDIDATE = `candidate_id = (SELECT candidate_id FROM attempt WHERE ${ATTEMPT})`;

const ATTACKS: Readonly<Record<string, Attack>> = {
  'a test ends later': { of: 'the deadline of the aptitude test', sql: [later] },
  'a test ends earlier': {
    of: 'the deadline of the aptitude test',
    sql: [`UPDATE sitting SET deadline = deadline - interval '1 minute' WHERE ${SITTING}`],
  },
  'a test ends never': { of: 'the deadline of the aptitude test', sql: [`UPDATE sitting SET deadline = 'infinity' WHERE ${SITTING}`] },
  'a test ends later that was handed in': { of: 'the deadline of the aptitude test', sql: [later], begin: () => submittedAttempt(test.store) },
  'a test is open again that was handed in': {
    of: 'the end of the aptitude test',
    sql: [`UPDATE sitting SET frozen_at = NULL, deadline = now() + interval '1 day' WHERE ${SITTING}`],
    begin: () => submittedAttempt(test.store),
  },
  'a test has another round': {
    of: 'the round of the aptitude test',
    sql: [`UPDATE sitting SET frozen_at = NULL, round = 2 WHERE ${SITTING}`],
    begin: () => submittedAttempt(test.store),
  },
  'a test was begun later, and ends later': {
    of: 'what it was made as',
    sql: [`UPDATE sitting SET started_at = started_at + interval '1 hour', deadline = deadline + interval '1 hour' WHERE ${SITTING}`],
  },
  'an attempt may be started for longer': {
    of: 'the time to start',
    sql: [`UPDATE attempt SET start_by = start_by + interval '1 day' WHERE ${ATTEMPT}`],
    begin: registered,
  },
  'an attempt may be started no more': {
    of: 'the time to start',
    sql: [`UPDATE attempt SET start_by = registered_at WHERE ${ATTEMPT}`],
    begin: registered,
  },
  'an attempt was registered later': {
    of: 'what it was made as',
    sql: [`UPDATE attempt SET start_by = start_by + interval '1 day', registered_at = registered_at + interval '1 day' WHERE ${ATTEMPT}`],
    begin: registered,
  },
  'a case study may be downloaded for longer': {
    of: 'the time to download the case study',
    sql: [`UPDATE attempt SET download_by = download_by + interval '1 day' WHERE ${ATTEMPT}`],
    begin: offered,
  },
  'a case study is offered to whom it is not': {
    of: 'the time to download the case study',
    sql: [`UPDATE attempt SET download_by = now() WHERE ${ATTEMPT}`],
    begin: registered,
  },
  'a case study is due later': {
    of: 'the deadline of the case study',
    sql: [`UPDATE sitting SET deadline = deadline + interval '1 day' WHERE ${SITTING} AND test = 'case_study'`],
    begin: async () => {
      const attempt = await offered();
      await test.store.sittings.download(attempt);
      return attempt;
    },
  },
  'an extension that nobody granted': { of: 'what moved the deadline of the aptitude test', sql: [extension('named'), later] },
  'a reopening that nobody did': {
    of: 'what moved the deadline of the aptitude test',
    sql: [extension('reopening')],
    begin: () => submittedAttempt(test.store),
  },
  'a deadline that was kept of none': { of: 'the deadline of the aptitude test', sql: [extension('kept'), later] },
  'a factor that nobody granted': { of: 'who granted it', sql: [accommodation(1000)], begin: registered },
  'a factor is raised': { of: 'who granted it', sql: [`UPDATE accommodation SET percent = 900 WHERE ${OF_CANDIDATE}`], begin: accommodated },
  'a factor lasts longer': { of: 'its end', sql: [`UPDATE accommodation SET ended_at = NULL WHERE ${OF_CANDIDATE}`], begin: accommodated },
  'a factor began earlier': {
    of: 'what it was made as',
    sql: [`UPDATE accommodation SET valid_from = valid_from - interval '1 year' WHERE ${OF_CANDIDATE}`],
    begin: accommodated,
  },
  'a factor without any record': { of: 'the factor of its limits', sql: [`UPDATE attempt SET accommodation_percent = 1000 WHERE ${ATTEMPT}`] },
  'the time to appeal begins anew': {
    of: 'when it ended',
    sql: [`UPDATE attempt SET settled_at = now() + interval '1 day' WHERE ${ATTEMPT}`],
    begin: failed,
  },
  'an attempt that failed goes on': {
    of: 'when it ended',
    sql: [`UPDATE attempt SET settled_at = NULL, outcome = NULL, outcome_reason = NULL WHERE ${ATTEMPT}`],
    begin: failed,
  },
  'an attempt that its candidate ended was ended by staff': {
    of: 'why it ended',
    sql: [`UPDATE attempt SET outcome_reason = 'withdrawn by staff' WHERE ${ATTEMPT}`],
    begin: async () => {
      const attempt = await startedAttempt(test.store);
      await test.store.attempts.withdraw(attempt);
      return attempt;
    },
  },
  'an attempt that staff ended was ended by its candidate': {
    of: 'why it ended',
    sql: [`UPDATE attempt SET outcome_reason = 'withdrawn by the candidate' WHERE ${ATTEMPT}`],
    begin: async () => {
      const attempt = await startedAttempt(test.store);
      await test.store.attempts.withdrawByStaff({ attemptId: attempt.attemptId, ...act() });
      return attempt;
    },
  },
  'an attempt is withdrawn that awaits its result': {
    of: 'why it ended',
    sql: [`UPDATE attempt SET outcome = 'withdrawn', outcome_reason = 'withdrawn by the candidate', settled_at = now() WHERE ${ATTEMPT}`],
    begin: () => submittedAttempt(test.store),
  },
  'an attempt failed for another reason': {
    of: 'why it ended',
    sql: [`UPDATE attempt SET outcome_reason = 'not submitted' WHERE ${ATTEMPT}`],
    begin: failed,
  },
  'a certificate is revoked without a doubt': {
    of: 'its status',
    sql: [`UPDATE certificate SET status = 'revoked' WHERE ${SITTING}`],
    begin: certified,
  },
  'a certificate that was revoked is valid': {
    of: 'its status',
    sql: [`UPDATE certificate SET status = 'valid' WHERE ${SITTING}`],
    begin: () => doubted('revoked'),
  },
  'a certificate in doubt is valid': { of: 'its status', sql: [`UPDATE certificate SET status = 'valid' WHERE ${SITTING}`], begin: () => doubted() },
  'a doubt that nobody opened': {
    of: 'who opened it',
    sql: [
      `UPDATE certificate SET status = 'suspended' WHERE ${SITTING}`,
      `INSERT INTO correction (id, certificate_id, opened_by, reason, opened_at) SELECT gen_random_uuid(), id, 'sam', 'x', now() FROM certificate WHERE ${SITTING}`,
    ],
    begin: certified,
  },
  'a doubt that was settled otherwise': {
    of: 'who settled it',
    sql: [
      `UPDATE certificate SET status = 'valid' WHERE ${SITTING}`,
      `UPDATE correction SET resolution = 'reinstated' WHERE certificate_id = (SELECT id FROM certificate WHERE ${SITTING})`,
    ],
    begin: () => doubted('revoked'),
  },
  'a script is due later': {
    of: 'when it is due',
    sql: [`UPDATE assignment SET due_at = due_at + interval '1 day' WHERE ${OF_SUBMISSION}`],
    begin: failed,
  },
  'work is settled that was never paid': { of: 'its pay', sql: [`UPDATE claim SET pay_settled = true WHERE ${OF_SUBMISSION}`], begin: failed },
  'a pass of somebody else': {
    of: 'the pass of its aptitude test',
    sql: [
      `UPDATE attempt SET aptitude_decision_id = (SELECT d.id FROM decision d WHERE d.passed AND d.test = 'aptitude' LIMIT 1), download_by = now() WHERE ${ATTEMPT}`,
    ],
    begin: registered,
  },
};

describe('what is moved past the application is found', () => {
  it.each(Object.entries(ATTACKS))('%s', async (_what, { of: what, sql, begin = () => startedAttempt(test.store) }) => {
    for (const way of ['with the triggers on', 'past the triggers'] as const) {
      const { attemptId } = await begin();
      expect(await of(attemptId), 'before').toEqual([]);
      for (const statement of sql.map((text) => text.replaceAll('ID', attemptId)))
        if (way === 'past the triggers') await pastTriggers(statement);
        else expect((await owner.query(statement)).rowCount, statement).toBeGreaterThan(0);
      expect(await of(attemptId), way).toEqual(expect.arrayContaining([expect.stringContaining(what)]));
    }
  });

  it('and an entry says which login wrote it', async () => {
    const { attemptId } = await startedAttempt(test.store);
    await owner.query(later.replaceAll('ID', attemptId));
    expect(await of(attemptId)).toEqual([expect.stringMatching(new RegExp(`by ${new URL(test.databaseUrl).username}$`))]);
  });

  it('also the state of a grader and what they qualify for, which staff say, but for a pause of their own', async () => {
    const { graders } = test.store;
    const [subject, fresh] = [randomUUID(), randomUUID()];
    await graders.meet({ subject, designated: false });
    await graders.meet({ subject: fresh, designated: false, newState: 'in_training' });
    const change = (given: object) => graders.change({ subject, change: given, act: act() });
    const mine = async () =>
      (await found()).filter(({ record }) => record === subject || record === fresh).map(({ of, stands, given }) => [of, stands, given]);
    await graders.changeOwn({ subject, change: { paused: true } });
    await change({ qualifications: [{ examId: 'small', test: 'aptitude' }] });
    expect(await mine()).toEqual([]);
    const update = (set: string, of = subject) => owner.query(`UPDATE grader SET ${set} WHERE subject = $1`, [of]);
    await update(`state = 'active'`, fresh);
    expect(await mine()).toEqual([['its state', 'active', 'in_training']]);
    await update(`state = 'in_training'`, fresh);
    await change({ state: 'suspended' });
    expect(await mine()).toEqual([]);
    await update(`state = 'active', qualifications = qualifications || ARRAY['small/case_study']`);
    expect(await mine()).toEqual([
      ['its state', 'active', 'suspended'],
      ['what it qualifies for', expect.stringContaining('case_study'), expect.not.stringContaining('case_study')],
    ]);
    await change({ state: 'active', qualifications: [] });
    expect(await mine()).toEqual([]);
  });

  it('also a record that is removed, and has an entry of that', async () => {
    const { attemptId } = await accommodated();
    const { rows } = await owner.query<{ id: string }>(`DELETE FROM accommodation WHERE ${OF_CANDIDATE.replace('ID', attemptId)} RETURNING id`);
    const names = (await found()).filter(({ record }) => record === rows[0]?.id);
    expect(names).toMatchObject([{ kind: 'accommodation', of: 'its record', stands: 'removed' }]);
  });

  it('also what is kept of an exam for those who look for work', async () => {
    await pastTriggers(`UPDATE exam_version SET met_before_conflicts = NOT met_before_conflicts`);
    expect(await found()).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'exam_version', of: 'metBeforeConflicts' })]));
  });
});
