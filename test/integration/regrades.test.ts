import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { differencesOf } from '../../domain/explanation.ts';
import { humanPartOf, machinePartOf } from '../../domain/grading.ts';
import { averageDisputes, reconcile, scoreOf } from '../../domain/reconciliation.ts';
import type { ItemChange } from '../../domain/regrade.ts';
import { passes } from '../../domain/score.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { readAllDecisionRecords } from '../../store/decisions/records.ts';
import type { Person } from '../../store/interests.ts';
import type { Store } from '../../store/store.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { decidedCaseStudy } from '../support/decided.ts';
import { testCredentials } from '../support/pools.ts';
import { outcomeOf, startedAttempt } from '../support/sitting.ts';

/** What a regrade does to results that are out, and to those that come, on the real records. */

let test: TestStore;
let store: Store;
let credentials: CredentialIssuer;
let database: pg.Client;
let prisma: ReturnType<typeof connectDatabase>;
/** Each test has an exam of its own: a regrade is about all that an exam has. */
let examId: string;
let exams = 0;

beforeAll(async () => {
  test = await createTestStore();
  ({ store } = test);
  credentials = await testCredentials();
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 });
});
afterAll(async () => {
  await database?.end();
  await prisma?.$disconnect();
  await test?.close();
});
beforeEach(async () => {
  exams += 1;
  examId = `exam-${exams}`;
  await store.examVersions.publish({ content: smallExam({ appealWindowSeconds: 14 * 86_400 }, examId), actor: 'test' });
});

const opener: Person = { subject: 'sam', email: undefined };
const second: Person = { subject: 'lea', email: undefined };

type Answers = Readonly<Record<string, readonly string[]>>;
type Decided = { readonly attemptId: string; readonly subject: string; readonly submissionId: string };

/** Handed in with these choices, and marked with so many points for each text by two graders of its own. */
async function marked(choices: Answers, points = 4): Promise<Decided & { readonly publish: () => Promise<unknown> }> {
  const attempt = await startedAttempt(store, { examId });
  for (const [itemId, value] of Object.entries({ ...choices, t1: 'because', t2: 'because' }))
    await store.sittings.saveResponse({ ...attempt, itemId, value, sequence: 1 });
  const frozen = await store.sittings.submit({ ...attempt, test: 'aptitude' });
  if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('the submission was not frozen');
  const { submissionId } = frozen.submission;
  await store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2], dueAt: new Date(Date.now() + 86_400_000) });
  for (const grader of ['g1', 'g2'].map((name) => `${name}-${attempt.subject}`)) {
    const held = await store.assignments.claim({ grader, designated: false });
    if (!held) throw new Error('nothing to mark');
    await store.assignments.complete({
      assignmentId: held.id,
      grader,
      fencingToken: held.fencingToken,
      marks: ['t1', 't2'].map((itemId) => ({ itemId, points, reason: 'because' })),
    });
  }
  return { ...attempt, submissionId, publish: () => publish({ ...attempt, submissionId }) };
}

/** As a workflow does it that knows of regrades, or of a build that does not. */
async function publish({ attemptId, submissionId }: Decided, { follows = true } = {}) {
  const { exam, gradable } = await store.assignments.underGrading(submissionId);
  const { markables, blanks } = humanPartOf(exam, gradable);
  const { settled, disputes } = reconcile(markables, await store.assignments.marks(submissionId), exam.policy);
  let items: ReturnType<typeof averageDisputes> = [...machinePartOf(exam, gradable), ...blanks, ...settled, ...averageDisputes(disputes)];
  for (;;) {
    const score = scoreOf(items);
    const decision = { attemptId, submissionId, test: 'aptitude', round: 1, passed: passes(score, exam.policy.passMark), score, items } as const;
    const published = await store.decisions.publish({ ...decision, ...(follows ? { followsRegrades: true } : {}) }, credentials);
    if (published.result !== 'regraded') return published.result;
    ({ items } = published);
  }
}

async function decided(choices: Answers, points?: number): Promise<Decided> {
  const attempt = await marked(choices, points);
  await attempt.publish();
  return attempt;
}

type About = { readonly itemId?: string; readonly caseStudyId?: string; readonly submittedUntil?: Date };

async function opened(change: ItemChange, { itemId = 'c1', caseStudyId, submittedUntil }: About = {}) {
  const scope = {
    examId,
    test: caseStudyId === undefined ? ('aptitude' as const) : ('case_study' as const),
    caseStudyId: caseStudyId ?? null,
    itemId,
    change,
    submittedFrom: null,
    submittedUntil: submittedUntil ?? null,
  };
  const { regradeId } = await store.regrades.open({ person: opener, reason: 'a wrong key', scope });
  const { previewHash } = await store.regrades.preview({ regradeId });
  return { regradeId, previewHash: previewHash ?? '' };
}

const apply = ({ regradeId, previewHash }: { regradeId: string; previewHash: string }, person = second) =>
  store.regrades.apply({ regradeId, person, reason: 'b was right all along', previewHash });

/** All pages, as the workflow does. Returns what is left to wait for. */
async function putRight(regradeId: string): Promise<{ applied: number; waits: number }> {
  const total = { applied: 0, waits: 0 };
  for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null;) {
    const page: Awaited<ReturnType<Store['regrades']['applyPage']>> = await store.regrades.applyPage({ regradeId, after, credentials });
    total.applied += page.applied;
    total.waits += page.waits;
    ({ after } = page);
  }
  return total;
}

async function regraded(change: ItemChange, about?: About) {
  const regrade = await opened(change, about);
  await apply(regrade);
  return { ...regrade, ...(await putRight(regrade.regradeId)) };
}

const bIsRight: ItemChange = { kind: 'key', correct: ['b'] };
/** 0 + 5 + 4 + 4: 65 %, and with b the 90 % that pass. */
const missed = { c1: ['b'], c2: ['a', 'b'] };
/** 5 + 5 + 4 + 4: 90 %, and without a the 65 % that fail. */
const hadIt = { c1: ['a'], c2: ['a', 'b'] };

async function decisionsOf({ attemptId }: Pick<Decided, 'attemptId'>) {
  const { rows } = await database.query<{ passed: boolean; basis_points: number; supersedes: boolean }>(
    `SELECT passed, basis_points, supersedes_id IS NOT NULL AS supersedes FROM decision WHERE attempt_id = $1 ORDER BY id`,
    [attemptId],
  );
  return rows;
}

async function toldOf({ attemptId }: Pick<Decided, 'attemptId'>) {
  const { rows } = await database.query<{ content: unknown }>(`SELECT content FROM tidings WHERE attempt_id = $1 AND occasion LIKE 'regraded:%'`, [
    attemptId,
  ]);
  return rows.map(({ content }) => content);
}

async function expectAllToFollow(): Promise<void> {
  for await (const page of readAllDecisionRecords({ prisma, clock: postgresClock, examVersions: store.examVersions }))
    // Not those that support makes up without a mark.
    for (const records of page.filter(({ marks }) => marks.length > 0)) expect(differencesOf(records), records.decision.id).toEqual([]);
}

describe('what is out when a regrade is applied', () => {
  it('gets better where the new key says so, stays where it would get worse, and each who is affected is told once', async () => {
    const [failed, passed, unaffected] = [await decided(missed), await decided(hadIt), await decided({ c2: ['c'] })];
    const { regradeId, applied, waits } = await regraded(bIsRight);
    expect({ applied, waits }).toEqual({ applied: 1, waits: 0 });
    expect(await decisionsOf(failed)).toEqual([
      { passed: false, basis_points: 6500, supersedes: false },
      { passed: true, basis_points: 9000, supersedes: true },
    ]);
    for (const attempt of [passed, unaffected]) expect(await decisionsOf(attempt)).toHaveLength(1);
    expect(await store.regrades.counts(regradeId)).toEqual([
      { effect: 'passes', state: 'applied', decisions: 1 },
      { effect: 'unchanged', state: 'kept', decisions: 1 },
      { effect: 'would_fail', state: 'kept', decisions: 1 },
    ]);
    await putRight(regradeId);
    expect(await decisionsOf(failed)).toHaveLength(2);
    expect(await toldOf(failed)).toEqual([{ kind: 'regraded', regradeId, test: 'aptitude', passes: true, newCertificate: false }]);
    expect(await toldOf(passed)).toEqual([]);
    await expectAllToFollow();
  });

  it('that passes by it goes on with the case study once its candidate registers again, and not twice', async () => {
    const failed = await decided(missed);
    const isPassedSince = async () => (await store.attempts.read(failed)).isPassedSince;
    expect(await isPassedSince()).toBe(false);
    await regraded(bIsRight);
    expect(await isPassedSince()).toBe(true);
    const { attemptId } = await store.attempts.register({ subject: failed.subject, name: 'Ada Example', examId });
    const { facts } = await store.attempts.read({ attemptId });
    expect(facts).toMatchObject({ aptitudePassed: true, outcome: null });
    expect(await isPassedSince()).toBe(false);
    await store.attempts.withdraw({ attemptId, subject: failed.subject });
    const again = await store.attempts.register({ subject: failed.subject, name: 'Ada Example', examId });
    expect((await store.attempts.read({ attemptId: again.attemptId })).facts.aptitudePassed).toBe(false);
  });

  it('that stays a pass keeps the time of its offer, and what scales it scales it from its beginning', async () => {
    const { attemptId } = await decided(hadIt);
    const offer = async () => (await store.attempts.read({ attemptId })).facts.downloadBy ?? Number.NaN;
    const { rows } = await database.query<{ at: Date }>('SELECT decided_at AS at FROM decision WHERE attempt_id = $1', [attemptId]);
    const [openedAt, before] = [rows[0]?.at.getTime() ?? Number.NaN, await offer()];
    expect(await regraded({ kind: 'full_points' }, { itemId: 't1' })).toMatchObject({ applied: 1 });
    expect(await decisionsOf({ attemptId })).toHaveLength(2);
    await store.attempts.accommodate({ attemptId, percent: 150, actor: 'sam', reason: 'because', actionKey: randomUUID() });
    expect((await offer()) - openedAt).toBe(1.5 * (before - openedAt));
  });

  it('that passes by it has nothing left to appeal, and waits while an appeal of it is open', async () => {
    const [passing, appealing] = [await decided(missed), await decided(missed)];
    const appeal = { items: [{ itemId: 't1', reason: 'overlooked', text: 'It is there.' }] } as const;
    for (const { attemptId } of [passing, appealing]) await store.attempts.beginTakingAppeals(attemptId);
    await store.appeals.file({ ...appealing, ...appeal });
    const { regradeId, applied, waits } = await regraded(bIsRight);
    expect({ applied, waits }).toEqual({ applied: 1, waits: 1 });
    expect(await outcomeOf(store.appeals.file({ ...passing, ...appeal }))).toBe('wrong_phase');
    await store.appeals.withdraw(appealing);
    expect(await putRight(regradeId)).toEqual({ applied: 1, waits: 0 });
  });

  it('of a case study that passes by it is certified then', async () => {
    // 7 + 7 of 20 fail; without the first criterion 7 of 10 fail as well, with full points for it 17 of 20 pass.
    const given = [1, 2].map((number) => ({ grader: `case-${number}-${examId}`, points: [7, 7] as const }));
    const failed = await decidedCaseStudy(store, { given, credentials, examId });
    const { rows } = await database.query<{ case_study_id: string }>('SELECT case_study_id FROM sitting WHERE attempt_id = $1 AND test = $2', [
      failed.attemptId,
      'case_study',
    ]);
    const about = { itemId: 'k1', caseStudyId: rows[0]?.case_study_id ?? '' };
    expect(await regraded({ kind: 'dropped' }, about)).toMatchObject({ applied: 0 });
    await database.query(`UPDATE regrade SET finished_at = now() WHERE exam_id = $1 AND outcome = 'applied'`, [examId]);
    expect(await regraded({ kind: 'full_points' }, about)).toMatchObject({ applied: 1, waits: 0 });
    const certificate = await store.certificates.ofAttempt(failed.attemptId);
    expect(certificate).toMatchObject({ basisPoints: 9250, edition: 1, status: 'valid' });
    expect((await store.attempts.read({ attemptId: failed.attemptId })).facts.outcome).toBe('certified');
    await expectAllToFollow();
  });

  it('is certified already: a certificate that says more takes the place of the one there was', async () => {
    const { attemptId, certificateId } = await certifiedAttempt(store, { credentials, examId });
    const { rows } = await database.query<{ case_study_id: string }>(
      `SELECT case_study_id FROM sitting WHERE attempt_id = $1 AND test = 'case_study'`,
      [attemptId],
    );
    await regraded({ kind: 'full_points' }, { itemId: 'k2', caseStudyId: rows[0]?.case_study_id ?? '' });
    expect(await store.certificates.ofAttempt(attemptId)).toMatchObject({
      edition: 2,
      basisPoints: 10_000,
      status: 'valid',
      replacesId: certificateId,
    });
    expect(await store.certificates.read(certificateId)).toMatchObject({ status: 'revoked' });
  });

  it('waits while its certificate is in doubt, and is put right once that is settled', async () => {
    const { attemptId, certificateId } = await certifiedAttempt(store, { credentials, examId });
    const { rows } = await database.query<{ case_study_id: string }>(
      `SELECT case_study_id FROM sitting WHERE attempt_id = $1 AND test = 'case_study'`,
      [attemptId],
    );
    const correctionId = randomUUID();
    await store.corrections.open({ correctionId, certificateId, actor: 'sam', reason: 'doubt', actionKey: correctionId }, credentials);
    const { regradeId, applied, waits } = await regraded({ kind: 'full_points' }, { itemId: 'k2', caseStudyId: rows[0]?.case_study_id ?? '' });
    expect({ applied, waits }).toEqual({ applied: 0, waits: 1 });
    expect(await store.regrades.changes({ regradeId, limit: 10 })).toMatchObject([{ state: 'waits', waitsFor: 'correction_open' }]);
    await store.corrections.resolve(
      { correctionId, resolution: 'reinstated', actor: 'lea', reason: 'a namesake', actionKey: randomUUID() },
      credentials,
    );
    expect(await putRight(regradeId)).toEqual({ applied: 1, waits: 0 });
  });

  it('is graded by the newer regrade of two, one after the other', async () => {
    const attempt = await decided({ c1: ['c'], c2: ['c'] });
    const { regradeId } = await regraded(bIsRight);
    await store.regrades.finish({ regradeId });
    expect(await regraded({ kind: 'full_points' })).toMatchObject({ applied: 1 });
    expect(await decisionsOf(attempt)).toEqual([
      { passed: false, basis_points: 4000, supersedes: false },
      { passed: false, basis_points: 6500, supersedes: true },
    ]);
    await expectAllToFollow();
  });

  it('of another period is left alone', async () => {
    const attempt = await decided(missed);
    expect(await regraded(bIsRight, { submittedUntil: new Date(Date.now() - 3_600_000) })).toMatchObject({ applied: 0 });
    expect(await decisionsOf(attempt)).toHaveLength(1);
  });
});

describe('what is decided once a regrade is in force', () => {
  it('is decided by it at once, to the better and to the worse: nothing was told before', async () => {
    const [before, worse] = [await marked(missed), await marked(hadIt)];
    const { regradeId, waits } = await regraded(bIsRight);
    // It is not through before what was being graded when it was applied is decided.
    expect(waits).toBe(2);
    await before.publish();
    await worse.publish();
    expect(await decisionsOf(before)).toEqual([{ passed: true, basis_points: 9000, supersedes: false }]);
    expect(await decisionsOf(worse)).toEqual([{ passed: false, basis_points: 6500, supersedes: false }]);
    expect(await putRight(regradeId)).toEqual({ applied: 0, waits: 0 });
    expect(await toldOf(before)).toEqual([]);
    await expectAllToFollow();
  });

  it('by a workflow of a build that knows no regrade is put right once it is out', async () => {
    const attempt = await marked(missed);
    const { regradeId } = await regraded(bIsRight);
    expect(await publish(attempt, { follows: false })).toBe('published');
    expect(await putRight(regradeId)).toEqual({ applied: 1, waits: 0 });
    expect((await decisionsOf(attempt)).map(({ passed }) => passed)).toEqual([false, true]);
    await expectAllToFollow();
  });
});

describe('a regrade is applied by a second person who saw what it does', () => {
  it('not by who opened it, nor by a hash of another preview, and once', async () => {
    await decided(missed);
    const regrade = await opened(bIsRight);
    expect(await outcomeOf(apply(regrade, opener))).toBe('second_person_needed');
    expect(await outcomeOf(apply({ ...regrade, previewHash: 'another' }))).toBe('regrade_changed');
    await decided(missed);
    const { previewHash } = await store.regrades.preview(regrade);
    expect(previewHash).not.toBe(regrade.previewHash);
    expect(await outcomeOf(apply(regrade))).toBe('regrade_changed');
    const { regradeId } = regrade;
    await Promise.all([1, 2, 3].map(() => apply({ regradeId, previewHash: previewHash ?? '' })));
    expect(await outcomeOf(apply({ regradeId, previewHash: previewHash ?? '' }, { subject: 'kim', email: undefined }))).toBe('regrade_settled');
    expect(await outcomeOf(store.regrades.cancel({ regradeId, person: second, reason: 'no' }))).toBe('regrade_settled');
    const { rows } = await database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM audit_entry WHERE action = 'apply_regrade' AND details ->> 'regradeId' = $1`,
      [regradeId],
    );
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('not by a candidate whom it is about, whatever their roles or address, nor opened by them', async () => {
    const attempt = await decided(missed);
    await database.query(`UPDATE candidate SET email = 'ada@example.org' WHERE subject = $1`, [attempt.subject]);
    const own = [
      { subject: attempt.subject, email: undefined },
      { subject: 'another-account', email: 'Ada@example.org' },
    ];
    const regrade = await opened(bIsRight);
    for (const person of own) expect(await outcomeOf(apply(regrade, person))).toBe('conflict_of_interest');
    await store.regrades.cancel({ regradeId: regrade.regradeId, person: opener, reason: 'again' });
    const scope = { examId, test: 'aptitude', caseStudyId: null, itemId: 'c1', change: bIsRight, submittedFrom: null, submittedUntil: null } as const;
    for (const person of own) expect(await outcomeOf(store.regrades.open({ person, reason: 'mine', scope }))).toBe('conflict_of_interest');
  });

  it('and while one of an item is not through, no other one of it is opened', async () => {
    const { regradeId, previewHash } = await opened(bIsRight);
    expect(await outcomeOf(opened({ kind: 'dropped' }))).toBe('regrade_open');
    expect(await outcomeOf(opened({ kind: 'dropped' }, { itemId: 'c2' }))).toBe('ok');
    await apply({ regradeId, previewHash });
    expect(await outcomeOf(opened({ kind: 'dropped' }))).toBe('regrade_open');
    await store.regrades.finish({ regradeId });
    expect(await outcomeOf(opened({ kind: 'dropped' }))).toBe('ok');
  });

  it('the database itself refuses who would apply their own, and any change of what was opened, settled or done', async () => {
    await decided(missed);
    const { regradeId } = await opened(bIsRight);
    const settle = (by: string) =>
      database.query(`UPDATE regrade SET outcome = 'applied', settled_by = $2, settled_at = now(), settled_reason = 'x' WHERE id = $1`, [
        regradeId,
        by,
      ]);
    await expect(settle('sam')).rejects.toThrow(/regrade_second_person_check/);
    await expect(database.query(`UPDATE regrade SET item_id = 'c2' WHERE id = $1`, [regradeId])).rejects.toThrow(/append-only/);
    await settle('lea');
    await putRight(regradeId);
    await expect(
      database.query('UPDATE regrade SET outcome = NULL, settled_by = NULL, settled_at = NULL, settled_reason = NULL WHERE id = $1', [regradeId]),
    ).rejects.toThrow(/append-only/);
    await expect(
      database.query(`UPDATE regrade_change SET state = 'kept', new_decision_id = NULL WHERE regrade_id = $1`, [regradeId]),
    ).rejects.toThrow(/append-only/);
    await expect(database.query('DELETE FROM regrade_change WHERE regrade_id = $1', [regradeId])).rejects.toThrow(/append-only/);
  });
});

describe('a regrade that is broken off', () => {
  it('goes on where it was, by two at once as well, and each decision is put right once', async () => {
    const attempts = [];
    for (let count = 0; count < 6; count += 1) attempts.push(await decided(missed));
    const regrade = await opened(bIsRight);
    await apply(regrade);
    expect(await store.regrades.stalled({ afterSeconds: 3600 })).toContain(regrade.regradeId);
    let seen = 0;
    const broken = store.regrades.applyPage({
      regradeId: regrade.regradeId,
      after: '00000000-0000-0000-0000-000000000000',
      credentials,
      progress: () => {
        seen += 1;
        if (seen === 3) throw new Error('killed');
      },
    });
    await expect(broken).rejects.toThrow('killed');
    const totals = await Promise.allSettled([putRight(regrade.regradeId), putRight(regrade.regradeId)]);
    expect(totals.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const attempt of attempts) {
      expect((await decisionsOf(attempt)).map(({ passed }) => passed)).toEqual([false, true]);
      expect(await toldOf(attempt)).toHaveLength(1);
    }
    expect(await store.regrades.stalled({ afterSeconds: 3600 })).not.toContain(regrade.regradeId);
  });
});
