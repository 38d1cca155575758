import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLongCommand } from '../../local/long-command.ts';
import { Failure } from '../../platform/failure.ts';
import { runTool, saidBy } from '../check/run-tool.ts';
import { goBinary } from './binaries.ts';
import { engineDirectory, type Work } from './cache.ts';
import type { Doors } from './doors.ts';
import { withEngineEnvironment, type Engine } from './engine.ts';

/** docker-compose.temporal.yml as it is written, on our engine, by compose's own program. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILE = 'docker-compose.temporal.yml';
const MINUTES = 60;

export type Container = {
  readonly service: string;
  readonly id: string;
  readonly state: string;
  /** Empty where nothing is checked. */
  readonly health: string;
  readonly exitCode: number;
};

export type ComposeProject = {
  /** Runs a subcommand to its end, with settings in the place of those that it was made with; throws with all that it said. */
  readonly run: (args: readonly string[], progress: string, settings?: Readonly<Record<string, string>>) => Promise<void>;
  /** As it was made with. */
  readonly setting: (name: string) => Promise<string>;
  readonly containers: () => Promise<readonly Container[]>;
  readonly logs: (service: string) => Promise<string>;
};

/** What the file wants to be told: fresh secrets by deploy/compose/new-environment.mjs, and what a person would fill in. */
export async function composeProject(
  engine: Engine,
  { buildId, apiUrl, issuerUrl, ...work }: Work & Doors & { buildId: string },
): Promise<ComposeProject> {
  const command = await goBinary('docker-compose', work);
  const environmentFile = await writeEnvironment({ buildId, apiUrl, issuerUrl, ...work });
  const environment = withEngineEnvironment(engine);
  const begin = ['--file', join(ROOT, FILE), '--env-file', environmentFile, '--progress', 'plain'];
  const says = async (args: readonly string[]) => {
    const run = await runTool({ command, args: [...begin, ...args], environment, signal: work.signal });
    if (run.code !== 0) throw new Error(`compose ${args[0]}: ${saidBy(run)}`);
    return run.stdout;
  };
  return {
    run: (args, progress, settings = {}) =>
      runLongCommand({
        command,
        args: [...begin, ...args],
        environment: { ...environment, ...settings },
        progress,
        timeoutSeconds: 15 * MINUTES,
        ...work,
      }),
    setting: async (name) => new RegExp(`^${name}=(.*)$`, 'm').exec(await readFile(environmentFile, 'utf8'))?.[1] ?? '',
    containers: async () =>
      (await says(['ps', '--all', '--format', 'json']))
        .split('\n')
        .filter((line) => line !== '')
        .map(readContainer),
    logs: (service) => says(['logs', '--tail', '30', service]),
  };
}

function readContainer(line: string): Container {
  const { Service, ID, State, Health, ExitCode } = JSON.parse(line) as Record<'Service' | 'ID' | 'State' | 'Health', string> & { ExitCode: number };
  return { service: Service, id: ID, state: State, health: Health, exitCode: ExitCode };
}

async function writeEnvironment({ buildId, apiUrl, issuerUrl, signal }: Work & Doors & { buildId: string }): Promise<string> {
  const printed = await runTool({ command: process.execPath, args: [join(ROOT, 'deploy/compose/new-environment.mjs'), apiUrl], signal });
  if (printed.code !== 0) throw new Failure(saidBy(printed));
  const filled = { BUILD_ID: buildId, OIDC_ISSUER: issuerUrl, RATE_LIMIT_PER_MINUTE: '100000' };
  const kept = printed.stdout.split('\n').filter((line) => !Object.keys(filled).some((name) => line.startsWith(`${name}=`)));
  const file = join(engineDirectory(), 'compose', 'environment');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, [...kept, ...Object.entries(filled).map(([name, value]) => `${name}=${value}`), ''].join('\n'));
  await chmod(file, 0o600);
  return file;
}
