import type { Command } from 'commander';
import { z } from 'zod';
import { examVersionName, type ExamContent } from '../../domain/exam.ts';
import { post, problemOf, targetOf, type ApiOptions, type ApiTarget } from '../api-target.ts';
import { CommandError, type CommandContext } from '../command.ts';
import { problemLines, readExamFile } from './exam-file.ts';

export function addExamPublish(exam: Command, context: CommandContext): void {
  const command = exam
    .command('publish')
    .description('check an exam form, and publish it as an exam version, which never changes after')
    .argument('<file>', 'the exam form (docs/exam-form.md)')
    .option('--api <url>', 'where the API is (default: that of the stack that "npm start" keeps)')
    .option('--token <token>', "a designated grader's access token (default: that of the stack)")
    .action(async (file: string, options: ApiOptions) => {
      const read = await readExamFile(file);
      if (!read.ok) throw new CommandError(problemLines(file, read.problems));
      const { json, content } = read;
      const target = await targetOf(options, command, { ...context, role: 'designated' });
      context.connections.announce(`API ${target.api}`);
      context.print(await publish({ json, content, target }));
    });
}

async function publish(exam: { readonly json: unknown; readonly content: ExamContent; readonly target: ApiTarget }): Promise<string> {
  const name = examVersionName(exam.content);
  const response = await post(exam.target, '/v1/exams', exam.json);
  switch (response.status) {
    case 201:
      await refuseStranger(exam.target, response, name);
      return `published ${name}`;
    case 200:
      await refuseStranger(exam.target, response, name);
      return 'already published, unchanged';
    case 409:
      throw new CommandError(await refusalOf(response));
    default:
      throw new CommandError(`${exam.target.api} refused ${name} (${response.status}): ${await refusalOf(response)}`);
  }
}

/** Whatever listens there may answer well: that this exam is published only the API says. */
async function refuseStranger({ api }: ApiTarget, response: Response, name: string): Promise<void> {
  const answer = z.object({ examVersion: z.literal(name) }).safeParse(await response.json().catch(() => undefined));
  if (answer.success) return;
  throw new CommandError(
    `${api} answered ${response.status}, and not as the API of Certifiable does: nothing says that ${name} is published. Look at --api.`,
  );
}

async function refusalOf(response: Response): Promise<string> {
  const { text, fields } = await problemOf(response);
  return [text, ...fields.map((error) => problemLines('', [error]))].join('\n');
}
