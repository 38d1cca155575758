import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { explain } from '../../domain/explanation.ts';
import { adjudicated, appealed } from '../../test/support/explained.ts';
import { explanationLines } from './explanation-lines.ts';

it('an explanation in a terminal is as docs/why-this-score.md shows it', () => {
  const document = readFileSync(new URL('../../docs/why-this-score.md', import.meta.url), 'utf8');
  const shown = [...document.matchAll(/^```\n([^]*?)\n```$/gm)].map(([, text]) => text);
  expect(shown).toEqual([adjudicated(), appealed()].map((records) => explanationLines(explain(records)).join('\n').trimEnd()));
});
