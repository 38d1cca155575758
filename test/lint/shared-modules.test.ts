import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A module's own variable, or a collection that could be filled: a line of its own, not within a function. */
const KEPT = /^(?:export )?(?:(?:let|var) .*|const \w+(?:: [^=]+)? = (?:new (?:Weak)?(?:Map|Set)\b.*|\[\];|\{\};))$/gm;

/** Made on first use, and the same for everybody. */
const ALIKE_FOR_ALL = ['domain/text.ts: let segmenter: Intl.Segmenter | undefined;'];

/** All workflows of a worker share what is evaluated (local/bundle.ts). */
it('modules of workflows keep nothing that one workflow could leave to another', () => {
  const files = globSync('{workflows,domain}/**/*.ts', { cwd: repository }).filter((file) => !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(50);
  const kept = files.flatMap((file) => [...readFileSync(`${repository}/${file}`, 'utf8').matchAll(KEPT)].map(([line]) => `${file}: ${line}`));
  expect(kept).toEqual(ALIKE_FOR_ALL);
});
