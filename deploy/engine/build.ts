import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { runTool } from '../check/run-tool.ts';
import { engineDirectory, isThere, type Work } from './cache.ts';
import { withEngine, type Engine } from './engine.ts';
import { BASE_IMAGES, makeBaseImages } from './images.ts';
import { checkRequirements } from './requirements.ts';
import { smokeTest } from './smoke.ts';

/**
 * `npm run engine:build`: a container engine from Debian's packages in namespaces of its own, the base images, the project's
 * Dockerfile, and the image's smoke tests. Ends with one JSON line.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type BuiltImage = { readonly name: string; readonly buildId: string };

/** Builds the image of the working copy. */
export async function buildProject(engine: Engine, work: Work): Promise<BuiltImage> {
  const startedAt = Date.now();
  const buildId = await commit(work);
  const name = `certifiable:${buildId}`;
  await engine.dockerRuns(['build', '--quiet', '--build-arg', `BUILD_ID=${buildId}`, '--tag', name, ROOT], {
    progress: `${name}: building from the Dockerfile`,
    timeoutSeconds: 30 * 60,
  });
  work.log(`${name}: built in ${seconds(startedAt)} s`);
  return { name, buildId };
}

async function commit({ signal }: Work): Promise<string> {
  const { stdout } = await runTool({ command: 'git', args: ['rev-parse', '--short=12', 'HEAD'], cwd: ROOT, signal });
  return stdout.trim();
}

export async function prepare(): Promise<void> {
  const directory = engineDirectory();
  await mkdir(directory, { recursive: true });
  await checkRequirements({ directory, isBuilt: await isThere(join(directory, 'data')) });
}

export function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

async function main(signal: AbortSignal): Promise<void> {
  const startedAt = Date.now();
  const work: Work = { log: (line) => console.log(`${seconds(startedAt)} s  ${line}`), signal };
  await prepare();
  const found = await withEngine({ home: engineDirectory(), ...work }, async (engine) => {
    await makeBaseImages(engine, { images: BASE_IMAGES.filter(({ folder }) => folder === 'node'), ...work });
    const image = await buildProject(engine, work);
    return { image, ...(await smokeTest(engine, { image, ...work })) };
  });
  for (const problem of found.problems) console.error(problem);
  console.log(
    JSON.stringify({
      image: found.image.name,
      megabytes: found.megabytes,
      checks: found.checks,
      problems: found.problems.length,
      seconds: seconds(startedAt),
    }),
  );
  if (found.problems.length > 0) process.exit(1);
}

if (import.meta.main) {
  readCommandLine('Usage: npm run engine:build, without options', {});
  await runUntilStopped(main);
}
