import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The typefaces of our documents: files of this repository alone, so that every machine sets the same page. fonts/README.md says where they come from. */

export const FONT_DIRECTORY = fileURLToPath(new URL('../../assets/fonts/', import.meta.url));

export type Font = { readonly family: string; readonly file: string };

/** A font file is named after its PostScript name, mostly the family's. */
const upright = (family: string, file = `${family.replaceAll(' ', '')}-Regular.ttf`): Font => ({ family, file });

/** In the order in which a character is looked for. Each covers its script; the broad ones (symbols, emoji) come last. */
export const FONTS: readonly Font[] = [
  upright('EB Garamond'),
  upright('Noto Serif'),
  upright('Noto Naskh Arabic'),
  upright('Noto Serif Hebrew'),
  upright('Noto Serif Armenian'),
  upright('Noto Serif Georgian'),
  upright('Noto Serif Ethiopic'),
  upright('Noto Serif Devanagari'),
  upright('Noto Serif Bengali'),
  upright('Noto Serif Gurmukhi'),
  upright('Noto Serif Gujarati'),
  upright('Noto Sans Oriya'),
  upright('Noto Serif Tamil'),
  upright('Noto Serif Telugu'),
  upright('Noto Serif Kannada'),
  upright('Noto Serif Malayalam'),
  upright('Noto Serif Sinhala'),
  upright('Noto Serif Thai'),
  upright('Noto Serif Lao'),
  upright('Noto Serif Khmer'),
  upright('Noto Serif Myanmar'),
  upright('Noto Serif Tibetan'),
  upright('Noto Serif CJK SC', 'NotoSerifCJKsc-Regular.otf'),
  upright('Noto Sans Yi'),
  upright('Noto Sans Mongolian'),
  upright('Noto Sans Syriac'),
  upright('Noto Sans Thaana'),
  upright('Noto Sans NKo'),
  upright('Noto Sans Adlam'),
  upright('Noto Sans Tifinagh'),
  upright('Noto Sans Cherokee'),
  upright('Noto Sans CanAborig', 'NotoSansCanadianAboriginal-Regular.ttf'),
  upright('Noto Sans Ol Chiki'),
  upright('Noto Sans MeeteiMayek'),
  upright('Noto Sans Javanese'),
  upright('Noto Sans Math'),
  upright('Noto Emoji'),
];

export type FontCoverage = {
  /**
   * The cluster in a form (as it is, or composed) whose every character is in one font, since a letter and its accent can't come from two.
   * Undefined when there is none.
   */
  readonly coveredForm: (cluster: string) => string | undefined;
};

/** Reads the character map of every font, once: about 20 MB of files, of which only the ranges stay in memory. */
export function readFontCoverage(): FontCoverage {
  const fonts = FONTS.map(({ file }) => readCharacterRanges(readFileSync(`${FONT_DIRECTORY}${file}`)));
  const holds = (ranges: readonly Range[], codePoints: readonly number[]) => codePoints.every((codePoint) => isWithin(ranges, codePoint));
  const covers = (form: string) => {
    const codePoints = Array.from(form, (character) => character.codePointAt(0) ?? 0).filter((codePoint) => !isInvisible(codePoint));
    return fonts.some((ranges) => holds(ranges, codePoints));
  };
  return { coveredForm: (cluster) => [cluster, cluster.normalize('NFC')].find(covers) };
}

/** First and last code point. */
type Range = readonly [number, number];

/** Joiners and variation selectors have no glyph of their own. */
function isInvisible(codePoint: number): boolean {
  return (
    codePoint === 0x200c || codePoint === 0x200d || (codePoint >= 0xfe00 && codePoint <= 0xfe0f) || (codePoint >= 0xe0100 && codePoint <= 0xe01ef)
  );
}

function isWithin(ranges: readonly Range[], codePoint: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] ?? [0, -1];
    if (codePoint < first) high = middle - 1;
    else if (codePoint > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** The ranges that an OpenType font's `cmap` table maps to a glyph, ascending. Knows the two formats that Unicode fonts use: 4 and 12. */
export function readCharacterRanges(font: Buffer): readonly Range[] {
  const cmap = tableAt(font, 'cmap');
  const subtables = Array.from({ length: font.readUInt16BE(cmap + 2) }, (_, index) => cmap + font.readUInt32BE(cmap + 4 + index * 8 + 4));
  const format = (wanted: number) => subtables.find((offset) => font.readUInt16BE(offset) === wanted);
  const full = format(12);
  if (full !== undefined) return groupsOf(font, full);
  const basic = format(4);
  if (basic !== undefined) return segmentsOf(font, basic);
  throw new TypeError('this font has no Unicode character map of format 4 or 12');
}

function tableAt(font: Buffer, tag: string): number {
  for (let index = 0; index < font.readUInt16BE(4); index++) {
    const record = 12 + index * 16;
    if (font.toString('latin1', record, record + 4) === tag) return font.readUInt32BE(record + 8);
  }
  throw new TypeError(`this font has no table "${tag}"`);
}

function groupsOf(font: Buffer, offset: number): readonly Range[] {
  return Array.from({ length: font.readUInt32BE(offset + 12) }, (_, index) => {
    const group = offset + 16 + index * 12;
    return [font.readUInt32BE(group), font.readUInt32BE(group + 4)] as const;
  });
}

function segmentsOf(font: Buffer, offset: number): readonly Range[] {
  const size = font.readUInt16BE(offset + 6);
  const ends = offset + 14;
  const starts = ends + size + 2;
  const deltas = starts + size;
  const rangeOffsets = deltas + size;
  const ranges: Range[] = [];
  for (let at = 0; at < size; at += 2) {
    const [first, last] = [font.readUInt16BE(starts + at), font.readUInt16BE(ends + at)];
    const rangeOffset = font.readUInt16BE(rangeOffsets + at);
    for (let codePoint = first; codePoint <= last && codePoint < 0xffff; codePoint++) {
      const glyph =
        rangeOffset === 0 ? codePoint + font.readUInt16BE(deltas + at) : font.readUInt16BE(rangeOffsets + at + rangeOffset + (codePoint - first) * 2);
      if ((glyph & 0xffff) === 0) continue;
      const previous = ranges.at(-1);
      if (previous?.[1] === codePoint - 1) ranges[ranges.length - 1] = [previous[0], codePoint];
      else ranges.push([codePoint, codePoint]);
    }
  }
  return ranges;
}
