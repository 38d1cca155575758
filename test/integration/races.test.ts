import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createShiftedClock } from '../support/clock.ts';
import { outcomeOf, startedAttempt, submittedAttempt } from '../support/sitting.ts';
import { marksFor } from '../support/pipeline.ts';

/** How often each race is run; PostgreSQL and the scheduler pick the winner. */
const RUNS = 40;
/** By when each of the two should have won once, on a machine whose scheduler favours one of them. */
const RUNS_MAX = 400;

let test: TestStore;
const { clock, advanceSeconds } = createShiftedClock();

beforeAll(async () => {
  test = await createTestStore({ clock });
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});

afterAll(() => test?.close());

const goesOn = (run: number, seen: ReadonlySet<string>) => run < RUNS || (seen.size < 2 && run < RUNS_MAX);
const jitter = () => pause(Math.random() * 4);

describe('races, each run many times', () => {
  it('gives one submission when a submit races the time-out', async () => {
    const { store } = test;
    for (let run = 0; run < RUNS; run += 1) {
      const { attemptId, subject } = await startedAttempt(store);
      await store.sittings.saveResponse({ attemptId, subject, itemId: 't1', value: 'saved', sequence: 1 });
      advanceSeconds(90 * 60 + 1);
      const [submitted, timedOut] = await Promise.all([
        jitter().then(() => store.sittings.submit({ attemptId, subject, test: 'aptitude' })),
        jitter().then(() => store.sittings.freezeAtTimeOut({ attemptId, test: 'aptitude' })),
      ]);
      expect(submitted).toMatchObject({ kind: 'frozen', submission: { cause: 'timed_out' } });
      expect(timedOut).toMatchObject({ kind: 'frozen' });
      expect(await store.sittings.submissions(attemptId)).toHaveLength(1);
      if (submitted.kind === 'frozen' && timedOut.kind === 'frozen') expect(timedOut.submission?.receipt).toBe(submitted.submission?.receipt);
    }
  });

  it('holds every acknowledged answer in the submission when autosaves race the freeze', async () => {
    const { store } = test;
    let refused = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const { attemptId, subject } = await startedAttempt(store);
      const acknowledged = new Map<string, number>();
      const save = async (itemId: string, sequence: number) => {
        await jitter();
        const result = await outcomeOf(store.sittings.saveResponse({ attemptId, subject, itemId, value: `${sequence}`, sequence }));
        if (result === 'ok') acknowledged.set(itemId, Math.max(acknowledged.get(itemId) ?? 0, sequence));
        else refused += 1;
      };
      const [frozen] = await Promise.all([
        jitter().then(() => store.sittings.submit({ attemptId, subject, test: 'aptitude' })),
        ...['t1', 't2'].flatMap((itemId) => [1, 2, 3].map((sequence) => save(itemId, sequence))),
      ]);
      if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('not frozen');
      const { gradable } = await store.assignments.underGrading(frozen.submission.submissionId);
      const responses = gradable.test === 'aptitude' ? gradable.responses : {};
      for (const [itemId, sequence] of acknowledged) expect(responses[itemId]).toBe(`${sequence}`);
    }
    expect(refused).toBeGreaterThan(0); // otherwise nothing raced
  });

  it('either extends or freezes, never both, when an extension races a fired timer', async () => {
    const { store } = test;
    const seen = new Set<string>();
    for (let run = 0; goesOn(run, seen); run += 1) {
      const { attemptId, subject } = await startedAttempt(store);
      advanceSeconds(90 * 60 + 1);
      const deadline = new Date(Date.now() + 30 * 86_400_000);
      const [extended, frozen] = await Promise.all([
        jitter().then(() =>
          outcomeOf(store.attempts.extend({ attemptId, window: 'aptitude', deadline, actor: 'staff', reason: 'outage', actionKey: randomUUID() })),
        ),
        jitter().then(() => store.sittings.freezeAtTimeOut({ attemptId, test: 'aptitude' })),
      ]);
      const saved = await outcomeOf(store.sittings.saveResponse({ attemptId, subject, itemId: 't1', value: 'late', sequence: 1 }));
      seen.add(extended);
      if (extended === 'ok') {
        expect(frozen.kind).toBe('too_early');
        expect(saved).toBe('ok');
      } else {
        expect(extended).toMatch(/deadline_passed|wrong_phase/);
        expect(frozen.kind).toBe('frozen');
        expect(saved).toBe('deadline_passed');
      }
    }
    expect(seen.size).toBeGreaterThan(1); // both won at least once
  });

  it('either submits or withdraws, never both and neither at the cost of an error, when the candidate does both', async () => {
    const { store } = test;
    const seen = new Set<string>();
    for (let run = 0; goesOn(run, seen); run += 1) {
      const attempt = await startedAttempt(store);
      const [submitted, withdrawn] = await Promise.all([
        jitter().then(() => store.sittings.submit({ ...attempt, test: 'aptitude' })),
        jitter().then(() => outcomeOf(store.attempts.withdraw(attempt))),
      ]);
      const isSubmitted = submitted.kind === 'frozen' && submitted.submission !== null;
      expect(withdrawn).toBe(isSubmitted ? 'wrong_phase' : 'ok');
      seen.add(withdrawn);
    }
    expect(seen.size).toBe(2); // both won at least once
  });

  it('rings after the last mark, and one after the other not before it, when all graders of a submission complete at once', async () => {
    const { store } = test;
    for (let run = 0; run < RUNS; run += 1) {
      const { submissionId } = await submittedAttempt(store);
      await store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2, 3], dueAt: new Date() });
      const claimed = await Promise.all(
        [1, 2, 3].map(async () => {
          const grader = randomUUID();
          const assignment = await store.assignments.claim({ grader, designated: false });
          if (!assignment) throw new Error('nothing to claim');
          return { grader, assignment };
        }),
      );
      const complete = async ({ grader, assignment }: (typeof claimed)[number]) => {
        const { id: assignmentId, fencingToken } = assignment;
        const { attemptId, deliveryId } = await store.assignments.complete({ assignmentId, grader, fencingToken, marks: marksFor(assignment) });
        if (deliveryId === undefined) return 'silent';
        const { facts } = await store.attempts.read({ attemptId });
        return facts.assignments.completed;
      };
      if (run % 4 === 3) {
        const [first, second, last] = claimed;
        if (!first || !second || !last) throw new Error('three were claimed');
        expect([await complete(first), await complete(second), await complete(last)]).toEqual(['silent', 'silent', 3]);
        continue;
      }
      const heard = await Promise.all(
        claimed.map(async (one) => {
          if (run % 2 === 0) await jitter();
          return complete(one);
        }),
      );
      expect(heard).toContain(3);
    }
  });

  it('either completes or reassigns, never both, when a reassign races a completion', async () => {
    const { store } = test;
    const seen = new Set<string>();
    for (let run = 0; goesOn(run, seen); run += 1) {
      const { attemptId, submissionId } = await submittedAttempt(store);
      await store.assignments.open({ submissionId, purpose: 'mark', seats: [1], dueAt: new Date() });
      const grader = randomUUID();
      const assignment = await store.assignments.claim({ grader, designated: false });
      if (!assignment) throw new Error('nothing to claim');
      const [completed, reassigned] = await Promise.all([
        jitter().then(() =>
          outcomeOf(
            store.assignments.complete({ assignmentId: assignment.id, grader, fencingToken: assignment.fencingToken, marks: marksFor(assignment) }),
          ),
        ),
        jitter().then(() =>
          outcomeOf(store.assignments.reassign({ attemptId, assignmentId: assignment.id, actor: 'staff', reason: 'ill', actionKey: randomUUID() })),
        ),
      ]);
      seen.add(completed);
      expect([completed, reassigned]).toEqual(completed === 'ok' ? ['ok', 'assignment_closed'] : ['lease_lost', 'ok']);
      expect(await store.assignments.marks(submissionId)).toHaveLength(completed === 'ok' ? 2 : 0);
      if (completed !== 'ok') {
        const next = await store.assignments.claim({ grader: randomUUID(), designated: false });
        expect(next?.id).toBe(assignment.id);
        expect(next?.fencingToken).toBeGreaterThan(assignment.fencingToken);
      }
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  // What is kept of both is compared with the facts below.
  it('reminds of an assignment, or not any more, when the last reminder races its completion', async () => {
    const { store } = test;
    for (let run = 0; run < RUNS; run += 1) {
      const { submissionId } = await submittedAttempt(store);
      await store.assignments.open({ submissionId, purpose: 'mark', seats: [1], dueAt: new Date() });
      const grader = randomUUID();
      const assignment = await store.assignments.claim({ grader, designated: false });
      if (!assignment) throw new Error('nothing to claim');
      const { id: assignmentId, fencingToken } = assignment;
      const [completed, reminded] = await Promise.all([
        jitter().then(() => outcomeOf(store.assignments.complete({ assignmentId, grader, fencingToken, marks: marksFor(assignment) }))),
        jitter().then(() => store.assignments.remind({ submissionId, percent: 100 })),
      ]);
      expect(completed).toBe('ok');
      expect([0, 1]).toContain(reminded);
    }
  });

  it('records the marks of one window, and tells the other, when a grader completes in two at once', async () => {
    const { store } = test;
    for (let run = 0; run < RUNS; run += 1) {
      const { submissionId } = await submittedAttempt(store);
      await store.assignments.open({ submissionId, purpose: 'mark', seats: [1], dueAt: new Date() });
      const grader = randomUUID();
      const assignment = await store.assignments.claim({ grader, designated: false });
      if (!assignment) throw new Error('nothing to claim');
      const complete = (points: number) =>
        jitter().then(() =>
          outcomeOf(
            store.assignments.complete({
              assignmentId: assignment.id,
              grader,
              fencingToken: assignment.fencingToken,
              marks: marksFor(assignment, () => points),
            }),
          ),
        );
      const outcomes = await Promise.all([complete(1), complete(2)]);
      expect(outcomes.toSorted()).toEqual(['marks_recorded', 'ok']);
      const recorded = (outcomes.indexOf('ok') + 1) * 1000;
      expect((await store.assignments.marks(submissionId)).map(({ millipoints }) => millipoints)).toEqual([recorded, recorded]);
    }
  });

  it('opens one attempt when a candidate registers many times at once', async () => {
    const subject = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 10 }, () => outcomeOf(test.store.attempts.register({ subject, name: 'Twice', examId: 'small' }))),
    );
    expect(results.filter((result) => result === 'ok')).toHaveLength(1);
    expect(results.filter((result) => result === 'attempt_already_open')).toHaveLength(9);
  });
});

describe('where attempts stand, for staff who look for them', () => {
  it('is what the facts say, whoever raced with whom', async () => {
    const database = new pg.Client({ connectionString: test.databaseUrl });
    await database.connect();
    try {
      const stand = (table: string) => `SELECT attempt_id, phase, due_at, outcome, needs_attention FROM ${table} ORDER BY attempt_id`;
      const { rows: kept } = await database.query<object>(stand('attempt_standing'));
      const { rows: ofFacts } = await database.query<object>(stand('attempt_standing_of_facts'));
      expect(kept.length).toBeGreaterThan(RUNS);
      expect(kept).toEqual(ofFacts);
    } finally {
      await database.end();
    }
  });
});
