import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { PHASES } from '../../domain/attempt.ts';
import { CORRECTION_WORKFLOW } from '../../workflows/correction-messages.ts';
import { ATTEMPT_WORKFLOW } from '../../workflows/messages.ts';
import { JSON_OPTION, wholeNumber } from '../arguments.ts';
import { bundleFile } from '../bundle-file.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';

const NOTES = `
Whether that code could go on with what was begun on another: run it in the new image before it is promoted. Nothing is changed, and
nothing of a history but ids is printed. Exit code 1 when a history does not replay.`;

type Options = { readonly bundle?: string; readonly limit: number; readonly json?: true };

export function addReplay(deployment: Command, context: CommandContext): void {
  const command = deployment
    .command('replay')
    .description('replay attempts and corrections of this namespace, open and closed, on the workflow code of a bundle')
    .option('--bundle <file>', 'the bundle (default: WORKFLOW_BUNDLE, as in the image; "node local/bundle.ts FILE" makes one)')
    .option('--limit <number>', 'at most so many of each phase and of the corrections, the newest first', wholeNumber(1), 20)
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ bundle: named, limit, json }: Options) => {
      const bundle = await bundleFile(named, command);
      const client = await context.connections.temporal();
      const { replayed } = await import('../replayed.ts');
      const problems: { workflowId: string; problem: string }[] = [];
      let count = 0;
      for await (const { workflowId, problem } of replayed(client, { bundle, workflowIds: sampled(client, limit) })) {
        count += 1;
        if (problem === undefined) continue;
        problems.push({ workflowId, problem });
        if (!json) context.print(`${workflowId}: ${problem}`);
      }
      if (json) printJson(context, { histories: count, problems });
      else if (count === 0) context.print('there is nothing to replay: no attempt and no correction');
      else context.print(`${formatCount(count - problems.length)} of ${formatCount(count)} histories replay`);
      if (problems.length > 0) context.exitWith(REFUSED);
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
