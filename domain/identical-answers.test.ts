import { describe, expect, it } from 'vitest';
import { identityOf } from './identical-answers.ts';

const alike = (one: string, other: string, rule: 'exact' | 'folded') => identityOf(one, rule) === identityOf(other, rule);

describe('identical answers', () => {
  it.each([
    ['Caf\u00e9', 'Cafe\u0301'],
    ['An answer', 'An answer \n'],
  ])('are the same text to whoever reads it, by either rule: %j, %j', (one, other) => {
    expect(alike(one, other, 'exact')).toBe(true);
    expect(alike(one, other, 'folded')).toBe(true);
  });

  it.each([
    ['Availability, then consistency.', 'availability  then\nconsistency'],
    ['STRASSE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['可用性。', '可用性'],
    ['一致性，可用性', '一致性 可用性'],
  ])('may differ in case, blanks and the ends of words where they are folded, and only there: %j, %j', (one, other) => {
    expect(alike(one, other, 'exact')).toBe(false);
    expect(alike(one, other, 'folded')).toBe(true);
  });

  it.each([
    ['1.5', '15'],
    ['1,5', '15'],
    ['-5', '5'],
    ['C#', 'C'],
    ['n!', 'n'],
    ['!ready', 'ready'],
    ['a < b', 'a > b'],
    ['1/2', '12'],
    ['50 %', '50'],
    ['schon', 'schön'],
    ['resume', 'résumé'],
    ['Yes?', 'Yes'],
    ['therapist', 'the rapist'],
    ['CAP', 'C.A.P.'],
    ['Node.js', 'Nodejs'],
    ['¬a', 'a'],
    ['x²', 'x2'],
  ])('never differ in what may mean something: %j, %j', (one, other) => {
    expect(alike(one, other, 'folded')).toBe(false);
  });

  it('has no group for what is blank', () => {
    for (const blank of ['', ' \n', '\u200b']) expect(identityOf(blank, 'folded')).toBeUndefined();
  });

  it('folds what is folded to itself', () => {
    for (const text of ['Eins, zwei.', 'ẞ', 'a . b', 'a.. b', 'İstanbul.', '可用性。。']) {
      const once = identityOf(text, 'folded') ?? '';
      expect(identityOf(once, 'folded')).toBe(once);
    }
  });
});
