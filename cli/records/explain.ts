import { InvalidArgumentError, type Command } from 'commander';
import { validate as isUuid } from 'uuid';
import { Refusal } from '../../domain/refusal.ts';
import { JSON_OPTION } from '../arguments.ts';
import { CommandError, printJson, type CommandContext } from '../command.ts';
import { explanationLines } from './explanation-lines.ts';

const NOTES = `
Each answer, each mark with its reason and who gave it, how they became one, what the marking model said, the rules of the pinned exam version, and the
arithmetic as exact fractions. It holds answers and keys: who reads it and why is audited.`;

type Options = { readonly actor: string; readonly reason: string; readonly json?: true };

export function addExplain(records: Command, context: CommandContext): void {
  records
    .command('explain')
    .description('why each test of an attempt was decided as it was, from the records alone')
    .argument('<attempt>', 'its id', attemptId)
    .requiredOption('--actor <name>', 'who reads it')
    .requiredOption('--reason <text>', 'why')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async (attempt: string, { json, ...by }: Options) => {
      const { explanations } = await context.connections.stores();
      const decisions = await explanations({ attemptId: attempt, role: 'operator', ...by }).catch(asCommandError);
      if (json) return printJson(context, { attemptId: attempt, decisions });
      if (decisions.length === 0) return context.print('nothing is decided yet');
      for (const line of decisions.flatMap(explanationLines)) context.print(line);
    });
}

function asCommandError(error: unknown): never {
  if (error instanceof Refusal) throw new CommandError(error.message);
  throw error;
}

function attemptId(text: string): string {
  if (isUuid(text)) return text;
  throw new InvalidArgumentError('It must be the id of an attempt.');
}
