import type { IRouter, RequestHandler } from 'express';
import { Problem } from './problems.ts';

/** Answers every method that a path of this router does not have, with those that it has. Comes after all its routes. */
export function answerOtherMethods(router: IRouter): void {
  for (const [path, methods] of methodsByPath(router)) router.all(path, refuseAllBut(methods));
}

function methodsByPath(router: IRouter): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, Set<string>>();
  for (const { route } of router.stack) {
    if (!route) continue;
    const methods = known.get(route.path) ?? new Set(['OPTIONS']);
    for (const { method } of route.stack) for (const name of method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]) methods.add(name);
    known.set(route.path, methods);
  }
  return known;
}

function refuseAllBut(methods: ReadonlySet<string>): RequestHandler {
  const allow = [...methods].toSorted().join(', ');
  return (request, response, next) => {
    // In logs and metrics it is no request to a route: anybody could make a series of each method and path.
    request.route = undefined;
    if (request.method !== 'OPTIONS' && methods.has(request.method)) return next();
    if (request.method === 'OPTIONS') {
      response.status(204).set('Allow', allow).end();
      return;
    }
    throw new Problem('method_not_allowed', `There is no ${request.method} here, only ${allow}.`, { allow });
  };
}
