import { InvalidArgumentError, type Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { CommandError, type CommandContext } from '../command.ts';

const NOTES = `
From then on attempts under \`risk\` are opened with one seat, and this model is asked once its marks are in. What was assessed or
opened before stays as it is. With none, everything is marked twice again.`;

const NONE = 'none';

type Options = { readonly actor: string; readonly reason: string };

export function addMarkingModelActivate(group: Command, context: CommandContext): void {
  group
    .command('activate')
    .description('make a version the one that is asked, or none')
    .argument('<model>', `the version, or "${NONE}"`, versionOrNone)
    .requiredOption('--actor <name>', 'who decides it')
    .requiredOption('--reason <text>', 'why')
    .addHelpText('after', NOTES)
    .action(async (model: number | undefined, by: Options) => {
      const { markingModels } = await context.connections.stores();
      if (model === undefined) {
        await markingModels.deactivate(by);
        return context.print('no marking model is asked from now on: `risk` marks everything twice');
      }
      if (!(await markingModels.activate({ version: model, ...by })))
        throw new CommandError(`there is no version ${model} of the marking model: "certifiable marking-model show" lists them`);
      context.print(`version ${model} of the marking model is asked from now on`);
    });
}

function versionOrNone(text: string): number | undefined {
  if (text === NONE) return undefined;
  if (/^\d+$/.test(text)) return wholeNumber(1)(text);
  throw new InvalidArgumentError(`It must be the number of a version, or "${NONE}".`);
}
