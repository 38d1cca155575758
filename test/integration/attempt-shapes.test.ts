import { randomUUID } from 'node:crypto';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { INSTANT_RULE } from '../../domain/instant.ts';
import { ring } from '../../platform/temporal/ring.ts';
import { attemptBell } from '../../workflows/bells.ts';
import { extend, reopen } from '../../workflows/messages.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { runCommand } from '../support/command.ts';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { actAsStaff } from '../support/staff-acts.ts';
import { examOfShape, SHAPES, untilItWaits } from '../support/shapes.ts';
import type { History } from '../replay/fixtures.ts';

const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

let pipeline: Pipeline;
let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: silent });
  pipeline = await startPipeline({ exams: [...SHAPES.map(examOfShape), smallExam()] });
});

afterAll(() => pipeline?.stop());

describe('every shape of an attempt', () => {
  // Played one after the other: markers claim whatever is open, so two shapes at once would mark each other's submissions. What one waits for
  // once nothing of it is open, as for the end of the time to appeal in, the next ones do not wait for.
  let played: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(play: () => Promise<Result>): Promise<Result> => {
    const turn = played.then(play);
    played = turn.catch(() => {});
    return turn;
  };
  const histories: { readonly workflowId: string; readonly history: History }[] = [];

  for (const shape of SHAPES) {
    it.concurrent(`${shape.name}: ends ${shape.outcome}, and names nobody`, { timeout: 360_000 }, async () => {
      const attemptId = await inTurn(() => shape.play({ pipeline, examId: examOfShape(shape).examId }));
      await expect(pipeline.handle(attemptId).result()).resolves.toEqual({ outcome: shape.outcome });
      const history = await pipeline.handle(attemptId).fetchHistory();
      expect(Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish()).toString('latin1')).not.toMatch(
        /because|Ada Example|mine\.md/,
      ); // ids, hashes and points only
      histories.push({ workflowId: shape.name, history });
    });
  }

  it('has a history that replays', async () => {
    expect(histories.map(({ workflowId }) => workflowId).toSorted()).toEqual(SHAPES.map(({ name }) => name).toSorted());
    const broken: unknown[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) if (error) broken.push([workflowId, error]);
    expect(broken).toEqual([]);
  });

  it('lets staff act on what was committed a moment ago, though no bell has told the workflow yet', async () => {
    const subject = randomUUID();
    const { attemptId } = await pipeline.store.attempts.register({ subject, name: 'Unheard', examId: 'small' });
    await ring(pipeline.client, attemptBell({ attemptId, fact: 'registered' }));
    await untilItWaits(pipeline, attemptId);
    await pipeline.store.sittings.start({ attemptId, subject });
    const staff = { actor: 'staff-1', reason: 'fire alarm' };
    const deadline = new Date(Date.now() + 5 * 60 * 60_000).toISOString();
    const extended = await actAsStaff(pipeline, attemptId, extend, { ...staff, window: 'aptitude', deadline });
    expect(extended).toEqual({ deadline });
    const late = pipeline.handle(attemptId).executeUpdate(extend, { args: [{ ...staff, window: 'start', deadline }] });
    await expect(late).rejects.toMatchObject({ cause: { message: 'the window "start" is not open: "aptitude" is' } });
    for (const nonsense of ['2026-02-30T12:00:00Z', '9999-12-31T23:59:59Z', '2026-12-24T12:00:00']) {
      for (const [update, window] of [
        [extend, { window: 'aptitude' }],
        [reopen, { test: 'aptitude' }],
      ] as const) {
        const refusal = pipeline
          .handle(attemptId)
          .executeUpdate<unknown, [object]>(update.name, { args: [{ ...staff, ...window, deadline: nonsense }] });
        await expect(refusal).rejects.toMatchObject({ cause: { message: `deadline ${INSTANT_RULE}` } });
      }
    }
    await pipeline.store.attempts.withdraw({ attemptId, subject });
    await ring(pipeline.client, attemptBell({ attemptId, fact: 'withdrawn' }));
    await expect(pipeline.handle(attemptId).result()).resolves.toEqual({ outcome: 'withdrawn' });
  });

  it('records the exact scores and where each item’s points come from', async () => {
    const adjudicated = await attemptOf('adjudicated');
    const [result] = await pipeline.store.decisions.results(adjudicated);
    expect(result).toMatchObject({ passed: false, millipoints: 12_000, millipointsMax: 20_000, basisPoints: 6000 });
    expect(Object.fromEntries(result?.items.map((item) => [item.itemId, item.basis]) ?? [])).toEqual({
      c1: 'machine',
      c2: 'machine',
      t1: 'adjudicated',
      t2: 'adjudicated',
    });
  });

  it('decides every test of every shape again from its records, and comes to the same', async () => {
    const stores = connectCommandStores({ DATABASE_URL: pipeline.databaseUrl, DATABASE_POOL_SIZE: 2 });
    const { exitCode, printed, errors } = await runCommand(['records', 'recompute'], { stores });
    await stores.close();
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    expect(Number(printed[0]?.split(' ')[0])).toBeGreaterThan(SHAPES.length);
  });

  it('calls a dispute decisive on all the points of the test, the machine’s included', async () => {
    const [adjudicated] = await pipeline.store.decisions.results(await attemptOf('decisive-with-the-choices'));
    expect(adjudicated).toMatchObject({ passed: true, millipoints: 18_000 }); // 10 + 5 by the adjudicator + 3
    const [averaged] = await pipeline.store.decisions.results(await attemptOf('indecisive-with-the-choices'));
    expect(averaged).toMatchObject({ passed: true, millipoints: 18_500 }); // 10 + 3.5 + 5
  });

  it('issues one certificate for a passed attempt, with the mean of both percentages', async () => {
    const certificate = await pipeline.store.certificates.ofAttempt(await attemptOf('certified'));
    expect(certificate.basisPoints).toBe(9875); // 100 % and 97.5 %
  });

  it('gives another case study after the one that failed', async () => {
    const second = await attemptOf('carried-over');
    const record = await pipeline.store.attempts.read({ attemptId: second });
    const attempts = await pipeline.store.attempts.list({ subject: record.subject, limit: 10 });
    expect(new Set(attempts.map((attempt) => attempt.caseStudyId)).size).toBe(2);
  });

  it('needs at most 94 history events for a double-marked attempt of two tests without disputes', async () => {
    for (const shape of ['certified', 'certified-and-told-by-outbox']) {
      const { events } = await pipeline.handle(await attemptOf(shape)).fetchHistory();
      expect(events?.length, shape).toBeLessThanOrEqual(94);
    }
  });

  it('shows staff when the promised time has passed', async () => {
    const description = await pipeline.handle(await attemptOf('reminded-and-overdue')).describe();
    expect(description.searchAttributes).toMatchObject({
      CertPhase: ['failed'],
      CertOutcome: ['failed'],
      CertExamVersion: ['shape-reminded-and-overdue@1'],
    });
  });

  /** The last attempt at the shape's exam. */
  async function attemptOf(shapeName: string): Promise<string> {
    const attempts = await pipeline.store.attempts.list({ limit: 100 });
    const attempt = attempts.find((candidate) => candidate.examId === `shape-${shapeName}`);
    if (!attempt) throw new Error(`no attempt of shape ${shapeName}`);
    return attempt.facts.attemptId;
  }
});
