import type { Command } from 'commander';
import { evidenceWords } from '../../domain/marking-evidence.ts';
import type { MarkingModel } from '../../domain/marking-model.ts';
import { keptAsideWords, planWords, refitWords } from '../../domain/marking-refit.ts';
import type { MarkingModelRecord } from '../../store/marking-models.ts';
import type { Following, Refit, StoredPlan } from '../../store/marking-reviews.ts';
import { JSON_OPTION, wholeNumber } from '../arguments.ts';
import { alignColumns, CommandError, formatCount, formatShare, printJson, type CommandContext } from '../command.ts';

export function addMarkingModelShow(group: Command, context: CommandContext): void {
  group
    .command('show')
    .description('all versions of the marking model; or what one of them says about graders')
    .option('--model <version>', 'this version', wholeNumber(1))
    .option(...JSON_OPTION)
    .action(async ({ model: version, json }: { model?: number; json?: true }) => {
      const { markingModels, markingReviews } = await context.connections.stores();
      const records = await markingModels.list();
      if (version === undefined) {
        if (json) return printJson(context, records);
        tellAll(records, context);
        return tellReviews(await markingReviews.latest(), context);
      }
      const record = records.find((one) => one.version === version);
      const model = await markingModels.read(version);
      if (!record || !model)
        throw new CommandError(`there is no version ${version} of the marking model: "certifiable marking-model show" lists them`);
      if (json) return printJson(context, { ...record, ...summaryOf(model) });
      for (const line of tellOne(record, model)) context.print(line);
    });
}

/** What it says, without what no person reads: the numbers of the machine check. */
function summaryOf({ graders, plain, checked, itemSpreads, machineCheck }: MarkingModel) {
  return { graders, plain, checked, itemSpreads, machineCheckItems: Object.keys(machineCheck?.items ?? {}) };
}

function tellAll(records: readonly MarkingModelRecord[], { print }: CommandContext): void {
  if (records.length === 0) return print('there is no marking model yet: `risk` marks everything twice');
  const rows = records.map(({ version, active, scripts, graders, fittedAt, fittedBy }) => [
    String(version),
    active ? 'active' : '',
    formatCount(scripts),
    formatCount(graders),
    fittedAt.toISOString(),
    fittedBy,
  ]);
  for (const line of alignColumns([['version', '', 'scripts', 'graders', 'fitted at', 'by'], ...rows])) print(line);
  if (!records.some(({ active }) => active)) print('none is active: `risk` marks everything twice');
}

function tellReviews(
  { following, refit, plan }: { following: Following | undefined; refit: Refit | undefined; plan: StoredPlan | undefined },
  { print }: CommandContext,
): void {
  if (following)
    print(
      `better versions are ${following.follows ? '' : 'not '}activated by themselves: ${following.setBy}, ${following.setAt.toISOString()}: ${following.reason}`,
    );
  if (!refit) return print('no weekly fit has ended yet');
  print(`the last weekly fit, of marks until ${refit.marksUntil.toISOString()}:`);
  for (const line of [...refitWords(refit.outcome), ...(plan ? [planWords(plan.outcome)] : [])]) print(`  ${line}`);
}

function tellOne(
  { version, active, evidence, data, keptAside }: MarkingModelRecord,
  { graders, scripts, machineCheck }: MarkingModel,
): readonly string[] {
  const rows = Object.entries(graders)
    .toSorted(([, first], [, second]) => second.scripts - first.scripts)
    .map(([grader, record]) => [grader, formatCount(record.scripts), formatShare(record.severity), record.spread.toFixed(2)]);
  return [
    `version ${version}${active ? ', active' : ''}: ${formatCount(scripts)} scripts, ${formatCount(Object.keys(machineCheck?.items ?? {}).length)} items with a machine check`,
    ...(data ? [`fitted on ${formatCount(data.marks)} marks of ${formatCount(data.attempts)} attempts, SHA-256 ${data.hash}`] : []),
    ...(keptAside ? [keptAsideWords(keptAside)] : []),
    ...(keptAside && !evidence ? [] : evidenceWords(evidence)),
    '',
    ...alignColumns([['grader', 'scripts', 'gives more by', 'spread'], ...rows]),
  ];
}
