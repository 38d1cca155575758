import type { Command } from 'commander';
import { JSON_OPTION } from '../arguments.ts';
import { CommandError, printJson, REFUSED, type CommandContext } from '../command.ts';
import { problemLines, readExamFile, summaryOf } from './exam-file.ts';

export function addExamCheck(exam: Command, context: CommandContext): void {
  exam
    .command('check')
    .description('say what is wrong with an exam form, each error by its place; sends nothing')
    .argument('<file>', 'the exam form (docs/exam-form.md)')
    .option(...JSON_OPTION)
    .action(async (file: string, { json }: { json?: true }) => {
      const read = await readExamFile(file);
      if (json) {
        printJson(context, read.ok ? { file, valid: true, ...summaryOf(read.content) } : { file, valid: false, problems: read.problems });
        if (!read.ok) context.exitWith(REFUSED);
        return;
      }
      if (!read.ok) throw new CommandError(problemLines(file, read.problems));
      const { examVersion, choiceItems, textItems, points, caseStudies } = summaryOf(read.content);
      context.print(
        `${file} is a valid exam form: ${examVersion}, ${choiceItems} choice and ${textItems} text items, ${points} points, ${caseStudies} case studies`,
      );
    });
}
