import type { RequestHandler } from 'express';
import { Problem } from './problems.ts';

/** A name, an address or one in brackets, and a port (RFC 3986, 3.2.2 and 3.2.3); it may be empty. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]*)(?::\d*)?$/i;

/**
 * Whom a request is for must be said once and plainly: a proxy that goes by the first of two, where we go by the last, can be led past its
 * rules (RFC 9112, 3.2). Node itself refuses a request without one.
 */
export const refuseUnclearHost: RequestHandler = ({ rawHeaders }, response, next) => {
  const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  if (hosts.length <= 1 && hosts.every((host) => HOST.test(host))) return next();
  response.setHeader('Connection', 'close');
  next(new Problem('malformed_request', 'The request cannot be read: its Host header stands there more than once, or names no host.'));
};
