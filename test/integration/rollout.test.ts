import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { changedCode, WORKFLOW_FOLDERS, type Change } from '../../trials/rehearsals/changed-code.ts';
import { workflowBundle } from '../../local/bundle.ts';
import { freePort } from '../../local/ports.ts';
import { startTemporal, type Temporal } from '../../local/temporal.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { readBuilds } from '../../platform/temporal/worker-deployments.ts';
import { attemptWorkflowId } from '../../workflows/messages.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { runCommand, type Ran } from '../support/command.ts';
import { createCandidate, markNext, startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { rightAnswers, untilItWaits } from '../support/shapes.ts';

/**
 * A server looks every three minutes whether a build is drained, and waits three before it looks first. One of our own looks each second: where other tests' builds
 * are, it would never stop looking.
 */
const PROMPT_DRAINAGE = {
  'matching.wv.VersionDrainageStatusRefreshInterval': '"1s"',
  'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '"1s"',
};

/** The builds of one pipeline, by the tools that operators use, on the real server: each test goes on from the last. */

const builds = { A: '', B: `b-${randomUUID()}`, C: `c-${randomUUID()}` };
const bundles = { B: '', C: '' };
let pipeline: Pipeline;
let temporal: Temporal;
/** Begun on A. */
const begun = { waiting: '', offered: '', graded: '' };

beforeAll(async () => {
  const log = () => {};
  const logFile = join(inject('temporaryDirectory'), 'temporal-rollout.log');
  temporal = await startTemporal({ port: await freePort({ purpose: 'Temporal', log }), dynamicConfig: PROMPT_DRAINAGE, logFile, log });
  pipeline = await startPipeline({ exams: [smallExam()], environment: { TEMPORAL_ADDRESS: temporal.address } });
  builds.A = pipeline.buildId;
  bundles.B = await bundleWith('compatible', {
    file: 'workflows/certification-attempt.ts',
    original: '  await attempt.begin();',
    changed: "  await attempt.begin();\n  if (patched('a-moment-first')) await sleep(1, { summary: 'a moment first' });",
  });
  bundles.C = await bundleWith('incompatible', {
    file: 'workflows/certification-attempt.ts',
    original: '  await attempt.begin();',
    // One timer more would pass for the first deadline's, where nothing has happened since.
    changed: '  await attempt.begin();\n  await attempt.reload();',
  });
});

afterAll(async () => {
  await pipeline?.stop();
  await temporal?.stop();
});

async function bundleWith(name: string, change: Change): Promise<string> {
  const imported = { file: change.file, original: 'import { allHandlersFinished,', changed: 'import { patched, allHandlersFinished,' };
  const copy = await changedCode({ name: `rollout-${name}`, folders: WORKFLOW_FOLDERS, changes: [imported, change] });
  const directory = join(inject('temporaryDirectory'), 'bundles');
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${name}.js`);
  await writeFile(file, (await workflowBundle(copy)).code);
  return file;
}

/** Again, as it asks for, where a server that is short of time did not answer. */
async function ran(...args: string[]): Promise<Ran> {
  let result: Ran = { exitCode: 1, printed: [], errors: [] };
  await until(async () => {
    result = await runCommand(args, { client: pipeline.client });
    return result.errors.find((line) => line.startsWith('Temporal does not answer')) ?? true;
  }, 150);
  return result;
}

type Listed = {
  readonly buildId: string;
  readonly state: string;
  readonly polling: boolean;
  readonly open?: { readonly attempts: object; readonly total: number };
};

async function listed(pool: string, buildId: string): Promise<Listed | undefined> {
  const { printed } = await ran('deployment', 'versions', '--json', pool);
  const [status] = JSON.parse(printed.join('\n')) as [{ builds: readonly Listed[] }];
  return status.builds.find((build) => build.buildId === buildId);
}

/** Registered, and its workflow waits for the start. */
async function registered() {
  const candidate = createCandidate(pipeline);
  await candidate.register();
  await untilItWaits(pipeline, candidate.attemptId);
  return candidate;
}

/** A search attribute of the attempt. */
async function shown(attemptId: string, name: string): Promise<unknown> {
  const { searchAttributes } = await pipeline.handle(attemptId).describe();
  return searchAttributes[name]?.[0];
}

async function passAptitude(candidate: Awaited<ReturnType<typeof registered>>): Promise<void> {
  await candidate.start();
  await candidate.answer(rightAnswers);
  await candidate.submit();
  await markNext(pipeline);
  await markNext(pipeline);
  await untilPhase(pipeline, candidate.attemptId, 'case_study_offered');
}

/** Through the case study, with full points. */
async function finish(attemptId: string): Promise<void> {
  const person = Object.values(people).find((candidate) => candidate.attemptId === attemptId);
  await person?.download();
  await person?.upload();
  await person?.submit('case_study');
  await markNext(pipeline);
  await markNext(pipeline);
}

/** The builds that ran the tasks of an attempt's workflow, in order. */
async function ranOn(attemptId: string): Promise<readonly string[]> {
  const { events } = await pipeline.handle(attemptId).fetchHistory();
  const ids = (events ?? []).flatMap((event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? []);
  return [...new Set(ids)];
}

async function failedTasks(attemptId: string): Promise<number> {
  const { events } = await pipeline.handle(attemptId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length;
}

const people: Record<string, Awaited<ReturnType<typeof registered>>> = {};

it('shows what gets new work and what is open on it', async () => {
  people['waiting'] = await registered();
  people['offered'] = await registered();
  await passAptitude(people['offered']);
  people['graded'] = await registered();
  await people['graded'].start();
  await people['graded'].answer(rightAnswers);
  await people['graded'].submit();
  for (const name of ['waiting', 'offered', 'graded'] as const) begun[name] = people[name]?.attemptId ?? '';
  await until(async () => ((await shown(begun.graded, 'CertPhase')) === 'aptitude_grading' ? true : 'not graded yet'));

  await expect(listed('certification', builds.A)).resolves.toMatchObject({
    state: 'current',
    polling: true,
    lastPollAt: expect.stringMatching(/^2.*Z$/),
    open: { attempts: { registered: 1, case_study_offered: 1, aptitude_grading: 1 }, total: 3 },
  });
  const { exitCode, printed } = await ran('deployment', 'versions');
  expect(exitCode).toBe(0);
  expect(printed.find((line) => line.includes(builds.A))).toMatch(
    /^certification .* current .* polling, last \d+ s ago .*1 registered.* no: new work goes to it$/,
  );
  await expect(ran('deployment', 'can-retire', builds.A)).resolves.toMatchObject({ exitCode: 1 });
});

it('changes nothing while no worker of the build polls', async () => {
  const { exitCode, errors } = await ran('deployment', 'promote', builds.B, '--timeout', '0');
  expect({ exitCode, errors: errors.at(-1) }).toEqual({
    exitCode: 1,
    errors: expect.stringContaining(`no worker of ${builds.B} asks for work in certification, grading-auto`),
  });
  await expect(listed('certification', builds.A)).resolves.toMatchObject({ state: 'current' });
});

it('sends a build a share of new work, and takes it back', async () => {
  await pipeline.startWorkers({ WORKER_BUILD_ID: builds.B, WORKFLOW_BUNDLE: bundles.B });
  await expect(ran('deployment', 'ramp', builds.B, '10', 'certification')).resolves.toMatchObject({
    exitCode: 0,
    printed: [`certification: ${builds.B} gets 10 % of new work`],
  });
  await expect(listed('certification', builds.B)).resolves.toMatchObject({ state: 'ramping', rampPercent: 10 });
  await expect(ran('deployment', 'can-retire', builds.B)).resolves.toMatchObject({ exitCode: 1 });
  await expect(ran('deployment', 'end-ramp', 'certification')).resolves.toMatchObject({
    exitCode: 0,
    printed: [`certification: ${builds.B} gets no new work any more, ${builds.A} gets all of it`],
  });
  await expect(listed('certification', builds.B)).resolves.not.toMatchObject({ state: 'ramping' });
});

it('knows a build of which a busy server once says that there is none', async () => {
  const notFound = Object.assign(new Error('5 NOT_FOUND: Worker Deployment not found'), { code: 5 });
  const describe = vi.spyOn(pipeline.client.workflowService, 'describeWorkerDeployment');
  describe.mockRejectedValueOnce(notFound).mockRejectedValueOnce(notFound);
  await expect(listed('certification', builds.B)).resolves.toMatchObject({ polling: true });
  expect(describe).toHaveBeenCalledTimes(3);
  describe.mockRestore();
  await expect(readBuilds(pipeline.client, 'no-such-pool')).resolves.toEqual([]);
});

it('makes a build current: new attempts start on it, those under way go on where they are', async () => {
  await expect(ran('deployment', 'promote', builds.B)).resolves.toMatchObject({ exitCode: 0 });
  await expect(listed('notification', builds.B)).resolves.toMatchObject({ state: 'current' });
  people['new'] = await registered();
  await expect(ranOn(people['new'].attemptId)).resolves.toEqual([builds.B]);
  await markNext(pipeline);
  await until(async () => ((await ranOn(begun.graded)).length > 0 ? true : 'not marked yet'));
  await expect(ranOn(begun.graded)).resolves.toEqual([builds.A]);
});

it('says what a build still waits for before it can be switched off', async () => {
  await until(async () => ((await listed('certification', builds.A))?.state === 'draining' ? true : 'A does not drain yet'));
  const { exitCode, printed } = await ran('deployment', 'can-retire', builds.A);
  expect(exitCode).toBe(1);
  expect(printed).toContainEqual(
    expect.stringMatching(/^certification: 3 attempts are open on it; the last of their present deadlines is \d{4}-\d\d-\d\d/),
  );
});

it('tells before a deployment whether open and closed attempts would replay', async () => {
  const compatible = await ran('deployment', 'replay', '--bundle', bundles.B, '--limit', '200');
  const ours = Object.values(begun).map(attemptWorkflowId);
  expect(compatible.printed.filter((line) => ours.some((id) => line.startsWith(id)))).toEqual([]);
  expect(compatible.printed.at(-1)).toMatch(/^\d+ of \d+ histories replay$/);
  const { exitCode, printed } = await ran('deployment', 'replay', '--bundle', bundles.C, '--limit', '200');
  expect(exitCode).toBe(1);
  expect(printed).toContainEqual(expect.stringMatching(new RegExp(`^${attemptWorkflowId(begun.waiting)}: .*Nondeterminism`, 'i')));
});

it('refuses to move what would not replay, and it goes on where it was', async () => {
  await pipeline.startWorkers({ WORKER_BUILD_ID: builds.C, WORKFLOW_BUNDLE: bundles.C });
  await until(async () => ((await listed('certification', builds.C))?.polling ? true : 'C does not poll yet'));
  const { exitCode, printed } = await ran('attempts', 'move', '--from', builds.A, '--to', builds.C, '--bundle', bundles.C);
  expect(exitCode).toBe(1);
  for (const attemptId of [begun.waiting, begun.offered]) {
    expect(printed).toContainEqual(expect.stringMatching(new RegExp(`^${attemptWorkflowId(attemptId)} stays: .*Nondeterminism`, 'i')));
  }
  expect(printed).toContain(`${attemptWorkflowId(begun.graded)} stays: is in aptitude_grading, which is no joint`);
  expect(printed.at(-1)).toBe('0 moved, 3 stay');
  await markNext(pipeline);
  await untilPhase(pipeline, begun.graded, 'case_study_offered');
  await expect(ranOn(begun.graded)).resolves.toEqual([builds.A]);
});

it('asks once for what is open on all builds, of which a server may know a hundred', async () => {
  const list = vi.spyOn(pipeline.client.workflow, 'list');
  await expect(listed('certification', builds.A)).resolves.toMatchObject({ open: { total: 3 } });
  expect(list).toHaveBeenCalledOnce();
  list.mockRestore();
});

it('moves what replays, and it finishes right on the new build', async () => {
  await until(async () => ((await shown(begun.graded, 'CertPhase')) === 'case_study_offered' ? true : 'not offered yet'));
  const args = ['--from', builds.A, '--to', builds.B, '--bundle', bundles.B];
  await expect(ran('attempts', 'move', ...args, '--dry-run')).resolves.toMatchObject({ exitCode: 0, errors: [] });
  await expect(listed('certification', builds.A)).resolves.toMatchObject({ open: { total: 3 } });
  await until(async () => {
    const { exitCode, printed, errors } = await ran('attempts', 'move', ...args);
    expect({ exitCode, errors }, printed.join('\n')).toEqual({ exitCode: 0, errors: [] });
    return printed.at(-1)?.endsWith(' 0 stay') ? true : printed.join('\n');
  });
  await until(async () => ((await listed('certification', builds.B))?.open?.total === 4 ? true : 'not all are on B yet'));

  await finish(begun.offered);
  await expect(pipeline.handle(begun.offered).result()).resolves.toEqual({ outcome: 'certified' });
  await expect(ranOn(begun.offered)).resolves.toEqual([builds.A, builds.B]);
  await expect(failedTasks(begun.offered)).resolves.toBe(0);
});

it('lets a build go once nothing is open on it', async () => {
  await until(async () => {
    const { exitCode, printed, errors } = await ran('deployment', 'can-retire', builds.A);
    return exitCode === 0 ? true : [...printed, ...errors].join('; ');
  });
});

it('goes back: an earlier build gets new work again, and what the newer one began stays with that', async () => {
  await ran('deployment', 'promote', builds.A, 'certification');
  const after = await registered();
  await expect(ranOn(after.attemptId)).resolves.toEqual([builds.A]);
  await people['new']?.withdraw();
  const attemptId = people['new']?.attemptId ?? '';
  await expect(pipeline.handle(attemptId).result()).resolves.toEqual({ outcome: 'withdrawn' });
  await expect(ranOn(attemptId)).resolves.toEqual([builds.B]);
});

it('says so when Temporal is away, a build is unknown or an option is not understood', async () => {
  const away = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: '127.0.0.1:1' }));
  await expect(runCommand(['deployment', 'versions'], { client: away })).resolves.toMatchObject({
    exitCode: 1,
    errors: [expect.stringContaining('Temporal does not answer')],
  });
  await expect(ran('deployment', 'can-retire', 'nobody')).resolves.toMatchObject({
    exitCode: 1,
    errors: [expect.stringContaining('no pool knows a build nobody')],
  });
  await expect(ran('deployment', 'can-retire', "x' OR '1'='1")).resolves.toMatchObject({ exitCode: 2 });
  await expect(ran('deployment', 'ramp', builds.A, '10', 'certification')).resolves.toMatchObject({
    exitCode: 1,
    errors: [expect.stringContaining('is current already')],
  });
  await expect(ran('deployment', 'ramp', builds.B, '0')).resolves.toMatchObject({ exitCode: 2 });
  await expect(ran('deployment', 'promote', builds.B, 'gradings')).resolves.toMatchObject({ exitCode: 2 });
  await expect(ran('attempts', 'move', '--from', builds.A, '--to', builds.B)).resolves.toMatchObject({ exitCode: 2 });
});
