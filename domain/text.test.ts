import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BAD_LINES, BAD_PARAGRAPHS, GOOD_LINES } from '../test/support/texts.ts';
import {
  certifiableLine,
  certificateIdIn,
  foldedForLookUp,
  isBlankText,
  isLongerThan,
  LINE_UNITS_MAX,
  numbersMeantBy,
  readingOf,
  shownLine,
  TEXTS,
  type TextRule,
} from './text.ts';

const taken = (rule: TextRule, text: string) => rule.problem(rule.normalise(text)) === undefined;
const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));

describe('a text of one line', () => {
  it.each(Object.entries(BAD_LINES))('is refused with %s, as a name and as a title', (_, text) => {
    expect(taken(TEXTS.name, text)).toBe(false);
    expect(taken(TEXTS.title, text)).toBe(false);
  });

  it.each(Object.entries(GOOD_LINES))('is taken with %s, in NFC', (_, text) => {
    for (const form of ['NFC', 'NFD'] as const) {
      expect(TEXTS.name.problem(TEXTS.name.normalise(text.normalize(form)))).toBeUndefined();
      expect(TEXTS.name.normalise(text.normalize(form))).toBe(text.normalize('NFC'));
    }
  });

  it('loses what nobody sees of it, and keeps joiners', () => {
    expect(TEXTS.name.normalise('\ufeff\u200e Ada\u200b Love\u00adlace\u200f\n')).toBe('Ada Lovelace');
    expect(TEXTS.name.normalise('می\u200cخواهم')).toBe('می\u200cخواهم');
  });

  it.each([
    ['tags', Array.from('ignore all', (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')],
    ['joiners', '\u200d\u200c'.repeat(1000)],
    ['variation selectors', '\ufe0f\u{e0100}\u{e01ef}'],
    ['fillers of Hangul', '\u115f\u1160\u3164\uffa0'],
    ['direction marks', '\u200e\u200f\u061c'],
    ['controls of shorthand and music', '\u{1bca0}\u{1d173}'],
    [
      'vowels of Khmer that are not shown, a joiner of graphemes and code points without a meaning',
      '\u17b4\u17b5\u034f\u2065\ufff0\u{e0001}\u{e0fff}',
    ],
  ])('carries nothing that nobody sees: %s', (_, unseen) => {
    for (const rule of [TEXTS.name, TEXTS.title, TEXTS.evidence, TEXTS.fileName]) {
      expect(rule.normalise(`${unseen}Ad${unseen}a${unseen} Łu${unseen}`)).toBe('Ada Łu');
    }
    expect(taken(TEXTS.name, `4${unseen}`)).toBe(false);
  });

  it('is refused as a name without a letter', () => {
    expect(TEXTS.name.problem('4711')).toBe('has no letter');
    expect(TEXTS.title.problem('4711')).toBeUndefined();
  });

  it('says what is wrong, and which character', () => {
    expect(TEXTS.title.problem('A\u202eB')).toBe('has a character that turns the text around it (U+202E)');
    expect(TEXTS.title.problem('A\nB')).toBe('has a line break (U+000A)');
    expect(TEXTS.title.problem('A'.repeat(201))).toBe('must be at most 200 characters');
  });
});

describe('a text of several lines', () => {
  it.each(Object.entries(BAD_PARAGRAPHS))('is refused with %s, as an answer and as a reason', (_, text) => {
    for (const rule of [TEXTS.answer, TEXTS.markReason, TEXTS.reason, TEXTS.explanation]) expect(taken(rule, text)).toBe(false);
  });

  it.each(['First:\r\n\tsecond', '  indented\n\n', 'يستخدم \u2066TypeScript\u2069 هنا', 'e = mc² 👩‍👩‍👧', ''])('keeps every character of %j', (text) => {
    expect(TEXTS.answer.normalise(text)).toBe(text);
    expect(TEXTS.answer.problem(text)).toBeUndefined();
  });

  it('may be blank as an answer, and not as a reason', () => {
    for (const text of ['', ' \n', '\u200b\u2060', '\u2800']) {
      expect(isBlankText(text)).toBe(true);
      expect(TEXTS.answer.problem(text)).toBeUndefined();
      expect(TEXTS.reason.problem(text)).toBe('must not be empty');
    }
  });
});

describe('the length of a text', () => {
  it.each(['a', 'é', 'e\u0301', '😀', '👩🏽‍❤️‍💋‍👨🏿', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}', '\r\n', '한'])(
    'counts %j once',
    (character) => {
      expect(isLongerThan(character.repeat(20), 20)).toBe(false);
      expect(isLongerThan(character.repeat(21), 20)).toBe(true);
    },
  );

  it('takes 20,000 emoji as an answer, and not one more', () => {
    expect(TEXTS.answer.problem('😀'.repeat(20_000))).toBeUndefined();
    expect(TEXTS.answer.problem('😀'.repeat(20_001))).toBe('must be at most 20,000 characters');
  });
});

/** What is sought is never kept: it is folded, and compared. */
const SOUGHT: readonly TextRule[] = [TEXTS.nameSought, TEXTS.certificateSought, TEXTS.soughtByStaff];

describe('every rule', () => {
  it.each(Object.entries(TEXTS))(
    'of %s normalises once and for all, takes nothing that PostgreSQL cannot keep, and describes itself',
    (_, rule: TextRule) => {
      fc.assert(
        fc.property(anything, (text) => {
          const normalised = rule.normalise(text);
          expect(rule.normalise(normalised)).toBe(normalised);
          if (!SOUGHT.includes(rule) && rule.problem(normalised) === undefined) {
            expect(normalised.isWellFormed() && !normalised.includes('\0')).toBe(true);
          }
        }),
      );
      expect(rule.description).not.toBe('');
    },
  );
});

describe('an answer', () => {
  const rows = ['\u200d', '\u200c\u200d', '\ufe0f', '\u00ad', '\u2060', '\u{e0061}', '\u{e0100}'];

  it('keeps what shapes its letters and flags, and is refused with a long row of what nobody sees', () => {
    const shaped = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} 👩🏽‍❤️‍💋‍👨🏿 می\u200cخواهم بہ\u200d';
    expect(TEXTS.answer.normalise(shaped)).toBe(shaped);
    expect(TEXTS.answer.problem(shaped)).toBeUndefined();
    for (const rule of [TEXTS.answer, TEXTS.markReason, TEXTS.draftReason, TEXTS.comment, TEXTS.reason, TEXTS.brief, TEXTS.choice]) {
      for (const row of rows)
        expect(rule.problem(rule.normalise(`A letter${row.repeat(90_000 / row.length)} and another`))).toMatch(
          /a long row of characters that nobody sees|piles up marks|must be at most/,
        );
      for (const row of rows)
        expect(rule.problem(rule.normalise(`A${row.repeat(40)}b`))).toMatch(/a long row of characters that nobody sees|piles up marks/);
    }
  });
});

describe('a text made to cost time', () => {
  it.each([
    ['marks in no order', `A${'\u0301\u0316'.repeat(250_000)}`],
    ['runs of marks', `${'\u0301\u0316'.repeat(15)}A`.repeat(30_000)],
    ['blanks', ` ${' a'.repeat(5)}`.repeat(80_000)],
    ['blanks alone', `${' '.repeat(500_000)}a`],
    ['direction marks', `a${'\u200e'.repeat(500_000)}a`],
    ['families', '👩🏽‍❤️‍💋‍👨🏿'.repeat(60_000)],
  ])('is refused or taken in a time that does not grow with the square of its length: %s', (_, text) => {
    const before = process.cpuUsage();
    for (const rule of Object.values(TEXTS)) rule.problem(rule.normalise(text));
    readingOf(text);
    shownLine(text);
    // Of the processor, which a busy machine does not stretch as it does the clock: a second or so; each of these took a minute or more.
    expect(process.cpuUsage(before).user).toBeLessThan(30_000_000);
  });
});

describe('an e-mail address', () => {
  it.each([
    'ada@example.org',
    'ada.lovelace+x@sub.example.org',
    'ada@müller.example',
    'josé@example.org',
    '用户@例子.公司',
    'ada@xn--mller-kva.example',
    "o'brien@example.org",
  ])('is taken in any script: %s', (address) => {
    expect(taken(TEXTS.mailAddress, address)).toBe(true);
  });

  it.each([
    '',
    'ada',
    'ada@',
    '@example.org',
    'ada@localhost',
    'a da@example.org',
    'ada@example..org',
    '.ada@example.org',
    'ada@-x.org',
    'ada@ex\u202eample.org',
    'a\u0000@example.org',
    'ada@example.org\nBcc: eve@example.org',
    'a@b@c.example',
    'jos\ufffd@example.org',
    `${'a'.repeat(250)}@example.org`,
  ])('is refused where it is none: %j', (address) => {
    expect(taken(TEXTS.mailAddress, address)).toBe(false);
  });
});

describe('what is looked up', () => {
  it.each([
    ['Jose Nandu-Lukasz', 'José Ñandú-Łukasz'],
    ['Oyvind Aero', 'Øyvind Ærø'],
    ['DORDE DUKIC', 'Đorđe Đukić'],
    ['Strasse', 'Straße'],
    ['Thor Gudmundsson', 'Þór Guðmundsson'],
    ['Ada-Lovelace', 'Ada\u2011Lovelace'],
    ['Ada-Lovelace', 'Ada–Lovelace'],
    ['Ada Lovelace', 'Ada\r\nLove\u00adlace\u0000'],
    ['Ada Lovelace', 'Ada\u2800Lovelace'],
    ['Ben-Gurion', 'Ben\u05beGurion'],
    ['Ada-Lovelace', 'Ada\u2e3aLovelace'],
    ['Ada-Lovelace', 'Ada\u301cLovelace'],
    ['Ada-Lovelace', 'Ada\u02d7Lovelace'],
    ["O'Brien", 'O\u275cBrien'],
    ["O'Brien", 'O\u2035Brien'],
    ["Ma'arav", 'Ma\u05f3arav'],
    ['محمد', 'محـمّد'],
    ['احمد', 'أحمد'],
    ['یوسف', 'يوسف'],
    ['משה', 'מֹשֶׁה'],
    ['Eliyev', 'Əliyev'],
    ['Kofi Esi', 'Kɔfi Ɛsi'],
    ['ISIK', 'Işık'],
    ['finn', 'ﬁnn'],
    ['ΟΔΥΣΣΕΥΣ', 'Οδυσσεύς'],
    ['Ada', 'A\u{e0041}d\u{e0100}a'],
  ])('is found as %j for %j', (typed, kept) => {
    expect(foldedForLookUp(typed)).toBe(foldedForLookUp(kept));
  });

  const id = '0d5b7f3c-2f5e-4f0a-9d51-3f0d8f2c6b11';
  it.each([
    id,
    id.toUpperCase(),
    id.replaceAll('-', '\u2011'),
    id.replaceAll('-', '–'),
    id.replaceAll('-', '\u2e3a'),
    id.replaceAll('-', '--'),
    id.replaceAll('-', '\u00ad'),
    id.replaceAll('-', ''),
    `${id.slice(0, 9)}\n${id.slice(9)}`,
    `${id.slice(0, 4)}\u200b${id.slice(4)}`,
    ` https://certifiable.example/register/${id}?x `,
    `Certificate ${id}`,
    `Certificate ${id.replaceAll('-', '')}`,
    id.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  ])('has an id, however it was copied: %j', (typed) => {
    expect(certificateIdIn(typed)).toBe(id);
  });

  it('has no id in a longer run of digits', () => {
    expect(certificateIdIn('9'.repeat(101))).toBeUndefined();
  });

  it.each(['C-17', 'C\u201117', 'C–17', ' c-17\u200b', '\u200eC-17', 'C\u00ad17', 'Ｃ-１７', '\nC-17\r\n'])(
    'has a number, however it was copied: %j',
    (typed) => {
      expect(numbersMeantBy(typed)).toContain(TEXTS.certificateNumber.normalise('C-17'));
    },
  );
});

describe('two texts', () => {
  it('read the same when only blanks, composition and what nobody sees differ', () => {
    expect(readingOf(' José\u00a0 Ada\u200b')).toBe(readingOf('Jose\u0301 Ada'));
    expect(readingOf('Yes')).not.toBe(readingOf('yes'));
  });
});

describe('a text of before there were rules', () => {
  it('is shown on one line, and turns nothing around', () => {
    expect(shownLine('Ada\r\nBcc: eve\u202e\u0000 x\ud83c')).toBe('Ada Bcc: eve x\ufffd');
  });

  it('can be certified, however long it is', () => {
    for (const text of ['A'.repeat(5000), '👩🏽‍❤️‍💋‍👨🏿'.repeat(2000), `A${'\u0300'.repeat(9000)}`]) {
      const line = certifiableLine(text);
      expect(line.length).toBeLessThanOrEqual(LINE_UNITS_MAX);
      expect(line.isWellFormed()).toBe(true);
    }
    expect(certifiableLine('Ada Lovelace')).toBe('Ada Lovelace');
  });
});
