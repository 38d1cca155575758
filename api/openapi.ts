import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { FIELDS_MAX, PROBLEM_CODES, statusOf, type ProblemCode } from './problems.ts';
import { COMMON_HEADERS, RESPONSE_HEADERS, type ResponseHeader } from './response-headers.ts';
import type { Route } from './route.ts';
import { isAboutSomebody } from './separation-of-duties.ts';
import { TAGS } from './tags.ts';

/** Read by clients’ authors on top of /docs, and played by a test as it stands there. */
const TEN_REQUESTS = readFileSync(new URL('ten-requests.md', import.meta.url), 'utf8');

const problem = z
  .looseObject({
    type: z.string().meta({ example: '/problems/deadline_passed' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'For the person who asked' }),
    code: z.enum(PROBLEM_CODES),
    requestId: z.string(),
    fields: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .max(FIELDS_MAX)
      .optional()
      .meta({ description: 'Each field that is wrong, or the first of them' }),
    fieldsOmitted: z.number().int().optional().meta({ description: 'How many more are wrong than `fields` lists' }),
    acrValues: z.array(z.string()).optional().meta({ description: 'With one of which to sign in again (RFC 9470)' }),
    maxAgeSeconds: z.number().int().optional().meta({ description: 'How long ago that may be' }),
    bytesMax: z.number().int().optional().meta({ description: 'How many a body may have, where one had more' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457); the codes are explained at /problems/{code}' });

const idempotencyKey = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: 'Printable ASCII. A repeat with the same key and body gets the answer of the first request, so a lost answer costs nothing' });

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** The OpenAPI document, from the schemas that check the requests. */
export function openApiDocument({ routes, publicUrl, issuer }: { routes: readonly Route[]; publicUrl: string; issuer: string }): OpenApiDocument {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Certifiable',
      version: '1',
      description:
        'Certification attempts: candidates take them, graders mark them, staff look after them. What is acknowledged here is durable. ' +
        'Errors are problem details with a stable code; times are UTC, and the clock is the server’s; lists go on with `after`.\n\n' +
        TEN_REQUESTS,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ bearer: [] }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `An access token of ${issuer}, with the claims sub, name and roles`,
        },
      },
    },
    paths: pathsOf(routes),
  });
}

function pathsOf(routes: readonly Route[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operationOf(route);
  }
  return paths;
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { tag, summary, description, roles, params, query } = route;
  return {
    operationId: route.operationId,
    tags: [tag],
    summary,
    description: [description, roles.length === 0 ? 'For everybody.' : `For: ${roles.join(', ')}.`].filter((text) => text !== undefined).join('\n\n'),
    ...(roles.length === 0 ? { security: [] } : {}),
    requestParams: {
      ...(params instanceof z.ZodObject ? { path: params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...headerParametersOf(route),
    },
    ...bodyOf(route),
    responses: responsesOf(route),
  };
}

function headerParametersOf({ takesIdempotencyKey, requestHeaders }: Route): { header?: z.ZodObject } {
  const headers = { ...requestHeaders?.shape, ...(takesIdempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {}) };
  return Object.keys(headers).length === 0 ? {} : { header: z.object(headers) };
}

function bodyOf({ body, documentedBody, bodyBytesMax, bodyMediaTypes = [] }: Route): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const content = { ...(body ? { 'application/json': { schema: documentedBody ?? body } } : {}), ...binary(bodyMediaTypes) };
  if (Object.keys(content).length === 0) return {};
  return { requestBody: { required: body !== undefined, ...(body ? { description: `At most ${bodyBytesMax} bytes` } : {}), content } };
}

function binary(mediaTypes: readonly string[]) {
  return Object.fromEntries(mediaTypes.map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }]));
}

function headersOf(names: readonly ResponseHeader[]) {
  return Object.fromEntries(
    [...COMMON_HEADERS, ...names].map((name) => [name, { description: RESPONSE_HEADERS[name], schema: { type: 'string' as const } }]),
  );
}

/** Those that a problem comes with, by its code. */
function headersOfProblems(codes: readonly ProblemCode[]): readonly ResponseHeader[] {
  return codes.flatMap((code): readonly ResponseHeader[] => {
    if (code === 'unauthenticated' || code === 'insufficient_user_authentication') return ['WWW-Authenticate'];
    return code === 'rate_limited' || code === 'unavailable' || code === 'storage_full' ? ['Retry-After'] : [];
  });
}

function responsesOf(route: Route): ZodOpenApiResponsesObject {
  const { answers, refusals = [], roles, params, body } = route;
  const common: readonly ProblemCode[] = [
    ...(roles.length === 0 ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...(isAboutSomebody(route) ? (['conflict_of_interest'] as const) : []),
    ...(params ? (['malformed_request', 'not_found'] as const) : []),
    ...(body ? (['malformed_json', 'request_timeout', 'payload_too_large', 'unsupported_media_type'] as const) : []),
    'validation_failed',
    'rate_limited',
    'internal',
    'unavailable',
    'storage_full',
  ];
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, { description, body: schema, mediaTypes, headers = [], headersOfSome = [] }] of Object.entries(answers)) {
    responses[status as `${1 | 2 | 3 | 4 | 5}${string}`] = {
      description,
      headers: headersOf([...headers, ...headersOfSome]),
      ...(schema ? { content: { 'application/json': { schema } } } : {}),
      ...(Number(status) >= 400 ? { content: { 'application/problem+json': { schema: problem } } } : {}),
      ...(mediaTypes ? { content: binary(mediaTypes) } : {}),
    };
  }
  const codesByStatus = Map.groupBy(new Set([...refusals, ...common]), statusOf);
  for (const [status, codes] of [...codesByStatus].toSorted(([a], [b]) => a - b)) {
    responses[String(status) as '400'] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      headers: headersOf(headersOfProblems(codes)),
      content: { 'application/problem+json': { schema: problem } },
    };
  }
  return responses;
}
