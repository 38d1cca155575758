import { expect, it } from 'vitest';
import { runCommand } from '../test/support/command.ts';
import { leavesOf, programTree } from '../test/support/command-tree.ts';
import { instant } from './arguments.ts';

const doors = leavesOf(programTree()).flatMap(({ path, command, example }) =>
  command.options.filter(({ parseArg }) => parseArg === instant).map(({ long }) => ({ path, example, option: long ?? '' })),
);

it.each(doors)('a time that no calendar has is refused with exit code 2: $path $option', async ({ path, example, option }) => {
  for (const bad of ['2026-02-30T12:00:00Z', '2026-12-24T24:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
    const args = example.includes(option) ? example.with(example.indexOf(option) + 1, bad) : [...example, option, bad];
    const { exitCode, errors } = await runCommand([...path, ...args], {});
    expect({ exitCode, errors: errors.join('\n') }).toEqual({ exitCode: 2, errors: expect.stringContaining('must be a time that exists') });
  }
});

it('are as many as there are options with a time', () => {
  expect(doors.map(({ option }) => option).toSorted()).toEqual([
    '--before',
    '--before',
    '--before',
    '--before',
    '--disowned-from',
    '--from',
    '--from',
    '--since',
    '--to',
  ]);
});
