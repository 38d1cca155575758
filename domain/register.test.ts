import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameKey, sameName } from './register.ts';

const text = fc.string({ unit: 'binary', maxLength: 30 });
const written = fc.string({ unit: 'grapheme', maxLength: 30 });

/** Every character that means something, in the middle of a word. */
function* words(): Generator<string> {
  for (let codePoint = 0; codePoint <= 0x10_ff_ff; codePoint += 1) {
    const character = String.fromCodePoint(codePoint);
    const isUnassigned = /\p{Cn}|\p{Co}|\p{Cs}/u.test(character);
    if (!isUnassigned) yield `a${character}b`;
  }
}

function failures(holds: (word: string) => boolean): string[] {
  return [...words()].filter((word) => !holds(word)).map((word) => `U+${word.codePointAt(1)?.toString(16)}`);
}

describe('the key by which names are compared', () => {
  it.each([
    ["O'Brien", 'O’Brien'],
    ["O'Brien", 'O‘Brien'],
    ["O'Brien", 'O´Brien'],
    ["O'Brien", 'OʼBRIEN'],
    ['Jean-Luc', 'Jean‑Luc'],
    ['Jean-Luc', 'jean–luc'],
    ['José Núñez', 'Jose Nunez'],
    ['Zoë', 'Zoe\u0308'],
    ['Strauß', 'STRAUSS'],
    ['Strauß', 'STRAUẞ'],
    ['Γιώργος', 'ΓΙΩΡΓΟΣ'],
    ['İpek', 'ipek'],
    ['Nguyễn Thị Hạnh', 'nguyen thi hanh'],
    [' Ada\u00a0 \tLovelace\n', 'Ada Lovelace'],
    ['Ada\u200e Lovelace\u00ad', 'Ada Lovelace'],
    ['Ａｄａ', 'Ada'],
    ['김철수', '김철수'.normalize('NFD')],
    ['がくと', 'がくと'.normalize('NFD')],
  ])('is the same for %j and %j', (one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
    expect(sameName(one, other)).toBe(true);
  });

  it.each([
    ['Ada Lovelace', 'Lovelace, Ada'],
    ['Gabriel García Márquez', 'GARCIA MARQUEZ,Gabriel'],
    ['Martin Luther King, Jr.', 'Martin Luther King, Jr.'],
    ['Lovelace, Ada', 'Ada  Lovelace'],
    ['太郎 山田', '山田、太郎'],
    ['محمد علي', 'علي، محمد'],
    ['Ada Lovelace', 'Lovelace，Ada'],
  ])('is one name, with the family’s first and a comma or as it is spoken: %j and %j', (one, other) => {
    expect(sameName(one, other)).toBe(true);
    expect(sameName(other, one)).toBe(true);
  });

  it.each([
    ['Ada Lovelace', 'Ada, Lovelace'],
    ['Lovelace, Ada', 'Ada, Lovelace'],
    ['Ada Lovelace', 'Lovelace,'],
    ['Ada Lovelace', ',Ada Lovelace'],
    ['Ada King Lovelace', 'Lovelace, Ada'],
    ['Ada King Lovelace', 'Lovelace, King, Ada'],
    ['Ada', 'Ada,'],
    ['Ada Lovelace', ', '],
  ])('is not loosened by a comma: %j and %j', (one, other) => {
    expect(sameName(one, other)).toBe(false);
    expect(sameName(other, one)).toBe(false);
  });

  it.each([
    ["O'Brien", 'OBrien'],
    ['Anne Marie', 'Anne-Marie'],
    ['Anne Marie', 'Annemarie'],
    ['Ada Lovelace', 'Lovelace Ada'],
    ['Ada', 'Adah'],
    ['がくと', 'かくと'],
    ['김철수', '김철주'],
    ['राम', 'रामा'],
    ['मोहन', 'मेहन'],
    ['محمد', 'محمود'],
    ['שרה', 'שרי'],
    ['Иван', 'Ивана'],
    ['王芳', '王方'],
    ['Åsa 1', 'Åsa 2'],
  ])('differs for the different names %j and %j', (one, other) => {
    expect(sameName(one, other)).toBe(false);
  });

  it('tells any two names of plain letters apart', () => {
    const plain = fc.stringMatching(/^[a-z]+( [a-z]+)?$/);
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        expect(sameName(one, other)).toBe(one === other);
      }),
    );
  });

  it('is its own key, whatever the text and for every character there is', () => {
    expect(failures((word) => nameKey(nameKey(word)) === nameKey(word))).toEqual([]);
    fc.assert(
      fc.property(fc.oneof(text, written), (name) => {
        expect(nameKey(nameKey(name))).toBe(nameKey(name));
      }),
    );
  });

  it('does not depend on upper and lower case, for every character there is', () => {
    expect(failures((word) => nameKey(word.toUpperCase()) === nameKey(word) && nameKey(word.toLowerCase()) === nameKey(word))).toEqual([]);
  });

  it('does not depend on how the text is composed, whatever the text', () => {
    expect(failures((word) => nameKey(word.normalize('NFD')) === nameKey(word) && nameKey(word.normalize('NFC')) === nameKey(word))).toEqual([]);
    fc.assert(
      fc.property(fc.oneof(text, written), (name) => {
        expect(nameKey(name.normalize('NFD'))).toBe(nameKey(name));
        expect(nameKey(name.normalize('NFC'))).toBe(nameKey(name));
      }),
    );
  });

  it('makes no name equal to nothing: a verifier who types no letter means nobody', () => {
    expect(sameName('', '')).toBe(false);
    expect(sameName(' \u0301', '\u200b')).toBe(false);
  });
});
