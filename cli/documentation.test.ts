import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../test/support/command.ts';
import { leavesOf, programTree, unknownIn } from '../test/support/command-tree.ts';

/** Everything that tells anybody what to type: it must be what `certifiable` knows. */

const root = fileURLToPath(new URL('..', import.meta.url));
const KINDS = ['*.md', '*.yml', '*.yaml', '*.tpl', '*.txt', '*.tf', '*.sh', '*.mjs', 'Dockerfile', 'deploy/*.ts'];
const files = execFileSync('git', ['ls-files', '--', ...KINDS], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '');

/**
 * The name of the command where a command can stand (a namespace and a chart have it, too), and the words that are its own: until
 * what ends a command in a shell or in prose.
 */
const COMMAND = /(?<=^ *|[`"]|\$ |-- |npx |…\s)certifiable((?: +(?!#|→|…|\\)[^\s`|;)"']+)+)/gm;
const OLD_FORMS =
  /npm (?:run )?(?:-s |--silent )*(?:run )?(?:exam|receipt|import|register|events|verify-records|reconcile|outage-credit|versions|promote|move|replay)(?![\w:-])|node (?:workers|exams|cli)\/(?:(?!main\.ts)[\w-]+\.ts|…)/;

type Written = { readonly file: string; readonly line: number; readonly words: readonly string[] };

let texts: readonly { readonly file: string; readonly text: string }[];
let written: readonly Written[];
beforeAll(async () => {
  texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(`${root}/${file}`, 'utf8') })));
  written = texts.flatMap(({ file, text }) => commandsIn(file, text));
});

/** What stands in code: a span, a block, or a file that is code. A line that goes on after a backslash is one. */
function commandsIn(file: string, text: string): readonly Written[] {
  const joined = text.replaceAll(/\\\n\s*/g, ' ');
  return joined
    .split('\n')
    .flatMap((content, index) =>
      [...content.matchAll(COMMAND)].map(([, rest = '']) => rest.trim().split(/ +/)).map((words) => ({ file, line: index + 1, words })),
    );
}

describe('what is written down', () => {
  it('names no command that is no more', () => {
    const old = texts.flatMap(({ file, text }) =>
      text.split('\n').flatMap((line, index) => (OLD_FORMS.test(line) ? [`${file}:${index + 1}: ${OLD_FORMS.exec(line)?.[0]}`] : [])),
    );
    expect(old).toEqual([]);
  });

  it('is what certifiable knows, each subcommand and each option', () => {
    const unknown = written.flatMap(({ file, line, words }) => {
      const what = unknownIn(words);
      return what === undefined ? [] : [`${file}:${line}: certifiable ${words.join(' ')}: ${what}`];
    });
    expect(unknown).toEqual([]);
  });

  it('is found: every runbook that tells what to do with it, and every subcommand in the README', () => {
    const runbooks = new Set(written.map(({ file }) => file).filter((file) => file.startsWith('docs/runbooks/')));
    expect(runbooks.size).toBeGreaterThan(8);
    const inReadme = written.filter(({ file }) => file === 'README.md').map(({ words }) => words.join(' '));
    const missing = leavesOf(programTree())
      .map(({ path }) => path.join(' '))
      .filter((path) => !inReadme.some((words) => words.startsWith(path)));
    expect(missing).toEqual([]);
  });

  it('shows the help of the command as it is', async () => {
    const { printed } = await runCommand(['--help'], {});
    const [, shown] = /^\$ certifiable --help\n([^]*?)\n```$/m.exec(texts.find(({ file }) => file === 'README.md')?.text ?? '') ?? [];
    expect(shown).toBe(printed.join('\n'));
  });

  it('is told from what is not known: these are found out', () => {
    expect(
      commandsIn('a.md', 'Then `certifiable events statsu` or `kubectl exec deploy/x -- certifiable records reconcile --mend`.').map(({ words }) =>
        unknownIn(words),
      ),
    ).toEqual(['subcommand statsu', '--mend']);
    for (const old of ['npm run versions', 'npm run -s events -- status', 'node workers/promote.ts B', 'node cli/replay.ts'])
      expect(old).toMatch(OLD_FORMS);
    for (const known of ['npm run rollout', 'npm run rehearse:restore', 'node workers/main.ts --pool feedback', 'npm run import:all'])
      expect(known).not.toMatch(OLD_FORMS);
  });
});
