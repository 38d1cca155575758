import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inheritedEnvironment, type Environment } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';
import { guardedProcess } from '../../local/process.ts';
import { Failure } from '../../platform/failure.ts';
import { runTool, saidBy, type ToolRun } from '../check/run-tool.ts';
import { fingerprint, isThere, type Work } from './cache.ts';
import { enginePackages } from './packages.ts';

/** Above what dockerd gives its containers to stop. */
const STOP_SECONDS = 30;
/** Of those in the engine's network namespace, so nothing of the machine's can be taken. */
const NETWORKS = { bip: '10.213.0.1/24', 'default-address-pools': [{ base: '10.214.0.0/16', size: 24 }] };

/** Where the control groups of the engine of a folder lie; they outlast its processes, so they are removed by name. */
export function controlGroupOf(home: string): string {
  return `certifiable-engine-${fingerprint(home)}`;
}

export type Engine = {
  /** Answers what it said, whatever the code. */
  readonly docker: (args: readonly string[], options?: { input?: string; signal?: AbortSignal }) => Promise<ToolRun>;
  /** Answers its standard output; throws with all that it said if it fails. */
  readonly dockerSays: (args: readonly string[]) => Promise<string>;
  /** For long ones, with progress. */
  readonly dockerRuns: (args: readonly string[], options: { progress: string; timeoutSeconds: number }) => Promise<void>;
  /** What programs that speak to an engine need to reach this one, and no other. */
  readonly environment: Environment;
  /** Begins one that is to see the engine's processes as well, and to end with them. */
  readonly inNamespaces: readonly string[];
  readonly packages: string;
};

/**
 * A container engine for as long as `use` takes, in namespaces of its own (namespaces.sh). Its images and volumes stay in `home`.
 * Throws a Failure if another one runs on the same folder.
 */
export async function withEngine<Result>({ home, ...work }: Work & { home: string }, use: (engine: Engine) => Promise<Result>): Promise<Result> {
  await mkdir(home, { recursive: true });
  const packages = await enginePackages(work);
  await writeFile(join(home, 'daemon.json'), JSON.stringify(daemonConfiguration(home)));
  const client = dockerClient({ home, packages, ...work });
  const process_ = guardedProcess({
    name: 'engine',
    logFile: join(home, 'engine.log'),
    guarded: { command: 'flock', args: lockedNamespaces(home, packages), stopSignal: 'SIGTERM' },
    isReady: async () => (await isThere(join(home, 'pid'))) && (await client.docker(['version', '--format', '{{.Server.Version}}'])).code === 0,
    readySeconds: 60,
    stopSeconds: STOP_SECONDS,
    log: work.log,
    signal: work.signal,
  });
  await refuseSecond(home);
  await Promise.all(['engine.log', 'pid'].map((name) => rm(join(home, name), { force: true })));
  const stop = async () => {
    const stopping = askToStop(home);
    await Promise.all([process_.stop(), stopping]);
    await removeControlGroups(controlGroupOf(home));
  };
  try {
    const startedAt = Date.now();
    await process_.start();
    work.log(`engine: up in ${((Date.now() - startedAt) / 1000).toFixed(1)} s, its log ${process_.logFile}`);
    return await use(await running(client, { home, packages }));
  } finally {
    await stop();
  }
}

/** The one that another command keeps up on the folder. Undefined while there is none. */
export async function engineOf({ home, ...work }: Work & { home: string }): Promise<Engine | undefined> {
  const { code } = await runTool({ command: 'flock', args: ['--nonblock', lockOf(home), 'true'] });
  if (code === 0 || !(await isThere(join(home, 'pid')))) return undefined;
  const packages = await enginePackages(work);
  return running(dockerClient({ home, packages, ...work }), { home, packages });
}

async function running(client: Omit<Engine, 'inNamespaces' | 'packages'>, { home, packages }: { home: string; packages: string }): Promise<Engine> {
  const pid = (await readFile(join(home, 'pid'), 'utf8')).trim();
  return { ...client, inNamespaces: ['nsenter', '--target', pid, '--net', '--pid', '--mount', '--'], packages };
}

function daemonConfiguration(home: string): object {
  return {
    'data-root': join(home, 'data'),
    // In /run of its own, which is gone with it: no file of a killed engine is taken for that of one that runs.
    'exec-root': '/run/engine',
    pidfile: '/run/engine.pid',
    hosts: [`unix://${socketOf(home)}`],
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'cgroup-parent': `/${controlGroupOf(home)}`,
    'storage-driver': 'overlay2',
    dns: ['10.0.2.3'],
    'shutdown-timeout': 8,
    ...NETWORKS,
  };
}

function socketOf(home: string): string {
  return join(home, 'engine.sock');
}

function lockedNamespaces(home: string, packages: string): string[] {
  const script = new URL('namespaces.sh', import.meta.url).pathname;
  const tini = join(packages, 'usr', 'bin', 'tini-static');
  return ['--no-fork', '--nonblock', lockOf(home), 'unshare', '--mount', '--pid', '--fork', '--kill-child', tini, '--', 'sh', script, home, packages];
}

function lockOf(home: string): string {
  return join(home, 'lock');
}

async function refuseSecond(home: string): Promise<void> {
  const { code } = await runTool({ command: 'flock', args: ['--nonblock', lockOf(home), 'true'] });
  if (code !== 0) throw new Failure(`An engine runs on ${home} already: wait until it is done, or stop the command that started it.`);
}

/** So that containers are stopped and what they wrote is whole; the guard's end of the namespaces would take them at once. */
async function askToStop(home: string): Promise<void> {
  const pid = Number(await readFile(join(home, 'pid'), 'utf8').catch(() => '0'));
  if (pid === 0) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
  await rm(join(home, 'pid'), { force: true });
}

/** Deepest first; only empty ones can be removed, so nothing that runs is touched. */
async function removeControlGroups(name: string): Promise<void> {
  await runTool({ command: 'find', args: ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${name}*`, '-exec', 'rmdir', '{}', ';'] });
}

function dockerClient({ home, packages, ...work }: Work & { home: string; packages: string }) {
  const command = join(packages, 'usr', 'bin', 'docker');
  const environment: Environment = {
    DOCKER_HOST: `unix://${socketOf(home)}`,
    // No login and no context of the person's own.
    DOCKER_CONFIG: join(home, 'client'),
    DOCKER_BUILDKIT: '0',
    LD_LIBRARY_PATH: join(packages, 'usr', 'lib', 'libraries'),
  };
  const docker: Engine['docker'] = (args, options = {}) => runTool({ command, args, environment, signal: work.signal, ...options });
  const dockerSays: Engine['dockerSays'] = async (args) => {
    const run = await docker(args);
    if (run.code !== 0) throw new Error(`docker ${args.slice(0, 2).join(' ')}: ${saidBy(run)}`);
    return run.stdout.trim();
  };
  const dockerRuns: Engine['dockerRuns'] = (args, options) => runLongCommand({ command, args, environment, ...options, ...work });
  return { docker, dockerSays, dockerRuns, environment };
}

/** As the client's, for programs that are not started by it. */
export function withEngineEnvironment({ environment }: Engine): Environment {
  return { ...inheritedEnvironment(), ...environment };
}
