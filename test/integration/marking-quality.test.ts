import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGradingAutoActivities } from '../../activities/grading-auto/activities.ts';
import { PAUSE_SECONDS } from '../../domain/active-time.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { decidedScript, markedScript, type Given } from '../support/decided.ts';
import { activateDrawnModel } from '../support/marked-scripts.ts';
import { testCredentials } from '../support/pools.ts';
import { submittedAttempt } from '../support/sitting.ts';

const time = createShiftedClock();
let test: TestStore;
let database: pg.Client;
let credentials: CredentialIssuer;

beforeAll(async () => {
  test = await createTestStore({ clock: time.clock });
  // Eight of twenty points pass, and the text items have ten.
  await test.store.examVersions.publish({ content: smallExam({ passMark: 4000 }), actor: 'test' });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  credentials = await testCredentials();
});

afterAll(async () => {
  await database?.end();
  await test?.close();
});

const qualityOf = async (grader: string) => (await test.store.graders.markingQuality(grader)).find(({ test: of }) => of === 'aptitude');

async function claimed(grader: string) {
  const { submissionId } = await submittedAttempt(test.store);
  await test.store.assignments.open({ submissionId, purpose: 'mark', seats: [1], dueAt: new Date() });
  const held = await test.store.assignments.claim({ grader, designated: false });
  if (!held) throw new Error('nothing to claim');
  return { assignmentId: held.id, grader, fencingToken: held.fencingToken };
}

const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));

describe('active time', () => {
  it('goes on from the claim with every act, and what lies in a longer pause does not count', async () => {
    const lease = await claimed('timed');
    time.advanceSeconds(PAUSE_SECONDS - 60);
    await test.store.assignments.heartbeat(lease);
    time.advanceSeconds(PAUSE_SECONDS - 60);
    await test.store.assignments.saveDraft({ ...lease, marks: [{ itemId: 't1', points: 5, reason: '' }] });
    time.advanceSeconds(PAUSE_SECONDS + 60);
    await test.store.assignments.heartbeat(lease);
    time.advanceSeconds(100);
    await test.store.assignments.complete({ ...lease, marks });
    const { rows } = await database.query<{ seconds: number }>(
      'SELECT round(extract(epoch FROM ended_at - started_at))::int AS seconds FROM marking_stretch WHERE grader = $1 ORDER BY started_at',
      ['timed'],
    );
    // The clock of PostgreSQL goes on meanwhile: some seconds, on a slow machine.
    expect(rows).toHaveLength(2);
    const [first, second] = rows.map(({ seconds }) => seconds);
    expect(first).toBeGreaterThanOrEqual(2 * (PAUSE_SECONDS - 60));
    expect(second).toBeGreaterThanOrEqual(100);
    const quality = await qualityOf('timed');
    expect(quality?.timed).toBe(1);
    expect(quality?.activeSecondsMedian).toBeGreaterThanOrEqual(2 * (PAUSE_SECONDS - 60) + 100);
    expect(quality?.activeSecondsMedian).toBeLessThan(2 * (PAUSE_SECONDS - 60) + 100 + PAUSE_SECONDS);
  });

  it('counts nothing twice where two windows beat at once', async () => {
    const lease = await claimed('twice');
    for (let round = 0; round < 3; round += 1) {
      time.advanceSeconds(100);
      await Promise.all(Array.from({ length: 5 }, () => test.store.assignments.heartbeat(lease)));
    }
    const { rows } = await database.query<{ worked: number; counted: number }>(
      `SELECT extract(epoch FROM max(ended_at) - min(started_at))::float8 AS worked, sum(extract(epoch FROM ended_at - started_at))::float8 AS counted
       FROM marking_stretch WHERE grader = 'twice'`,
    );
    expect(rows[0]?.worked).toBeGreaterThanOrEqual(300);
    expect(rows[0]?.counted).toBeLessThanOrEqual(rows[0]?.worked ?? 0);
    await test.store.assignments.complete({ ...lease, marks });
  });

  it('is of whoever worked: after a takeover each has their own', async () => {
    const lost = await claimed('first-holder');
    time.advanceSeconds(60);
    await test.store.assignments.heartbeat(lost);
    time.advanceSeconds(3700);
    const taken = await test.store.assignments.claim({ grader: 'second-holder', designated: false });
    expect(taken?.id).toBe(lost.assignmentId);
    await expect(test.store.assignments.heartbeat(lost)).rejects.toMatchObject({ code: 'lease_lost' });
    await test.store.assignments.complete({ ...lost, grader: 'second-holder', fencingToken: taken?.fencingToken ?? 0, marks });
    const { rows } = await database.query<{ grader: string; token: number }>(
      'SELECT grader, fencing_token AS token FROM marking_stretch WHERE assignment_id = $1 ORDER BY fencing_token',
      [lost.assignmentId],
    );
    expect(rows).toEqual([
      { grader: 'first-holder', token: 1 },
      { grader: 'second-holder', token: 2 },
    ]);
  });
});

describe('how somebody marks', () => {
  const severe = (points: Given['points']): Given => ({ grader: 'severe', points });
  const usual = (points: Given['points']): Given => ({ grader: 'usual', points });

  it(
    'is told with its consistency, by item too, and how often others turned the decision, from twenty scripts on',
    { timeout: 120_000 },
    async () => {
      await markedScript(test.store, [severe([0, 0])]); // of a single mark nobody else knows better
      // Six scripts of nineteen pass by both together and fail by the severe ones alone: (3 + 5) / 2 + 4 = 8.
      for (let index = 0; index < 19; index += 1)
        await decidedScript(test.store, { given: index < 6 ? [severe([3, 4]), usual([5, 4])] : [severe([2, 3]), usual([3, 3])], credentials });
      const few = await qualityOf('severe');
      expect(few).toMatchObject({ scripts: 19, pairs: 38, seenAgain: 19, overturnedShare: null });
      expect(few?.items.map(({ severity }) => severity)).toEqual([undefined, undefined]);
      await decidedScript(test.store, { given: [severe([3, 4]), usual([5, 4])], credentials });
      const quality = await qualityOf('severe');
      expect(quality).toMatchObject({ scripts: 20, pairs: 40, seenAgain: 20, overturnedShare: 7 / 20 });
      const [first, second] = quality?.items ?? [];
      expect(first).toMatchObject({ version: 1, caseStudyId: null, itemId: 't1', pairs: 20, scripts: 20 });
      // Of t1 two fifths less in seven scripts and a fifth less in thirteen; of t2 never less.
      expect(first?.severity).toBeCloseTo((7 * 0.4 + 13 * 0.2) / 20, 10);
      expect(second).toMatchObject({ itemId: 't2', severity: 0, spread: 0, distance: 0 });
      expect(first?.spread).toBeCloseTo(Math.sqrt((7 * 0.13 ** 2 + 13 * 0.07 ** 2) / 19), 10);
      // Whose marks stand are turned less: the usual ones alone pass where both do.
      expect((await qualityOf('usual'))?.overturnedShare).toBe(0);
      // Of the item, whoever gave which: t1 differs, t2 never does, and nobody had to settle any.
      const items = await test.store.graders.itemQuality('small');
      expect(items).toMatchObject([
        { test: 'aptitude', version: 1, caseStudyId: null, itemId: 't1', scripts: 20, pairs: 20, distance: expect.closeTo(0.27, 10), adjudicated: 0 },
        { itemId: 't2', pairs: 20, distance: 0, spread: 0 },
      ]);
      expect(items[0]).not.toHaveProperty('severity');
      expect((await qualityOf('usual'))?.severity).toBeCloseTo(-(quality?.severity ?? 0), 10);
    },
  );
});

describe('marks that drift', () => {
  const script = (first: Given, second: Given) => decidedScript(test.store, { given: [first, second], credentials, examId: 'watched' });
  const watch = () => test.store.graders.watchDrift({ sinceSeconds: 3600 });
  const openDrifts = () => test.store.graders.listDrifts({ isOpen: true, limit: 10 });
  const staff = (reason: string) => ({ actor: 'sam', reason, actionKey: randomUUID() });

  beforeAll(async () => {
    await test.store.examVersions.publish({
      content: smallExam({ passMark: 4000, risk: { limit: 10_000, sampleShare: 0, newGraderScripts: 0, machineCheck: false } }, 'watched'),
      actor: 'test',
    });
  });

  it(
    'are found by the rule, told, and make whatever that grader marks first be marked twice, until staff settle it',
    { timeout: 240_000 },
    async () => {
      // What is usual: a fifth of a point's worth of noise both ways, among thirty scripts of others.
      for (let index = 0; index < 30; index += 1) {
        const [one, other] = index % 2 === 0 ? [3, 4] : [4, 3];
        await script({ grader: 'nia', points: [one, 4] }, { grader: 'ned', points: [other, 4] });
      }
      expect(await watch()).toEqual([]);
      // A shift of two and a half of these deviations.
      let others = 0;
      const drifting = () => script({ grader: 'dan', points: [2, 3] }, { grader: (others += 1) % 2 === 0 ? 'nia' : 'ned', points: [4, 4] });
      for (let count = 0; count < 2; count += 1) await drifting();
      expect(await watch()).toEqual([]);
      for (let count = 0; count < 3; count += 1) await drifting();
      expect(await watch()).toEqual(['dan']);
      expect(await watch()).toEqual([]); // told once
      const [drift] = await openDrifts();
      expect(drift).toMatchObject({ grader: 'dan', direction: 'severe', meanDifference: expect.closeTo(-0.3, 10), settlement: null });
      expect(await test.store.measures.graderDrifts()).toBe(1);

      await activateDrawnModel(test.store);
      const assess = (submissionId: string) => createGradingAutoActivities(test).assessSecondMark({ submissionId });
      const first = (grader: string) => markedScript(test.store, [{ grader, points: [4, 4] }], { examId: 'watched' });
      expect(await assess((await first('dan')).submissionId)).toEqual({
        opens: true,
        words: expect.stringMatching(/second seat, the first grader’s marks drift$/),
      });
      expect((await assess((await first('nia')).submissionId)).opens).toBe(false);

      const driftId = drift?.id ?? '';
      await expect(test.store.graders.settleDrift({ grader: 'nia', driftId, act: staff('mistaken') })).rejects.toMatchObject({ code: 'not_found' });
      const settled = await test.store.graders.settleDrift({ grader: 'dan', driftId, act: staff('read the model answer together') });
      expect(settled.settlement).toMatchObject({ settledBy: 'sam', reason: 'read the model answer together' });
      expect((await test.store.graders.settleDrift({ grader: 'dan', driftId, act: staff('again') })).settlement).toEqual(settled.settlement);
      expect((await assess((await first('dan')).submissionId)).opens).toBe(false);
      // What was decided before counts no more; what comes then does.
      await drifting();
      expect(await watch()).toEqual([]);
      for (let count = 0; count < 4; count += 1) await drifting();
      expect(await watch()).toEqual(['dan']);
      for (const change of [
        "UPDATE drift SET direction = 'lenient'",
        'DELETE FROM drift',
        "UPDATE drift_settlement SET reason = ''",
        'DELETE FROM drift_settlement',
      ])
        await expect(database.query(change)).rejects.toThrow(/append-only/);
    },
  );
});
