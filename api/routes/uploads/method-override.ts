import type { RequestHandler } from 'express';

const UPLOADS = /^\/v1\/attempts\/[^/]+\/uploads(\/[^/]*)?$/;

/**
 * The tus protocol (1.0, "X-HTTP-Method-Override") wants it of every server, for clients behind what lets no PATCH or DELETE
 * through: the header is the method, and the request's own is ignored. Nowhere else does it mean anything.
 */
export const overrideMethod: RequestHandler = (request, _response, next) => {
  const method = request.get('x-http-method-override');
  if (method !== undefined && UPLOADS.test(request.path)) request.method = method.trim().toUpperCase();
  next();
};
