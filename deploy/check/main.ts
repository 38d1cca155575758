import { fileURLToPath } from 'node:url';
import { readCommandLine } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { CHECKS } from './checks.ts';
import { runChecks } from './run-checks.ts';
import { TOOLS, type ToolName } from '../../local/tools/catalogue.ts';
import { createToolbox, toolsBin } from '../../local/tools/install.ts';

/**
 * `npm run check:deploy`: everything about the deployment that can be checked without a cluster. `-- WORD …` runs the checks
 * with such a word in their names alone; `-- --install TOOL …` only installs, `-- --list` names checks and tools.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = `Usage: npm run check:deploy [-- WORD …]

Runs the checks with one of the words in their names, or all of them.

  --list               names the checks and their tools
  --install TOOL …     installs tools alone, all without a name
  --skip-long-builds   leaves out, and says so, what needs a program that takes many minutes to build and is not there yet`;
const { values: options, positionals } = readCommandLine(USAGE, {
  options: {
    install: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    'skip-long-builds': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

await runUntilStopped(async (signal) => {
  const log = (line: string) => console.log(line);
  if (options.list) list();
  else if (options.install) await install({ names: positionals, log, signal });
  else await check({ words: positionals, skipsLongBuilds: options['skip-long-builds'], log, signal });
});

type Run = { log: (line: string) => void; signal: AbortSignal };

async function check({ words, ...run }: Run & { words: readonly string[]; skipsLongBuilds: boolean }): Promise<void> {
  const chosen = CHECKS.filter(({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase())));
  if (chosen.length === 0) fail(`No check is called ${words.join(' or ')}; "npm run check:deploy -- --list" names them.`);
  const failed = await runChecks(chosen, { root, ...run });
  if (failed > 0) process.exit(1);
}

async function install({ names, ...run }: Run & { names: readonly string[] }): Promise<void> {
  const unknown = names.filter((name) => !isTool(name));
  if (unknown.length > 0) fail(`No tool is called ${unknown.join(' or ')}; there are ${Object.keys(TOOLS).join(', ')}.`);
  const toolbox = createToolbox(run);
  const chosen = (names.length > 0 ? names : Object.keys(TOOLS)).filter(isTool);
  await Promise.all(chosen.map((name) => toolbox.ensure(name)));
  console.log(`installed; ${toolsBin()} has a link to each`);
}

function list(): void {
  for (const { name, tools } of CHECKS) console.log(`${name.padEnd(22)} ${tools.join(', ') || 'no tool'}`);
}

function isTool(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
