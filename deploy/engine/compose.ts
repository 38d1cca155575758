import { setTimeout as pause } from 'node:timers/promises';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine, refuseCommandLine } from '../../platform/arguments.ts';
import { Failure } from '../../platform/failure.ts';
import { saidBy } from '../check/run-tool.ts';
import { buildProject, seconds } from './build.ts';
import type { Work } from './cache.ts';
import { withDoors, type Doors } from './doors.ts';
import { signInThroughKeycloak } from './compose-identity.ts';
import { crash, killEach } from './compose-kills.ts';
import { sendCohort, sendDemo, type CohortOutcome } from './compose-people.ts';
import { composeProject, type ComposeProject, type Container } from './compose-project.ts';
import { publishExam, sitDown, verified, visit, waitingForGraders, type Sitting } from './compose-visitor.ts';
import type { Engine } from './engine.ts';
import { BASE_IMAGES, makeBaseImages } from './images.ts';
import { playOnEngine, type PlayWork } from './play.ts';

/**
 * `npm run engine:compose`: the compose file up as it is written, after a first start that was cut short; people through it to the end; one pool
 * scaled; each server killed; everything down and up again with what it keeps; Keycloak beside it, and people who sign in there. Ends with one JSON line.
 */
const USAGE = `Usage: npm run engine:compose [-- COHORT]

  COHORT   a folder as of "npm run cohort", whose candidates are sent through it as well, also while its servers are killed`;

const PUBLISHED_API_PORT = '8080';
const HEALTHY_SECONDS = 240;
const GRADERS_SECONDS = 120;
const SWEEP_SECONDS = 60;
const JOBS = ['databases', 'temporal-schema', 'temporal-namespace', 'migrate', 'promote'];
const SCALED = { service: 'grading-auto', count: 4 };

type Stage = Work & { readonly engine: Engine; readonly project: ComposeProject; readonly doors: Doors; readonly cohort: string | undefined };

async function main(signal: AbortSignal): Promise<void> {
  const { positionals } = readCommandLine(USAGE, { allowPositionals: true, options: {} });
  if (positionals.length > 1) refuseCommandLine(USAGE, ['name one folder']);
  await playOnEngine(signal, { directory: positionals[0], ready: async () => undefined, play: rehearse });
}

async function rehearse(engine: Engine, { cohort, ...work }: PlayWork): Promise<object> {
  await makeBaseImages(engine, { images: BASE_IMAGES, ...work });
  const { buildId } = await buildProject(engine, work);
  await sweep(engine);
  const behind = { api: PUBLISHED_API_PORT, apiProcesses: () => processesOfApi(engine) };
  return withDoors(engine, { behind, ...work }, async (doors) => {
    const project = await composeProject(engine, { buildId, ...doors, ...work });
    const stage: Stage = { engine, project, doors, cohort, ...work };
    try {
      await cutFirstStartShort(stage);
      const upSeconds = await up(stage);
      const people = await sendPeople(stage);
      const scaled = await scale(stage);
      const killed = await underKills(stage);
      const again = await downAndUp(stage);
      const identity = await signInThroughKeycloak({ ...stage, untilWell: () => untilWell(stage) });
      return { upSeconds, ...people, ...scaled, ...killed, ...again, ...identity };
    } catch (error) {
      if (!work.signal.aborted) await tellUnhealthy(stage);
      throw error;
    } finally {
      await sweep(engine);
    }
  });
}

/** None while there is none. */
async function processesOfApi({ docker }: Engine): Promise<readonly string[]> {
  const { stdout: id } = await docker(['ps', '--quiet', '--filter', 'label=com.docker.compose.service=api']);
  if (id.trim() === '') return [];
  const { stdout: pid } = await docker(['inspect', '--format', '{{.State.Pid}}', id.trim()]);
  return pid.trim() === '0' ? [] : [pid.trim()];
}

async function sendPeople({ doors, cohort, ...stage }: Stage): Promise<object> {
  await sendDemo(doors, stage);
  if (cohort === undefined) return { demo: 'as its script says', cohort: 'SKIPPED' };
  const { matching, expected, seconds: took } = await sendCohort(doors, { directory: cohort, ...stage });
  return { demo: 'as its script says', cohort: `${matching} of ${expected}`, cohortSeconds: took };
}

async function scale({ project, ...stage }: Stage): Promise<object> {
  const startedAt = Date.now();
  const { service, count } = SCALED;
  await project.run(['up', '--detach', '--no-recreate', '--scale', `${service}=${count}`], `compose up --scale ${service}=${count}`);
  await untilWell({ project, ...stage });
  const running = (await project.containers()).filter((container) => container.service === service);
  if (running.length !== count) throw new Failure(`${service} runs ${running.length} times, not ${count}`);
  stage.log(`compose up --scale ${service}=${count}: all healthy in ${seconds(startedAt)} s`);
  return { scaled: { [service]: running.length }, scaleSeconds: seconds(startedAt) };
}

/** Each server killed once, one after another, with somebody in a test; where there is a cohort, it goes through again and again meanwhile. */
async function underKills(stage: Stage): Promise<object> {
  const { engine, project, doors, cohort, ...work } = stage;
  await publishExam(doors);
  const visitor = visit(await sitDown(doors, 'Vera'));
  const servers = (await project.containers()).filter(({ service }) => !JOBS.includes(service));
  let isOver = false;
  const cohorts = async () => {
    const outcomes: CohortOutcome[] = [];
    while (cohort !== undefined && !isOver) outcomes.push(await sendCohort(doors, { directory: cohort, ...work }));
    return outcomes;
  };
  const killing = killEach(engine, { servers, visitor, untilWell: () => untilWell(stage), ...work }).finally(() => (isOver = true));
  const [kills, outcomes] = await Promise.all([killing, cohorts()]);
  const answersLost = await visitor.leave();
  if (answersLost > 0) throw new Failure(`${answersLost} answers were acknowledged and are not kept`);
  const sumOf = (key: 'matching' | 'expected' | 'requests' | 'repeated') => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
  return {
    kills: kills.map(({ service, recoveredSeconds, refused, longestSeconds }) => ({ service, recoveredSeconds, refused, longestSeconds })),
    answersSaved: kills.reduce((sum, { saved }) => sum + saved, 0),
    answersLost,
    cohortUnderKills: cohort === undefined ? 'SKIPPED' : `${sumOf('matching')} of ${sumOf('expected')}`,
    requests: sumOf('requests'),
    requestsRepeated: sumOf('repeated'),
  };
}

/** Attempts go on where they were, receipts are the same and still verify. */
async function downAndUp(stage: Stage): Promise<object> {
  const { project, doors, log } = stage;
  const [handedIn, underWay] = [await sitDown(doors, 'Hedda'), await sitDown(doors, 'Una')];
  await Promise.all([handedIn.save(1), underWay.save(1)]);
  const receipt = await handedIn.submit();
  await project.run(['down'], 'compose down');
  const upAgainSeconds = await up(stage);
  if (!(await handedIn.receipts()).includes(receipt)) throw new Failure('a receipt is not there any more after down and up');
  await verified(receipt, doors);
  if ((await underWay.kept()) !== 1) throw new Failure('an answer is not there any more after down and up');
  await underWay.save(2);
  await verified(await underWay.submit(), doors);
  for (const sitting of [handedIn, underWay]) await untilGraders(sitting, stage);
  log('after down and up: the receipt verifies, and both attempts go on to their graders');
  return { upAgainSeconds, keptOverDownAndUp: true };
}

/** Assignments are opened by the workflows, which began before everything was down. */
async function untilGraders({ attemptId }: Sitting, { doors, signal }: Stage): Promise<void> {
  const giveUpAt = Date.now() + GRADERS_SECONDS * 1000;
  while (!(await waitingForGraders(doors)).has(attemptId)) {
    if (Date.now() > giveUpAt) throw new Failure(`an attempt has no assignment ${GRADERS_SECONDS} s after its test was handed in`);
    await pause(500, undefined, { signal });
  }
}

/** Whatever compose made, in whatever state: also after Ctrl-C, since the engine starts containers again that ran when it ended. */
async function sweep(engine: Engine): Promise<void> {
  const docker = (args: readonly string[]) => engine.docker(args, { signal: AbortSignal.timeout(SWEEP_SECONDS * 1000) });
  const ours = ['--quiet', '--filter', 'label=com.docker.compose.project'];
  const idsOf = async (kind: string[]) => (await docker([...kind, ...ours])).stdout.split('\n').filter((id) => id !== '');
  const containers = await idsOf(['ps', '--all']);
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  for (const network of await idsOf(['network', 'ls'])) {
    // A container whose start failed may be gone and its place on the network taken.
    const { stdout } = await docker(['network', 'inspect', '--format', '{{range .Containers}}{{.Name}} {{end}}', network]);
    for (const name of stdout
      .trim()
      .split(' ')
      .filter((word) => word !== ''))
      await docker(['network', 'disconnect', '--force', network, name]);
    await docker(['network', 'rm', network]);
  }
  const volumes = await idsOf(['volume', 'ls']);
  if (volumes.length > 0) await docker(['volume', 'rm', '--force', ...volumes]);
}

/** Starts everything and waits, as `up` does itself, until jobs have ended well and servers are healthy. */
async function up({ project, ...stage }: Stage): Promise<number> {
  const startedAt = Date.now();
  await project.run(['up', '--detach'], 'compose up');
  await untilWell({ project, ...stage });
  stage.log(`compose up: everything healthy in ${seconds(startedAt)} s`);
  return seconds(startedAt);
}

async function untilWell({ project, signal }: Stage): Promise<void> {
  const giveUpAt = Date.now() + HEALTHY_SECONDS * 1000;
  for (;;) {
    const containers = await project.containers();
    const unwell = containers.filter((container) => !isWell(container));
    if (containers.length > JOBS.length && unwell.length === 0) return;
    if (Date.now() > giveUpAt) throw new Failure(`Not well within ${HEALTHY_SECONDS} s: ${unwell.map(inWords).join(', ')}`);
    await pause(1000, undefined, { signal });
  }
}

function isWell({ service, state, health, exitCode }: Container): boolean {
  return JOBS.includes(service) ? state === 'exited' && exitCode === 0 : state === 'running' && health === 'healthy';
}

function inWords({ service, state, health, exitCode }: Container): string {
  return `${service} ${state}${health === '' ? '' : `, ${health}`}${state === 'exited' ? ` with ${exitCode}` : ''}`;
}

async function tellUnhealthy({ project, log }: Stage): Promise<void> {
  const unwell = (await project.containers().catch(() => [])).filter((container) => !isWell(container));
  for (const container of unwell) log(`${inWords(container)}\n${await project.logs(container.service).catch(String)}`);
}

/** The machine goes down as soon as PostgreSQL has made its data, before its first start has written who may sign in, or made anything. */
async function cutFirstStartShort(stage: Stage): Promise<void> {
  const { project, engine, log, signal } = stage;
  await project.run(['up', '--detach', '--no-deps', 'postgresql'], 'compose: PostgreSQL alone, for the first time');
  const id = await engine.dockerSays(['ps', '--quiet', '--filter', 'label=com.docker.compose.service=postgresql']);
  while (!saidBy(await engine.docker(['logs', id])).includes('You can now start the database server')) await pause(20, undefined, { signal });
  await crash(engine, id);
  log('compose: the first start of PostgreSQL was cut short');
}

await runUntilStopped(main);
