import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { runCommand } from '../test/support/command.ts';
import { leavesOf, programTree } from '../test/support/command-tree.ts';

async function scriptFor(shell: string): Promise<string> {
  const { exitCode, printed } = await runCommand(['completion', shell], {});
  expect(exitCode).toBe(0);
  return printed.join('\n');
}

/** What bash offers at the end of a line. */
async function offered(...words: string[]): Promise<readonly string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const line = `COMP_WORDS=(certifiable ${quoted}); COMP_CWORD=${words.length}; _certifiable; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', `${await scriptFor('bash')}\n${line}`], { encoding: 'utf8' });
  return output.split('\n').filter((word) => word !== '');
}

it('bash completes groups, subcommands, options and the values that there are', async () => {
  expect(await offered('dep')).toEqual(['deployment']);
  expect(await offered('events', 're')).toEqual(['retry', 'replay', 'remove']);
  expect(await offered('events', 'replay', 'kafka', '--s')).toEqual(['--since']);
  expect(await offered('deployment', 'promote', 'BUILD', 'feed')).toEqual(['feedback']);
  expect(await offered('completion', 'z')).toEqual(['zsh']);
  expect(await offered('import', 'certificates', 'file.c')).toEqual([]);
});

it.each(['bash', 'zsh', 'fish'])('the script for %s has every subcommand and every option', async (shell) => {
  const script = await scriptFor(shell);
  for (const { path, command } of leavesOf(programTree())) {
    expect(script).toContain(path.join(' '));
    for (const { long } of command.options) expect(script).toContain(long?.slice(2));
  }
});
