import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** The workflow bundle, made once for all pools and started workers instead of by each at start. */

const projectDirectory = fileURLToPath(new URL('..', import.meta.url));
/** All that workflow code may import values from (design, section 5). */
const sourceDirectories = ['workflows', 'domain'];

/** Writes the bundle to the file unless it is up to date. Returns whether it had to. */
export async function bundleWorkflows({ file, log }: { file: string; log: (line: string) => void }): Promise<boolean> {
  const hash = await sourcesHash();
  const stampFile = `${file}.sources`;
  const stamp = await readFile(stampFile, 'utf8').catch(() => undefined);
  if (stamp === hash && existsSync(file)) return false;
  log('bundling the workflows');
  const { code } = await workflowBundle();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.unfinished`, code);
  await rename(`${file}.unfinished`, file);
  await writeFile(stampFile, hash);
  return true;
}

/** The one way in which a bundle is made: of this code, or of a changed copy of it. */
export function workflowBundle(directory = projectDirectory): Promise<WorkflowBundleWithSourceMap> {
  const [workflows, tracing] = ['index.ts', 'tracing.ts'].map((name) => join(directory, 'workflows', name)) as [string, string];
  return bundleWorkflowCode({
    workflowsPath: workflows,
    workflowInterceptorModules: [tracing],
    // Evaluated once a worker, not once a workflow: they keep nothing of any workflow (test/lint/shared-modules.test.ts).
    preloadModules: [workflows, tracing],
    logger,
  });
}

const silent = () => {};
const complain = (message: string) => console.error(message);
const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: complain, error: complain };

async function sourcesHash(): Promise<string> {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  const hash = createHash('sha256').update(version);
  for (const directory of sourceDirectories) {
    for (const path of await sourceFiles(join(projectDirectory, directory))) {
      hash.update(`\n${path}\n`).update(await readFile(path));
    }
  }
  return hash.digest('hex');
}

async function sourceFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
}

/** For the container image: node local/bundle.ts build/workflow-bundle.js */
if (import.meta.main) {
  const file = process.argv[2];
  if (file === undefined) throw new Error('Usage: node local/bundle.ts FILE');
  const wasNeeded = await bundleWorkflows({ file: resolve(file), log: console.log });
  if (!wasNeeded) console.log(`${file} is up to date`);
}
