import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestStore, type TestStore } from '../support/database.ts';
import { testCredentials } from '../support/pools.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { marksFor } from '../support/pipeline.ts';
import { outcomeOf, startedAttempt, submittedAttempt } from '../support/sitting.ts';

let test: TestStore;
let database: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await test?.close();
});

/** The one assignment of a submission, opened and claimed. */
async function claimedMarking(submissionId: string) {
  const { assignments } = test.store;
  await assignments.open({ submissionId, purpose: 'mark', seats: [1], dueAt: new Date() });
  const grader = randomUUID();
  const assignment = await assignments.claim({ grader, designated: false });
  if (!assignment) throw new Error('nothing to claim');
  return { grader, assignment };
}

describe('append-only records', () => {
  it('cannot be changed or deleted, not even by hand', async () => {
    const { store } = test;
    const { attemptId, submissionId } = await submittedAttempt(store);
    const { grader, assignment } = await claimedMarking(submissionId);
    await store.assignments.complete({ assignmentId: assignment.id, grader, fencingToken: assignment.fencingToken, marks: marksFor(assignment) });
    await store.attempts.withdrawByStaff({ attemptId, actor: 'staff', reason: 'test', actionKey: randomUUID() });
    const decision = {
      attemptId,
      test: 'aptitude',
      round: 1,
      submissionId,
      passed: false,
      score: { millipoints: 0, millipointsMax: 1 },
      items: [],
    } as const;
    await store.decisions.publish(decision, await testCredentials());
    for (const table of ['exam_version', 'submission', 'mark', 'audit_entry', 'event']) {
      const { rows } = await database.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
      expect(Number(rows[0]?.count)).toBeGreaterThan(0);
      await expect(database.query(`DELETE FROM ${table}`)).rejects.toThrow(/append-only/);
    }
    await expect(database.query("UPDATE mark SET millipoints = 0, reason = 'nicer'")).rejects.toThrow(/append-only/);
  });

  it('keep a published exam version as it is', async () => {
    const { store } = test;
    expect(await store.examVersions.publish({ content: smallExam(), actor: 'again' })).toEqual({ examVersion: 'small@1', created: false });
    expect(await outcomeOf(store.examVersions.publish({ content: smallExam({ passMark: 5000 }), actor: 'again' }))).toBe('exam_version_changed');
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (actor: string, requestHash: string) => ({ actor, operation: 'POST /v1/attempts', key: 'k1', requestHash });

  it('gives the first answer again, also to requests at the same time', async () => {
    const subject = randomUUID();
    const request = { subject, name: 'Twice', examId: 'small', idempotency: keyed(subject, 'h1') };
    const answers = await Promise.all(Array.from({ length: 5 }, () => test.store.attempts.register(request)));
    expect(new Set(answers.map((answer) => answer.attemptId)).size).toBe(1);
  });

  it('is refused with another body, and forgets a request that failed', async () => {
    const subject = randomUUID();
    const request = { subject, name: 'Other', examId: 'small' };
    expect(await outcomeOf(test.store.attempts.register({ ...request, examId: 'nothing', idempotency: keyed(subject, 'h0') }))).toBe(
      'exam_not_published',
    );
    expect(await outcomeOf(test.store.attempts.register({ ...request, idempotency: keyed(subject, 'h1') }))).toBe('ok');
    expect(await outcomeOf(test.store.attempts.register({ ...request, idempotency: keyed(subject, 'h2') }))).toBe('idempotency_key_reused');
  });
});

describe('drafts', () => {
  it('are kept when a completion with a stale token is refused', async () => {
    const { store } = test;
    const { attemptId, submissionId } = await submittedAttempt(store);
    const { grader, assignment } = await claimedMarking(submissionId);
    await store.assignments.reassign({ attemptId, assignmentId: assignment.id, actor: 'staff', reason: 'holiday', actionKey: randomUUID() });
    const marks = [{ itemId: 't1', points: 3, reason: 'two hours of thought' }];
    expect(await outcomeOf(store.assignments.complete({ assignmentId: assignment.id, grader, fencingToken: assignment.fencingToken, marks }))).toBe(
      'lease_lost',
    );
    const again = await store.assignments.claim({ grader, designated: false });
    expect(again).toMatchObject({ id: assignment.id, draft: marks });
  });
});

describe('adjudication', () => {
  it('is claimed by designated graders alone, never by one who marked the submission, and shows both marks without names', async () => {
    const { store } = test;
    const { submissionId } = await submittedAttempt(store);
    await store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2], dueAt: new Date(0) });
    const graders = [randomUUID(), randomUUID()];
    for (const grader of graders) {
      const assignment = await store.assignments.claim({ grader, designated: true });
      if (!assignment) throw new Error('nothing to claim');
      expect(assignment.disputedMarks).toEqual([]);
      const points = grader === graders[0] ? 5 : 1;
      await store.assignments.complete({
        assignmentId: assignment.id,
        grader,
        fencingToken: assignment.fencingToken,
        marks: marksFor(assignment, () => points),
      });
    }
    await store.assignments.open({ submissionId, purpose: 'adjudicate', seats: [3], itemIds: ['t1', 't2'], dueAt: new Date(0) });
    expect((await store.assignments.claim({ grader: randomUUID(), designated: false }))?.purpose).not.toBe('adjudicate');
    for (const grader of graders) expect((await store.assignments.claim({ grader, designated: true }))?.purpose).not.toBe('adjudicate');
    const adjudication = await store.assignments.claim({ grader: randomUUID(), designated: true });
    expect(adjudication?.purpose).toBe('adjudicate');
    expect(adjudication?.disputedMarks.map((mark) => [mark.itemId, mark.millipoints])).toEqual([
      ['t1', 1000],
      ['t1', 5000],
      ['t2', 1000],
      ['t2', 5000],
    ]);
    expect(JSON.stringify(adjudication?.disputedMarks)).not.toContain(graders[0]);
  });
});

describe('an attempt that is settled', () => {
  it('opens no assignments any more, whatever a late activity asks', async () => {
    const { store } = test;
    const { attemptId, submissionId } = await submittedAttempt(store);
    await store.attempts.withdrawByStaff({ attemptId, actor: 'staff', reason: 'test', actionKey: randomUUID() });
    await store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2], dueAt: new Date() });
    expect(await store.assignments.listForStaff({ attemptId, limit: 10 })).toEqual([]);
  });

  it('cannot be withdrawn by the candidate once the test is submitted', async () => {
    const { store } = test;
    const { attemptId, subject } = await submittedAttempt(store);
    expect(await outcomeOf(store.attempts.withdraw({ attemptId, subject }))).toBe('wrong_phase');
  });
});

describe('an upload', () => {
  it('counts only for the sitting that is open, and the latest complete one is submitted', async () => {
    const { store } = test;
    const { attemptId, subject } = await startedAttempt(store);
    const upload = { id: randomUUID(), attemptId, subject, fileName: 'a.md', mediaType: 'text/markdown', sizeBytes: 1, sha256: 'ab'.repeat(32) };
    expect(await outcomeOf(store.uploads.announce(upload))).toBe('wrong_phase');
  });
});
