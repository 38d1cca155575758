import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { Phase } from '../../domain/attempt.ts';
import { buildQuery, pinWorkflow, readBuilds } from '../../platform/temporal/worker-deployments.ts';
import { ATTEMPT_WORKFLOW } from '../../workflows/messages.ts';
import { CertPhase } from '../../workflows/search-attributes.ts';
import { buildId, wrongArguments } from '../arguments.ts';
import { bundleFile } from '../bundle-file.ts';
import { CommandError, formatCount, REFUSED, type CommandContext } from '../command.ts';
import { readOwnBuild } from '../config.ts';

const NOTES = `
Each attempt is moved only if its own history replays on the other build's workflow code; the rest stay where they are, and it is
said why. Run it in the image of the new build, which knows its own build id and bundle. Exit code 1 when a history does not
replay.`;

/** Nothing but the candidate, or time, moves an attempt on from here: the safe joints. */
const JOINTS: readonly Phase[] = ['registered', 'aptitude_test', 'case_study_offered', 'case_study'];
const POOL = 'certification';
/** A workflow task that was under way is over by then, or is repeated on the other build. */
const SETTLE_SECONDS = 15;

type Move = { readonly from: string; readonly to: string; readonly bundle: string; readonly dryRun: boolean };

type Options = { readonly from: string; readonly to?: string; readonly bundle?: string; readonly dryRun?: true };

export function addMove(attempts: Command, context: CommandContext): void {
  const command = attempts
    .command('move')
    .description('move attempts that wait for their candidate from one build to another')
    .requiredOption('--from <build>', 'the build that they are on', buildId)
    .option('--to <build>', 'the build to move them to, with its --bundle (default: those of the image)', buildId)
    .option('--bundle <file>', 'its workflow bundle')
    .option('--dry-run', 'only say what would be moved')
    .addHelpText('after', NOTES)
    .action(async ({ from, to: named, bundle, dryRun }: Options) => {
      if ((named === undefined) !== (bundle === undefined)) wrongArguments(command, '--to and --bundle belong together');
      const to = named ?? readOwnBuild().WORKER_BUILD_ID;
      if (to === undefined) wrongArguments(command, 'name the build to move them to, and its bundle: --to BUILD --bundle FILE');
      if (from === to) wrongArguments(command, `they are on ${from} already`);
      await moveAttempts({ from, to, bundle: await bundleFile(bundle, command), dryRun: dryRun === true }, context);
    });
}

async function moveAttempts(move: Move, { connections, print, exitWith }: CommandContext): Promise<void> {
  const client = await connections.temporal();
  const { replayed } = await import('../replayed.ts');
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
    for (const workflowId of unseen)
      print(`${workflowId} may be on ${move.to} and was not looked at again: "certifiable deployment replay" says whether it fits`);
  }
  const gone = moved.filter((workflowId) => !stayed.has(workflowId));
  for (const workflowId of gone) print(`${workflowId} ${move.dryRun ? 'would move' : 'moved'} to ${move.to}`);
  print(`${formatCount(gone.length)} ${move.dryRun ? 'would move' : 'moved'}, ${formatCount(stayed.size)} stay`);
  if (refused > 0) exitWith(REFUSED);
}

async function requirePolling(client: Client, buildId: string): Promise<void> {
  if ((await readBuilds(client, POOL)).some((build) => build.buildId === buildId && build.polling)) return;
  throw new CommandError(`no worker of ${buildId} asks for work in ${POOL}: start it first, or whatever is moved to it stands still`);
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
