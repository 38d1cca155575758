import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

it('decisions are numbered without a gap, and none is named that is not there', async () => {
  const numbers = (await readdir(`${repository}/docs/decisions`)).map((file) => file.slice(0, 4)).toSorted();
  expect(numbers).toEqual(numbers.map((_number, index) => String(index + 1).padStart(4, '0')));
  const named = (await git('grep', '--no-color', '-hoE', 'decisions/[0-9]{4}')).map((match) => match.slice('decisions/'.length));
  expect(named).not.toEqual([]);
  expect(named.filter((number) => !numbers.includes(number))).toEqual([]);
});

it('the map in the README has every folder, and no other', async () => {
  const map = /## Where things live\n(.*?)\n## /s.exec(await document('README.md'))?.[1] ?? '';
  const drawn = [...map.matchAll(/^\| `([\w-]+)\/` \|/gm)].map(([, folder]) => folder);
  const there = (await git('ls-files')).filter((file) => /^[^.].*\//.test(file)).map((file) => file.slice(0, file.indexOf('/')));
  expect(new Set(drawn)).toEqual(new Set(there));
  expect(new Set(drawn).size).toBe(drawn.length);
});

/** Read by whoever comes next, to find their way: a path in them leads somewhere. */
const GUIDES = ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/testing.md', 'docs/changing-workflows.md'];

it.each(GUIDES)('every path and link in %s leads to something', async (guide) => {
  const files = await git('ls-files');
  // A word in capitals stands for whatever has that place.
  const glob = (path: string) => path.replace(/\/$/, '').replaceAll(/(?<=\/)[A-Z]+(?=[/.]|$)/g, '*');
  const isThere = (path: string) => files.some((file) => posix.matchesGlob(file, glob(path)) || posix.matchesGlob(file, `${glob(path)}/**`));
  const text = (await document(guide)).replaceAll(/^```.*?^```/gms, '');
  const rooms = new Set(files.map((file) => file.slice(0, file.indexOf('/'))));
  const quoted = [...text.matchAll(/`([\w.-]+\/[\w./-]*)`/g)].flatMap(([, path]) => path ?? []);
  const paths = quoted.filter((path) => rooms.has(path.slice(0, path.indexOf('/'))));
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => posix.join(posix.dirname(guide), link ?? ''));
  expect([...paths, ...links].length).toBeGreaterThan(0);
  expect([...paths, ...links].filter((path) => !isThere(path))).toEqual([]);
});

it('the walk in docs/architecture.md names functions that stand in the files beside them', async () => {
  const rows = (await document('docs/architecture.md')).split('\n').filter((line) => line.startsWith('|') && line.includes('()`'));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const files = [...row.matchAll(/`([\w/.-]+\.ts)`/g)].flatMap(([, path]) => path ?? []);
    const code = (await Promise.all(files.map(document))).join('\n');
    for (const [, name] of row.matchAll(/`(\w+)\(\)`/g)) expect(code, row).toMatch(new RegExp(`\\b${name}\\b`));
  }
});

function document(path: string): Promise<string> {
  return readFile(`${repository}/${path}`, 'utf8');
}

async function git(...args: string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: repository, maxBuffer: 1e8 });
  return stdout.trim().split('\n');
}
