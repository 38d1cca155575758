import type { Command } from 'commander';
import { evidenceOf, evidenceWords } from '../../domain/marking-evidence.ts';
import { alikePairs, fitOnSplit } from '../../domain/kept-aside.ts';
import { isMarkedTwice, TooFewMarks, type MarkedScript } from '../../domain/marking-fit.ts';
import { alikeWords, keptAsideWords } from '../../domain/marking-refit.ts';
import { modelDataOf } from '../../store/model-data.ts';
import { JSON_OPTION } from '../arguments.ts';
import { CommandError, formatCount, printJson, type CommandContext } from '../command.ts';
import { readScripts } from './scripts-file.ts';

const NOTES = `
Marks of the database, of at most 20,000 submissions, the newest first; or of a file in the form of docs/marking.md, whose tests
are then no tests of ours: only what it says about graders is used. A fifth of the attempts is kept aside, the same each time, and the model
is judged on them; and on tests that it was not fitted on. It is kept as a new version, and asked by no attempt before "certifiable
marking-model activate". The same marks give the same version. The pool "reporting" does the same every Monday.`;

type Options = { readonly actor: string; readonly marks?: string; readonly json?: true };

export function addMarkingModelFit(group: Command, context: CommandContext): void {
  group
    .command('fit')
    .description('fit a marking model from marks, judge it, and keep it as a new version')
    .requiredOption('--actor <name>', 'who fits it')
    .option('--marks <file>', 'marked scripts in a file, as JSON lines, instead of those of the database')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ actor, marks, json }: Options) => {
      const stores = await context.connections.stores();
      const scripts = marks === undefined ? await stores.markedScripts() : await readScripts(marks);
      context.printError(`fitting on ${formatCount(scripts.filter(isMarkedTwice).length)} scripts that two graders marked`);
      const { model, keptAside, split } = fitOrRefuse(scripts);
      const [evidence, data] = [evidenceOf(scripts), modelDataOf(split.fitted)];
      const kept = await stores.markingModels.add({ model, evidence, data, keptAside, actor });
      if (json) return printJson(context, { ...kept, scripts: model.scripts, graders: Object.keys(model.graders).length, data, keptAside, evidence });
      context.print(kept.created ? `version ${kept.version} is kept` : `version ${kept.version} was fitted on the same marks before`);
      for (const line of [keptAsideWords(keptAside), ...evidenceWords(evidence), ...alikePairs(scripts).map(alikeWords)]) context.print(line);
    });
}

function fitOrRefuse(scripts: readonly MarkedScript[]) {
  try {
    return fitOnSplit(scripts);
  } catch (error) {
    if (!(error instanceof TooFewMarks)) throw error;
    throw new CommandError(`no model: ${error.message}. Until then \`risk\` marks everything twice, which brings the marks`);
  }
}
