import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { examVersionName, type ExamContent } from '../domain/exam.ts';
import { pointsFromMillipoints, sumOf } from '../domain/points.ts';
import { parseExamForm } from '../exams/form.ts';
import { placeOfJsonError } from '../exams/json-text.ts';

const USAGE = `Usage:
  npm run exam -- check FILE                                  say what is wrong with an exam form
  npm run exam -- publish FILE [--api URL] [--token TOKEN]    check it, and publish it

--api and --token default to those of the local stack, while it runs. TOKEN must be a designated grader's.`;

const REQUEST_LIMIT_MILLISECONDS = 30_000;

/** 0: done; 1: the form, the server or the network refused; 2: the command was not understood. */
export type ExitCode = 0 | 1 | 2;

/** What the command needs from the process around it. */
export type ExamCommandContext = {
  /** Written by the local stack: where its API is, and a token for each role. */
  readonly stackFile: string | URL;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
};

/** Ends the command: what to tell, and how to exit. */
class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs `check FILE` or `publish FILE`. Expected failures are printed and answered by the exit code; only defects throw. */
export async function runExamCommand(args: readonly string[], context: ExamCommandContext): Promise<ExitCode> {
  try {
    const command = readCommand(args);
    if (command.name === 'help') {
      context.print(USAGE);
      return 0;
    }
    const { json, content } = await readExam(command.file);
    if (command.name === 'check') context.print(`${command.file} is a valid exam form: ${summaryOf(content)}`);
    else context.print(await publish({ json, content, target: await targetOf(command, context.stackFile) }));
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.printError(error.message);
    return error.exitCode;
  }
}

type Command =
  | { readonly name: 'help' }
  | { readonly name: 'check'; readonly file: string }
  | { readonly name: 'publish'; readonly file: string; readonly api: string | undefined; readonly token: string | undefined };

function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parseOptions(args);
  if (values.help) return { name: 'help' };
  const [name, file, ...rest] = positionals;
  if ((name !== 'check' && name !== 'publish') || file === undefined || rest.length > 0) throw new CommandError(USAGE, 2);
  if (name === 'publish') return { name, file, api: values.api, token: values.token };
  if (values.api !== undefined || values.token !== undefined) throw new CommandError(`check takes no options\n\n${USAGE}`, 2);
  return { name, file };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { api: { type: 'string' }, token: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new CommandError(`${messageOf(error)}\n\n${USAGE}`, 2);
  }
}

async function readExam(file: string): Promise<{ readonly json: unknown; readonly content: ExamContent }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(`${file}: cannot be read: ${messageOf(error)}`);
  });
  const place = placeOfJsonError(text);
  if (place) throw new CommandError(`${file}: line ${place.line}, column ${place.column}: is not JSON from here on`);
  const json: unknown = JSON.parse(text);
  const parsed = parseExamForm(json);
  if (parsed.ok) return { json, content: parsed.content };
  throw new CommandError(problemLines(file, parsed.problems));
}

function problemLines(source: string, problems: readonly { readonly path: string; readonly message: string }[]): string {
  return problems.map(({ path, message }) => [source, path, message].filter((part) => part !== '').join(': ')).join('\n');
}

function summaryOf(content: ExamContent): string {
  const texts = content.items.filter((item) => item.type === 'text').length;
  const points = pointsFromMillipoints(sumOf(content.items.map((item) => item.millipoints)));
  const parts = [`${content.items.length - texts} choice and ${texts} text items`, `${points} points`, `${content.caseStudies.length} case studies`];
  return `${examVersionName(content)}, ${parts.join(', ')}`;
}

type Target = { readonly api: string; readonly token: string };

const stackSchema = z.object({ apiUrl: z.string(), tokens: z.object({ designated: z.string() }) });

async function targetOf(command: { readonly api: string | undefined; readonly token: string | undefined }, stackFile: string | URL): Promise<Target> {
  const stack = command.api !== undefined && command.token !== undefined ? undefined : await readStack(stackFile);
  const api = command.api ?? stack?.apiUrl;
  const token = command.token ?? stack?.tokens.designated;
  if (api === undefined || token === undefined) {
    throw new CommandError(
      'The local stack is not running, so there is no default for where to publish. Start it, or pass both\n' +
        "  --api URL      where the API is, such as https://api.example.com\n  --token TOKEN  a designated grader's access token",
      2,
    );
  }
  if (!/^https?:$/.test(URL.parse(api)?.protocol ?? '')) throw new CommandError(`--api must be an http or https URL, not "${api}"`, 2);
  return { api: api.replace(/\/+$/, ''), token };
}

/** Undefined when there is no such file: the stack is not running. */
async function readStack(stackFile: string | URL): Promise<z.infer<typeof stackSchema> | undefined> {
  const text = await readFile(stackFile, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const stack = stackSchema.safeParse(placeOfJsonError(text) ? undefined : JSON.parse(text));
  if (stack.success) return stack.data;
  throw new CommandError(`${String(stackFile)} does not say where the local stack is: restart the stack, or pass --api and --token`);
}

async function publish(exam: { readonly json: unknown; readonly content: ExamContent; readonly target: Target }): Promise<string> {
  const name = examVersionName(exam.content);
  const response = await post(exam.target, exam.json);
  switch (response.status) {
    case 201:
      return `published ${name}`;
    case 200:
      return 'already published, unchanged';
    case 409:
      throw new CommandError(`${await refusalOf(response)}\nA published version never changes: raise "version" to publish a new one.`);
    default:
      throw new CommandError(`${exam.target.api} refused ${name} (${response.status}): ${await refusalOf(response)}`);
  }
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

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A connection tried over several addresses fails with an AggregateError, whose own message is empty.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

if (import.meta.main) {
  process.exitCode = await runExamCommand(process.argv.slice(2), {
    stackFile: new URL('../.certifiable/stack.json', import.meta.url),
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
  });
}
