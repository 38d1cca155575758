import type { Command } from 'commander';
import { z } from 'zod';
import { examVersionName, type ExamContent } from '../../domain/exam.ts';
import { wrongArguments } from '../arguments.ts';
import { CommandError, messageOf, type CommandContext } from '../command.ts';
import { problemLines, readExamFile } from './exam-file.ts';

const REQUEST_LIMIT_MILLISECONDS = 30_000;

type Options = { readonly api?: string; readonly token?: string };

type Target = { readonly api: string; readonly token: string };

export function addExamPublish(exam: Command, context: CommandContext): void {
  const command = exam
    .command('publish')
    .description('check an exam form, and publish it as an exam version, which never changes after')
    .argument('<file>', 'the exam form (docs/exam-form.md)')
    .option('--api <url>', 'where the API is (default: that of the stack that "npm start" keeps)')
    .option('--token <token>', "a designated grader's access token (default: that of the stack)")
    .action(async (file: string, options: Options) => {
      const read = await readExamFile(file);
      if (!read.ok) throw new CommandError(problemLines(file, read.problems));
      const { json, content } = read;
      const target = await targetOf(options, command, context);
      context.connections.announce(`API ${target.api}`);
      context.print(await publish({ json, content, target }));
    });
}

async function targetOf(options: Options, command: Command, { connections }: CommandContext): Promise<Target> {
  // The stack's token is for the stack: no other server gets to see it.
  const stack = options.api === undefined ? await connections.stack() : undefined;
  const api = options.api ?? stack?.apiUrl;
  const token = options.token ?? stack?.tokens.designated;
  if (api === undefined || token === undefined) {
    throw new CommandError('No API is named together with a token for it, and no stack of "npm start" is asked: pass --api URL and --token TOKEN.');
  }
  if (!/^https?:$/.test(URL.parse(api)?.protocol ?? '')) wrongArguments(command, `--api must be an http or https URL, not "${api}"`);
  return { api: api.replace(/\/+$/, ''), token };
}

async function publish(exam: { readonly json: unknown; readonly content: ExamContent; readonly target: Target }): Promise<string> {
  const name = examVersionName(exam.content);
  const response = await post(exam.target, exam.json);
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
async function refuseStranger({ api }: Target, response: Response, name: string): Promise<void> {
  const answer = z.object({ examVersion: z.literal(name) }).safeParse(await response.json().catch(() => undefined));
  if (answer.success) return;
  throw new CommandError(
    `${api} answered ${response.status}, and not as the API of Certifiable does: nothing says that ${name} is published. Look at --api.`,
  );
}

async function post({ api, token }: Target, json: unknown): Promise<Response> {
  try {
    return await fetch(`${api}/v1/exams`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, application/problem+json' },
      body: JSON.stringify(json),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MILLISECONDS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new CommandError(`${api} cannot be reached: ${messageOf(cause)}`);
  }
}

const problemDetails = z.object({
  title: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).catch([]),
});

/** The text of an RFC 9457 problem; whatever else a proxy in between may answer is named by its status alone. */
async function refusalOf(response: Response): Promise<string> {
  const problem = problemDetails.safeParse(await response.json().catch(() => undefined)).data;
  const text = problem?.detail ?? problem?.title ?? (response.statusText || 'no reason given');
  return [text, ...(problem?.fields ?? []).map((error) => problemLines('', [error]))].join('\n');
}
