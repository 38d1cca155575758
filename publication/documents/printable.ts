import type { FontCoverage } from './fonts.ts';

/** What stands for a cluster that no font of ours can show. */
export const REPLACEMENT = '\u{FFFD}';

/** Text as a template takes it: with the direction of its first letter, as browsers find it with dir="auto". */
export type Passage = { readonly text: string; readonly rightToLeft: boolean };

export type Printable = {
  /** Any run of white space becomes one space. */
  readonly line: (text: string) => Passage;
  /** The lines on which there is something to see, in order. */
  readonly lines: (text: string) => readonly Passage[];
};

/** Makes text that people wrote fit for print: whatever it holds, it can be set, and it can't turn the text around it. */
export function createPrintable(coverage: FontCoverage): Printable {
  const shown = (text: string) => (PLAIN.test(text) ? text : replaceUncovered(text, coverage));
  const line = (text: string) => passage(shown(text.toWellFormed().replaceAll(UNPRINTABLE, '').replaceAll(/\s+/gu, ' ').trim()));
  return {
    line,
    lines: (text) =>
      text
        .split(/[\n\r\u{2028}\u{2029}]+/u)
        .map(line)
        .filter(({ text }) => VISIBLE.test(text)),
  };
}

const PLAIN = /^[ -~]*$/;
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}]/u;

/**
 * Controls (white space aside), noncharacters, the byte order mark and the marks that override direction (U+202A to 202E, U+2066 to 2069):
 * they show nothing, and could make a name read as another one. Joiners stay: Persian, the Indic scripts and emoji need them.
 */
const UNPRINTABLE = /[[\p{Cc}--\s]\p{Noncharacter_Code_Point}\u{FEFF}\u{FFF9}-\u{FFFB}\u{202A}-\u{202E}\u{2066}-\u{2069}]/gv;

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });

function replaceUncovered(text: string, coverage: FontCoverage): string {
  return Array.from(clusters.segment(text), ({ segment }) => coverage.coveredForm(segment) ?? REPLACEMENT).join('');
}

const FIRST_LETTER = /\p{L}/u;
const RIGHT_TO_LEFT =
  /\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}|\p{Script=Adlam}|\p{Script=Samaritan}|\p{Script=Mandaic}/u;

function passage(text: string): Passage {
  const [letter = ''] = FIRST_LETTER.exec(text) ?? [];
  return { text, rightToLeft: RIGHT_TO_LEFT.test(letter) };
}
