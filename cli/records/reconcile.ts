import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { type Command, Option } from 'commander';
import type { Phase } from '../../domain/attempt.ts';
import { runningWorkflows, workflowStatus } from '../../platform/temporal/executions.ts';
import { startAnew } from '../../platform/temporal/ring.ts';
import { createTeller } from '../../publication/mail/teller.ts';
import type { OpenCorrection, RecoveryStore, UntoldResult } from '../../store/recovery.ts';
import { attemptStart } from '../../workflows/bells.ts';
import { CORRECTION_WORKFLOW, correctionWorkflowId } from '../../workflows/correction-messages.ts';
import { ATTEMPT_WORKFLOW, attemptIdOfWorkflow, attemptWorkflowId } from '../../workflows/messages.ts';
import { JSON_OPTION } from '../arguments.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';

const NOTES = `
Without --repair or --restart-all it changes nothing, and its exit code is 1 when something is out of step.

--repair is for when Temporal lost its data. The workflows load the facts from PostgreSQL and go on from there; nothing that
happened is done again. Safe at any time.

--restart-all is for after PostgreSQL was restored to an earlier time, when workflows know more than the records do. Stop every
worker pool first, or they decide on what is no more.`;

/** Requests to Temporal at once. */
const AT_ONCE = 20;
const SHOWN_MAX = 20;

type Options = { readonly repair?: true; readonly restartAll?: true; readonly json?: true };

export function addReconcile(records: Command, context: CommandContext): void {
  records
    .command('reconcile')
    .description('compare what PostgreSQL says is open with the workflows that Temporal runs, and put it in step again')
    .option('--repair', 'start the workflows that are missing or closed')
    .addOption(
      new Option(
        '--restart-all',
        'start the workflow of every open attempt from its beginning, and end those of attempts that PostgreSQL has no record of',
      ).conflicts('repair'),
    )
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ repair, restartAll, json }: Options) => {
      const { connections } = context;
      const { recovery, notices } = await connections.stores();
      const sides = { recovery, client: await connections.temporal() };
      // What is only a part of the answer for a person is progress for a program.
      const print = json ? context.printError : context.print;
      const findings = await find(sides);
      if (!json) say(findings, print);
      if (repair || restartAll) {
        const teller = createTeller({ notices, ...(await connections.addressing()) });
        const restarted = restartAll ? await allOpen(recovery) : [...findings.missing, ...findings.closed];
        await putInStep({ ...findings, restarted, unknown: restartAll ? findings.unknown : [] }, { client: sides.client, teller, print });
        if (json) printJson(context, { ...findings, restarted });
        return;
      }
      if (json) printJson(context, findings);
      if (!isInStep(findings)) context.exitWith(REFUSED);
    });
}

type Sides = { readonly client: Client; readonly recovery: RecoveryStore };

type Comparison = {
  open: number;
  /** Open attempts without a running workflow. */
  readonly missing: string[];
  readonly closed: string[];
  /** Those whose workflow shows another phase than the records. */
  readonly elsewhere: string[];
};

type Findings = Readonly<Comparison> & {
  /** Attempts with a workflow and without a record. */
  readonly unknown: readonly string[];
  readonly corrections: readonly OpenCorrection[];
  readonly untold: readonly UntoldResult[];
};

async function find(sides: Sides): Promise<Findings> {
  const { client, recovery } = sides;
  const running = await runningAttempts(client);
  const comparison = await compare(running, sides);
  const unknown = await recovery.unknown([...running.keys()]);
  const corrections = await missingCorrections(client, await recovery.openCorrections());
  return { ...comparison, unknown, corrections, untold: await recovery.untoldResults() };
}

/** An attempt in another phase is on its way. */
function isInStep({ missing, closed, unknown, corrections, untold }: Findings): boolean {
  return missing.length + closed.length + unknown.length + corrections.length + untold.length === 0;
}

type Work = Pick<Findings, 'unknown' | 'corrections' | 'untold'> & { readonly restarted: readonly string[] };

async function putInStep(
  { restarted, unknown, corrections, untold }: Work,
  { client, teller, print }: { client: Client; teller: ReturnType<typeof createTeller>; print: (line: string) => void },
): Promise<void> {
  await inParallel(restarted, (attemptId) => startAnew(client, attemptStart(attemptId)), { verb: 'started', print });
  await inParallel(unknown, (attemptId) => end(client, attemptId), { verb: 'ended', print });
  await inParallel(corrections, (correction) => restartCorrection(client, correction), { verb: 'corrections started', print });
  await inParallel(untold, (result) => teller.tellResult(result), { verb: 'results told', print });
  print(`${formatCount(restarted.length)} workflows started again`);
}

function say({ open, missing, closed, elsewhere, unknown, corrections, untold }: Findings, print: (line: string) => void): void {
  print(`${formatCount(open)} attempts are open in PostgreSQL`);
  list('missing in Temporal', missing, print);
  list('closed in Temporal', closed, print);
  list('shown in another phase than the records say (on their way, if it goes away)', elsewhere, print);
  list('workflows of attempts that PostgreSQL does not know', unknown, print);
  const correctionIds = corrections.map(({ correctionId }) => correctionId);
  list('open corrections without a workflow', correctionIds, print);
  const untoldIds = untold.map(({ attemptId, test }) => `${attemptId} ${test}`);
  list('published results that the candidate was not told', untoldIds, print);
}

/** By attempt, with the phase that staff see. */
async function runningAttempts(client: Client): Promise<ReadonlyMap<string, string | undefined>> {
  const running = new Map<string, string | undefined>();
  for await (const { workflowId, searchAttributes } of runningWorkflows(client, ATTEMPT_WORKFLOW)) {
    const attemptId = attemptIdOfWorkflow(workflowId);
    const phase = searchAttributes['CertPhase']?.[0];
    if (attemptId !== undefined) running.set(attemptId, typeof phase === 'string' ? phase : undefined);
  }
  return running;
}

async function compare(running: ReadonlyMap<string, string | undefined>, { client, recovery }: Sides): Promise<Comparison> {
  const findings: Comparison = { open: 0, missing: [], closed: [], elsewhere: [] };
  for await (const page of recovery.openAttempts()) {
    findings.open += page.length;
    await inParallel(page, (attempt) => sort(attempt, { running, client, findings }));
  }
  return findings;
}

async function sort(
  { attemptId, phase }: { attemptId: string; phase: Phase },
  { running, client, findings }: { running: ReadonlyMap<string, string | undefined>; client: Client; findings: Comparison },
): Promise<void> {
  if (running.has(attemptId)) {
    if (running.get(attemptId) !== phase) findings.elsewhere.push(attemptId);
    return;
  }
  const status = await workflowStatus(client, attemptWorkflowId(attemptId));
  if (status === undefined) findings.missing.push(attemptId);
  else if (status !== 'RUNNING') findings.closed.push(attemptId);
}

async function missingCorrections(client: Client, corrections: readonly OpenCorrection[]): Promise<readonly OpenCorrection[]> {
  const missing: OpenCorrection[] = [];
  await inParallel(corrections, async (correction) => {
    if ((await workflowStatus(client, correctionWorkflowId(correction.correctionId))) !== 'RUNNING') missing.push(correction);
  });
  return missing;
}

/** It finds the certificate suspended already, and waits for staff as the one before did. */
async function restartCorrection(client: Client, correction: OpenCorrection): Promise<void> {
  try {
    await client.workflow.start(CORRECTION_WORKFLOW, {
      workflowId: correctionWorkflowId(correction.correctionId),
      taskQueue: 'certification',
      args: [correction],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: 'A doubt about a certificate: see the current details beside',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function end(client: Client, attemptId: string): Promise<void> {
  await client.workflow.getHandle(attemptWorkflowId(attemptId)).terminate('reconcile: PostgreSQL has no record of this attempt');
}

async function allOpen(recovery: RecoveryStore): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of recovery.openAttempts()) ids.push(...page.map(({ attemptId }) => attemptId));
  return ids;
}

/** So many at once; with `progress`, says every thousand how far it is. */
async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
  progress?: { readonly verb: string; readonly print: (line: string) => void },
): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(items.slice(from, from + AT_ONCE).map(work));
    const done = Math.min(from + AT_ONCE, items.length);
    if (progress && done % 1000 === 0) progress.print(`${formatCount(done)} of ${formatCount(items.length)} ${progress.verb}`);
  }
}

function list(what: string, ids: readonly string[], print: (line: string) => void): void {
  print(`  ${formatCount(ids.length).padStart(6)}  ${what}`);
  for (const id of ids.slice(0, SHOWN_MAX)) print(`          ${id}`);
  if (ids.length > SHOWN_MAX) print(`          … and ${formatCount(ids.length - SHOWN_MAX)} more`);
}
