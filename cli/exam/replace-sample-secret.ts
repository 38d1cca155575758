import { InvalidArgumentError, type Command } from 'commander';
import { examVersionName } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { wholeNumber } from '../arguments.ts';
import { CommandError, type CommandContext } from '../command.ts';

const NOTES = `
The random sample of second marks is drawn by a secret that nobody is told: replace it once somebody may have seen it. Whatever is
assessed from then on is drawn by the new one. What was drawn stays drawn, also when its test is reopened. --generation is the
number that the new secret gets, one more than the newest; a repeat with the same number changes nothing. It is audited.`;

type Version = { readonly examId: string; readonly version: number };
type Options = { readonly generation: number; readonly actor: string; readonly reason: string };

export function addExamReplaceSampleSecret(exam: Command, context: CommandContext): void {
  exam
    .command('replace-sample-secret')
    .description('draw the random sample of second marks by another secret')
    .argument('<exam-version>', 'as in software-architect@3', examVersion)
    .requiredOption('--generation <number>', 'which secret of this exam version it is', wholeNumber(1, 1_000_000))
    .requiredOption('--actor <who>', 'who decided it, for the audit', something)
    .requiredOption('--reason <why>', 'for the audit', something)
    .addHelpText('after', NOTES)
    .action(async (version: Version, options: Options) => context.print(await replace({ version, options, context })));
}

async function replace({ version, options, context }: { version: Version; options: Options; context: CommandContext }): Promise<string> {
  const { examVersions, assessments } = await context.connections.stores();
  const name = examVersionName(version);
  const { generation } = options;
  try {
    const { id: examVersionId } = await examVersions.published(version);
    const replaced = await assessments.replaceSecret({ examVersionId, ...options });
    if (replaced === 'replaced') return `${name} is sampled by secret ${generation} from now on`;
    return `secret ${generation} of ${name} is there already: nothing was changed`;
  } catch (error) {
    if (error instanceof Refusal || error instanceof RangeError) throw new CommandError(`${name}: ${error.message}`);
    throw error;
  }
}

function examVersion(text: string): Version {
  const [, examId, version] = /^(.+)@([1-9]\d{0,8})$/.exec(text) ?? [];
  if (examId !== undefined && version !== undefined) return { examId, version: Number(version) };
  throw new InvalidArgumentError('It must be an exam and a version, as in software-architect@3.');
}

function something(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}
