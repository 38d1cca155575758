import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Check, CheckResult, Project } from './check.ts';
import { renderChart, renderKustomizations } from './manifests.ts';
import { assembleSchemas } from './schemas/assemble.ts';
import { createToolbox, isLongBuild, toolsBin, type Toolbox } from '../../local/tools/install.ts';

export type RunOptions = {
  root: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** Leaves out, and says so, what needs a program that takes many minutes to build and is not there yet. */
  skipsLongBuilds?: boolean;
};
type Outcome = { readonly name: string; readonly problems: readonly string[]; readonly isSkipped?: true };

/**
 * Runs every check as soon as its tools are there, as many at once as there are processors. Says a line for each, then all
 * problems, then the sum. Answers how many failed.
 */
export async function runChecks(checks: readonly Check[], options: RunOptions): Promise<number> {
  const { log, signal } = options;
  const toolbox = createToolbox(options);
  const project = createProject(options, toolbox);
  const turn = createTurns(availableParallelism());
  const outcomes = await Promise.all(
    checks.map(async (check): Promise<Outcome> => {
      const unbuilt = options.skipsLongBuilds === true ? await unbuiltOf(check) : undefined;
      if (unbuilt !== undefined) return skip(check, whyUnbuilt(check, unbuilt), log);
      const unready = await prepare(check, toolbox, signal);
      if (unready !== undefined) return report(check, { problems: [unready], summary: 'its tools cannot be had' }, log);
      return turn(() => runOne(check, project, log));
    }),
  );
  signal?.throwIfAborted();
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  for (const { name, problems } of failed) log(`\n${name}\n${problems.map((problem) => indented(problem)).join('\n')}`);
  const skipped = outcomes.filter(({ isSkipped }) => isSkipped).length;
  const sum = `${outcomes.length - failed.length - skipped} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  log(`${failed.length > 0 ? '\n' : ''}${sum}`);
  return failed.length;
}

async function unbuiltOf({ tools }: Check): Promise<string | undefined> {
  for (const tool of tools) if (await isLongBuild(tool)) return tool;
  return undefined;
}

const whyUnbuilt = ({ name }: Check, tool: string) => `${tool} was never built here: npm run check:deploy -- "${name}" does, once, and checks`;

function skip({ name }: Check, why: string, log: (line: string) => void): Outcome {
  log(`SKIPPED ${name.padEnd(21)} ${why}`);
  return { name, problems: [], isSkipped: true };
}

async function prepare({ tools }: Check, toolbox: Toolbox, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    for (const tool of tools) await toolbox.ensure(tool);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return messageOf(error);
  }
}

async function runOne(check: Check, project: Project, log: (line: string) => void): Promise<Outcome> {
  const startedAt = Date.now();
  const { count, what, problems, unknown } = await check
    .run(project)
    .catch((error: unknown): CheckResult => ({ count: 0, what: 'things', problems: [messageOf(error)] }));
  if (unknown !== undefined) return skip(check, unknown, log);
  const summary = `${count} ${what}, ${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  const nothing = count === 0 && problems.length === 0 ? ['found nothing to check'] : [];
  return report(check, { problems: [...problems, ...nothing], summary }, log);
}

function report({ name }: Check, { problems, summary }: { problems: readonly string[]; summary: string }, log: (line: string) => void): Outcome {
  log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(22)} ${summary}`);
  return { name, problems };
}

function createProject({ root, log, signal }: RunOptions, toolbox: Toolbox): Project {
  const tool = (executable: string) => join(toolsBin(), executable);
  return {
    root,
    tool,
    signal,
    renderings: once(async () => {
      await Promise.all([toolbox.ensure('helm'), toolbox.ensure('kustomize')]);
      const ofChart = await renderChart({ root, helm: tool('helm'), signal });
      return [...ofChart, ...(await renderKustomizations({ root, kustomize: tool('kustomize'), signal }))];
    }),
    schemas: once(() => assembleSchemas({ log, signal })),
  };
}

/** Done when first asked for, and its answer kept. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

/** Lets so many run at once; the others wait in order. */
function createTurns(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function indented(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
