import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  return builtProgram({ name, ...BINARIES[name] }, work);
}

/** What `go build` makes of a published module. */
export type GoProgram = {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** The module's folder with its `main`. */
  readonly package?: string;
  /** Or a file with a `main` of ours, which takes from the module what is needed of it. */
  readonly main?: string;
  /** Others than the module asks for, such as `k8s.io/client-go@v0.37.2`. */
  readonly pinned?: readonly string[];
  /** With the versions that its authors replace others by: what a module says so holds for its own build alone. */
  readonly replaced?: true;
  readonly variables?: readonly string[];
  readonly minutes: number;
};

/** Path of the built program. */
export async function builtProgram(program: GoProgram, work: Work): Promise<string> {
  const { name, version, minutes, variables = [] } = program;
  const directory = await madeOnce(await folderOf(program), async (unfinished) => {
    work.log(`${name} ${version}: building from source, about ${minutes} min, once`);
    const main = await moduleOfOurOwn(join(unfinished, 'module'), program, work);
    const flags = `-ldflags=-s -w ${variables.map((variable) => `-X ${variable}`).join(' ')}`;
    await runLongCommand({
      command: 'nice',
      args: ['-n', '15', 'go', 'build', '-C', main, '-mod=mod', flags, '-o', join(unfinished, name), packageOf(program)],
      progress: `${name} ${version}: building`,
      timeoutSeconds: 45 * 60,
      ...work,
    });
    await rm(main, { recursive: true });
  });
  return join(directory, name);
}

/** Another one as soon as anything that it is built from is another. */
async function folderOf({ name, version, main, pinned = [], variables = [] }: GoProgram): Promise<string> {
  const texts = main === undefined ? [] : [await readFile(main)];
  return `${name}-${version}-${fingerprint(...variables, ...pinned, ...texts)}`;
}

function packageOf({ module, package: folder }: GoProgram): string {
  return folder === undefined ? '.' : `${module}/${folder}`;
}

/**
 * `go install` refuses what its authors build with replace or exclude lines, and knows one package at a time; a module of our own that
 * requires it takes the versions that it names.
 */
async function moduleOfOurOwn(directory: string, program: GoProgram, work: Work): Promise<string> {
  const { module, version, package: folder, main, pinned = [], replaced = false } = program;
  await mkdir(directory, { recursive: true });
  const replacements = replaced ? await replacementsOf(program, work) : [];
  await writeFile(join(directory, 'go.mod'), ['module engine', ...replacements, ''].join('\n'));
  if (main !== undefined) await cp(main, join(directory, 'main.go'));
  const wanted = folder === undefined ? [`${module}@v${version}`] : ['-tool', `${module}/${folder}@v${version}`];
  for (const args of [wanted, pinned].filter((some) => some.length > 0)) {
    await runLongCommand({
      command: 'go',
      args: ['get', '-C', directory, ...args],
      progress: `${module} ${version}: downloading`,
      timeoutSeconds: 20 * 60,
      ...work,
    });
  }
  return directory;
}

/** As lines of a `go.mod`; but not those by a folder beside it, which is published as a module of its own or not at all. */
async function replacementsOf(program: GoProgram, work: Work): Promise<string[]> {
  const file = join(await moduleFolder(program, work), 'go.mod');
  const run = await runTool({ command: 'go', args: ['mod', 'edit', '-json', file], signal: work.signal });
  if (run.code !== 0) throw new Error(`${file}: ${saidBy(run)}`);
  const { Replace } = JSON.parse(run.stdout) as { Replace: readonly Replacement[] | null };
  return (Replace ?? []).flatMap(({ Old, New }) =>
    New.Version === undefined ? [] : [`replace ${Old.Path} ${Old.Version ?? ''} => ${New.Path} ${New.Version}`],
  );
}

type Replacement = {
  readonly Old: { readonly Path: string; readonly Version?: string };
  readonly New: { readonly Path: string; readonly Version?: string };
};

/** The unpacked source of the module that a program is built from: it also holds schemas and entry points. */
export async function moduleSource(name: BinaryName, work: Work): Promise<string> {
  return moduleFolder(BINARIES[name], work);
}

/** Where the source of a published module lies, unpacked. */
export async function moduleFolder({ module, version }: Pick<GoProgram, 'module' | 'version'>, { signal }: Work): Promise<string> {
  const run = await runTool({ command: 'go', args: ['mod', 'download', '-json', `${module}@v${version}`], signal });
  if (run.code !== 0) throw new Error(`${module}: ${saidBy(run)}`);
  return (JSON.parse(run.stdout) as { Dir: string }).Dir;
}
