import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import type { Phase } from '../domain/attempt.ts';
import { readOwnBuild } from './config.ts';
import { buildQuery, pinWorkflow, readBuilds } from '../platform/temporal/worker-deployments.ts';
import { ATTEMPT_WORKFLOW } from '../workflows/messages.ts';
import { CertPhase } from '../workflows/search-attributes.ts';
import { bundleFile, replayed } from './replayed.ts';
import { checkBuildId, runTemporalTool, temporalTool, type TemporalToolContext } from './temporal-tool.ts';
import { formatCount, ToolError } from './tool.ts';

const USAGE = `Usage: node cli/move.ts --from BUILD_ID [--to BUILD_ID --bundle FILE] [--dry-run]

Moves attempts that wait for their candidate from one build to another, each only if its own history replays on the other's
workflow code; the rest stay where they are, and it is said why. Run it in the image of the new build, which knows its own
build id and bundle. Exit code 1 when a history does not replay.

  --from BUILD_ID              the build that they are on
  --to BUILD_ID --bundle FILE  the build to move them to, and its workflow bundle (default: those of the image)
  --dry-run                    only say what would be moved`;

/** Nothing but the candidate, or time, moves an attempt on from here: the safe joints. */
const JOINTS: readonly Phase[] = ['registered', 'aptitude_test', 'case_study_offered', 'case_study'];
const POOL = 'certification';
/** A workflow task that was under way is over by then, or is repeated on the other build. */
const SETTLE_SECONDS = 15;

type Move = { readonly from: string; readonly to: string; readonly bundle: string; readonly dryRun: boolean };

/** Runs the command to its exit code. */
export function runMove(args: readonly string[], context: TemporalToolContext): Promise<number> {
  return runTemporalTool(context, async () => {
    const move = await readArguments(args);
    const { client, print } = context;
    await requirePolling(client, move.to);
    const stayed = new Map<string, string>();
    const moved: string[] = [];
    const unseen = new Set<string>();
    let refused = 0;
    const stays = (workflowId: string, why: string) => {
      stayed.set(workflowId, why);
      print(`${workflowId} stays: ${why}`);
    };

    try {
      for await (const { workflowId, problem } of replayed(client, { bundle: move.bundle, workflowIds: atTheirJoint(client, move, stays) })) {
        if (problem !== undefined) {
          refused += 1;
          stays(workflowId, problem);
          continue;
        }
        moved.push(workflowId);
        if (move.dryRun) continue;
        unseen.add(workflowId);
        await pin(client, workflowId, move.to);
      }
      // Something may have come in on the old build between the replay and the move.
      for await (const { workflowId, problem } of replayed(client, { bundle: move.bundle, workflowIds: settled(client, [...unseen]) })) {
        if (problem !== undefined) {
          await pin(client, workflowId, move.from);
          refused += 1;
          stays(workflowId, `moved on at the same moment, and was put back: ${problem}`);
        }
        unseen.delete(workflowId);
      }
    } finally {
      for (const workflowId of unseen) print(`${workflowId} may be on ${move.to} and was not looked at again: cli/replay.ts says whether it fits`);
    }
    const gone = moved.filter((workflowId) => !stayed.has(workflowId));
    for (const workflowId of gone) print(`${workflowId} ${move.dryRun ? 'would move' : 'moved'} to ${move.to}`);
    print(`${formatCount(gone.length)} ${move.dryRun ? 'would move' : 'moved'}, ${formatCount(stayed.size)} stay`);
    return refused === 0 ? 0 : 1;
  });
}

async function requirePolling(client: Client, buildId: string): Promise<void> {
  if ((await readBuilds(client, POOL)).some((build) => build.buildId === buildId && build.polling)) return;
  throw new ToolError(`no worker of ${buildId} asks for work in ${POOL}: start it first, or whatever is moved to it stands still`);
}

/** The attempts of a build at which nothing is under way. */
async function* atTheirJoint(client: Client, { from }: Move, stays: (workflowId: string, why: string) => void): AsyncGenerator<string> {
  const query = `${buildQuery({ deploymentName: POOL, buildId: from })} AND ExecutionStatus = 'Running' AND WorkflowType = '${ATTEMPT_WORKFLOW}'`;
  // All of them first: those moved would be missing from the pages that follow.
  const attempts: { workflowId: string; phase: Phase }[] = [];
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({ query, pageSize: 1000 })) {
    attempts.push({ workflowId, phase: (typedSearchAttributes.get(CertPhase) ?? 'registered') as Phase });
  }
  for (const { workflowId, phase } of attempts) {
    if (!JOINTS.includes(phase)) stays(workflowId, `is in ${phase}, which is no joint`);
    else if (await isBusy(client, workflowId)) stays(workflowId, 'something is under way: try again later');
    else yield workflowId;
  }
}

async function isBusy(client: Client, workflowId: string): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).length > 0 || raw.pendingWorkflowTask != null;
}

/** Once no task of the old build can still end. */
async function* settled(client: Client, workflowIds: readonly string[]): AsyncGenerator<string> {
  for (const workflowId of workflowIds) {
    const giveUpAt = Date.now() + SETTLE_SECONDS * 1000;
    while ((await isBusy(client, workflowId)) && Date.now() < giveUpAt) await pause(200);
    yield workflowId;
  }
}

function pin(client: Client, workflowId: string, buildId: string): Promise<void> {
  return pinWorkflow(client, { workflowId, build: { deploymentName: POOL, buildId } });
}

async function readArguments(args: readonly string[]): Promise<Move> {
  const { values } = parseOptions(args);
  const to = values.to ?? readOwnBuild().WORKER_BUILD_ID;
  if (values.from === undefined || to === undefined) throw new ToolError(USAGE, 2);
  if ((values.to === undefined) !== (values.bundle === undefined)) throw new ToolError(`--to and --bundle belong together\n\n${USAGE}`, 2);
  const [from, target] = [checkBuildId(values.from, USAGE), checkBuildId(to, USAGE)];
  if (from === target) throw new ToolError(`they are on ${from} already\n\n${USAGE}`, 2);
  return { from, to: target, bundle: await bundleFile(values.bundle), dryRun: values['dry-run'] };
}

function parseOptions(args: readonly string[]) {
  try {
    const options = {
      from: { type: 'string' },
      to: { type: 'string' },
      bundle: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
    } as const;
    return parseArgs({ args: [...args], options });
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

if (import.meta.main) process.exitCode = await temporalTool(runMove);
