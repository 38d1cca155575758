import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeCurrent, rampTo, readBuilds } from '../platform/temporal/worker-deployments.ts';
import type { TaskQueue } from '../workflows/queues.ts';
import { checkBuildId, poolsNamed, runTemporalTool, temporalTool, type TemporalToolContext } from './temporal-tool.ts';
import { ToolError } from './tool.ts';

const USAGE = `Usage:
  node cli/promote.ts BUILD_ID [POOL …]               make a build current: new work goes to it
  node cli/promote.ts BUILD_ID --ramp 10 [POOL …]     send it 10 % of new work, and the rest to the current build
  node cli/promote.ts --unset [POOL …]                end that: all new work goes to the current build

  --timeout SECONDS    how long to wait for the build's workers (default: 60)

Without a pool it is for all of them. Attempts under way stay on the build that they started on. The way back is the same
command with the earlier build.`;

type Command = {
  readonly pools: readonly TaskQueue[];
  /** Undefined: end the ramp. */
  readonly buildId: string | undefined;
  /** Undefined: all of it. */
  readonly rampPercent: number | undefined;
  readonly timeoutSeconds: number;
};

/** Runs the command to its exit code. Nothing changes before workers of the build poll in every pool named. */
export function runPromote(args: readonly string[], context: TemporalToolContext): Promise<number> {
  return runTemporalTool(context, async () => {
    const { pools, buildId, rampPercent, timeoutSeconds } = readCommand(args);
    const { client, print } = context;
    if (buildId === undefined) {
      for (const deploymentName of pools) await endRamp(deploymentName, context);
      return 0;
    }
    await untilPolling({ pools, buildId, timeoutSeconds }, context);
    for (const deploymentName of inOrder(pools)) {
      if (rampPercent === undefined) await makeCurrent(client, { deploymentName, buildId });
      else await rampTo(client, { deploymentName, buildId, percentage: rampPercent });
      print(`${deploymentName}: ${buildId} ${rampPercent === undefined ? 'is current' : `gets ${rampPercent} % of new work`}`);
    }
    return 0;
  });
}

/** Workflows last: a new one may call what only the new pools know. */
function inOrder(pools: readonly TaskQueue[]): readonly TaskQueue[] {
  return [...pools.filter((pool) => pool !== 'certification'), ...pools.filter((pool) => pool === 'certification')];
}

async function endRamp(deploymentName: TaskQueue, { client, print }: TemporalToolContext): Promise<void> {
  const builds = await readBuilds(client, deploymentName);
  const ramping = builds.find((build) => build.state === 'ramping');
  if (ramping) await rampTo(client, { deploymentName, buildId: undefined, percentage: 0 });
  const current = builds.find((build) => build.state === 'current')?.buildId ?? 'no build';
  print(`${deploymentName}: ${ramping ? `${ramping.buildId} gets no new work any more, ` : ''}${current} gets all of it`);
}

async function untilPolling(
  { pools, buildId, timeoutSeconds }: { pools: readonly TaskQueue[]; buildId: string; timeoutSeconds: number },
  { client, printError }: TemporalToolContext,
): Promise<void> {
  const giveUpAt = Date.now() + timeoutSeconds * 1000;
  for (let tries = 0; ; tries += 1) {
    const missing: TaskQueue[] = [];
    for (const pool of pools) if (!(await readBuilds(client, pool)).some((build) => build.buildId === buildId && build.polling)) missing.push(pool);
    if (missing.length === 0) return;
    if (Date.now() > giveUpAt) {
      throw new ToolError(
        `no worker of ${buildId} asks for work in ${missing.join(', ')} after ${timeoutSeconds} s. Nothing was changed: start them first.`,
      );
    }
    if (tries % 15 === 0) printError(`waiting for workers of ${buildId} in ${missing.join(', ')}`);
    await pause(1000);
  }
}

function readCommand(args: readonly string[]): Command {
  const refuse = (why: string) => new ToolError(`${why}\n\n${USAGE}`, 2);
  const { values, positionals } = parseOptions(args, refuse);
  const { unset, ramp, timeout } = values;
  const [first, ...rest] = positionals;
  const timeoutSeconds = Number(timeout);
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 0) throw refuse('--timeout must be a number of seconds');
  if (unset) {
    if (ramp !== undefined) throw refuse('--ramp and --unset exclude each other');
    return { pools: poolsNamed(positionals, USAGE), buildId: undefined, rampPercent: undefined, timeoutSeconds };
  }
  if (first === undefined) throw refuse('name a build');
  const rampPercent = ramp === undefined ? undefined : Number(ramp);
  if (rampPercent !== undefined && !(rampPercent > 0 && rampPercent <= 100)) throw refuse('--ramp must be a percentage above 0');
  return { pools: poolsNamed(rest, USAGE), buildId: checkBuildId(first, USAGE), rampPercent, timeoutSeconds };
}

function parseOptions(args: readonly string[], refuse: (why: string) => ToolError) {
  try {
    const options = { unset: { type: 'boolean', default: false }, ramp: { type: 'string' }, timeout: { type: 'string', default: '60' } } as const;
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

if (import.meta.main) process.exitCode = await temporalTool(runPromote);
