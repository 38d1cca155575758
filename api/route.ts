import type { IRouter, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Effect } from '../domain/duties.ts';
import type { IdempotencyKey } from '../store/context.ts';
import type { IdempotencyKeyStore } from '../store/idempotency-keys.ts';
import { requireRole, type Actor, type Role } from './actor.ts';
import { idempotencyOf, underKey } from './idempotency.ts';
import { JSON_BODY_BYTES_MAX, readJson } from './json-body.ts';
import { Problem, type ProblemCode } from './problems.ts';
import { checkQuery } from './query.ts';
import { contextOf } from './request-context.ts';
import type { ResponseHeader } from './response-headers.ts';
import type { Tag } from './tags.ts';
import { check } from './validation.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options';

type AnswerSpec = {
  readonly description: string;
  readonly body?: z.ZodType;
  /** Beside those that every answer has. */
  readonly headers?: readonly ResponseHeader[];
  /** That not every such answer has. */
  readonly headersOfSome?: readonly ResponseHeader[];
};
type AnswerSpecs = Readonly<Record<number, AnswerSpec>>;

/** One of the answers that a route declares, with the body that its schema describes. */
type Answer<Specs extends AnswerSpecs> = {
  [Status in keyof Specs & number]: Specs[Status] extends { readonly body: infer Body extends z.ZodType }
    ? { readonly status: Status; readonly body: z.output<Body>; readonly headers?: Readonly<Record<string, string>> }
    : { readonly status: Status };
}[keyof Specs & number];

/** What the OpenAPI document says of a route. */
type Documentation = {
  /** The name of the function that generated clients call: a verb and what it is done to. Never changes. */
  readonly operationId: string;
  readonly method: Method;
  /** In Express's notation. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Whoever has one of them may; none: everybody may, also without a token. */
  readonly roles: readonly Role[];
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  /** Of a JSON body, where a small one is not enough. */
  readonly bodyBytesMax?: number | undefined;
  /** What else a body may be than JSON. */
  readonly bodyMediaTypes?: readonly string[];
  /** Headers of the request that are particular to it. */
  readonly requestHeaders?: z.ZodObject;
  /** What the document shows instead, where something else than the schema checks the body. */
  readonly documentedBody?: z.ZodType;
  readonly takesIdempotencyKey?: boolean;
  /** It reads though it is a POST: what is asked, or why, belongs in no address. */
  readonly isReading?: true;
  readonly answers: Readonly<Record<number, AnswerSpec & { readonly mediaTypes?: readonly string[] }>>;
  /** The refusals that are particular to it; authentication, validation and the like are common to all. */
  readonly refusals?: readonly ProblemCode[];
};

/** A request as it came, to be done later or by somebody else's word. */
export type RawRequest = { readonly params: Readonly<Record<string, string>>; readonly body: unknown };

/** What an act would change, as of now: what a second person looks at. */
export type EffectPart = { readonly what: Effect; readonly from: string | null; readonly to: string | null };

/** A route as the app mounts it and the OpenAPI document describes it. */
export type Route = Documentation & {
  readonly handlers: readonly RequestHandler[];
  /** Does what a request asked for. Of who acts nothing counts but the subject: it may be long after they asked. */
  readonly perform?: (
    request: RawRequest,
    by: { readonly actor: Actor; readonly idempotency: IdempotencyKey; readonly requestId: string },
  ) => Promise<Performed>;
  /** What that would change as of now; refused where it could not be done. Undefined where nobody needs to see it before. */
  readonly preview?: ((request: RawRequest) => Promise<readonly EffectPart[]>) | undefined;
};

export type Performed = { readonly status: number; readonly body?: unknown };

type RouteRequest<Roles extends readonly Role[], Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> = {
  /** Of a public route nobody: it does not ask who is there. */
  readonly actor: Roles extends readonly [] ? undefined : Actor;
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  readonly idempotency: IdempotencyKey | undefined;
  readonly requestId: string;
};

type RouteSpec<
  Roles extends readonly Role[],
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answers extends AnswerSpecs,
> = Documentation & {
  readonly roles: Roles;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Where keys are bound to their requests, if the work itself keeps no answers under them. */
  readonly keysOfActs?: IdempotencyKeyStore;
  readonly answers: Answers;
};

type Preview<Params extends z.ZodType, Body extends z.ZodType> = (request: {
  readonly params: z.output<Params>;
  readonly body: z.output<Body>;
}) => Promise<readonly EffectPart[]>;

type Handle<Roles extends readonly Role[], Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Answers extends AnswerSpecs> = (
  request: RouteRequest<Roles, Params, Query, Body>,
) => Promise<Answer<Answers>>;

/**
 * A route that takes and answers JSON, and then what handles it: in two calls, so that the compiler knows the answers
 * that it may give. In this order: role and query, as `mount` asks for them, then body, then path and fields, then its work.
 */
export function route<
  const Roles extends readonly Role[],
  const Answers extends AnswerSpecs,
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<Roles, Params, Query, Body, Answers>,
): { readonly handledBy: (handle: Handle<Roles, Params, Query, Body, Answers>, preview?: Preview<Params, Body>) => Route } {
  const { params, query, body, keysOfActs, ...documentation } = spec;
  const bodyBytesMax = body ? (spec.bodyBytesMax ?? JSON_BODY_BYTES_MAX) : undefined;
  const isPublic = spec.roles.length === 0;
  const readBody = bodyBytesMax === undefined ? [] : readJson({ bytesMax: bodyBytesMax });
  const readParams = (request: Pick<Request, 'params'>) => (params ? paramsOf(params, request) : undefined) as z.output<Params>;
  const readFields = (given: unknown) => (body ? check(body, given) : undefined) as z.output<Body>;
  return {
    handledBy(handle, preview) {
      const work: RequestHandler = async (request, response) => {
        const { actor: identified, requestId, refuseNamed, withhold, propose } = contextOf(response);
        const actor = isPublic ? undefined : identified;
        if (!actor && !isPublic) throw new TypeError('a route with roles is for somebody');
        const asked = {
          actor: actor as Roles extends readonly [] ? undefined : Actor,
          requestId,
          params: readParams(request),
          query: (query ? check(query, request.query) : undefined) as z.output<Query>,
          body: readFields(request.body),
          // A key is its actor's; without one there is nobody to keep an answer for.
          idempotency: actor && spec.takesIdempotencyKey ? idempotencyOf(request, actor) : undefined,
        };
        await refuseNamed?.(asked.body);
        const raw = { params: request.params as Record<string, string>, body: request.body as unknown };
        const act = async (): Promise<Performed> => (await propose?.(raw, asked.idempotency)) ?? handle(asked);
        const answer = await underKey(keysOfActs, asked.idempotency, act);
        send(response, withhold ? { ...answer, body: await withhold('body' in answer ? answer.body : undefined) } : answer);
      };
      const perform: NonNullable<Route['perform']> = (request, { actor, idempotency, requestId }) => {
        const asked = { params: readParams(request), query: undefined as z.output<Query>, body: readFields(request.body) };
        return handle({ ...asked, actor: actor as Roles extends readonly [] ? undefined : Actor, idempotency, requestId });
      };
      return {
        ...documentation,
        params,
        query,
        body,
        bodyBytesMax,
        handlers: [...readBody, work],
        perform,
        preview: preview && ((request) => preview({ params: readParams(request), body: readFields(request.body) })),
      };
    },
  };
}

/** Whoever comes passes the route's roles, then what else is asked of who comes, then its query, whatever handles it. */
export function mount(router: IRouter, { method, path, roles, query, handlers }: Route, further: readonly RequestHandler[] = []): void {
  const doors = roles.length === 0 ? [] : [requireRole(roles), ...further];
  router[method](path, ...doors, checkQuery(query), ...handlers);
}

/** The path's parameters. Refuses as not found what can name nothing. */
export function paramsOf<Params extends z.ZodType>(params: Params, request: Pick<Request, 'params'> | RawRequest): z.output<Params> {
  const result = params.safeParse(request.params);
  if (!result.success) throw new Problem('not_found', 'There is no such thing, or it is not yours.');
  return result.data;
}

function send(response: Response, answer: { status: number; body?: unknown; headers?: Readonly<Record<string, string>> }): void {
  if (answer.headers) response.set(answer.headers);
  response.status(answer.status);
  if (answer.body === undefined) response.end();
  else response.json(answer.body);
}
