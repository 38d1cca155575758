import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltImage } from '../../engine/build.ts';
import { MACHINES } from '../addresses.ts';
import { importImages, type NodeImage } from '../release.ts';
import type { Stage } from '../stage.ts';

/** Further builds of the same code: a layer on the image of the working copy, with a build of its own. */

const LAYERS = {
  /** Nothing but its name differs. */
  next: '',
  /** Its API listens and never gets ready. */
  'never-ready': `RUN printf '%s\\n' "import { createServer } from 'node:http';" "createServer((request, response) => response.writeHead(request.url === '/livez' ? 200 : 503).end()).listen(8080);" >api/main.ts`,
  /** Of the answers that people save, its API fails every fifth. */
  failing: `RUN sed -i "s/ *const saved = await store.sittings.saveResponse/if (sequence % 5 === 0) throw new Error('a fault of this build');\\n&/" api/routes/aptitude-test/routes.ts && grep -q 'a fault of this build' api/routes/aptitude-test/routes.ts`,
  /** It brings a migration that fails. */
  'bad-migration': 'RUN mkdir prisma/migrations/29990101000000_bad && echo "SELECT 1 / 0;" >prisma/migrations/29990101000000_bad/migration.sql',
} as const;

type Build = keyof typeof LAYERS;

export async function furtherBuilds<Wanted extends Build>(stage: Stage, builds: readonly Wanted[]): Promise<Readonly<Record<Wanted, NodeImage>>> {
  const { engine, cluster, log } = stage;
  const built: BuiltImage[] = [];
  for (const build of builds) built.push(await layered(stage, build));
  const images = await importImages(engine, cluster, { images: built, machine: MACHINES.node0 });
  log(`further builds of the same code: on the node`);
  return Object.fromEntries(builds.map((build, index) => [build, images[index]])) as Record<Wanted, NodeImage>;
}

async function layered({ engine, cluster, built }: Stage, build: Build): Promise<BuiltImage> {
  const buildId = `${built.buildId}-${build}`;
  const name = `certifiable:${buildId}`;
  const context = await mkdtemp(join(cluster.directory, 'layer-'));
  try {
    const lines = [`FROM ${built.name}`, 'USER root', LAYERS[build], 'USER 1000:1000', `ENV WORKER_BUILD_ID=${buildId}`];
    await writeFile(join(context, 'Dockerfile'), `${lines.filter((line) => line !== '').join('\n')}\n`);
    await engine.dockerSays(['build', '--quiet', '--tag', name, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  return { name, buildId };
}
