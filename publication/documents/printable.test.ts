import { expect, test } from 'vitest';
import { readFontCoverage } from './fonts.ts';
import { createPrintable, REPLACEMENT } from './printable.ts';
import { names } from '../../test/support/documents.ts';

const printable = createPrintable(readFontCoverage());

test.each(Object.entries(names))('a name in %s is left as it is', (_script, name) => {
  expect(printable.line(name).text).toBe(name);
});

test('a character that no font of ours has is replaced, and the rest is left', () => {
  expect(printable.line('Gilgamesh 𒄑, Uruk').text).toBe(`Gilgamesh ${REPLACEMENT}, Uruk`);
});

test('a name is one line, without controls and without marks that turn the text around it', () => {
  expect(printable.line(' Ada\n\tMary\u{2028}Lovelace ').text).toBe('Ada Mary Lovelace');
  expect(printable.line('a\u{0}b\u{202E}c\u{FEFF}d\u{2066}e\u{FFFE}').text).toBe('abcde');
  expect(printable.line('a\u{D800}b').text).toBe(`a${REPLACEMENT}b`);
});

test('text runs in the direction of its first letter', () => {
  expect(printable.line(names.Hebrew).rightToLeft).toBe(true);
  expect(printable.line(`1. ${names.Arabic} (Ada)`).rightToLeft).toBe(true);
  expect(printable.line(`Ada ${names.Arabic}`).rightToLeft).toBe(false);
  expect(printable.line('').rightToLeft).toBe(false);
});

test('empty lines are left out', () => {
  expect(printable.lines('one\r\n\n \n two ').map(({ text }) => text)).toEqual(['one', 'two']);
  expect(printable.lines(' \n \u{200B}\u{200D} ')).toEqual([]);
});
