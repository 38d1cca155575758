import fc from 'fast-check';

/** Requests that nobody who means well sends, made of an OpenAPI document: of its own schemas, bent; of its paths, broken; with any token. */

export type Operation = { readonly method: string; readonly path: string; readonly definition: Definition };
type Definition = {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: { readonly type?: unknown } }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, object>>;
};
type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
};
export type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Definition>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

export type HostileRequest = {
  readonly token: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Latin-1, a character a byte. */
  readonly body: string;
};

export function operationsOf({ paths }: Document): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, definition]) => ({ method: method.toUpperCase(), path, definition })),
  );
}

const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\uD800',
  '\u202Egnp.exe',
  '\u200B',
  '\uFEFF',
  '\uFFFF',
  'é'.normalize('NFD'),
  `a${'\u0301'.repeat(2000)}`,
  '👩🏽‍🚀'.repeat(300),
  'x'.repeat(6000),
  '9'.repeat(400),
  '-1',
  '1e309',
  '0x10',
  'NaN',
  'true',
  'null',
  '__proto__',
  'constructor',
  "'; DROP TABLE attempt; --",
  '{{7*7}}${7*7}<script>',
  '\r\nSet-Cookie: a=b',
  '../../etc/passwd',
  '0000-01-01T00:00:00Z',
  '2026-02-30T12:00:00Z',
  '9999-12-31T23:59:59.999999999+23:59',
  '2199-12-31T23:59:59Z',
  'http://169.254.169.254/latest',
  'https://[::1]:1/',
  'a@b.example',
];
const NUMBERS = [0, -0, -1, 1, 1.5, 0.1 + 0.2, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e21, 1e308, -1e308, 5e-324];
const hostileText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);
const hostileNumber = fc.oneof(fc.constantFrom(...NUMBERS), fc.double({ noNaN: true, noDefaultInfinity: true }));
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constant(Array.from({ length: 700 }, () => ({}))),
);

/** A body as its schema has it, of which each part may have become something else. */
function valueOf(schema: Schema, { components }: Document, ids: readonly string[], depth = 0): fc.Arbitrary<unknown> {
  const resolved = schema.$ref === undefined ? schema : (components.schemas[schema.$ref.replace('#/components/schemas/', '')] ?? {});
  const proper = depth > 6 ? fc.constant(null) : properValueOf(resolved, { components, paths: {} }, ids, depth);
  return fc.oneof({ weight: 9, arbitrary: proper }, { weight: 1, arbitrary: hostileValue });
}

function properValueOf(schema: Schema, document: Document, ids: readonly string[], depth: number): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => valueOf(choice, document, ids, depth + 1)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return fc.oneof(fc.constantFrom(...ids, 'A reason', 'mine', '2026-12-24T12:00:00Z', 'https://hooks.example.org/a'), hostileText);
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer({ min: 1, max: 200 }), hostileNumber);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valueOf(schema.items ?? {}, document, ids, depth + 1), { maxLength: 4 });
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, valueOf(property, document, ids, depth + 1)])),
        {
          requiredKeys: Object.keys(schema.properties ?? {}).filter((_, index) => index % 2 === 0),
        },
      );
    default:
      return hostileValue;
  }
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1');
const nested = (depth: number) => `{"a":"\\u0041","b":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const RAW_BODIES = [
  '',
  'null',
  '[]',
  '""',
  '{',
  '"\\u0000"',
  '{"a":1e400,"fencingToken":-1e400}',
  '{"sequence":1e400,"value":"a"}',
  '{"__proto__":{"roles":["staff"]},"constructor":1}',
  '{"reason":"a","reason":"b"}',
  '\u00EF\u00BB\u00BF{}',
  '\u00FF\u00FE{\u0000}\u0000',
  '{"reason":"\u00FC"}',
  '{"\\u0000":1}',
  nested(20),
  nested(5000),
  `[${'{},'.repeat(20_000)}{}]`,
  `{"a":[${'"\\u0000",'.repeat(5000)}1]}`,
  '\u001F\u008B\u0008\u0000\u0000\u0000',
];
const RAW_PARTS = ['%00', 'a%00b', '%', '%zz', '%C3%28', '%ED%A0%80', '%FF', '%2e%2e', '..%2F..', '%E2%80%AE', '+', ';a=b', '@', '~'];
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'idempotency-key': ['', 'a', 'k'.repeat(201), '\u00FC', 'the-same', '__proto__'],
  'content-type': [
    'application/json',
    'application/json; charset=utf-16',
    'application/json; charset="utf-8',
    'text/plain',
    'application/offset+octet-stream',
    ';',
    'multipart/form-data',
  ],
  'content-encoding': ['gzip', 'br', 'deflate', 'nonsense', 'identity'],
  accept: ['application/pdf', '*/*;q=2', ';;', 'text/html;q=0', 'application/pdf;q=nonsense'],
  'accept-language': ['*', 'en;q=x', '\u00FC', 'x'.repeat(300)],
  'if-none-match': ['*', '"a"', 'W/"', '\u00FC'],
  range: ['bytes=0-', 'bytes=9-1', 'bytes=-', 'nonsense'],
  'x-request-id': ['\u00FC', 'x'.repeat(500), 'ok'],
  'x-forwarded-for': ['nonsense', '203.0.113.7', '::ffff:1.2.3.4, 10.0.0.1', ','],
  traceparent: ['nonsense', '00-00000000000000000000000000000000-0000000000000000-01'],
  'tus-resumable': ['1.0.0', '0.2.2', ''],
  'upload-length': ['10', '-1', '0', '1e3', 'x', '9007199254740993', '999999999999999999999'],
  'upload-offset': ['0', '-1', '1', 'x', '9007199254740993'],
  'upload-defer-length': ['1', '0', 'x'],
  'upload-concat': ['partial', 'final;/a /b', ''],
  'upload-checksum': ['sha1 x', 'md5', ''],
  'upload-metadata': [
    '',
    ',',
    'filename',
    'filename !!!!',
    'filename AAAA,filetype dGV4dC9wbGFpbg==,sha256 YQ==',
    `filename ${Buffer.from('a.md').toString('base64')},filetype ${Buffer.from('text/markdown').toString('base64')},sha256 ${Buffer.from('a'.repeat(64)).toString('base64')}`,
  ],
  origin: ['null', 'https://evil.example', '\u00FC'],
};

const headers: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .subarray(Object.entries(HEADERS), { maxLength: 5 })
  .chain((chosen) => fc.tuple(...chosen.map(([name, values]) => fc.constantFrom(...values).map((value) => [name, value] as const))))
  .map((pairs) => Object.fromEntries(pairs));

/** Node refuses more than 16 KiB of head by itself, before there is a request. */
const PART_LENGTH_MAX = 1500;
const encodedText = hostileText.map(encoded).filter((text) => text !== '' && text.length <= PART_LENGTH_MAX);

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

export function hostileRequests({
  operation: { path, definition },
  document,
  tokens,
  known,
}: {
  operation: Operation;
  document: Document;
  tokens: readonly string[];
  /** Ids that there are, by the parameter that they are for. */
  known: Readonly<Record<string, readonly string[]>>;
}): fc.Arbitrary<HostileRequest> {
  const ids = Object.values(known).flat();
  const part = (name: string) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...(known[name] ?? ids)) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 1, arbitrary: fc.constantFrom(...RAW_PARTS) },
      { weight: 1, arbitrary: encodedText },
    );
  const names = path.split(/\{(\w+)\}/);
  const place = fc.tuple(...names.map((text, index) => (index % 2 === 0 ? fc.constant(text) : part(text)))).map((parts) => parts.join(''));
  const parameters = (definition.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const pair = fc.tuple(fc.constantFrom(...parameters, ...parameters, 'limit', '__proto__', 'a[b]'), fc.oneof(fc.constantFrom(...ids), encodedText));
  const query = fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('?', '?%', '?%00', '?=', '?a=%FF&a=%zz', '?after&limit', '?limit=1&limit=2') },
    {
      weight: parameters.length > 0 ? 4 : 1,
      arbitrary: fc
        .array(pair, { minLength: 1, maxLength: 3 })
        .map((pairs) => `?${pairs.map(([name, value]) => `${encoded(name)}=${value}`).join('&')}`),
    },
  );
  const schema = definition.requestBody?.content['application/json']?.schema;
  const proper = schema && valueOf(schema, document, ids).map((value) => utf8(JSON.stringify(value) ?? ''));
  const body = fc.oneof({ weight: 1, arbitrary: fc.constantFrom(...RAW_BODIES) }, { weight: proper ? 4 : 1, arbitrary: proper ?? fc.constant('') });
  return fc
    .record({ token: fc.constantFrom(...tokens), place, query, headers, body })
    .map(({ token, place: where, query: asked, headers: given, body: sent }) => ({
      token,
      path: `${where}${asked}`,
      headers: { ...(schema ? { 'content-type': 'application/json' } : {}), ...given },
      body: sent,
    }));
}
