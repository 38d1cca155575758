import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Every npm script that runs a program of ours for people, and what it says to a command line that it does not understand. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };
/** `certifiable` has a library and tests of its own; the others are run by the build, and refuse what they do not know. */
const otherwise = ['certifiable', 'generate', 'migrate'];
const programs = Object.entries(scripts).flatMap(([name, line]) => {
  const program = /\bnode (?<file>[\w./-]+\.ts)$/.exec(line)?.groups?.['file'];
  return program === undefined || otherwise.includes(name) ? [] : [{ name, program }];
});
const programOf = (name: string) => programs.find((one) => one.name === name)?.program ?? '';

async function run(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

describe('an npm script for people', () => {
  it.each(programs)('$name reads its command line before it does anything', ({ program }) => {
    const text = readFileSync(`${root}${program}`, 'utf8');
    expect(text).toMatch(/\breadCommandLine\(|\breadOptions\(|\bread\w+Options\(process\.argv\.slice\(2\)\)/);
    expect(text).not.toMatch(/\bparseArgs\(|process\.argv\[/);
  });

  it.each(['start', 'demo', 'engine:build', 'engine:compose', 'bench:pipeline', 'load', 'token'])(
    '%s refuses an option that it does not know by its name, with how it is used, and begins nothing',
    async (name) => {
      const { code, said } = await run(programOf(name), '--no-such-option');
      expect(said).toMatch(/^Unknown option '--no-such-option'/);
      expect(said).toMatch(/^Usage: npm /m);
      expect(said).not.toMatch(/^\s+at /m);
      expect(code).toBe(2);
    },
  );

  it.each(['bench:pipeline', 'rehearse:restore'])('%s says how it is used when asked for help', async (name) => {
    const { code, said } = await run(programOf(name), '--help');
    expect(said).toMatch(/^Usage: npm run /);
    expect(code).toBe(0);
  });

  it('says which number is none', async () => {
    const { code, said } = await run(programOf('bench:autosave'), '--rounds', '0', '--seconds', '2.5');
    expect(said).toContain('--rounds must be a whole number from 1, not "0"\n--seconds must be a whole number from 1, not "2.5"\n');
    expect(code).toBe(2);
  });
});
