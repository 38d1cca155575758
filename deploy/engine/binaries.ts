import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runLongCommand } from '../../local/long-command.ts';
import { runTool, saidBy } from '../check/run-tool.ts';
import { fingerprint, madeOnce, type Work } from './cache.ts';

/** What is built from Go modules: the proxy has the source of each release, checked against Go's checksum database. */
const BINARIES = {
  'docker-compose': {
    module: 'github.com/docker/compose/v2',
    version: '2.40.3',
    package: 'cmd',
    variables: ['github.com/docker/compose/v2/internal.Version=2.40.3'],
    minutes: 4,
  },
  'temporal-server': { module: 'go.temporal.io/server', version: '1.31.2', package: 'cmd/server', variables: [], minutes: 6 },
  'temporal-sql-tool': { module: 'go.temporal.io/server', version: '1.31.2', package: 'cmd/tools/sql', variables: [], minutes: 1 },
  'ui-server': { module: 'github.com/temporalio/ui-server/v2', version: '2.54.1', package: 'cmd/server', variables: [], minutes: 1 },
} as const;

export type BinaryName = keyof typeof BINARIES;

/** Path of the built program. */
export async function goBinary(name: BinaryName, work: Work): Promise<string> {
  const { module, version, package: folder, variables, minutes } = BINARIES[name];
  const directory = await madeOnce(`${name}-${version}-${fingerprint(...variables)}`, async (unfinished) => {
    work.log(`${name} ${version}: building from source, about ${minutes} min, once`);
    const main = await moduleOfOurOwn(join(unfinished, 'module'), { module, version, folder, ...work });
    const flags = `-ldflags=-s -w ${variables.map((variable) => `-X ${variable}`).join(' ')}`;
    await runLongCommand({
      command: 'nice',
      args: ['-n', '15', 'go', 'build', '-C', main, flags, '-o', join(unfinished, name), `${module}/${folder}`],
      progress: `${name} ${version}: building`,
      timeoutSeconds: 45 * 60,
      ...work,
    });
  });
  return join(directory, name);
}

/**
 * `go install` refuses what its authors build with replace or exclude lines, and knows one package at a time; a module of our own that
 * requires it takes the versions that it names.
 */
async function moduleOfOurOwn(
  directory: string,
  { module, version, folder, ...work }: Work & { module: string; version: string; folder: string },
): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'go.mod'), 'module engine\n');
  await runLongCommand({
    command: 'go',
    args: ['get', '-C', directory, '-tool', `${module}/${folder}@v${version}`],
    progress: `${module} ${version}: downloading`,
    timeoutSeconds: 20 * 60,
    ...work,
  });
  return directory;
}

/** The unpacked source of the module that a program is built from: it also holds schemas and entry points. */
export async function moduleSource(name: BinaryName, { signal }: Work): Promise<string> {
  const { module, version } = BINARIES[name];
  const run = await runTool({ command: 'go', args: ['mod', 'download', '-json', `${module}@v${version}`], signal });
  if (run.code !== 0) throw new Error(`${module}: ${saidBy(run)}`);
  return (JSON.parse(run.stdout) as { Dir: string }).Dir;
}
