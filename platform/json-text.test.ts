import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedKeyIn } from './json-text.ts';

const repeated = (json: string) => repeatedKeyIn(Buffer.from(json));

describe('a key that is there twice', () => {
  it.each([
    ['a', '{"a":1,"a":1}'],
    ['a', '{"a":1,"\\u0061":2}'],
    ['b', '[{"a":{"b":1,"c":[{"b":2}],"b":3}}]'],
    ['', '{"":1,"":2}'],
    ['__proto__', '{"__proto__":1,"__proto__":2}'],
    ['ü', '{"ü":[1,"ü"],"\\u00fc":2}'],
    ['"', '{"\\"":{},"\\"":{}}'],
  ])('is found, however it is written: %j in %s', (key, json) => {
    expect(repeated(json)).toBe(key);
  });

  it.each(['{"a":"a","b":["a","a"]}', '[{"a":1},{"a":1}]', '{"a":{"a":{"a":1}}}', '"a"', '', '{"a', '{"\\', ']]}', '{"a":"{\\"b\\":1,\\"b\\":2}"}'])(
    'is not seen where there is none: %s',
    (json) => {
      expect(repeated(json)).toBeUndefined();
    },
  );

  it('is in nothing that was written by JSON.stringify', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => repeated(JSON.stringify(value)) === undefined));
  });
});
