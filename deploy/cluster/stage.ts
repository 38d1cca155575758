import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createToolbox, toolsBin } from '../../local/tools/install.ts';
import { buildProject, seconds, type BuiltImage } from '../engine/build.ts';
import { engineDirectory, isThere, type Work } from '../engine/cache.ts';
import { withDoors, type Doors } from '../engine/doors.ts';
import { engineOf, type Engine } from '../engine/engine.ts';
import { BASE_IMAGES, makeBaseImages } from '../engine/images.ts';
import type { PlayWork } from '../engine/play.ts';
import { startAddons } from './addons.ts';
import { builtAddons, type Addons } from './addon-programs.ts';
import { MACHINES } from './addresses.ts';
import { clusterOf, directoryIn, withCluster, type Cluster } from './control-plane.ts';
import { startKeda } from './keda.ts';
import { apiProcesses, untilPodsReady } from './pods.ts';
import { clusterPrograms, kedaPrograms, type KedaPrograms, type Programs } from './programs.ts';
import { EDGE_ADDRESS, importImages, installChart, prepareRelease, type NodeImage, type Release } from './release.ts';
import { withServers, type Servers } from './servers.ts';

/** The cluster with the chart installed and all its pods ready: what people are sent through and what is rehearsed on. */
export type Stage = PlayWork & {
  readonly engine: Engine;
  readonly cluster: Cluster;
  readonly servers: Servers;
  readonly doors: Doors;
  /** Of the working copy, which the chart was installed with. */
  readonly built: BuiltImage;
  readonly image: NodeImage;
  readonly addons: Addons;
  /** The folder that plots are written to; without it there are none. */
  readonly plots?: string | undefined;
};

/** What another process needs to go on with one that is kept up. */
type Kept = Pick<Stage, 'servers' | 'doors' | 'built' | 'image'>;

export type Ready = { readonly programs: Programs; readonly keda: KedaPrograms; readonly addons: Addons };

export const READY_SECONDS = 600;

export async function readyForCluster(work: Work): Promise<Ready> {
  const programs = await clusterPrograms(work);
  const keda = await kedaPrograms(work);
  const addons = await builtAddons(work);
  await createToolbox(work).ensure('helm');
  return { programs, keda, addons };
}

/** For as long as `use` takes. */
export async function withStage<Result>(
  engine: Engine,
  { ready: { programs, keda, addons }, ...work }: PlayWork & { ready: Ready },
  use: (stage: Stage, readySeconds: number) => Promise<Result>,
): Promise<Result> {
  await makeBaseImages(engine, { images: BASE_IMAGES.filter(({ folder }) => folder === 'node'), ...work });
  const built = await buildProject(engine, work);
  return withCluster(engine, { home: engineDirectory(), programs, ...work }, async (cluster) => {
    await startAddons(engine, cluster, { addons, ...work });
    await startKeda(cluster, keda);
    work.log('KEDA: serves its metrics');
    const [image] = await importImages(engine, cluster, { images: [built], machine: MACHINES.node0 });
    if (!image) throw new Error(`${built.name} is not on the node`);
    work.log(`${built.name}: on the node`);
    return withServers(cluster, work, async (servers) => {
      await prepareRelease(cluster, servers);
      const behind = { api: EDGE_ADDRESS, apiProcesses: apiProcesses(cluster), database: servers.database };
      return withDoors(engine, { behind, ...work }, async (doors) => {
        const stage: Stage = { engine, cluster, servers, doors, built, image, addons, ...work };
        return use(stage, await release(stage, { image }));
      });
    });
  });
}

/** `helm upgrade --install`, until all pods are those of the release and ready. Answers the seconds that it took. */
export async function release(
  { cluster, servers, doors, log, signal }: Stage,
  wanted: Pick<Release, 'image' | 'retiring' | 'values' | 'forced'>,
  readyWithin = READY_SECONDS,
): Promise<number> {
  const startedAt = Date.now();
  await installChart(cluster, { servers, doors, helm: join(toolsBin(), 'helm'), timeoutSeconds: READY_SECONDS, ...wanted });
  log(`the chart with ${wanted.image.buildId}: installed in ${seconds(startedAt)} s`);
  await untilPodsReady(cluster, { seconds: readyWithin, log, signal });
  log(`all pods ready ${seconds(startedAt)} s after Helm began`);
  return seconds(startedAt);
}

/** Says to other commands how to go on with it, and waits until it is stopped. */
export async function keep({ servers, doors, built, image, log, signal }: Stage): Promise<never> {
  const file = keptFile();
  const kept: Kept = { servers, doors, built, image };
  await writeFile(file, JSON.stringify(kept), { mode: 0o600 });
  await chmod(file, 0o600);
  log('kept up until Ctrl-C; meanwhile: npm run cluster -- --rehearse NAME');
  return new Promise((_resolve, reject) => {
    const timer = setInterval(() => undefined, 60_000);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      reject(signal.reason as Error);
    });
  });
}

/** The one that another command keeps up. */
export async function stageKept(work: PlayWork): Promise<Stage | undefined> {
  const home = engineDirectory();
  if (!(await isThere(keptFile()))) return undefined;
  const engine = await engineOf({ home, ...work });
  if (!engine) return undefined;
  const kept = JSON.parse(await readFile(keptFile(), 'utf8')) as Kept;
  const cluster = clusterOf(engine, { home, programs: await clusterPrograms(work), ...work });
  return { engine, cluster, addons: await builtAddons(work), ...kept, ...work };
}

function keptFile(): string {
  return join(directoryIn(engineDirectory()), 'kept.json');
}
