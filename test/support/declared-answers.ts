import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { COMMON_HEADERS, RESPONSE_HEADERS, type ResponseHeader } from '../../api/response-headers.ts';
import type { Route } from '../../api/route.ts';

export type AnswerCheck = (answer: { method: string; path: string; status: number; body: unknown; headers: Headers }) => void;

/**
 * Holds what docs/who-sees-what.md rests on: an answer has the fields that its route declares and no others; and of the headers
 * that clients go by just those that it declares. Throws for one that has more or less, or that its schema does not take.
 */
export function createAnswerCheck(routes: readonly Route[]): AnswerCheck {
  const known = routes.map((route) => ({ route, pattern: new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`) }));
  return ({ method, path, status, body, headers }) => {
    const plainPath = path.split('?', 1)[0] ?? '';
    const found = known.find(({ route, pattern }) => route.method === method.toLowerCase() && pattern.test(plainPath));
    const answer = found?.route.answers[status];
    if (answer === undefined) return;
    const place = `${method} ${plainPath} ${status}`;
    if (status < 400) checkHeaders(place, headers, { always: [...COMMON_HEADERS, ...(answer.headers ?? [])], ofSome: answer.headersOfSome ?? [] });
    if (answer.body === undefined) return;
    const declared = answer.body.safeParse(body);
    if (!declared.success) throw new Error(`${place} answers what it does not declare: ${z.prettifyError(declared.error)}`);
    if (!isDeepStrictEqual(declared.data, body)) throw new Error(`${place} answers a field that it does not declare: ${JSON.stringify(body)}`);
  };
}

type Declared = { readonly always: readonly ResponseHeader[]; readonly ofSome: readonly ResponseHeader[] };

function checkHeaders(place: string, headers: Headers, { always, ofSome }: Declared): void {
  const sent = (Object.keys(RESPONSE_HEADERS) as ResponseHeader[]).filter((name) => headers.has(name));
  const expected = sent.filter((name) => !ofSome.includes(name));
  if (!isDeepStrictEqual(expected.toSorted(), always.toSorted()))
    throw new Error(`${place} answers the headers ${sent.join(', ')}, and declares ${[...always, ...ofSome].join(', ')}`);
}
