import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FONT_DIRECTORY, FONTS, readCharacterRanges, readFontCoverage } from './fonts.ts';
import { createTemplateCompiler } from './renderer.ts';

const firstLetterOf = (file: string) => {
  const [codePoint] = readCharacterRanges(readFileSync(`${FONT_DIRECTORY}${file}`))
    .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
    .filter((codePoint) => codePoint > 0x7f && /[\p{L}\p{S}]/u.test(String.fromCodePoint(codePoint)));
  return String.fromCodePoint(codePoint ?? 0);
};

test.each(FONTS)('Typst finds $family, which has what its character map says', ({ family, file }) => {
  const compiler = createTemplateCompiler();
  const document = (text: string) => ({
    mainFileContent: '#set document(title: "t")\n#set text(font: sys.inputs.font, fallback: false)\n#sys.inputs.text',
    inputs: { font: family, text },
  });

  // PDF/UA-1 allows no missing glyph: the export fails, as it does for a character that is assigned to nothing.
  expect(() => compiler.pdf(document('\u{10FFFD}'), { pdfStandard: 'ua-1' })).toThrow();
  expect(compiler.pdf(document(firstLetterOf(file)), { pdfStandard: 'ua-1' }).byteLength).toBeGreaterThan(0);
});

test('every font file is one that documents use', () => {
  const files = readdirSync(FONT_DIRECTORY).filter((file) => /\.[ot]tf$/.test(file));
  expect(files.toSorted()).toEqual(
    FONTS.map(({ file }) => file)
      .concat('EBGaramond-Italic.ttf', 'EBGaramond-SemiBold.ttf')
      .toSorted(),
  );
});

test('a cluster is covered when one font has all of it, as it is or composed', () => {
  const { coveredForm } = readFontCoverage();
  expect(coveredForm('Ź')).toBe('Ź');
  expect(coveredForm('श्री')).toBe('श्री');
  expect(coveredForm('👩🏽‍💻')).toBe('👩🏽‍💻');
  expect(coveredForm('\u{FAD4}')).toBe('\u{FAD4}'.normalize('NFC'));
  // Each of the two is in a font, but no font has both.
  expect(coveredForm('木')).toBe('木');
  expect(coveredForm('ָ')).toBe('ָ');
  expect(coveredForm('木ָ')).toBeUndefined();
  expect(coveredForm('𒄑')).toBeUndefined();
});
