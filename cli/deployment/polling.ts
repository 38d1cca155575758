import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Option } from 'commander';
import { readBuilds } from '../../platform/temporal/worker-deployments.ts';
import type { TaskQueue } from '../../workflows/queues.ts';
import { wholeNumber } from '../arguments.ts';
import { CommandError } from '../command.ts';

/** What promoting a build and ramping it up have in common: nothing changes before its workers ask for work in every pool. */

export function timeoutOption(): Option {
  return new Option('--timeout <seconds>', "how long to wait for the build's workers").argParser(wholeNumber(0)).default(60);
}

/** Workflows last: a new one may call what only the new pools know. */
export function inOrder(pools: readonly TaskQueue[]): readonly TaskQueue[] {
  return [...pools.filter((pool) => pool !== 'certification'), ...pools.filter((pool) => pool === 'certification')];
}

/** Throws a CommandError when they do not within the time. */
export async function untilPolling(
  { pools, buildId, timeoutSeconds }: { pools: readonly TaskQueue[]; buildId: string; timeoutSeconds: number },
  { client, printError }: { client: Client; printError: (line: string) => void },
): Promise<void> {
  const giveUpAt = Date.now() + timeoutSeconds * 1000;
  for (let tries = 0; ; tries += 1) {
    const missing: TaskQueue[] = [];
    for (const pool of pools) if (!(await readBuilds(client, pool)).some((build) => build.buildId === buildId && build.polling)) missing.push(pool);
    if (missing.length === 0) return;
    if (Date.now() > giveUpAt) {
      throw new CommandError(
        `no worker of ${buildId} asks for work in ${missing.join(', ')} after ${timeoutSeconds} s. Nothing was changed: start them first.`,
      );
    }
    if (tries % 15 === 0) printError(`waiting for workers of ${buildId} in ${missing.join(', ')}`);
    await pause(1000);
  }
}
