import { parseArgs } from 'node:util';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Phase } from '../domain/attempt.ts';
import { readReconcileConfig } from './config.ts';
import { attemptStart } from '../workflows/bells.ts';
import { startAnew } from '../platform/temporal/ring.ts';
import { createTeller, type ResultToTell } from '../publication/mail/teller.ts';
import { createTemporalClient, isTemporalUnavailable } from '../platform/temporal/client.ts';
import { isDatabaseUnavailable } from '../store/context.ts';
import type { OpenCorrection, RecoveryStore } from '../store/recovery.ts';
import { CORRECTION_WORKFLOW, correctionWorkflowId } from '../workflows/correction-messages.ts';
import { ATTEMPT_WORKFLOW, attemptIdOfWorkflow, attemptWorkflowId } from '../workflows/messages.ts';
import { connectToolStores } from './tool-stores.ts';
import { formatCount, runTool, terminal, ToolError, type ToolContext } from './tool.ts';

const USAGE = `npm run reconcile [-- --repair | --restart-all]

Compares the attempts (and corrections) that PostgreSQL says are open with the workflows that Temporal runs, and says what
is out of step. Without an option it changes nothing, and its exit code is 1 when something is out of step.

  --repair       starts the workflows that are missing or closed: when Temporal lost its data. They load the facts from
                 PostgreSQL and go on from there; nothing that happened is done again. Safe at any time.
  --restart-all  starts the workflow of every open attempt again from its beginning, and ends those of attempts that
                 PostgreSQL has no record of: after PostgreSQL was restored to an earlier time, when workflows know more than
                 the records do. Stop every worker pool first, or they decide on what is no more.`;

type Mode = 'report' | 'repair' | 'restart-all';

export type ReconcileContext = ToolContext & {
  readonly client: Client;
  readonly recovery: RecoveryStore;
  readonly teller: { readonly tellResult: (result: ResultToTell) => Promise<void> };
};

/** Requests to Temporal at once. */
const AT_ONCE = 20;
const SHOWN_MAX = 20;

/** Runs the command to its exit code. */
export function runReconcile(args: readonly string[], context: ReconcileContext): Promise<number> {
  return runTool(context, async () => {
    const mode = readMode(args);
    try {
      return await reconcile(mode, context);
    } catch (error) {
      if (isTemporalUnavailable(error)) throw new ToolError('Temporal does not answer. Nothing is lost by waiting: run it again later.');
      if (isDatabaseUnavailable(error)) throw new ToolError('PostgreSQL does not answer. Try again later.');
      throw error;
    }
  });
}

type Findings = {
  open: number;
  /** Open attempts without a running workflow. */
  readonly missing: string[];
  readonly closed: string[];
  /** Those whose workflow shows another phase than the records. */
  readonly elsewhere: string[];
};

async function reconcile(mode: Mode, context: ReconcileContext): Promise<number> {
  const { client, recovery, teller, print } = context;
  const running = await runningAttempts(client);
  const findings = await compare(running, context);
  const unknown = await recovery.unknown([...running.keys()]);
  const corrections = await missingCorrections(client, await recovery.openCorrections());
  const untold = await recovery.untoldResults();
  say(findings, print);
  list('workflows of attempts that PostgreSQL does not know', unknown, print);
  const correctionIds = corrections.map(({ correctionId }) => correctionId);
  list('open corrections without a workflow', correctionIds, print);
  const untoldIds = untold.map(({ attemptId, test }) => `${attemptId} ${test}`);
  list('published results that the candidate was not told', untoldIds, print);

  const { missing, closed } = findings;
  if (mode === 'report') return missing.length + closed.length + unknown.length + corrections.length + untold.length === 0 ? 0 : 1;

  const restarted = mode === 'repair' ? [...missing, ...closed] : await allOpen(recovery);
  await inParallel(restarted, (attemptId) => startAnew(client, attemptStart(attemptId)), { verb: 'started', print });
  if (mode === 'restart-all') await inParallel(unknown, (attemptId) => end(client, attemptId), { verb: 'ended', print });
  await inParallel(corrections, (correction) => restartCorrection(client, correction), { verb: 'corrections started', print });
  await inParallel(untold, (result) => teller.tellResult(result), { verb: 'results told', print });
  print(`${formatCount(restarted.length)} workflows started again`);
  return 0;
}

/** By attempt, with the phase that staff see. By the visibility store, which may lag by a moment. */
async function runningAttempts(client: Client): Promise<ReadonlyMap<string, string | undefined>> {
  const running = new Map<string, string | undefined>();
  const query = `WorkflowType = '${ATTEMPT_WORKFLOW}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, searchAttributes } of client.workflow.list({ query, pageSize: 1000 })) {
    const attemptId = attemptIdOfWorkflow(workflowId);
    const phase = searchAttributes['CertPhase']?.[0];
    if (attemptId !== undefined) running.set(attemptId, typeof phase === 'string' ? phase : undefined);
  }
  return running;
}

async function compare(running: ReadonlyMap<string, string | undefined>, { client, recovery }: ReconcileContext): Promise<Findings> {
  const findings: Findings = { open: 0, missing: [], closed: [], elsewhere: [] };
  for await (const page of recovery.openAttempts()) {
    findings.open += page.length;
    await inParallel(page, (attempt) => sort(attempt, { running, client, findings }));
  }
  return findings;
}

async function sort(
  { attemptId, phase }: { attemptId: string; phase: Phase },
  { running, client, findings }: { running: ReadonlyMap<string, string | undefined>; client: Client; findings: Findings },
): Promise<void> {
  if (running.has(attemptId)) {
    if (running.get(attemptId) !== phase) findings.elsewhere.push(attemptId);
    return;
  }
  const status = await statusOf(client, attemptWorkflowId(attemptId));
  if (status === undefined) findings.missing.push(attemptId);
  else if (status !== 'RUNNING') findings.closed.push(attemptId);
}

/** Undefined where there is no such workflow. */
async function statusOf(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function missingCorrections(client: Client, corrections: readonly OpenCorrection[]): Promise<readonly OpenCorrection[]> {
  const missing: OpenCorrection[] = [];
  await inParallel(corrections, async (correction) => {
    if ((await statusOf(client, correctionWorkflowId(correction.correctionId))) !== 'RUNNING') missing.push(correction);
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

function say({ open, missing, closed, elsewhere }: Findings, print: (line: string) => void): void {
  print(`${formatCount(open)} attempts are open in PostgreSQL`);
  list('missing in Temporal', missing, print);
  list('closed in Temporal', closed, print);
  list('shown in another phase than the records say (on their way, if it goes away)', elsewhere, print);
}

function list(what: string, ids: readonly string[], print: (line: string) => void): void {
  print(`  ${formatCount(ids.length).padStart(6)}  ${what}`);
  for (const id of ids.slice(0, SHOWN_MAX)) print(`          ${id}`);
  if (ids.length > SHOWN_MAX) print(`          … and ${formatCount(ids.length - SHOWN_MAX)} more`);
}

function readMode(args: readonly string[]): Mode {
  try {
    const { values } = parseArgs({ args: [...args], options: { repair: { type: 'boolean' }, 'restart-all': { type: 'boolean' } } });
    if (values.repair && values['restart-all']) throw new Error('--repair or --restart-all, not both');
    if (values['restart-all']) return 'restart-all';
    return values.repair ? 'repair' : 'report';
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  readMode(args);
  const config = readReconcileConfig();
  const stores = connectToolStores(config);
  const client = createTemporalClient(config);
  const teller = createTeller({ notices: stores.notices, publicUrl: config.PUBLIC_URL, mailing: config.SMTP_URL !== undefined });
  try {
    return await runReconcile(args, { ...terminal, client, recovery: stores.recovery, teller });
  } finally {
    await client.connection.close();
    await stores.close();
  }
}

if (import.meta.main) process.exitCode = await runTool(terminal, main);
