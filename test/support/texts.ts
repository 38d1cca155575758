/** Texts that no door may take where one line is wanted, by what is wrong with them. */
export const BAD_LINES: Readonly<Record<string, string>> = {
  nothing: '',
  blanks: ' \u00a0\t',
  'a zero-width space alone': '\u200b',
  'characters alone that nobody sees': '\u200e\u2060\ufeff\u00ad\u3164',
  'a line break': 'Ada\r\nLovelace',
  'a separator of paragraphs': 'Ada\u2029Lovelace',
  'a control character': 'Ada\u0007Lovelace',
  'a zero byte': 'Ada\u0000Lovelace',
  'an override of direction': 'Ada \u202eecalevoL',
  'an isolate that is never closed': 'Ada \u2066Lovelace',
  'half of a character': 'Ada \ud83c',
  'a character that was destroyed': 'Jos\ufffd',
  'a character that is none': 'Ada\uffff',
  'marks piled up': `A${'\u0300'.repeat(40)}da`,
  'far too many letters': 'A'.repeat(5000),
  'one letter too many': 'Ż'.repeat(201),
  'one emoji too many': `A${'👩🏽‍❤️‍💋‍👨🏿'.repeat(200)}`,
};

/** The same where any number of lines is wanted, blank ones left out: whether those are taken depends on what is asked. */
export const BAD_PARAGRAPHS: Readonly<Record<string, string>> = {
  'a control character': 'first\u0007second',
  'an escape sequence': '\u001b[2Jsecond',
  'a zero byte': 'first\u0000second',
  'an override of direction': 'first \u202edrocer',
  'half of a character': 'first \ud83c',
};

/** Good lines: in every script, at their limit, and of characters that are made of several. */
export const GOOD_LINES: Readonly<Record<string, string>> = {
  accents: 'José Ñandú-Łukasz',
  'the most letters': 'Ż'.repeat(200),
  'the most emoji': `A${'👩🏽‍❤️‍💋‍👨🏿'.repeat(199)}`,
  joiners: 'می‌خواهم',
  marks: 'क्षत्रिय',
  Hebrew: 'שָׁלוֹם בֶּן־דָּוִד',
  Chinese: '王小明',
};
