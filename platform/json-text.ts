const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_OBJECT = 0x7b;
const OPENING_LIST = 0x5b;
const CLOSING = new Set([0x5d, 0x7d]);

/** Where the closing quote of the string is that begins here, in bytes of a JSON text. */
export function endOfString(json: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/**
 * A key that one object of a JSON text has twice: JSON.parse takes the last without a word, and whoever wrote the text may have
 * meant the first. The text may be damaged. Its depth is bounded by the caller.
 */
export function repeatedKeyIn(json: Uint8Array): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === OPENING_OBJECT || byte === OPENING_LIST) open.push(byte === OPENING_OBJECT ? new Set() : undefined);
    else if (CLOSING.has(byte)) open.pop();
    const keys = open.at(-1);
    if (byte === QUOTE) {
      const end = endOfString(json, at);
      if (keys && isKeyNext) {
        const key = keyOf(json.subarray(at + 1, end));
        if (keys.has(key)) return key;
        keys.add(key);
      }
      isKeyNext = false;
      at = end;
    } else if (byte === OPENING_OBJECT || byte === COMMA) isKeyNext = keys !== undefined;
  }
  return undefined;
}

function keyOf(written: Uint8Array): string {
  const key = Buffer.from(written).toString();
  try {
    return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
  } catch {
    return key;
  }
}
