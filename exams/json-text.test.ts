import { expect, test } from 'vitest';
import { placeOfJsonError } from './json-text.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['', 1, 1],
  ['{"a":1,}', 1, 8],
  ['[1 2]', 1, 4],
  ['[1,]', 1, 4],
  ['{}x', 1, 3],
  ['{"a"\n  :tru}', 2, 4],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['{"a":01}', 1, 6],
  ['\n\n {"a":1]', 3, 8],
  ['{"a": "two\nlines"}', 1, 7],
  ['{"a": [1, {"b": 2}', 1, 19],
  ["{'a': 1}", 1, 2],
])('%j stops being JSON at line %i, column %i', (text, line, column) => {
  expect(isJson(text)).toBe(false);
  expect(placeOfJsonError(text)).toEqual({ line, column });
});

test.each(['{}', ' [ ] ', '"\\u00e9\\n é\u007f [\\\\] 😀"', '-1.5e+3', 'null', '{"a":[1,{"b":null},[]],"c":"}"}\n'])(
  '%j is JSON, so no place is named',
  (text) => {
    expect(isJson(text)).toBe(true);
    expect(placeOfJsonError(text)).toBeUndefined();
  },
);

const ALPHABET = ['{', '}', '[', ']', ',', ':', '"a"', '1', '-', '0', '1.5', 'e3', 'true', 'nul', ' ', '\n', '\\', '\u00a0'];

test('it agrees with JSON.parse on every text of up to four pieces', () => {
  let texts = [''];
  for (let length = 1; length <= 4; length += 1) {
    texts = texts.flatMap((text) => ALPHABET.map((piece) => text + piece));
    const disagreeing = texts.filter((text) => isJson(text) !== (placeOfJsonError(text) === undefined));
    expect(disagreeing).toEqual([]);
  }
});
