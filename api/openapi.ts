import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { FIELDS_MAX, PROBLEM_CODES, statusOf, type ProblemCode } from './problems.ts';
import type { Route } from './route.ts';

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
        'Errors are problem details with a stable code; times are UTC, and the clock is the server’s; lists go on with `after`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
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
  const { tag, summary, description, roles, params, query, body } = route;
  return {
    operationId: operationIdOf(route),
    tags: [tag],
    summary,
    description: [description, roles.length === 0 ? 'For everybody.' : `For: ${roles.join(', ')}.`].filter((text) => text !== undefined).join('\n\n'),
    ...(roles.length === 0 ? { security: [] } : {}),
    requestParams: {
      ...(params instanceof z.ZodObject ? { path: params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(route.takesIdempotencyKey ? { header: z.object({ 'Idempotency-Key': idempotencyKey }) } : {}),
    },
    ...(body
      ? {
          requestBody: {
            required: true,
            description: `At most ${route.bodyBytesMax} bytes`,
            content: { 'application/json': { schema: route.documentedBody ?? body } },
          },
        }
      : {}),
    responses: responsesOf(route),
  };
}

/** `post /v1/attempts/:attemptId/withdrawal` is `postAttemptsWithdrawal`. */
function operationIdOf({ method, path }: Route): string {
  const words = path
    .split('/')
    .slice(2)
    .map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part));
  return [method, ...words.flatMap((word) => word.split('-'))]
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

function responsesOf({ answers, refusals = [], roles, params, body }: Route): ZodOpenApiResponsesObject {
  const common: readonly ProblemCode[] = [
    ...(roles.length === 0 ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...(params ? (['malformed_request', 'not_found'] as const) : []),
    ...(body ? (['malformed_json', 'request_timeout', 'payload_too_large', 'unsupported_media_type'] as const) : []),
    'validation_failed',
    'rate_limited',
    'internal',
    'unavailable',
  ];
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, { description, body: schema, mediaTypes }] of Object.entries(answers)) {
    responses[status as `${1 | 2 | 3 | 4 | 5}${string}`] = {
      description,
      ...(schema ? { content: { 'application/json': { schema } } } : {}),
      ...(Number(status) >= 400 ? { content: { 'application/problem+json': { schema: problem } } } : {}),
      ...(mediaTypes
        ? { content: Object.fromEntries(mediaTypes.map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }])) }
        : {}),
    };
  }
  const codesByStatus = Map.groupBy(new Set([...refusals, ...common]), statusOf);
  for (const [status, codes] of [...codesByStatus].toSorted(([a], [b]) => a - b)) {
    responses[String(status) as '400'] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: problem } },
    };
  }
  return responses;
}
