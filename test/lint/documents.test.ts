import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
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

async function git(...args: string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: repository, maxBuffer: 1e8 });
  return stdout.trim().split('\n');
}
