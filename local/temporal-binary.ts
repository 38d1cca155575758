import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../platform/failure.ts';
import { cacheDirectory, searchPath } from './environment.ts';
import { runLongCommand } from './long-command.ts';

/** Where the Temporal CLI, whose dev server the embedded stack runs, comes from on this machine. */

export type FindOptions = { log: (line: string) => void; signal?: AbortSignal | undefined };

/** Newer tags refuse `go install`, because of a replace line in their go.mod. */
const version = '1.5.1';

/** Path of a `temporal` binary: on PATH, in our cache, downloaded or built, in this order. Throws naming all ways. */
export async function findTemporalBinary({ log, signal }: FindOptions): Promise<string> {
  const cached = join(cacheDirectory(), `temporal-${version}`, 'temporal');
  const present = (await findOnPath('temporal')) ?? ((await isExecutable(cached)) ? cached : undefined);
  if (present) return present;

  const problems: string[] = [];
  for (const [way, obtain] of [
    ['download', download],
    ['build', build],
  ] as const) {
    signal?.throwIfAborted();
    try {
      return await obtainInto({ target: cached, obtain, log, signal });
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(`  ${way}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Failure(howToGetTemporal(problems));
}

type Obtain = (directory: string, options: FindOptions) => Promise<string>;

/** In a directory aside, and renamed when complete: what is cut short is never taken for the binary. */
async function obtainInto({ target, obtain, ...options }: FindOptions & { target: string; obtain: Obtain }): Promise<string> {
  const unfinished = `${dirname(target)}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const binary = await obtain(unfinished, options);
    await mkdir(dirname(target), { recursive: true });
    await rename(binary, target);
    return target;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Fails at once where the download site can't be reached. */
async function download(directory: string, options: FindOptions): Promise<string> {
  await runLongCommand({
    command: process.execPath,
    args: [fileURLToPath(new URL('temporal-download.ts', import.meta.url)), `v${version}`, directory],
    progress: 'downloading the Temporal CLI',
    timeoutSeconds: 180,
    ...options,
  });
  const [file] = await readdir(directory);
  if (file === undefined) throw new Error('the SDK left no file');
  return join(directory, file);
}

async function build(directory: string, options: FindOptions): Promise<string> {
  if (!(await findOnPath('go'))) throw new Error('Go is not installed');
  const progress = 'building the Temporal CLI from source, about 4 minutes, once';
  options.log(progress);
  await runLongCommand({
    command: 'go',
    args: ['install', `github.com/temporalio/cli/cmd/temporal@v${version}`],
    environment: { GOBIN: directory },
    progress,
    timeoutSeconds: 30 * 60,
    ...options,
  });
  return join(directory, 'temporal');
}

async function findOnPath(name: string): Promise<string | undefined> {
  for (const directory of searchPath()) {
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function howToGetTemporal(problems: readonly string[]): string {
  return [
    'There is no Temporal server to run on. Any one of these will do:',
    '  1. set TEMPORAL_ADDRESS to a server you have (host:port; TEMPORAL_NAMESPACE and TEMPORAL_API_KEY if it wants them),',
    '  2. install the Temporal CLI, so that "temporal" is on the PATH (https://docs.temporal.io/cli),',
    '  3. let this machine reach https://temporal.download, and it is fetched, or',
    '  4. install Go 1.24 or newer, and it is built from source through the Go module proxy.',
    'Tried just now:',
    ...problems,
  ].join('\n');
}
