import cors from 'cors';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { RESPONSE_HEADERS } from './response-headers.ts';

/** What anybody may read without a token, and so any page: the register for programs, keys, status lists, and what describes us. */
const PUBLIC_PATH =
  /^\/(?:v1\/register|credentials|achievements|issuer|events\/schemas|asyncapi\.json|openapi\.json|problems|\.well-known\/jwks\.json)(?:\/|$)/i;

/** What Temporal's UI asks of us, and nothing else that is ours is shared with it. */
const CODEC_PATH = /^\/v1\/temporal\/codec\//i;

const REQUEST_HEADERS = [
  'Accept',
  'Accept-Language',
  'Authorization',
  'Authorization-Extras',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Tus-Resumable',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'X-HTTP-Method-Override',
  'X-Namespace',
  'X-Request-Id',
  'traceparent',
  'tracestate',
];

/** As long as browsers keep it. */
const PREFLIGHT_SECONDS = 7200;

const SHARED: cors.CorsOptions = {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: REQUEST_HEADERS,
  exposedHeaders: Object.keys(RESPONSE_HEADERS),
  maxAge: PREFLIGHT_SECONDS,
  optionsSuccessStatus: 204,
};

/**
 * Lets pages of other origins read our answers: of everybody what is public, of these alone everything else, of Temporal's UI what the codec answers. Never with
 * credentials, which would be cookies: who asks is said by the token, and a page has to have one.
 */
export function shareAcrossOrigins({
  origins,
  temporalUi,
}: {
  readonly origins: readonly string[];
  readonly temporalUi?: string | undefined;
}): RequestHandler {
  const withEverybody = shareWith('*');
  const withThese = shareWith([...origins]);
  const ofCodec = temporalUi === undefined ? origins : [...origins, new URL(temporalUi).origin];
  const withUi = shareWith([...ofCodec]);
  return (request, response, next) => {
    if (PUBLIC_PATH.test(request.path)) return withEverybody(request, response, next);
    if (CODEC_PATH.test(request.path)) return shareAmong(ofCodec, withUi, { request, response, next });
    return shareAmong(origins, withThese, { request, response, next });
  };
}

function shareAmong(
  origins: readonly string[],
  share: RequestHandler,
  { request, response, next }: { request: Request; response: Response; next: NextFunction },
): unknown {
  // Nothing may be kept for one origin that was answered to another.
  if (origins.length > 0) response.vary('Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return next();
  return share(request, response, next);
}

/** Answers what a browser asks beforehand. OPTIONS for another reason (tus has one) goes on to its route. */
function shareWith(origin: '*' | string[]): RequestHandler {
  const answer = cors({ ...SHARED, origin });
  const goOn = cors({ ...SHARED, origin, preflightContinue: true });
  return (request, response, next) => {
    const isPreflight = request.headers['access-control-request-method'] !== undefined && request.headers.origin !== undefined;
    return isPreflight ? answer(request, response, next) : goOn(request, response, next);
  };
}
