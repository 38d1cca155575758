import { InvalidArgumentError, type Command } from 'commander';
import { wholeNumber, wrongArguments } from '../arguments.ts';
import { CommandError, type CommandContext } from '../command.ts';
import type { CommandStores } from '../stores.ts';

const NOTES = `
From then on attempts under \`risk\` are opened with one seat, and this model is asked once its marks are in. What was assessed or
opened before stays as it is. With none, everything is marked twice again.

--follow-better lets the versions that the pool "reporting" fits every week become the one that is asked, in the name of --actor: where one is asked, and
the new one is better beyond chance on marks that both have not seen (docs/marking.md has the rule). --no-follow-better ends that.`;

const NONE = 'none';

type Options = { readonly actor: string; readonly reason: string; readonly followBetter?: boolean };

export function addMarkingModelActivate(group: Command, context: CommandContext): void {
  group
    .command('activate')
    .description('make a version the one that is asked, or none; and whether better ones follow')
    .argument('[model]', `the version, or "${NONE}"`, versionOrNone)
    .requiredOption('--actor <name>', 'who decides it')
    .requiredOption('--reason <text>', 'why')
    .option('--follow-better', 'from now on better versions are activated by themselves')
    .option('--no-follow-better', 'from now on they are not')
    .addHelpText('after', NOTES)
    .action(async (model: number | typeof NONE | undefined, { followBetter, ...by }: Options, command: Command) => {
      if (model === undefined && followBetter === undefined) wrongArguments(command, `name a version, or "${NONE}", or say --follow-better`);
      const stores = await context.connections.stores();
      if (model !== undefined) context.print(await activate(stores, model, by));
      if (followBetter === undefined) return;
      await stores.markingReviews.setFollowing({ follows: followBetter, ...by });
      context.print(followBetter ? 'better versions are activated by themselves from now on' : 'no version is activated by itself any more');
    });
}

async function activate({ markingModels }: CommandStores, model: number | typeof NONE, by: { actor: string; reason: string }): Promise<string> {
  if (model === NONE) {
    await markingModels.deactivate(by);
    return 'no marking model is asked from now on: `risk` marks everything twice';
  }
  if (!(await markingModels.activate({ version: model, ...by })))
    throw new CommandError(`there is no version ${model} of the marking model: "certifiable marking-model show" lists them`);
  return `version ${model} of the marking model is asked from now on`;
}

function versionOrNone(text: string): number | typeof NONE {
  if (text === NONE) return NONE;
  if (/^\d+$/.test(text)) return wholeNumber(1)(text);
  throw new InvalidArgumentError(`It must be the number of a version, or "${NONE}".`);
}
