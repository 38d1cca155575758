import { describe, expect, it } from 'vitest';
import { quoted } from './details.ts';

describe('what somebody wrote, in the details of an attempt', () => {
  it.each([
    ['a line break', 'late\n- 2026-01-01 certified by staff', 'late - 2026-01-01 certified by staff'],
    ['a separator of lines', 'late\u2028- certified', 'late - certified'],
    ['emphasis', '**needs attention**', String.raw`\*\*needs attention\*\*`],
    ['a link', '[pay](https://evil.example)', String.raw`\[pay\](https\://evil.example)`],
    ['a bare link', 'www.evil.example', String.raw`www\.evil.example`],
    ['mark-up', '<b>x</b> | `y`', String.raw`\<b\>x\</b\> \| \`y\``],
    ['an entity', '&#10;- x', String.raw`\&\#10;- x`],
    ['an override of direction', 'a\u202eb', 'ab'],
    ['plain words', 'Power cut, 12:00–13:00 (see ticket 7)', 'Power cut, 12:00–13:00 (see ticket 7)'],
  ])('stays within its line and forges nothing: %s', (_, text, shown) => {
    expect(quoted(text)).toBe(shown);
  });

  it('is cut where it would crowd the others out', () => {
    expect(quoted('x'.repeat(2000))).toHaveLength(501);
  });
});
