import { join } from 'node:path';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { createToolbox, toolsBin } from '../../local/tools/install.ts';
import { readCommandLine, refuseCommandLine } from '../../platform/arguments.ts';
import { Failure } from '../../platform/failure.ts';
import { buildProject, prepare, seconds } from '../engine/build.ts';
import { engineDirectory, type Work } from '../engine/cache.ts';
import { cohortFolder, sendCohort } from '../engine/compose-people.ts';
import { publishExam, sitDown, visit } from '../engine/compose-visitor.ts';
import { withDoors, type Doors } from '../engine/doors.ts';
import { withEngine, type Engine } from '../engine/engine.ts';
import { BASE_IMAGES, makeBaseImages } from '../engine/images.ts';
import { leftBehind, machineState } from '../engine/leftovers.ts';
import { withCluster, type Cluster } from './control-plane.ts';
import { startKeda } from './keda.ts';
import { apiProcesses, untilPodsReady } from './pods.ts';
import { clusterPrograms, kedaPrograms, type KedaPrograms, type Programs } from './programs.ts';
import { EDGE_ADDRESS, importImage, installChart, prepareRelease } from './release.ts';
import { watchingScaling } from './scaling.ts';
import { withServers } from './servers.ts';

/**
 * `npm run cluster`: a cluster of one node of Kubernetes' own programs in the engine's namespaces, with KEDA; PostgreSQL and Temporal beside it; the chart
 * installed by Helm; people through it. Ends with one JSON line.
 */
const USAGE = `Usage: npm run cluster [-- COHORT]

  COHORT   a folder as of "npm run cohort", whose candidates are sent through it`;

const READY_SECONDS = 600;

async function main(signal: AbortSignal): Promise<void> {
  const { positionals } = readCommandLine(USAGE, { allowPositionals: true, options: {} });
  if (positionals.length > 1) refuseCommandLine(USAGE, ['name one folder']);
  const startedAt = Date.now();
  const work: Work = { log: (line) => console.log(`${seconds(startedAt)} s  ${line}`), signal };
  const cohort = await cohortFolder(positionals[0], work.log);
  await prepare();
  const programs = await clusterPrograms(work);
  const keda = await kedaPrograms(work);
  await createToolbox(work).ensure('helm');
  const before = await machineState(engineDirectory());
  const shown = await withEngine({ home: engineDirectory(), ...work }, async (engine) => {
    try {
      return await rehearse(engine, { programs, keda, cohort, ...work });
    } finally {
      await engine.dockerSays(['container', 'prune', '--force']).catch(() => undefined);
    }
  });
  const left = leftBehind(before, await machineState(engineDirectory()));
  console.log(JSON.stringify({ ...shown, leftBehind: left, seconds: seconds(startedAt) }));
  if (left.length > 0) throw new Failure(`The cluster left something behind:\n${left.join('\n')}`);
}

async function rehearse(
  engine: Engine,
  { programs, keda, cohort, ...work }: Work & { programs: Programs; keda: KedaPrograms; cohort: string | undefined },
): Promise<object> {
  await makeBaseImages(engine, { images: BASE_IMAGES.filter(({ folder }) => folder === 'node'), ...work });
  const built = await buildProject(engine, work);
  return withCluster(engine, { home: engineDirectory(), programs, ...work }, async (cluster) => {
    await startKeda(cluster, keda);
    work.log('KEDA: serves its metrics');
    const image = await importImage(engine, cluster, built);
    work.log(`${built.name}: on the node`);
    return withServers(cluster.node, work, async (servers) => {
      await prepareRelease(cluster, servers);
      const behind = { api: EDGE_ADDRESS, apiProcesses: () => apiProcesses(cluster) };
      return withDoors(engine, { behind, ...work }, async (doors) => {
        const startedAt = Date.now();
        await installChart(cluster, { image, servers, doors, helm: join(toolsBin(), 'helm'), timeoutSeconds: READY_SECONDS });
        work.log(`the chart: installed in ${seconds(startedAt)} s`);
        await untilPodsReady(cluster, { seconds: READY_SECONDS, ...work });
        work.log(`all pods ready ${seconds(startedAt)} s after the chart's installation began`);
        return { readySeconds: seconds(startedAt), ...(await sendPeople(cluster, doors, { cohort, ...work })) };
      });
    });
  });
}

/** The cohort, and beside it somebody in a test who saves an answer four times a second and never repeats a request. */
async function sendPeople(cluster: Cluster, doors: Doors, { cohort, ...work }: Work & { cohort: string | undefined }): Promise<object> {
  if (cohort === undefined) return { cohort: 'SKIPPED' };
  await publishExam(doors);
  const visitor = visit(await sitDown(doors, 'Vera'));
  const { result, replicasMost } = await watchingScaling(cluster, work, () => sendCohort(doors, { directory: cohort, ...work }));
  const { saved, refused } = visitor.seen();
  const answersLost = await visitor.leave();
  return {
    cohort: `${result.matching} of ${result.expected}`,
    cohortSeconds: result.seconds,
    replicasMost,
    requests: result.requests + saved + refused,
    requestsFailed: result.repeated + refused,
    answersLost,
  };
}

await runUntilStopped(main);
