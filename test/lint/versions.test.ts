import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { workflowFiles } from '../../deploy/check/checks/workflows.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const { dependencies } = JSON.parse(await read('package.json')) as { dependencies: Record<string, string> };

it('one release of Node runs everywhere: the one that the project brings along', async () => {
  expect(await read('.nvmrc')).toBe(`${dependencies['node']}\n`);
  const workflows = await Promise.all((await workflowFiles(repository)).map(read));
  const versions = workflows.flatMap((workflow) => [...workflow.matchAll(/node-version: (.*)/g)].map(([, version]) => version));
  expect(new Set(versions)).toEqual(new Set([dependencies['node']]));
  expect(await read('deploy/compose/new-environment.mjs')).toContain(`node:${dependencies['node']}-bookworm-slim`);
});

function read(file: string): Promise<string> {
  return readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
}
