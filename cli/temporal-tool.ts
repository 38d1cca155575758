import type { Client } from '@temporalio/client';
import { readTemporalConfig } from '../platform/temporal/settings.ts';
import { createTemporalClient, isTemporalUnavailable } from '../platform/temporal/client.ts';
import { TASK_QUEUES, type TaskQueue } from '../workflows/queues.ts';
import { runTool, terminal, ToolError, type ToolContext } from './tool.ts';

/** What the tools that need nothing but Temporal have in common: versions, promote, replay, move. */
export type TemporalToolContext = ToolContext & { readonly client: Client };

/** Runs a command to its exit code, and says so when Temporal is away. */
export function runTemporalTool(context: TemporalToolContext, work: () => Promise<number>): Promise<number> {
  return runTool(context, async () => {
    try {
      await context.client.connection.ensureConnected();
      return await work();
    } catch (error) {
      if (isTemporalUnavailable(error)) throw new ToolError('Temporal does not answer: check TEMPORAL_ADDRESS, or try again later.');
      if (knowsNoAttempts(error)) throw new ToolError('This namespace does not know our search attributes: no worker has started here yet.');
      throw error;
    }
  });
}

/** A visibility query was refused for an attribute that workers register when they first start. */
function knowsNoAttempts(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /search attribute/i.test(error.message) || knowsNoAttempts(error.cause);
}

/** The command of a terminal: the arguments, and Temporal as the environment names it. */
export async function temporalTool(run: (args: readonly string[], context: TemporalToolContext) => Promise<number>): Promise<number> {
  return runTool(terminal, async () => {
    const client = createTemporalClient(readTemporalConfig());
    try {
      return await run(process.argv.slice(2), { ...terminal, client });
    } finally {
      await client.connection.close();
    }
  });
}

/** The pools named, or all that have a queue. */
export function poolsNamed(names: readonly string[], usage: string): readonly TaskQueue[] {
  const unknown = names.find((name) => !TASK_QUEUES.some((queue) => queue === name));
  if (unknown !== undefined) throw new ToolError(`there is no pool "${unknown}"; there are ${TASK_QUEUES.join(', ')}\n\n${usage}`, 2);
  return names.length === 0 ? TASK_QUEUES : TASK_QUEUES.filter((queue) => names.includes(queue));
}

/** Build ids go into visibility queries and version names: what platform/build-settings.ts lets through, and nothing else. */
export function checkBuildId(buildId: string, usage: string): string {
  if (!/^[\w.-]{1,63}$/.test(buildId)) throw new ToolError(`"${buildId}" is no build id\n\n${usage}`, 2);
  return buildId;
}
