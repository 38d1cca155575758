import { setTimeout as pause } from 'node:timers/promises';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { Failure } from '../../platform/failure.ts';
import { runTool, saidBy } from '../check/run-tool.ts';
import { buildProject, prepare, seconds } from './build.ts';
import { engineDirectory, type Work } from './cache.ts';
import { composeProject, type ComposeProject, type Container } from './compose-project.ts';
import { withEngine, type Engine } from './engine.ts';
import { BASE_IMAGES, makeBaseImages } from './images.ts';
import { leftBehind, machineState } from './leftovers.ts';

/**
 * `npm run engine:compose`: the compose file up as it is written, after a first start that was cut short, until every job has ended well and
 * every server is healthy. Ends with one JSON line.
 */
/** Nobody signs in here: it is not asked. */
const ISSUER_URL = 'http://127.0.0.1:9400';
const HEALTHY_SECONDS = 240;
const SWEEP_SECONDS = 60;
const JOBS = ['databases', 'temporal-schema', 'temporal-namespace', 'migrate', 'promote'];

type Stage = Work & { readonly engine: Engine; readonly project: ComposeProject };

async function main(signal: AbortSignal): Promise<void> {
  const startedAt = Date.now();
  const work: Work = { log: (line) => console.log(`${seconds(startedAt)} s  ${line}`), signal };
  await prepare();
  const before = await machineState(engineDirectory());
  const shown = await withEngine({ home: engineDirectory(), ...work }, (engine) => rehearse(engine, work));
  const left = leftBehind(before, await machineState(engineDirectory()));
  console.log(JSON.stringify({ ...shown, leftBehind: left, seconds: seconds(startedAt) }));
  if (left.length > 0) throw new Failure(`The engine left something behind:\n${left.join('\n')}`);
}

async function rehearse(engine: Engine, work: Work): Promise<object> {
  await makeBaseImages(engine, { images: BASE_IMAGES, ...work });
  const { buildId } = await buildProject(engine, work);
  const project = await composeProject(engine, { buildId, issuerUrl: ISSUER_URL, ...work });
  const stage: Stage = { engine, project, ...work };
  await sweep(engine);
  try {
    await cutFirstStartShort(stage);
    const upSeconds = await up(stage);
    return { upSeconds, containers: (await project.containers()).length };
  } catch (error) {
    if (!work.signal.aborted) await tellUnhealthy(stage);
    throw error;
  } finally {
    await sweep(engine);
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

/** As a crash ends it, so that its restart policy counts: a container that the engine is told to kill stays down. */
async function crash(engine: Engine, id: string): Promise<void> {
  const pid = await engine.dockerSays(['inspect', '--format', '{{.State.Pid}}', id]);
  const [command = '', ...before] = engine.inNamespaces;
  const run = await runTool({ command, args: [...before, 'kill', '-KILL', pid] });
  if (run.code !== 0) throw new Error(saidBy(run));
}

readCommandLine('Usage: npm run engine:compose, without options', {});
await runUntilStopped(main);
