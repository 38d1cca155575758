/** A place in a text, counted from 1 as editors do. */
export type TextPlace = { readonly line: number; readonly column: number };

const TOKEN_PATTERN =
  /[ \t\n\r]*(?:(?<mark>[{}[\],:])|(?<text>"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?<plain>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true|false|null))/y;

type Expected = 'value' | 'value-or-]' | 'key' | 'key-or-}' | 'colon' | 'comma-or-end' | 'nothing';

/**
 * Finds where a text stops being JSON (RFC 8259), or returns undefined when it is JSON. `JSON.parse` names the place of some
 * errors only, and people who write an exam by hand need it for all of them.
 */
export function placeOfJsonError(text: string): TextPlace | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let end = 0;
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : 'comma-or-end');

  while (expected !== 'nothing') {
    TOKEN_PATTERN.lastIndex = end;
    const { mark, text: string } = TOKEN_PATTERN.exec(text)?.groups ?? {};
    const tokenEnd = TOKEN_PATTERN.lastIndex;
    if (tokenEnd === 0) return placeAt(text, end);
    const takesValue = expected === 'value' || expected === 'value-or-]';
    const takesKey = expected === 'key' || expected === 'key-or-}';
    const closing = open.at(-1) === '{' ? '}' : ']';

    if (takesValue && (mark === '{' || mark === '[')) {
      open.push(mark);
      expected = mark === '{' ? 'key-or-}' : 'value-or-]';
    } else if (takesValue && mark === undefined) {
      expected = afterValue();
    } else if (takesKey && string !== undefined) {
      expected = 'colon';
    } else if (expected === 'colon' && mark === ':') {
      expected = 'value';
    } else if (expected === 'comma-or-end' && mark === ',') {
      expected = closing === '}' ? 'key' : 'value';
    } else if (mark === closing && (expected === 'comma-or-end' || expected === `key-or-${closing}` || expected === `value-or-${closing}`)) {
      open.pop();
      expected = afterValue();
    } else {
      return placeAt(text, end);
    }
    end = tokenEnd;
  }
  return /[^ \t\n\r]/.test(text.slice(end)) ? placeAt(text, end) : undefined;
}

/** The first character that is not white space, from the offset on. */
function placeAt(text: string, offset: number): TextPlace {
  const rest = text.slice(offset).search(/[^ \t\n\r]/);
  const lines = text.slice(0, rest === -1 ? text.length : offset + rest).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
