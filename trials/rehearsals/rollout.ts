import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { workflowBundle } from '../../local/bundle.ts';
import { inheritedEnvironment } from '../../local/environment.ts';
import type { Stack } from '../../local/stack.ts';
import { readCommandLine, refuseCommandLine } from '../../platform/arguments.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { readBuilds } from '../../platform/temporal/worker-deployments.ts';
import { connectionsOf } from '../../cli/connections.ts';
import { runCertifiable } from '../../cli/program.ts';
import { ATTEMPT_WORKFLOW } from '../../workflows/messages.ts';
import { createCast } from '../people/cast.ts';
import { changedCode, WORKFLOW_FOLDERS } from './changed-code.ts';
import type { CohortCandidate } from '../cohort/data.ts';
import { candidatesOf, checkCohort, CohortError, publish, readExam, readExpectation } from '../cohort/folder.ts';
import { playCohort } from '../cohort/play.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { compareRows, type CohortRow } from '../cohort/expectation.ts';
import { createHeadcount, headcountLine } from '../people/headcount.ts';
import { runsOf, summaryOf, type Run } from './rollout-runs.ts';
import { stopSignal } from '../../local/stop-signal.ts';

const USAGE = `Usage: npm run rollout -- DIR

Plays the cohort of DIR while the workers change from build A to build B, whose workflow code is another, and a part of it once
more while they change back: every attempt must end on the build that it started on, and come out as expected.`;

/** The cohort's policy, and so its file of expectations. */
const POLICY = { marking: 'double', adjudication: 'when-decisive' } as const;
/** Spread a cohort over so much time that a change falls into its middle, in milliseconds; most arrive before or after it. */
const PACE = { arrival: 1000, arrivalMeanwhile: 4000, reading: 4000 };
const CANDIDATES_BACK = 8;
const STALLED_SECONDS = 120;

/** The server looks every three minutes whether a build is drained; here nobody wants to wait for it. */
const PROMPT_DRAINAGE = {
  'matching.wv.VersionDrainageStatusRefreshInterval': '"2s"',
  'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '"2s"',
};

/** Facts loaded once more at the start, unguarded: no history of A replays on B, and no task may ever go to the wrong one. */
const CHANGE_OF_B = {
  file: 'workflows/certification-attempt.ts',
  original: '  await attempt.begin();',
  changed: '  await attempt.begin();\n  await attempt.reload();',
};

type Show = {
  readonly stack: Stack;
  readonly client: Client;
  readonly directory: string;
  readonly bundleOfB: string;
  readonly signal: AbortSignal;
};

async function main(): Promise<number> {
  const directory = readDirectory();
  const signal = stopSignal();
  try {
    return await rollOut(directory, signal);
  } catch (error) {
    if (signal.aborted) {
      console.error('stopped');
      return 130;
    }
    console.error(error instanceof CohortError ? error.message : error);
    return 1;
  }
}

async function rollOut(directory: string, signal: AbortSignal): Promise<number> {
  const { content } = await readExam({ directory, policy: POLICY });
  await checkCohort(
    { directory, policy: POLICY },
    { content, expectation: await readExpectation({ directory, policy: POLICY, writeExpectation: false }) },
  );
  say('making build B: a copy of the workflow code that loads the facts once more at the start');
  const bundleOfB = await bundleOf('rollout-b');
  const embedded = { environment: { WORKER_BUILD_ID: 'A' }, dynamicConfig: PROMPT_DRAINAGE, log: say, signal };
  return withEmbeddedStack(embedded, async (stack) => {
    const client = createTemporalClient(readTemporalConfig({ ...inheritedEnvironment(), TEMPORAL_ADDRESS: stack.temporalAddress }));
    try {
      return await play({ stack, client, directory, bundleOfB, signal });
    } finally {
      await client.connection.close();
    }
  });
}

async function play(show: Show): Promise<number> {
  const { stack, client, bundleOfB, signal } = show;
  const poolsOfA = Object.values(stack.processes).filter((process) => POOLS_WITH_QUEUE.has(process.name));
  const findings: string[] = [];

  heading('A → B, in the middle of the cohort');
  const forth = await playOver({
    ...show,
    prepare: async () => {
      const pools = await stack.addBuild({ buildId: 'B', workflowBundle: bundleOfB });
      say(`B's ${pools.length} pools run beside A's; whether A's attempts could go on with B's workflow code:`);
      const replayed = await command(client, 'deployment', 'replay', '--bundle', bundleOfB, '--limit', '1');
      if (replayed.exitCode === 0) findings.push("A's histories replay on B: a task that went to the wrong build would not be seen");
    },
    promote: () => command(client, 'deployment', 'promote', 'B'),
    look: () => command(client, 'deployment', 'can-retire', 'A'),
  });
  findings.push(...(await reportOn(forth, show)), ...problemsOfRuns(forth, { before: 'A', after: 'B' }));

  heading('Switching A off');
  await until(async () => (await command(client, 'deployment', 'can-retire', 'A')).exitCode === 0, signal);
  await command(client, 'deployment', 'versions');
  await Promise.all(poolsOfA.map((pool) => pool.stop()));
  say(`A's ${poolsOfA.length} pools are stopped`);

  heading(`B → A, in the middle of the first ${CANDIDATES_BACK} of the cohort`);
  const back = await playOver({
    ...show,
    take: CANDIDATES_BACK,
    prepare: async () => {
      // Its workflows alone: B's open attempts may call what only B's other pools know.
      await stack.processes['certification']?.start();
      say("A's certification pool runs again, beside B's");
    },
    promote: () => command(client, 'deployment', 'promote', 'A', 'certification'),
  });
  findings.push(...(await reportOn(back, show)), ...problemsOfRuns(back, { before: 'B', after: 'A' }));
  await command(client, 'deployment', 'versions', 'certification');

  heading(findings.length === 0 ? 'Everything as it should be' : 'What is wrong');
  for (const finding of findings) say(finding);
  return findings.length === 0 ? 0 : 1;
}

const POOLS_WITH_QUEUE: ReadonlySet<string> = new Set([
  'certification',
  'grading-auto',
  'grading-human',
  'feedback',
  'publication',
  'notification',
  'reporting',
]);

type Played = {
  readonly rows: readonly CohortRow[];
  readonly candidates: readonly string[];
  readonly runs: readonly Run[];
  readonly changed: Changed;
};
/** From the server's change of the routing until it was told everywhere. */
type Changed = { readonly from: number; readonly to: number };

/** Plays the cohort, or the first of it, and changes builds once a third of it has registered. */
async function playOver({
  stack,
  client,
  directory,
  signal: stop,
  take = Number.POSITIVE_INFINITY,
  prepare,
  promote,
  look = async () => {},
}: Show & { take?: number; prepare: () => Promise<void>; promote: () => Promise<unknown>; look?: () => Promise<unknown> }): Promise<Played> {
  const { form } = await readExam({ directory, policy: POLICY });
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const headcount = createHeadcount();
  const cast = createCast({ apiUrl: stack.apiUrl, issuerUrl: stack.issuerUrl, signal });
  await publish(cast, form);
  const candidates: CohortCandidate[] = [];
  for await (const candidate of candidatesOf({ directory, seed: undefined }, say)) if (candidates.length < take) candidates.push(candidate);
  const rows: CohortRow[] = [];
  const startedAt = Date.now();

  let preparing = false;
  const changing = (async (): Promise<Changed> => {
    await until(async () => headcount.total >= candidates.length / 3, signal);
    say(headcountLine(headcount));
    preparing = true;
    await prepare();
    await promote();
    preparing = false;
    const to = Date.now();
    say(`changed; ${headcountLine(headcount)}`);
    await look();
    const current = (await readBuilds(client, 'certification')).find((build) => build.state === 'current');
    return { from: current?.since?.getTime() ?? to, to };
  })();
  const watch = setInterval(() => {
    if (headcount.secondsSinceMove() > STALLED_SECONDS)
      ending.abort(new CohortError(`nothing has moved for ${STALLED_SECONDS} s: ${headcountLine(headcount)}`));
  }, 1000);
  try {
    const playing = playCohort({
      cast,
      examId: form.examId,
      candidates: eachOf(candidates),
      headcount,
      seed: undefined,
      pace: { arrival: () => (preparing ? PACE.arrivalMeanwhile : PACE.arrival), reading: () => PACE.reading },
      onResult: (row) => rows.push(row),
      onFailure: (candidate, why) => say(`${candidate}: ${why}`),
      onMarked: () => {},
      signal,
    });
    const [changed] = await Promise.all([changing, playing]);
    await until(async () => (await openSince(client, startedAt)) === 0, signal);
    return { rows, candidates: candidates.map(({ candidate }) => candidate), runs: await runsOf(client, startedAt), changed };
  } catch (error) {
    ending.abort(error);
    await changing.catch(() => {});
    throw ending.signal.reason ?? error;
  } finally {
    clearInterval(watch);
  }
}

async function* eachOf<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

async function openSince(client: Client, startedAt: number): Promise<number> {
  const query = `WorkflowType = '${ATTEMPT_WORKFLOW}' AND ExecutionStatus = 'Running' AND StartTime >= '${new Date(startedAt).toISOString()}'`;
  return (await client.workflow.count(query)).count;
}

/** Says what came out; returns what is not as expected. */
async function reportOn({ rows, candidates, runs, changed }: Played, { directory }: Show): Promise<readonly string[]> {
  const all = await readExpectation({ directory, policy: POLICY, writeExpectation: false });
  if (!all) throw new CohortError(`${directory} says nothing of what is expected`);
  const { expected, matching, differences } = compareRows(
    rows,
    all.filter(({ candidate }) => candidates.includes(candidate)),
  );
  for (const line of summaryOf(runs, changed)) say(line);
  say(`${matching} of ${expected} as expected`);
  return differences;
}

/** Every attempt on the build that got new work when it started, from its first task to its last. */
function problemsOfRuns({ runs, changed }: Played, { before, after }: { before: string; after: string }): readonly string[] {
  return runs.flatMap(({ workflowId, startedAt, builds, failedTasks }) => {
    const wanted = startedAt < changed.from ? [before] : startedAt > changed.to ? [after] : [before, after];
    const [build] = builds;
    const problems = [];
    if (builds.length !== 1 || build === undefined || !wanted.includes(build)) {
      problems.push(`${workflowId} ran on ${builds.join(' and ') || 'no build'}, not on ${wanted.join(' or ')}`);
    }
    if (failedTasks > 0) problems.push(`${workflowId} failed ${failedTasks} workflow tasks`);
    return problems;
  });
}

type Ran = { readonly exitCode: number };

/** `certifiable`, as an operator runs it. */
async function command(client: Client, ...args: string[]): Promise<Ran> {
  say(`$ certifiable ${args.map((arg) => (arg.includes('/') ? 'B.js' : arg)).join(' ')}`);
  const indented = (line: string) => say(`  ${line}`);
  const surroundings = {
    connections: connectionsOf({ client }),
    print: indented,
    printError: indented,
    stopSignal: () => new AbortController().signal,
  };
  return { exitCode: await runCertifiable(args, surroundings) };
}

async function bundleOf(name: string): Promise<string> {
  const copy = await changedCode({ name, folders: WORKFLOW_FOLDERS, changes: [CHANGE_OF_B] });
  const file = join(fileURLToPath(new URL('../../build', import.meta.url)), `${name}.js`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, (await workflowBundle(copy)).code);
  return file;
}

async function until(isTrue: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isTrue())) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function readDirectory(): string {
  const { positionals } = readCommandLine(USAGE, { allowPositionals: true });
  const [directory] = positionals;
  if (directory === undefined || positionals.length > 1) refuseCommandLine(USAGE, ['one folder is needed']);
  return directory;
}

function heading(text: string): void {
  say(`\n${text}\n`);
}

function say(line: string): void {
  console.log(line);
}

process.exit(await main());
