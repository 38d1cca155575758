import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { Problem } from './problems.ts';

/** The bytes of files take as long as a candidate's line does; they only may not stand still. */
const UPLOAD_PATH = /^\/v1\/attempts\/[^/]+\/uploads(?:\/|$)/i;
/** How long somebody who has their answer may go on sending. */
const LINGER_MILLISECONDS = 5000;

/**
 * Ends requests whose body comes in drops, so that nobody holds connections for nothing: within so many seconds a body is
 * here, or an upload has moved. Refuses with `request_timeout`.
 */
export function limitSlowBodies({ seconds }: { seconds: number }): RequestHandler {
  return (request, response, next) => {
    if (!hasBody(request)) return next();
    const isUpload = UPLOAD_PATH.test(request.path);
    let bytesBefore = request.socket.bytesRead;
    const timer = setInterval(() => {
      if (request.complete) return clearInterval(timer);
      const moved = request.socket.bytesRead > bytesBefore;
      bytesBefore = request.socket.bytesRead;
      if (isUpload && moved) return;
      clearInterval(timer);
      giveUp(request, response, next, seconds);
    }, seconds * 1000);
    response.once('close', () => clearInterval(timer));
    response.once('finish', () => cutOffLater(request));
    next();
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function giveUp(request: IncomingMessage, response: ServerResponse, next: (error: Problem) => void, seconds: number): void {
  if (response.headersSent) {
    request.socket.destroy();
    return;
  }
  response.setHeader('Connection', 'close');
  next(new Problem('request_timeout', `The rest of the body did not come within ${seconds} seconds. Nothing was changed.`));
}

function cutOffLater(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, LINGER_MILLISECONDS);
  request.once('close', () => clearTimeout(timer));
}
