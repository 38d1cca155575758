import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../platform/config.ts';
import { isDiskFull } from '../platform/disk-full.ts';
import { NO_ROOM } from '../platform/failure.ts';
import { addMove } from './attempts/move.ts';
import { addOutageCredit } from './attempts/outage-credit.ts';
import { CommandError, REFUSED, type CommandContext } from './command.ts';
import { addCompletion } from './completion.ts';
import { addDatabaseCheck } from './database/check.ts';
import { addDatabaseReseal } from './database/reseal.ts';
import { addDatabaseRoles } from './database/roles.ts';
import { addCanRetire } from './deployment/can-retire.ts';
import { addEndRamp } from './deployment/end-ramp.ts';
import { addPromote } from './deployment/promote.ts';
import { addRamp } from './deployment/ramp.ts';
import { addReplay } from './deployment/replay.ts';
import { addVersions } from './deployment/versions.ts';
import { addEventsAside } from './events/aside.ts';
import { addEventsRemove } from './events/remove.ts';
import { addEventsReplay } from './events/replay.ts';
import { addEventsRetry } from './events/retry.ts';
import { addEventsStatus } from './events/status.ts';
import { addExamCheck } from './exam/check.ts';
import { addExamPublish } from './exam/publish.ts';
import { addExamReplaceSampleSecret } from './exam/replace-sample-secret.ts';
import { addExportResearch } from './export/research.ts';
import { addImportCertificates } from './import/certificates.ts';
import { addKeysRoot } from './keys/root.ts';
import { addKeysSignOff } from './keys/sign-off.ts';
import { addMarkingModelActivate } from './marking/activate.ts';
import { addMarkingModelFit } from './marking/fit.ts';
import { addMarkingModelShow } from './marking/show.ts';
import { addMarkingPlan } from './marking/plan.ts';
import { addPrivacyErase } from './privacy/erase.ts';
import { addPrivacyExport } from './privacy/export.ts';
import { addPrivacyHold } from './privacy/hold.ts';
import { addPrivacyKeep } from './privacy/keep.ts';
import { addPrivacyReapply } from './privacy/reapply.ts';
import { addReceiptCheck } from './receipt/check.ts';
import { addAudit } from './records/audit.ts';
import { addExplain } from './records/explain.ts';
import { addRecompute } from './records/recompute.ts';
import { addReconcile } from './records/reconcile.ts';
import { addVerify } from './records/verify.ts';
import { addRegisterCheck } from './register/check.ts';
import { addRegisterRebuild } from './register/rebuild.ts';
import { addReportItems } from './report/items.ts';
import { addPeriodReports } from './report/periods.ts';
import { addReportStandardSetting } from './report/standard-setting.ts';

type Group = {
  readonly name: string;
  readonly description: string;
  readonly subcommands: readonly ((group: Command, context: CommandContext) => void)[];
};

const GROUPS: readonly Group[] = [
  {
    name: 'exam',
    description: 'exam forms: check one, publish it as an exam version; the secret of its random sample',
    subcommands: [addExamCheck, addExamPublish, addExamReplaceSampleSecret],
  },
  { name: 'receipt', description: 'receipts of submissions', subcommands: [addReceiptCheck] },
  { name: 'keys', description: 'which keys sign certificates, as the holder of the root key says', subcommands: [addKeysRoot, addKeysSignOff] },
  { name: 'import', description: 'what another system had', subcommands: [addImportCertificates] },
  { name: 'register', description: 'the public register beside the records', subcommands: [addRegisterCheck, addRegisterRebuild] },
  {
    name: 'events',
    description: 'what brokers, webhooks and the register have yet to take',
    subcommands: [addEventsStatus, addEventsAside, addEventsRetry, addEventsReplay, addEventsRemove],
  },
  {
    name: 'records',
    description: 'whether all records are whole, as the ledger has them, and in step with their workflows; why an attempt was decided as it was',
    subcommands: [addVerify, addAudit, addReconcile, addRecompute, addExplain],
  },
  {
    name: 'privacy',
    description: 'what is kept about a candidate: written out for them, erased, or put on hold',
    subcommands: [addPrivacyExport, addPrivacyErase, addPrivacyKeep, addPrivacyHold, addPrivacyReapply],
  },
  { name: 'database', description: 'who may do what in PostgreSQL', subcommands: [addDatabaseRoles, addDatabaseCheck, addDatabaseReseal] },
  { name: 'attempts', description: 'acts on many attempts at once', subcommands: [addOutageCredit, addMove] },
  {
    name: 'marking-model',
    description: 'what past double marks say about graders and items, for the policy `risk`',
    subcommands: [addMarkingModelFit, addMarkingModelShow, addMarkingModelActivate],
  },
  {
    name: 'report',
    description: 'what the numbers say about exams, the promise and the marking',
    subcommands: [addReportItems, addReportStandardSetting, ...addPeriodReports],
  },
  { name: 'export', description: 'what others may work with', subcommands: [addExportResearch] },
  {
    name: 'deployment',
    description: 'the builds of the worker pools, and which of them gets new work',
    subcommands: [addVersions, addCanRetire, addPromote, addRamp, addEndRamp, addReplay],
  },
];

const NOTES = `
Servers are named by the environment, as for API and pools (DATABASE_URL, TEMPORAL_ADDRESS and their companions). Where it
names none, they are those of the stack that "npm start" keeps in this checkout. Nothing has a default address.

Exit codes: 0 done, or all is well; 1 refused, or something is not as it should be; 2 wrong arguments; 3 it cannot be told,
or only a part was taken; 130 stopped by Ctrl-C.`;

/** All that can be typed, and what it does. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('certifiable')
    .description('What operators and authors of exams do.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => context.printError(text.trimEnd()),
      outputError: (text, write) => write(text),
    })
    .showHelpAfterError()
    .addHelpText('after', NOTES);
  for (const { name, description, subcommands } of GROUPS) {
    const group = program.command(name).description(description);
    for (const add of subcommands) add(group, context);
  }
  addMarkingPlan(program, context);
  addCompletion(program, context);
  return program;
}

/** Runs a command to its exit code, and closes its connections. Expected failures are printed as they are; a defect with all that is known of it. */
export async function runCertifiable(args: readonly string[], surroundings: Omit<CommandContext, 'exitWith'>): Promise<number> {
  let exitCode = 0;
  const exitWith = (code: number) => void (exitCode = code);
  try {
    await createProgram({ ...surroundings, exitWith }).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // commander has said it already: its help, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    surroundings.printError(await describeFailure(error));
    return error instanceof CommandError ? error.exitCode : REFUSED;
  } finally {
    await surroundings.connections.close();
  }
}

async function describeFailure(error: unknown): Promise<string> {
  if (error instanceof CommandError || error instanceof ConfigurationError) return error.message;
  const { isTemporalUnavailable } = await import('../platform/temporal/client.ts');
  if (isTemporalUnavailable(error)) return 'Temporal does not answer. What was done stays done: try again later.';
  if (knowsNoAttempts(error)) return 'This namespace does not know our search attributes: no worker has started here yet.';
  const { isDatabaseFull, isDatabaseUnavailable } = await import('../store/context.ts');
  if (isDatabaseFull(error)) return "PostgreSQL's disk is full. What was done stays done: make room there, and start the same command again.";
  if (isDatabaseUnavailable(error)) return 'PostgreSQL does not answer. What was done stays done: start the same command again later.';
  if (isDiskFull(error)) return `${String(error)}\n${NO_ROOM}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A visibility query was refused for an attribute that workers register when they first start. */
function knowsNoAttempts(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /search attribute/i.test(error.message) || knowsNoAttempts(error.cause);
}
