import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGradingAutoActivities } from '../../activities/grading-auto/activities.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import type { RiskPolicy } from '../../domain/exam.ts';
import { fitMarkingModel, isMarkedTwice } from '../../domain/marking-fit.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { readMarkedScripts } from '../../store/marked-scripts.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { runCommand } from '../support/command.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { activateDrawnModel, drawScripts } from '../support/marked-scripts.ts';

const QUIET: RiskPolicy = { limit: 1000, sampleShare: 0, newGraderScripts: 0, machineCheck: true };
const EXAMS = {
  quiet: QUIET,
  sampled: { ...QUIET, sampleShare: 10_000 },
  careful: { ...QUIET, newGraderScripts: 10 },
} as const;
type ExamName = keyof typeof EXAMS;

let test: TestStore;
let database: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  for (const [examId, risk] of Object.entries(EXAMS)) await test.store.examVersions.publish({ content: smallExam({ risk }, examId), actor: 'test' });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await test?.close();
});

beforeEach(() => test.store.markingModels.deactivate({ actor: 'test', reason: 'each test begins without' }));

const assess = (submissionId: string) => createGradingAutoActivities(test).assessSecondMark({ submissionId });

async function handIn(examId: ExamName, { choices = 2 } = {}): Promise<string> {
  const { store } = test;
  const subject = randomUUID();
  const { attemptId } = await store.attempts.register({ subject, name: 'Ada Example', examId });
  await store.sittings.start({ attemptId, subject });
  const answers = { c1: ['a'], c2: ['a', 'b'], t1: 'so', t2: 'so and so' };
  for (const [itemId, value] of Object.entries(answers).slice(2 - choices))
    await store.sittings.saveResponse({ attemptId, subject, itemId, value, sequence: 1 });
  const frozen = await store.sittings.submit({ attemptId, subject, test: 'aptitude' });
  if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('not frozen');
  return frozen.submission.submissionId;
}

const open = (submissionId: string, seats: readonly number[] = [1, 2]) =>
  test.store.assignments.open({ submissionId, purpose: 'mark', seats, secondSeatAfterAssessment: true, dueAt: new Date(Date.now() + 3_600_000) });

const seatsOf = async (submissionId: string) =>
  (await database.query<{ seat: number }>('SELECT seat FROM assignment WHERE submission_id = $1 ORDER BY seat', [submissionId])).rows.map(
    ({ seat }) => seat,
  );

const openedAnew = async () => {
  const submissionId = await handIn('quiet');
  await open(submissionId);
  return submissionId;
};

/** Marks what is open of a submission, each seat by a grader of its own. */
async function mark(submissionId: string, points: number, grader: string = randomUUID()): Promise<void> {
  const { store } = test;
  // Others' work is out of the way: a claim takes the oldest.
  await database.query("UPDATE assignment SET due_at = due_at - interval '1 day' WHERE submission_id = $1", [submissionId]);
  const held = await store.assignments.claim({ grader, designated: false });
  if (!held) throw new Error('nothing to mark');
  const marks = ['t1', 't2'].map((itemId) => ({ itemId, points, reason: 'because' }));
  await store.assignments.complete({ assignmentId: held.id, grader, fencingToken: held.fencingToken, marks });
}

describe('seats under risk', () => {
  it('are both opened where there is no model to ask, as in double', async () => {
    const submissionId = await handIn('quiet');
    expect((await open(submissionId)).toAssess).toBe(false);
    expect(await seatsOf(submissionId)).toEqual([1, 2]);
  });

  it('begin with one where there is a model, also when a repeat finds it gone', async () => {
    await activateDrawnModel(test.store);
    const submissionId = await handIn('quiet');
    expect((await open(submissionId)).toAssess).toBe(true);
    expect(await seatsOf(submissionId)).toEqual([1]);
    await mark(submissionId, 5);
    await test.store.markingModels.deactivate({ actor: 'test', reason: 'meanwhile' });
    expect(await assess(submissionId)).toEqual({ opens: true, words: 'no estimate: second seat, there is no marking model' });
  });

  it('stay both open when a model is activated between two tries', async () => {
    const submissionId = await handIn('quiet');
    await open(submissionId);
    await activateDrawnModel(test.store);
    expect((await open(submissionId)).toAssess).toBe(false);
    expect(await seatsOf(submissionId)).toEqual([1, 2]);
  });
});

describe('an assessment', () => {
  async function firstMarked(examId: ExamName, points: number, choices = 2): Promise<string> {
    await activateDrawnModel(test.store);
    const submissionId = await handIn(examId, { choices });
    await open(submissionId);
    await mark(submissionId, points);
    return submissionId;
  }

  it('opens the second seat where a second mark may turn the decision, and not where it can hardly', async () => {
    expect(await assess(await firstMarked('quiet', 3))).toMatchObject({ opens: true, words: expect.stringContaining('that is above the limit') });
    expect(await assess(await firstMarked('quiet', 5))).toMatchObject({ opens: false, words: expect.stringContaining('marked once') });
  });

  it('opens it for a new grader, and in the sample, whatever the probability', async () => {
    expect(await assess(await firstMarked('careful', 5))).toMatchObject({
      opens: true,
      words: expect.stringMatching(/second seat, the first grader is new$/),
    });
    expect(await assess(await firstMarked('sampled', 5))).toMatchObject({ opens: true, words: expect.stringMatching(/it is in the random sample$/) });
  });

  it('leaves it closed where no mark can change the outcome: neither a new grader nor the sample would find anything', async () => {
    // Without the choice items at most half of the points can be reached.
    for (const examId of ['careful', 'sampled'] as const)
      expect(await assess(await firstMarked(examId, 3, 0))).toEqual({
        opens: false,
        words: 'a second mark turns the decision with 0.00 % (limit 10.00 %): marked once',
      });
  });

  it('is recorded once, and stands: another model changes nothing of it, and nobody can', async () => {
    const submissionId = await firstMarked('quiet', 3);
    const first = await assess(submissionId);
    const model = fitMarkingModel(
      drawScripts({ seed: 'another', scripts: 60, graders: [1, 2].map((id) => ({ id: `x${id}`, severity: 0, noise: 0.01 })) }),
    );
    const { version } = await test.store.markingModels.add({ model, evidence: null, actor: 'test' });
    await test.store.markingModels.activate({ version, actor: 'test', reason: 'newer' });
    await database.query(
      "INSERT INTO sampling_secret SELECT exam_version_id, 2, '\\x00', created_at FROM sampling_secret WHERE generation = 1 ON CONFLICT DO NOTHING",
    );
    expect(await assess(submissionId)).toEqual(first);
    const { rows } = await database.query<{
      opens: boolean;
      reasons: string[];
      inputs_hash: string;
      pooled_items: number;
      sampling_generation: number;
      marking_model_id: string;
    }>('SELECT * FROM assessment WHERE submission_id = $1', [submissionId]);
    expect(rows).toEqual([
      expect.objectContaining({
        opens: true,
        reasons: ['probability'],
        inputs_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        sampling_generation: 1,
        marking_model_id: expect.any(String),
        // The drawn model has marks of other items, by other graders.
        pooled_items: 2,
        pooled_grader: true,
      }),
    ]);
    for (const change of [
      'UPDATE assessment SET opens = false',
      'DELETE FROM assessment',
      'UPDATE marking_model SET version = 9',
      'DELETE FROM sampling_secret',
    ])
      await expect(database.query(change)).rejects.toThrow(/append-only/);
  });

  it('is asked for too early by a defect of ours alone, which is said', async () => {
    await activateDrawnModel(test.store);
    const submissionId = await handIn('quiet');
    await open(submissionId);
    await expect(assess(submissionId)).rejects.toThrow('has no first marks');
  });
});

describe('trouble around an assessment', () => {
  const attemptOf = async (submissionId: string): Promise<{ attemptId: string; subject: string }> =>
    (
      await database.query<{ attemptId: string; subject: string }>(
        `SELECT a.id AS "attemptId", c.subject FROM submission b JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
           JOIN candidate c ON c.id = a.candidate_id WHERE b.id = $1`,
        [submissionId],
      )
    ).rows[0] ?? { attemptId: '', subject: '' };

  const recordOf = async (submissionId: string) =>
    (
      await database.query<{ reasons: string[]; model: number; generation: number; inputs: string }>(
        `SELECT x.reasons, m.version AS model, x.sampling_generation AS generation, x.inputs_hash AS inputs
         FROM assessment x JOIN marking_model m ON m.id = x.marking_model_id WHERE x.submission_id = $1`,
        [submissionId],
      )
    ).rows[0];

  async function firstMarked(examId: ExamName, points: number): Promise<string> {
    const submissionId = await handIn(examId);
    await open(submissionId);
    await mark(submissionId, points);
    return submissionId;
  }

  /** Staff let the candidate go on; the same answers are handed in again. */
  async function reopened(submissionId: string): Promise<string> {
    const { store } = test;
    const { attemptId, subject } = await attemptOf(submissionId);
    const act = { actionKey: `reopen-${randomUUID()}`, actor: 'sam', reason: 'the room was evacuated' };
    await store.sittings.reopen({ attemptId, test: 'aptitude', deadline: new Date(Date.now() + 600_000), ...act });
    const frozen = await store.sittings.submit({ attemptId, subject, test: 'aptitude' });
    if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('not frozen');
    return frozen.submission.submissionId;
  }

  async function anotherModel(): Promise<number> {
    const graders = [1, 2].map((id) => ({ id: `y${id}`, severity: 0, noise: 0.05 }));
    const model = fitMarkingModel(drawScripts({ seed: randomUUID(), scripts: 60, graders }));
    const { version } = await test.store.markingModels.add({ model, evidence: null, actor: 'test' });
    await test.store.markingModels.activate({ version, actor: 'test', reason: 'newer' });
    return version;
  }

  const replaceSecret = (examId: ExamName, generation: number) =>
    runCommand(
      ['exam', 'replace-sample-secret', `${examId}@1`, '--generation', String(generation), '--actor', 'mia', '--reason', 'a dump was lost'],
      { stores: connectCommandStores({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 }) },
    );

  const newestGeneration = async (examId: ExamName) =>
    (
      await database.query<{ newest: number }>(
        `SELECT coalesce(max(generation), 0) AS newest FROM sampling_secret x JOIN exam_version v ON v.id = x.exam_version_id WHERE v.exam_id = $1`,
        [examId],
      )
    ).rows[0]?.newest ?? 0;

  it('of marks that arrive while it runs: the first seat’s alone are judged, and many at once find the same', async () => {
    await activateDrawnModel(test.store);
    const submissionId = await handIn('quiet');
    await open(submissionId);
    await mark(submissionId, 3);
    const twin = await handIn('quiet');
    await open(twin);
    await mark(twin, 3);
    // The second seat stands already, as after a try whose answer was lost, and its grader completes it meanwhile.
    await test.store.assignments.open({ submissionId, purpose: 'mark', seats: [2], dueAt: new Date(Date.now() + 3_600_000) });
    const [first, , second, third] = await Promise.all([assess(submissionId), mark(submissionId, 5), assess(submissionId), assess(submissionId)]);
    expect([second, third, await assess(submissionId)]).toEqual([first, first, first]);
    expect(first).toEqual(await assess(twin));
    expect(await seatsOf(submissionId)).toEqual([1, 2]);
    const { rows } = await database.query('SELECT 1 FROM assessment WHERE submission_id = $1', [submissionId]);
    expect(rows).toHaveLength(1);
  });

  it('of a test that is reopened while its second seat is open: handed in again, it gets one seat, and is assessed anew', async () => {
    const { version } = await activateDrawnModel(test.store);
    const before = await firstMarked('quiet', 3);
    expect((await assess(before)).opens).toBe(true);
    await test.store.assignments.open({ submissionId: before, purpose: 'mark', seats: [2], dueAt: new Date(Date.now() + 3_600_000) });
    const newer = await anotherModel();
    const after = await reopened(before);
    const { rows } = await database.query('SELECT seat, state FROM assignment WHERE submission_id = $1 ORDER BY seat', [before]);
    expect(rows).toEqual([
      { seat: 1, state: 'completed' },
      { seat: 2, state: 'void' },
    ]);
    expect((await open(after)).toAssess).toBe(true);
    expect(await seatsOf(after)).toEqual([1]);
    await mark(after, 3);
    await assess(after);
    expect([(await recordOf(before))?.model, (await recordOf(after))?.model]).toEqual([version, newer]);
  });

  it('of a model activated between first and second seat: what was assessed keeps its own, also when it is asked again', async () => {
    const { version } = await activateDrawnModel(test.store);
    const [assessed, waiting] = [await firstMarked('quiet', 3), await firstMarked('quiet', 3)];
    const first = await assess(assessed);
    expect(first.opens).toBe(true);
    const newer = await anotherModel();
    await test.store.assignments.open({ submissionId: assessed, purpose: 'mark', seats: [2], dueAt: new Date(Date.now() + 3_600_000) });
    await assess(waiting);
    expect(await assess(assessed)).toEqual(first);
    expect([(await recordOf(assessed))?.model, (await recordOf(waiting))?.model]).toEqual([version, newer]);
    expect(await seatsOf(assessed)).toEqual([1, 2]);
  });

  it('of a secret that is replaced: what is assessed later is drawn by the new one, and a reopened test as its first round was', async () => {
    await activateDrawnModel(test.store);
    const drawn = await firstMarked('sampled', 5);
    await assess(drawn);
    const next = (await newestGeneration('sampled')) + 1;
    expect(await replaceSecret('sampled', next)).toEqual({
      exitCode: 0,
      printed: [`sampled@1 is sampled by secret ${next} from now on`],
      errors: [],
    });
    const later = await firstMarked('sampled', 5);
    await assess(later);
    const again = await reopened(drawn);
    await open(again);
    await mark(again, 5);
    await assess(again);
    const generationOf = async (submissionId: string) => (await recordOf(submissionId))?.generation;
    expect([await generationOf(drawn), await generationOf(later), await generationOf(again)]).toEqual([next - 1, next, next - 1]);
  });

  it('of a replacement that is repeated: it changes nothing, is audited once, and another number than the next is refused', async () => {
    await activateDrawnModel(test.store);
    await assess(await firstMarked('careful', 5));
    const next = (await newestGeneration('careful')) + 1;
    const tries = await Promise.all([replaceSecret('careful', next), replaceSecret('careful', next)]);
    expect(tries.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const repeat = await replaceSecret('careful', next);
    expect(repeat).toEqual({ exitCode: 0, printed: [`secret ${next} of careful@1 is there already: nothing was changed`], errors: [] });
    const gap = await replaceSecret('careful', next + 2);
    expect(gap).toEqual({ exitCode: 1, printed: [], errors: [`careful@1: the next secret is ${next + 1}, not ${next + 2}`] });
    expect(await newestGeneration('careful')).toBe(next);
    const { rows } = await database.query(
      `SELECT actor, reason, details FROM audit_entry WHERE action = 'replace_sampling_secret' AND details->>'generation' = $1
      AND details->>'examVersionId' = (SELECT id::text FROM exam_version WHERE exam_id = 'careful')`,
      [String(next)],
    );
    expect(rows).toEqual([expect.objectContaining({ actor: 'mia', reason: 'a dump was lost' })]);
    expect(JSON.stringify(rows)).not.toContain('secret');
  });
});

describe('versions of the marking model', () => {
  it('are numbered, kept once, listed with who is active, and read back as they were', async () => {
    const { store } = test;
    const model = fitMarkingModel(
      drawScripts({ seed: 'kept', scripts: 60, graders: [1, 2, 3].map((id) => ({ id: `k${id}`, severity: 0, noise: 0.1 })) }),
    );
    const kept = await store.markingModels.add({ model, evidence: null, actor: 'mia' });
    expect(kept.created).toBe(true);
    expect(await store.markingModels.add({ model, evidence: null, actor: 'noa' })).toEqual({ version: kept.version, created: false });
    expect(await store.markingModels.activate({ version: kept.version + 99, actor: 'mia', reason: 'none' })).toBe(false);
    await store.markingModels.activate({ version: kept.version, actor: 'mia', reason: 'tried' });
    const [newest] = await store.markingModels.list();
    expect(newest).toMatchObject({ version: kept.version, fittedBy: 'mia', scripts: 60, graders: 3, evidence: null, active: true });
    expect(await store.markingModels.read(kept.version)).toEqual(model);
    expect((await store.markingModels.active())?.model).toEqual(model);
  });
});

describe('marks of the database', () => {
  it('are read as scripts with the marks of both seats, their texts, and ids that no other exam has', async () => {
    const submissionId = await handIn('quiet');
    await open(submissionId);
    await mark(submissionId, 4, 'grader-a');
    await mark(submissionId, 2, 'grader-b');
    const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const scripts = await readMarkedScripts({ prisma, clock: postgresClock, examVersions: createExamVersionStore({ prisma, clock: postgresClock }) });
    await prisma.$disconnect();
    const script = scripts.find(({ id }) => id === submissionId);
    expect(script && isMarkedTwice(script)).toBe(true);
    expect(script).toEqual({
      id: submissionId,
      attempt: expect.any(String),
      test: 'quiet@1/aptitude',
      // Both choices are right.
      settled: { millipoints: 10_000, millipointsMax: 10_000 },
      passMark: 8000,
      items: [
        {
          itemId: 'quiet@1/aptitude/t1',
          millipointsMax: 5000,
          text: { answer: 'so', modelAnswer: 'So and so' },
          // Whoever comes first takes either seat.
          marks: expect.arrayContaining([
            { grader: 'grader-a', millipoints: 4000 },
            { grader: 'grader-b', millipoints: 2000 },
          ]),
        },
        expect.objectContaining({ itemId: 'quiet@1/aptitude/t2' }),
      ],
    });
  });

  it('are read as of an instant: what is completed later is not there yet', async () => {
    const submissionId = await handIn('quiet');
    await open(submissionId);
    await mark(submissionId, 4, 'early');
    const marksUntil = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now').then(({ rows }) => rows[0]?.now ?? new Date(0));
    const before = await test.store.markingReviews.markedScripts({ marksUntil });
    await mark(submissionId, 2, 'late');
    await mark(await openedAnew(), 3, 'late');
    expect(await test.store.markingReviews.markedScripts({ marksUntil })).toEqual(before);
    const graders = before.find(({ id }) => id === submissionId)?.items[0]?.marks.map(({ grader }) => grader);
    expect(graders).toEqual(['early']);
  });

  it('are what marking-plan judges where no file is named, each attempt by a model of others', { timeout: 240_000 }, async () => {
    // Both seats open at once, since no model is active. Severe and mild in turn, around the pass mark.
    for (let index = 0; index < 32; index += 1)
      for (const examId of ['quiet', 'sampled'] as const) {
        const submissionId = await handIn(examId);
        await open(submissionId);
        await mark(submissionId, 2 + (index % 4), 'severe');
        await mark(submissionId, Math.min(5, 3 + (index % 3)), 'mild');
      }
    const stores = connectCommandStores({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 });
    const { exitCode, printed, errors } = await runCommand(['marking-plan', '--json'], { stores });
    await stores.close();
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    const plan = JSON.parse(printed.join('\n')) as { scripts: number; decisions: number; policies: { policy: string; wrongShare: number }[] };
    const { rows } = await database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (
        SELECT m.submission_id FROM mark m GROUP BY m.submission_id HAVING count(DISTINCT m.grader) = 2) twice`,
    );
    expect(rows[0]?.count).toBeGreaterThanOrEqual(64);
    expect({ scripts: plan.scripts, decisions: plan.decisions }).toEqual({ scripts: rows[0]?.count, decisions: 2 * (rows[0]?.count ?? 0) });
    expect(plan.policies.find(({ policy }) => policy === 'double')?.wrongShare).toBe(0);
    expect(plan.policies.find(({ policy }) => policy === 'single')?.wrongShare).toBeGreaterThan(0);
  });
});
