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

it('what is installed, on whatever machine, is what was locked: each package by its hash', async () => {
  const { packages } = JSON.parse(await read('package-lock.json')) as {
    packages: Record<string, { readonly integrity?: string; readonly link?: true }>;
  };
  const locked = Object.entries(packages).filter(([path, { link }]) => path !== '' && link !== true);
  expect(locked.length).toBeGreaterThan(500);
  // npm leaves it out for packages of other systems than the one that wrote the file, where node_modules is there already.
  expect(locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
});

function read(file: string): Promise<string> {
  return readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
}
