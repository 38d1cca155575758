import type { Check } from '../check.ts';
import { chartOf, valuesFiles } from '../manifests.ts';
import { runTool, saidBy } from '../run-tool.ts';

/** `helm lint --strict` with every values file; values.schema.json is held by it too. */
export const chartLint: Check = {
  name: 'helm lint',
  tools: ['helm'],
  async run({ root, tool, signal }) {
    const files = await valuesFiles(root);
    const problems: string[] = [];
    for (const file of files) {
      const run = await runTool({ command: tool('helm'), args: ['lint', '--strict', '--quiet', chartOf(file), '--values', file], cwd: root, signal });
      if (run.code !== 0) problems.push(`${file}: ${saidBy(run)}`);
    }
    return { count: files.length, what: 'values files', problems };
  },
};
