import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { absolute, filesMatching } from '../files.ts';
import { runTool, saidBy } from '../run-tool.ts';

export async function workflowFiles(root: string): Promise<string[]> {
  return filesMatching(root, '.github/{workflows,actions}/**/*.{yml,yaml}');
}

export const actionLint: Check = {
  name: 'actionlint',
  tools: ['actionlint'],
  async run({ root, tool, signal }) {
    const files = await filesMatching(root, '.github/workflows/*.{yml,yaml}');
    if (files.length === 0) return { count: 0, what: 'workflows', problems: [] };
    // Without shellcheck and pyflakes, which may be there or not: the same answer on every machine.
    const args = ['-no-color', '-shellcheck=', '-pyflakes=', ...absolute(root, files)];
    const run = await runTool({ command: tool('actionlint'), args, cwd: root, signal });
    return { count: files.length, what: 'workflows', problems: run.code === 0 ? [] : [saidBy(run)] };
  },
};

/** Offline: it asks GitHub nothing, so what it knows of known vulnerabilities of actions stays out. */
export const zizmor: Check = {
  name: 'zizmor',
  tools: ['zizmor'],
  async run({ root, tool, signal }) {
    const files = [...(await workflowFiles(root)), ...(await filesMatching(root, '.github/dependabot.yml'))];
    if (files.length === 0) return { count: 0, what: 'files', problems: [] };
    const args = ['--offline', '--quiet', '--no-progress', '--color=never', '--persona=pedantic', ...absolute(root, files)];
    const run = await runTool({ command: tool('zizmor'), args, cwd: root, signal });
    return { count: files.length, what: 'files', problems: run.code === 0 ? [] : [saidBy(run)] };
  },
};

/** A tag can be moved to other code, a commit cannot; the comment says which release it is. */
export const actionsPinned: Check = {
  name: 'actions pinned',
  tools: [],
  async run({ root }) {
    const files = await workflowFiles(root);
    const found = await Promise.all(files.map(async (file) => usesIn(await readFile(join(root, file), 'utf8')).map((line) => ({ file, line }))));
    const uses = found.flat();
    return { count: uses.length, what: 'uses', problems: uses.flatMap(({ file, line }) => pinProblem(line).map((problem) => `${file}: ${problem}`)) };
  },
};

export function usesIn(workflow: string): string[] {
  return workflow.split('\n').flatMap((line) => /^\s*(?:-\s+)?uses:\s*(.*)$/.exec(line)?.[1]?.trim() ?? []);
}

export function pinProblem(uses: string): string[] {
  if (uses.startsWith('./')) return [];
  return /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(uses) ? [] : [`${uses} is not pinned as name@<commit> # vX.Y.Z`];
}
