import { expect, it } from 'vitest';
import { percentIn } from './rating-keeper.ts';

it.each([
  ['0', 0],
  ['100', 100],
  [' 65 ', 65],
  ['101', undefined],
  ['-1', undefined],
  ['50.5', undefined],
  ['5e1', undefined],
  ['', undefined],
])('%j is a rating of %s', (text, percent) => expect(percentIn(text)).toBe(percent));
