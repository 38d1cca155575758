import { describe, expect, it } from 'vitest';
import { JSON_DEPTH_MAX, JSON_VALUES_MAX, problemOfShape } from './json-bounds.ts';

const problem = (json: string) => problemOfShape(Buffer.from(json))?.message;
const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

describe('the shape of a JSON text', () => {
  it.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"\\"[": ', '}]'],
  ])('may nest %s so deep and no deeper', (open, close) => {
    const levels = open === '[' || open.startsWith('{') ? 1 : 2;
    expect(problem(nested(open, close, JSON_DEPTH_MAX / levels))).toBeUndefined();
    expect(problem(nested(open, close, JSON_DEPTH_MAX / levels + 1))).toMatch(/nested/);
  });

  it('counts values and not what is in texts', () => {
    expect(problem(JSON.stringify(['[{,"\\'.repeat(JSON_VALUES_MAX)]))).toBeUndefined();
    expect(problem(`[${'{},'.repeat(JSON_VALUES_MAX / 2 - 1)}{}]`)).toMatch(/more than 50000 values/);
    expect(problem(`[${'1,'.repeat(JSON_VALUES_MAX - 2)}1]`)).toBeUndefined();
    expect(problem(`[${'1,'.repeat(JSON_VALUES_MAX)}1]`)).toMatch(/values/);
  });

  it('may not have a key twice, of which the last would be taken without a word', () => {
    expect(problemOfShape(Buffer.from('{"marks":[{"itemId":"t1","points":7,"points":0}]}'))).toEqual({
      path: 'points',
      message: 'must not have the same key twice',
    });
    expect(problemOfShape(Buffer.from('{"<b>":1,"\\u003cb>":2}'))?.path).toBe('');
  });

  it.each(['', '"', '"\\', ']]]]', '[', '"a\\"'])('ends with a text that is damaged: %s', (json) => {
    expect(problem(json)).toBeUndefined();
  });
});
