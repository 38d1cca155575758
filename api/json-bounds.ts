import type { FieldProblem } from '../domain/refusal.ts';
import { endOfString, repeatedKeyIn } from '../platform/json-text.ts';

/** Levels of lists and objects within each other; nothing that we take has more than 12, and what walks a value may recurse. */
export const JSON_DEPTH_MAX = 32;
/** Values in lists and objects. Each costs a check and perhaps a complaint, whatever it says; an exam of 1,000 items has 20,000. */
export const JSON_VALUES_MAX = 50_000;

/** A field of ours; any other key is not said again. */
const NAME = /^\w{1,60}$/;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** What is wrong with the shape of a JSON text, told from its bytes alone, before anything is made of them. */
export function problemOfShape(json: Uint8Array): FieldProblem | undefined {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA) values += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    else if (OPENING.has(byte)) {
      depth += 1;
      values += 1;
      if (depth > JSON_DEPTH_MAX) return { path: '', message: `must not be nested more than ${JSON_DEPTH_MAX} levels deep` };
    }
    if (values > JSON_VALUES_MAX) return { path: '', message: `must not have more than ${JSON_VALUES_MAX} values` };
  }
  const repeated = repeatedKeyIn(json);
  return repeated === undefined ? undefined : { path: NAME.test(repeated) ? repeated : '', message: 'must not have the same key twice' };
}
