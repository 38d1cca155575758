import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * A transaction has one connection, and that does one thing at a time: what is asked of it at once waits in a queue, which its driver will refuse one
 * day. So nobody asks it for several things and waits for all of them: oxlint has no rule for that.
 */

const repository = fileURLToPath(new URL('../..', import.meta.url));

const ALL_AT_ONCE = /\bPromise\.(?:all|allSettled|any|race)\(/g;
/** As every transaction is called. */
const TRANSACTION = /\btx\b/;

/** What stands between the bracket that begins here and the one that ends it. */
function bracketed(code: string, start: number): string {
  let depth = 0;
  for (let place = start; place < code.length; place += 1) {
    if (code[place] === '(') depth += 1;
    if (code[place] === ')' && (depth -= 1) === 0) return code.slice(start, place);
  }
  return code.slice(start);
}

function askedAtOnce(code: string): readonly string[] {
  return [...code.matchAll(ALL_AT_ONCE)].flatMap(({ 0: { length }, index }) => {
    const asked = bracketed(code, index + length - 1);
    return TRANSACTION.test(asked) ? [`line ${code.slice(0, index).split('\n').length}`] : [];
  });
}

describe('a transaction', () => {
  it('is asked for one thing at a time', async () => {
    const [found, named]: [string[], string[]] = [[], []];
    // Tests have several transactions go on at once.
    const exclude = ['**/node_modules', '**/*.test.ts', 'test', 'prisma/generated', 'build', 'coverage', '.certifiable', 'web'];
    for await (const file of glob('**/*.{ts,mts}', { cwd: repository, exclude })) {
      const code = await readFile(`${repository}/${file}`, 'utf8');
      found.push(...askedAtOnce(code).map((place) => `${file}, ${place}`));
      if (TRANSACTION.test(code)) named.push(file);
    }
    expect(found).toEqual([]);
    // Of no file, or by another name, nothing would be found either.
    expect(named.length).toBeGreaterThan(50);
  });

  it.each([
    'await Promise.all(rows.map((row) => contentOf(row.id, tx)))',
    'const [one, other] = await Promise.all([\n  readOne(tx),\n  readOther({ prisma: tx }),\n]);',
    'await Promise.allSettled(mails.map(async (mail) => write(tx, mail)))',
  ])('would be seen to be asked for several in: %s', (code) => {
    expect(askedAtOnce(code)).toEqual(['line 1']);
  });

  it.each(['await Promise.all([readOne(prisma), readOther(prisma)]); await write(tx)', 'Array.fromAsync(rows, (row) => contentOf(row.id, tx))'])(
    'is not in: %s',
    (code) => {
      expect(askedAtOnce(code)).toEqual([]);
    },
  );
});
