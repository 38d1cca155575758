import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { isUtf8 } from 'node:buffer';
import type { FieldProblem } from '../domain/refusal.ts';
import { isStorable } from '../domain/text.ts';
import { problemOfShape } from './json-bounds.ts';
import { NOT_UTF8, Problem, validationFailed } from './problems.ts';
import { formatPlace } from './validation.ts';

/** Bytes of a JSON body where a route does not name its own: a reason of 2,000 characters of any script, and some fields. */
export const JSON_BODY_BYTES_MAX = 64 * 1024;

/** Requests whose text came with escapes: only those can hold what PostgreSQL cannot store. */
const withEscapes = new WeakSet<IncomingMessage>();

/** Reads a JSON body. Refuses with `unsupported_media_type`, `payload_too_large`, `malformed_json` and `validation_failed`. */
export function readJson({ bytesMax }: { bytesMax: number }): readonly RequestHandler[] {
  const parse = express.json({
    limit: bytesMax,
    strict: false,
    verify: (request, _response, bytes) => {
      // A decoder would put U+FFFD in the place of what it cannot read, and that would be kept for ever.
      if (!isUtf8(bytes)) throw Object.assign(new Error('the body is not UTF-8'), { type: NOT_UTF8 });
      const problem = problemOfShape(bytes);
      if (problem) throw validationFailed([problem]);
      if (bytes.includes('\\u')) withEscapes.add(request);
    },
  });
  return [requireJson, parse, refuseUnstorableText];
}

/** JSON between systems is UTF-8 (RFC 8259, 8.1). In any other encoding the bytes could not be checked as they come. */
const requireJson: RequestHandler = (request, _response, next) => {
  if (!request.is('application/json')) throw new Problem('unsupported_media_type', 'The body must be JSON: "Content-Type: application/json".');
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(request.headers['content-type'] ?? '') ?? [];
  if (!/^utf-?8$/i.test(charset)) throw new Problem('unsupported_media_type', 'The body must be JSON in UTF-8.');
  next();
};

/** PostgreSQL's text and jsonb hold neither U+0000 nor half a surrogate pair, and in JSON only an escape can bring them. */
const refuseUnstorableText: RequestHandler = (request, _response, next) => {
  if (withEscapes.has(request)) {
    const problems = unstorableText(request.body, []);
    if (problems.length > 0) throw validationFailed(problems);
  }
  next();
};

function unstorableText(value: unknown, place: readonly PropertyKey[]): readonly FieldProblem[] {
  if (typeof value === 'string')
    return isStorable(value) ? [] : [{ path: formatPlace(place), message: 'must be Unicode text without the character U+0000' }];
  if (Array.isArray(value)) return value.flatMap((element: unknown, index) => unstorableText(element, [...place, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, element]) => [...unstorableText(key, place), ...unstorableText(element, [...place, key])]);
}
