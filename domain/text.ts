/**
 * What a text may be, by whichever door it comes in: token, request, command, import, exam form, correction, search. A text is what
 * people see (design, section 3): it is in NFC, has no characters that show nothing or turn others around, and its limits
 * are counted in characters as people see them.
 */
export type TextRule = {
  /** For whoever writes the text: what it may be, to be read in a schema. */
  readonly description: string;
  /** The text as it is kept; nobody can see a difference. Normalising it again changes nothing. */
  readonly normalise: (text: string) => string;
  /** What is wrong with a normalised text, to be read after its name ("has a line break"); undefined when it can be taken. */
  readonly problem: (text: string) => string | undefined;
};

/**
 * A character that people see may be made of several: a flag, a family, a letter with marks. The longest emoji has 15 code
 * units; this bounds their mean, so that no limit can be got round by what is piled up on one letter.
 */
const UNITS_PER_CHARACTER_MAX = 16;

/** The code units of the longest line for which there is a rule below: what can be certified, and so looked up. */
export const LINE_UNITS_MAX = 200 * UNITS_PER_CHARACTER_MAX;

// No set operations (the flag v) here: the bundler of workflows writes property escapes out, and gets those wrong.

// What characters are -----------------------------------------------------------------------------------------------------

/** A row of what nobody sees, and what it stands behind; overrides and isolates, which turn text around, are refused instead. */
const UNSEEN = /((?!\p{Default_Ignorable_Code_Point})[^])?((?:(?![\u202A-\u202E\u2066-\u2069])\p{Default_Ignorable_Code_Point})+)/gu;
/** Another shape of the character before, then a joiner to the one behind: what a row begins with that people see the effect of. */
const SHAPE = /^[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/u;
const SHAPE_OF_MONGOLIAN = /^[\u180B-\u180D\u180F]/u;
const JOINER = /^[\u200C\u200D]/u;
/** The flags of Scotland and others: a black flag that goes on in tags. */
const FLAG = '\u{1F3F4}';
const TAGS_OF_FLAG = /^[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F}/u;
/** Letters of these have one shape and join to nothing; so have blanks. */
const SHAPELESS = /^[\s\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Hebrew}\u0300-\u036F]$/u;
const JOINLESS = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{N}\p{P}]$/u;
const RIGHT_TO_LEFT = /[\u0590-\u061B\u061D-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
const DIRECTION_MARK = /[\u061C\u200E\u200F]/u;
/** Blanks, and the marks of direction, which mean nothing where a line begins or ends; a joiner may mean something at its end. */
const BEFORE_LINE = /[\s\u061C\u200C-\u200F]/u;
const AFTER_LINE = /[\s\u061C\u200E\u200F]/u;
/** What shows nothing on its own, the blanks of Braille, hieroglyphs and music included. */
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\u2800\uFFF9-\uFFFB\u{13441}\u{13442}\u{1D159}]/u;
/** Soft hyphens, joiners, direction marks: nobody sees them, and copying brings them along. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/u;
/** More than any script sets above and below one letter. */
const PILED_MARKS = /\p{M}{11,}/u;
/** More than stand in a row anywhere (Unicode's Stream-Safe Text Format, UAX #15). */
const ENDLESS_MARKS = /(?<!\p{M})\p{M}{31}/u;
/** More than any script or emoji needs in a row, the flags that go on in tags included. */
const ENDLESS_UNSEEN = /\p{Default_Ignorable_Code_Point}{32}/u;

/** What most texts are made of alone: nothing is to normalise in it, and there is nothing that a line or a paragraph may not have. */
const PLAIN = /^[ -~]*$/;
const PLAIN_PARAGRAPHS = /^[\t\n\r -~]*$/;

/** Normalisation sorts marks in a time that grows with the square of their number: half a million would take a minute. */
function inNfc(text: string): string {
  return PLAIN_PARAGRAPHS.test(text) || ENDLESS_MARKS.test(text) ? text : text.normalize('NFC');
}

type Forbidden = readonly (readonly [pattern: RegExp, what: string])[];

const NO_CHARACTERS: Forbidden = [[/[\p{Noncharacter_Code_Point}\uFFF9-\uFFFB]/u, 'a character that stands in no text']];
const IN_LINES: Forbidden = [
  [/[\n\v\f\r\u0085\u2028\u2029]/u, 'a line break'],
  [/\p{Cc}/u, 'a control character'],
  [DIRECTION, 'a character that turns the text around it'],
  [/[\uFFFC\uFFFD]/u, 'a character that an earlier conversion destroyed'],
  [/\p{Co}/u, 'a character that each reader shows as another one'],
  ...NO_CHARACTERS,
];
/** Isolates stay: Arabic and Hebrew with an English word in it need them. What they hold still reads as what it is. */
const IN_PARAGRAPHS: Forbidden = [
  [/(?![\t\n\r])\p{Cc}/u, 'a control character'],
  [/[\u202D\u202E]/u, 'a character that turns the text around it'],
  ...NO_CHARACTERS,
];

function problemOfCharacters(text: string, forbidden: Forbidden): string | undefined {
  if ((forbidden === IN_PARAGRAPHS ? PLAIN_PARAGRAPHS : PLAIN).test(text)) return undefined;
  if (!text.isWellFormed()) return 'must be Unicode text: it has half of a character';
  if (ENDLESS_MARKS.test(text)) return 'piles up marks on a letter';
  if (ENDLESS_UNSEEN.test(text)) return 'has a long row of characters that nobody sees';
  for (const [pattern, what] of forbidden) {
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return `has ${what} (${codePointName(found)})`;
  }
  return undefined;
}

function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** PostgreSQL's text and jsonb hold neither U+0000 nor half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

/** Whether people see nothing of it. */
export function isBlankText(text: string): boolean {
  return !VISIBLE.test(text);
}

// Lengths -----------------------------------------------------------------------------------------------------------------

let segmenter: Intl.Segmenter | undefined;

/** Extended grapheme clusters (UAX #29), one after the other. Made on first use: most texts need none. */
function clusters(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** A text never has more characters than code units, so that nearly every one is told by its length alone. */
export function isLongerThan(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return false;
  if (text.length > charactersMax * UNITS_PER_CHARACTER_MAX) return true;
  let characters = 0;
  for (const _cluster of clusters(text)) {
    characters += 1;
    if (characters > charactersMax) return true;
  }
  return false;
}

function problemOfLength(text: string, charactersMax: number): string | undefined {
  return isLongerThan(text, charactersMax) ? `must be at most ${shownCount(charactersMax)} characters` : undefined;
}

function shownCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

// Kinds -------------------------------------------------------------------------------------------------------------------

/** A text of one line: a name, a title, a number. Blanks around it and characters that show nothing do not count. */
function line(charactersMax: number, { letter = false, normalise = normalisedLine } = {}): TextRule {
  const needed = letter ? ', at least one of them a letter' : '';
  return {
    description: `One line of 1 to ${shownCount(charactersMax)} characters as people see them${needed}; none that controls or turns text around`,
    normalise,
    problem(text) {
      if (isBlankText(text) && problemOfCharacters(text, IN_LINES) === undefined) return 'must not be empty';
      const problem = problemOfLength(text, charactersMax) ?? problemOfCharacters(text, IN_LINES);
      if (problem !== undefined) return problem;
      if (PILED_MARKS.test(text)) return 'piles up marks on a letter';
      return letter && !/\p{L}/u.test(text) ? 'has no letter' : undefined;
    },
  };
}

function normalisedLine(text: string): string {
  return trimmed(inNfc(withoutUnseen(text)));
}

/** Nothing that people see changes: of what shows nothing, only what shapes, joins or turns what stands beside it stays, once. */
function withoutUnseen(text: string): string {
  if (PLAIN_PARAGRAPHS.test(text)) return text;
  const isTurned = RIGHT_TO_LEFT.test(text);
  return text.replaceAll(UNSEEN, (row: string, before: string = '', unseen: string, from: number) => {
    const [turn = ''] = (isTurned && DIRECTION_MARK.exec(unseen)) || [];
    return before + seenEffectOf(unseen, before, text.charAt(from + row.length)) + turn;
  });
}

function seenEffectOf(unseen: string, before: string, behind: string): string {
  if (before === '' || SHAPELESS.test(before)) return '';
  if (/^[0-9#*]$/.test(before)) return behind === '\u20E3' && unseen.startsWith('\uFE0F') ? '\uFE0F' : '';
  const [flag] = (before === FLAG && TAGS_OF_FLAG.exec(unseen)) || [];
  if (flag !== undefined) return flag;
  const shapes = /^\p{Script=Mongolian}$/u.test(before) ? SHAPE_OF_MONGOLIAN : SHAPE;
  const [shape = ''] = shapes.exec(unseen) ?? [];
  const [joiner = ''] = JOINLESS.test(before) ? [] : (JOINER.exec(unseen.slice(shape.length)) ?? []);
  return shape + joiner;
}

/** By hand: a pattern that ends in $ tries anew at every blank of a long row. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && BEFORE_LINE.test(text.charAt(from))) from += 1;
  while (to > from && AFTER_LINE.test(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

/** A text of any number of lines. Nothing of it but its normalisation changes, not even the blanks around it. */
function paragraph(charactersMax: number, { mayBeBlank = false } = {}): TextRule {
  return {
    description: `Text of ${mayBeBlank ? 'at most' : '1 to'} ${shownCount(charactersMax)} characters as people see them; line breaks and tabs, but no other control characters`,
    normalise: inNfc,
    problem(text) {
      if (!mayBeBlank && isBlankText(text)) return 'must not be empty';
      return problemOfLength(text, charactersMax) ?? problemOfCharacters(text, IN_PARAGRAPHS);
    },
  };
}

/** An identifier that another system made, or a key of ours: the same in every bit or another one, so nothing of it changes. */
function identifier(charactersMax: number): TextRule {
  return {
    description: `An identifier of 1 to ${shownCount(charactersMax)} characters, taken as it is`,
    normalise: (text) => text,
    problem(text) {
      if (text === '') return 'must not be empty';
      if (text.length > charactersMax) return `must be at most ${shownCount(charactersMax)} characters`;
      return problemOfCharacters(text, IN_LINES) ?? (isBlankText(text) ? 'must not be empty' : undefined);
    },
  };
}

/** What somebody types to find something: whatever it is, it finds what reads the same or nothing. */
function typed(unitsMax: number): TextRule {
  return {
    description: `1 to ${shownCount(unitsMax)} characters; case, accents, dashes, apostrophes and blanks do not count`,
    normalise: (text) => text,
    problem(text) {
      if (text.length > unitsMax) return `must be at most ${shownCount(unitsMax)} characters`;
      return isBlankText(text) ? 'must not be empty' : undefined;
    },
  };
}

const LOCAL_PART = /^[^\s\p{C}<>()[\]\\,;:"@.]+(?:\.[^\s\p{C}<>()[\]\\,;:"@.]+)*$/u;
/** Of letters and digits of any script: mail programs write them in Punycode where they must. */
const DOMAIN = /^(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])$/u;

/** Plain addresses of RFC 5321 and RFC 6531; quoted local parts and address literals, which nobody has, are not taken. */
const mailAddress: TextRule = {
  description: 'An e-mail address, in any script',
  normalise: normalisedLine,
  problem(text) {
    const at = text.lastIndexOf('@');
    const isAddress = text.length <= 254 && LOCAL_PART.test(text.slice(0, at)) && DOMAIN.test(text.slice(at + 1)) && !text.includes('\uFFFD');
    return isAddress ? undefined : 'must be an e-mail address';
  },
};

/** What stands after the @ of an address. */
const mailDomain: TextRule = {
  description: 'A domain of e-mail addresses, as example.com',
  normalise: (text) => normalisedLine(text).replace(/^@/, ''),
  problem: (text) => (text.length <= 254 && DOMAIN.test(text) ? undefined : 'must be a domain of e-mail addresses, as "example.com"'),
};

const locale: TextRule = {
  description: 'A language tag (BCP 47), as de-AT',
  // Some identity providers write en_US (OpenID Connect Core, 5.1).
  normalise: (text) => text.trim().replaceAll('_', '-'),
  problem: (text) => (text.length <= 35 && /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/.test(text) ? undefined : 'must be a language tag (BCP 47)'),
};

/** Every text that comes in from outside. */
export const TEXTS = {
  /** Of a person, as it goes on a certificate. */
  name: line(200, { letter: true }),
  /** Of an exam, as it goes on a certificate, or of a case study or a criterion. */
  title: line(200),
  /** Of a certificate in the old system. */
  certificateNumber: line(64, { normalise: normalisedNumber }),
  fileName: line(255),
  /** OpenID Connect allows a subject as many. */
  subject: identifier(255),
  /** Of an item, an exam, a sink: as whoever made it wrote it. */
  key: identifier(100),
  mailAddress,
  mailDomain,
  locale,
  answer: paragraph(20_000, { mayBeBlank: true }),
  /** Of a mark; whether it may be blank depends on the points. */
  markReason: paragraph(5000, { mayBeBlank: true }),
  /** Of a mark in the making, which may be too long still. */
  draftReason: paragraph(20_000, { mayBeBlank: true }),
  /** That graders of an item have at hand for their reasons. */
  comment: paragraph(2000),
  /** Of a document: where it is filed. */
  evidence: line(200),
  /** Of a candidate, and what staff answer. */
  complaint: paragraph(5000),
  /** Of an act of staff. */
  reason: paragraph(2000),
  choice: paragraph(5000),
  /** What an exam asks and explains. */
  explanation: paragraph(50_000),
  brief: paragraph(1_000_000),
  certificateSought: typed(2000),
  /** What staff type to find a person. */
  soughtByStaff: typed(200),
  nameSought: typed(LINE_UNITS_MAX),
} as const satisfies Readonly<Record<string, TextRule>>;

// What reads the same -----------------------------------------------------------------------------------------------------

// As typed on keyboards, set by word processors and written in transliterations (Hawaiʻi, ʿAbd, Ma’at).
const APOSTROPHES = /['`´‘’‛ʹʻʼʽʾʿˈˊˋ՚׳ߴ′‵❛❜ꞌ᾽᾿＇]/gu;
const DASHES = /[\p{Dash_Punctuation}\u02D7\u2043\u207B\u208B\u2212\u2796]/gu;
/**
 * What may be left out where a name is written: accents and the like on Latin, Greek and Cyrillic letters, the points of Hebrew,
 * the vowels, hamzas and stretches of Arabic, and those of Syriac. The marks of other scripts are letters there, and stay.
 */
const DIACRITICS =
  /[\u0300-\u036F\u1AB0-\u1ABE\u1DC0-\u1DF5\u1DFB-\u1DFF\u20D0-\u20F0\uFE20-\uFE2F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0730-\u074A\u0640]/gu;

/** Letters with a stroke, a hook or another letter in them, which Unicode takes for letters of their own, as keyboards without them write them. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ĸ: 'k',
  ƀ: 'b',
  ɓ: 'b',
  ɖ: 'd',
  ɗ: 'd',
  ǥ: 'g',
  ƙ: 'k',
  ɨ: 'i',
  ʉ: 'u',
  ƶ: 'z',
  ǝ: 'e',
  ə: 'e',
  ɛ: 'e',
  ɔ: 'o',
  ɣ: 'g',
  ɠ: 'g',
  ɲ: 'n',
  ƥ: 'p',
  ƭ: 't',
  ʋ: 'v',
  ƴ: 'y',
  // The same letter on Arabic and on Persian keyboards.
  ي: 'ی',
  ك: 'ک',
};
const LETTERS_WITH_PLAIN_ONES = new RegExp(`[${Object.keys(PLAIN_LETTERS).join('')}]`, 'gu');

/** What is typed is compared by this with what is kept: case, accents, composition, kinds of dashes, apostrophes and blanks do not count. */
export function foldedForLookUp(text: string): string {
  // Apostrophes first: compatibility normalisation turns some of them into a space with an accent.
  const compatible = text.normalize('NFC').replace(APOSTROPHES, "'").normalize('NFKC').replace(INVISIBLE, '');
  return foldCase(compatible)
    .normalize('NFD')
    .replace(DIACRITICS, '')
    .replace(LETTERS_WITH_PLAIN_ONES, (letter) => PLAIN_LETTERS[letter] ?? letter)
    .normalize('NFC')
    .replace(APOSTROPHES, "'")
    .replace(DASHES, '-')
    .replace(/[\s\p{Cc}\u2800]+/gu, ' ')
    .trim();
}

/** Unicode's full case folding, by what JavaScript has: the capital ẞ has no other upper case than itself, hence lower case first. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** Two texts with the same one look the same on a page; case and accents are seen, and count. */
export function readingOf(text: string): string {
  return inNfc(text.replaceAll(INVISIBLE, '')).replaceAll(/\s+/gu, ' ').trim();
}

/** A number as it is printed: nothing invisible is a part of it, and one kind of dash and blank is as good as another. */
function normalisedNumber(text: string): string {
  const visible = inNfc(text.replaceAll(/(?![\u202A-\u202E\u2066-\u2069])\p{Default_Ignorable_Code_Point}/gu, ''));
  return visible
    .replaceAll(/\p{Zs}+/gu, ' ')
    .replaceAll(DASHES, '-')
    .replaceAll(APOSTROPHES, "'")
    .trim();
}

/** The numbers that somebody may mean who types this, the likeliest first: at most five. */
export function numbersMeantBy(text: string): readonly string[] {
  const onOneLine = text.normalize('NFKC').replaceAll(/[\s\p{Cc}]+/gu, ' ');
  const number = normalisedNumber(onOneLine);
  // In a copied text a soft hyphen may stand where a line broke at a real one.
  const hyphenated = normalisedNumber(onOneLine.replaceAll('\u00AD', '-'));
  return [...new Set([text.trim(), number, hyphenated, number.toUpperCase(), number.toLowerCase()])];
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
/** An id that lost some of its dashes, or whose dashes are made of several; in a longer run of digits there is none. */
const ID_PARTS = /(?<![0-9a-f])([0-9a-f]{8})-{0,3}([0-9a-f]{4})-{0,3}([0-9a-f]{4})-{0,3}([0-9a-f]{4})-{0,3}([0-9a-f]{12})(?![0-9a-f])/;

/** The certificate's id that stands in what somebody typed or copied: alone, in an address, over two lines, with any dashes or none. */
export function certificateIdIn(text: string): string | undefined {
  const folded = foldedForLookUp(text);
  const onOneLine = folded.replaceAll(' ', '');
  const [id] = ID.exec(onOneLine) ?? [];
  if (id !== undefined) return id;
  const parts = ID_PARTS.exec(onOneLine) ?? ID_PARTS.exec(folded);
  return parts ? parts.slice(1).join('-') : undefined;
}

// What was kept before ----------------------------------------------------------------------------------------------------

/**
 * A text as it may stand in a line of a page, a mail or a document, whatever was taken before there were rules: line breaks
 * and other controls become a blank, so that nobody writes a paragraph of their own there, and nothing turns what follows around.
 */
export function shownLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u202A-\u202E\u2066-\u2069\uFFF9-\uFFFB]/gu, '')
    .replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
    .trim();
}

/** The same, no longer than what can be certified. */
export function certifiableLine(text: string): string {
  const shown = shownLine(text);
  if (shown.length <= LINE_UNITS_MAX) return shown;
  const end = [...clusters(shown.slice(0, LINE_UNITS_MAX))].at(-1)?.index ?? 0;
  return `${shown.slice(0, end)}…`;
}
