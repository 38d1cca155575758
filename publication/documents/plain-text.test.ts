import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainTextOf } from './plain-text.ts';

test.each([
  ['**Missing:** the _owner_ of `Order.total`', 'Missing: the owner of Order.total'],
  ['# Summary\n\nGood.\n\n## Next', 'Summary\n\nGood.\n\nNext'],
  ['- one\n- two **bold**\n  - inner\n\nAfter', '• one\n• two bold\n  • inner\n\nAfter'],
  ['1. first\n2. second', '1. first\n2. second'],
  ['> quoted\n> twice', 'quoted\ntwice'],
  ['```ts\nconst a = **b;\n```', 'const a = **b;'],
  ['[ADR 3](https://example.org/adr) and https://example.org', 'ADR 3 (https://example.org/adr) and https://example.org'],
  ['| a | b |\n|---|---|\n| **1** | 2 |', 'a  b\n1  2'],
  ['~~no~~ ![a diagram](x.png) \\*as is\\*', 'no a diagram *as is*'],
])('%j reads %j', (markdown, plain) => {
  expect(plainTextOf(markdown)).toBe(plain);
});

test.each([
  'Use List<String> and snake_case_names; 2 * 3 * 4 < 25 & 7 > 6.',
  '<script>alert(1)</script> "\' {{ 1 | plus: 1 }} {% raw %} &amp;',
  'Two lines\nof one remark.',
  '„Wer besitzt den Auftrag?“ – niemand. Größe: 3 km²',
  'מי הבעלים של ההזמנה?',
  '#read("/etc/passwd") $x$ @label',
])('%j is no Markdown and stays as it is', (text) => {
  expect(plainTextOf(text)).toBe(text);
});

test('any text can be read, and a remark of 20,000 characters soon', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => typeof plainTextOf(text) === 'string'));
  for (const part of ['*', '[', '> ', '- ', '`', '_a', '|', '\\']) {
    const began = performance.now();
    plainTextOf(part.repeat(20_000 / part.length));
    expect(performance.now() - began, part).toBeLessThan(3000);
  }
});
