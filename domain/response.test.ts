import { describe, expect, it } from 'vitest';
import type { ChoiceItem, Item, TextItem } from './exam.ts';
import { isBlank, problemOfResponse, scoreChoice, TEXT_RESPONSE_LENGTH_MAX, type ResponseProblem, type ResponseValue } from './response.ts';

const choices = ['a', 'b', 'c', 'constructor'].map((id) => ({ id, text: id }));
const allOrNothing: ChoiceItem = {
  type: 'choice',
  id: 'x',
  prompt: '',
  millipoints: 2000,
  choices,
  correct: ['a', 'b'],
  scoring: { kind: 'match_correct' },
};
const partial: ChoiceItem = { ...allOrNothing, scoring: { kind: 'map_response', millipointsByChoice: { a: 1000, b: 1000, c: -1500 } } };
const text: TextItem = { type: 'text', id: 'y', prompt: '', millipoints: 5000, modelAnswer: '' };

describe('scoring a choice item', () => {
  it('gives everything for exactly the key in any order, and nothing for less or more', () => {
    expect(scoreChoice(allOrNothing, ['b', 'a'])).toBe(2000);
    expect(scoreChoice(allOrNothing, ['a'])).toBe(0);
    expect(scoreChoice(allOrNothing, ['a', 'b', 'c'])).toBe(0);
    expect(scoreChoice(allOrNothing, undefined)).toBe(0);
  });

  it('sums a mapping, held between nothing and the item’s points', () => {
    expect(scoreChoice(partial, ['a'])).toBe(1000);
    expect(scoreChoice(partial, ['a', 'c'])).toBe(0);
    expect(scoreChoice(partial, ['a', 'b', 'constructor'])).toBe(2000);
  });
});

describe('taking a response', () => {
  it.each([
    [undefined, 'text', 'unknown_item'],
    [allOrNothing, 'a', 'expected_choices'],
    [allOrNothing, ['z'], 'choice_not_offered'],
    [allOrNothing, ['a', 'a'], 'choice_repeated'],
    [allOrNothing, [], undefined],
    [allOrNothing, ['a', 'b', 'c'], undefined],
    [{ ...allOrNothing, cardinality: 'multiple' }, ['a', 'b'], undefined],
    [{ ...allOrNothing, cardinality: 'single' }, ['a', 'b'], 'too_many_choices'],
    [{ ...allOrNothing, cardinality: 'single' }, ['b'], undefined],
    [{ ...allOrNothing, cardinality: 'single' }, [], undefined],
    [text, ['a'], 'expected_text'],
    [text, 'x'.repeat(TEXT_RESPONSE_LENGTH_MAX + 1), 'text_too_long'],
    [text, '', undefined],
    [text, '😀'.repeat(10_001), undefined],
    [text, 'a\u0007b', 'text_unreadable'],
    [text, 'a\u202eb', 'text_unreadable'],
    [text, ' \t\r\n', undefined],
  ] satisfies [Item | undefined, ResponseValue, ResponseProblem | undefined][])('says what is wrong with it (%#)', (item, value, problem) => {
    expect(problemOfResponse(item, value)).toBe(problem);
  });

  it.each([
    [undefined, true],
    ['', true],
    ['\u200b\u2060\ufeff', true],
    ['\u2800 \n', true],
    ['\u200b.', false],
    [' \n', true],
    ['x', false],
    [[], true],
    [['a'], false],
  ])('counts %j as blank: %s', (value, blank) => {
    expect(isBlank(value)).toBe(blank);
  });
});
