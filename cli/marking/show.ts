import type { Command } from 'commander';
import { evidenceWords } from '../../domain/marking-evidence.ts';
import type { MarkingModel } from '../../domain/marking-model.ts';
import type { MarkingModelRecord } from '../../store/marking-models.ts';
import { JSON_OPTION, wholeNumber } from '../arguments.ts';
import { alignColumns, CommandError, formatCount, formatShare, printJson, type CommandContext } from '../command.ts';

export function addMarkingModelShow(group: Command, context: CommandContext): void {
  group
    .command('show')
    .description('all versions of the marking model; or what one of them says about graders')
    .option('--model <version>', 'this version', wholeNumber(1))
    .option(...JSON_OPTION)
    .action(async ({ model: version, json }: { model?: number; json?: true }) => {
      const { markingModels } = await context.connections.stores();
      const records = await markingModels.list();
      if (version === undefined) return json ? printJson(context, records) : tellAll(records, context);
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

function tellOne({ version, active, evidence }: MarkingModelRecord, { graders, scripts, machineCheck }: MarkingModel): readonly string[] {
  const rows = Object.entries(graders)
    .toSorted(([, first], [, second]) => second.scripts - first.scripts)
    .map(([grader, record]) => [grader, formatCount(record.scripts), formatShare(record.severity), record.spread.toFixed(2)]);
  return [
    `version ${version}${active ? ', active' : ''}: ${formatCount(scripts)} scripts, ${formatCount(Object.keys(machineCheck?.items ?? {}).length)} items with a machine check`,
    ...evidenceWords(evidence),
    '',
    ...alignColumns([['grader', 'scripts', 'gives more by', 'spread'], ...rows]),
  ];
}
