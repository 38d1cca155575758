import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { PHASES } from '../domain/attempt.ts';
import { CORRECTION_WORKFLOW } from '../workflows/correction-messages.ts';
import { ATTEMPT_WORKFLOW } from '../workflows/messages.ts';
import { bundleFile, replayed } from './replayed.ts';
import { runTemporalTool, temporalTool, type TemporalToolContext } from './temporal-tool.ts';
import { formatCount, ToolError } from './tool.ts';

const USAGE = `Usage: node cli/replay.ts [--bundle FILE] [--limit N]

Replays attempts and corrections of this Temporal namespace, open and closed, on the workflow code of a bundle: whether that
could go on with them. Run it in the new image before it is promoted. Exit code 1 when a history does not replay.

  --bundle FILE    the bundle (default: WORKFLOW_BUNDLE, as in the image; "node local/bundle.ts FILE" makes one)
  --limit N        at most so many of each phase and of the corrections, the newest first (default: 20)`;

/** Runs the command to its exit code. Nothing is changed, and nothing of a history but ids is printed. */
export function runReplay(args: readonly string[], context: TemporalToolContext): Promise<number> {
  return runTemporalTool(context, async () => {
    const { bundle: named, limit } = readArguments(args);
    const { client, print } = context;
    const bundle = await bundleFile(named);
    let count = 0;
    let failed = 0;
    for await (const { workflowId, problem } of replayed(client, { bundle, workflowIds: sampled(client, limit) })) {
      count += 1;
      if (problem === undefined) continue;
      failed += 1;
      print(`${workflowId}: ${problem}`);
    }
    if (count === 0) print('there is nothing to replay: no attempt and no correction');
    else print(`${formatCount(count - failed)} of ${formatCount(count)} histories replay`);
    return failed === 0 ? 0 : 1;
  });
}

/** Some of each phase, so that every part of the story is among them, however few stand there; each once, though it moves on meanwhile. */
async function* sampled(client: Client, limit: number): AsyncGenerator<string> {
  const queries = [
    ...PHASES.map((phase) => `WorkflowType = '${ATTEMPT_WORKFLOW}' AND CertPhase = '${phase}'`),
    `WorkflowType = '${CORRECTION_WORKFLOW}'`,
  ];
  const known = new Set<string>();
  for (const query of queries) {
    let taken = 0;
    for await (const { workflowId } of client.workflow.list({ query, pageSize: Math.min(limit, 100) })) {
      if (!known.has(workflowId)) yield workflowId;
      known.add(workflowId);
      taken += 1;
      if (taken === limit) break;
    }
  }
}

function readArguments(args: readonly string[]): { bundle: string | undefined; limit: number } {
  const refuse = (why: string) => new ToolError(`${why}\n\n${USAGE}`, 2);
  try {
    const { values } = parseArgs({ args: [...args], options: { bundle: { type: 'string' }, limit: { type: 'string', default: '20' } } });
    const limit = Number(values.limit);
    if (!Number.isInteger(limit) || limit < 1) throw refuse('--limit must be a number above 0');
    return { bundle: values.bundle, limit };
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

if (import.meta.main) process.exitCode = await temporalTool(runReplay);
