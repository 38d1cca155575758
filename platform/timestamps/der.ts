/** The little of ASN.1 that a time stamp takes (X.690): elements with one byte of tag and a definite length, as DER writes them. */

export type Element = {
  readonly tag: number;
  /** What is behind tag and length. */
  readonly content: Buffer;
  /** All of it. */
  readonly bytes: Buffer;
};

export const TAGS = { boolean: 0x01, integer: 0x02, octets: 0x04, null: 0x05, oid: 0x06, time: 0x18, sequence: 0x30, set: 0x31 } as const;

/** Of a tag that a context gives it. */
export const tagged = (number: number): number => 0xa0 | number;

const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;
/** Of a length that is no byte: so many bytes follow. More than four are no length of ours. */
const LONG_LENGTH = 0x80;
const LENGTH_BYTES_MAX = 4;

/** Throws a TypeError where it is not exactly one element. */
export function elementIn(bytes: Uint8Array): Element {
  const elements = elementsIn(Buffer.from(bytes));
  const [element] = elements;
  if (element === undefined || elements.length !== 1) throw malformed('it is not one element');
  return element;
}

/** The elements of a sequence, a set or a tagged element. */
export function partsOf(element: Element | undefined): readonly Element[] {
  if (element === undefined || (element.tag & CONSTRUCTED) === 0) throw malformed('a part is missing or simple');
  return elementsIn(element.content);
}

export function octetsOf(element: Element | undefined): Buffer {
  return contentOf(element, TAGS.octets, 'octets are');
}

/** In dotted decimals. */
export function oidOf(element: Element | undefined): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of contentOf(element, TAGS.oid, 'an identifier is')) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...rest].join('.');
}

/** One of at most four bytes, and not below 0. */
export function numberOf(element: Element | undefined): number {
  const content = contentOf(element, TAGS.integer, 'a number is');
  if (content.length === 0 || content.length > LENGTH_BYTES_MAX || (content[0] ?? 0) >= 0x80) throw malformed('a number is out of bounds');
  return content.readUIntBE(0, content.length);
}

/** GeneralizedTime in UTC, as RFC 3161 asks for it: 20261130182320Z, with fractions or not. */
export function timeOf(element: Element | undefined): Date {
  const text = contentOf(element, TAGS.time, 'a time is').toString('latin1');
  const [, year, month, day, hours, minutes, seconds, fraction = ''] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(text) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(at.getTime())) throw malformed('its time is none');
  return at;
}

export function written(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length >= LONG_LENGTH) throw new RangeError('what is asked here is shorter');
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

/** Of an identifier whose arcs but the first two are below 2³¹. */
export function writtenOid(oid: string): Buffer {
  const [top = 0, second = 0, ...rest] = oid.split('.').map(Number);
  return written(TAGS.oid, Buffer.from([top * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): readonly number[] {
  const digits = [arc & 0x7f];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(0x80 | (left & 0x7f));
  return digits;
}

function contentOf(element: Element | undefined, tag: number, what: string): Buffer {
  if (element?.tag !== tag) throw malformed(`${what} missing`);
  return element.content;
}

function elementsIn(bytes: Buffer): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag = 0, short = LONG_LENGTH] = bytes.subarray(at, at + 2);
    if ((tag & LONG_TAG) === LONG_TAG) throw malformed('a tag is longer than a byte');
    const more = short < LONG_LENGTH ? 0 : short - LONG_LENGTH;
    const begin = at + 2 + more;
    if ((short >= LONG_LENGTH && (more === 0 || more > LENGTH_BYTES_MAX)) || begin > bytes.length) throw malformed('a length is none');
    const end = begin + (more === 0 ? short : bytes.readUIntBE(at + 2, more));
    if (end > bytes.length) throw malformed('it is cut short');
    elements.push({ tag, content: bytes.subarray(begin, end), bytes: bytes.subarray(at, end) });
    at = end;
  }
  return elements;
}

function malformed(what: string): TypeError {
  return new TypeError(`it is not written as RFC 3161 says: ${what}`);
}
