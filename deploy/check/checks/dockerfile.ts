import type { Check } from '../check.ts';
import { filesMatching } from '../files.ts';
import { runTool, saidBy } from '../run-tool.ts';

export const dockerfileLint: Check = {
  name: 'hadolint',
  tools: ['hadolint'],
  async run({ root, tool, signal }) {
    const files = await filesMatching(root, ['Dockerfile', 'deploy/**/*Dockerfile*']);
    const run = await runTool({ command: tool('hadolint'), args: ['--no-color', '--config', '.hadolint.yaml', ...files], cwd: root, signal });
    return { count: files.length, what: 'Dockerfiles', problems: run.code === 0 ? [] : [saidBy(run)] };
  },
};
