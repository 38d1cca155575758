import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Route } from '../../api/route.ts';

export type AnswerCheck = (answer: { method: string; path: string; status: number; body: unknown }) => void;

/**
 * Holds what docs/who-sees-what.md rests on: an answer has the fields that its route declares and no others. Throws for one that
 * has more, or that its schema does not take.
 */
export function createAnswerCheck(routes: readonly Route[]): AnswerCheck {
  const known = routes.map((route) => ({ route, pattern: new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`) }));
  return ({ method, path, status, body }) => {
    const plainPath = path.split('?', 1)[0] ?? '';
    const found = known.find(({ route, pattern }) => route.method === method.toLowerCase() && pattern.test(plainPath));
    const schema = found?.route.answers[status]?.body;
    if (schema === undefined) return;
    const declared = schema.safeParse(body);
    const place = `${method} ${plainPath} ${status}`;
    if (!declared.success) throw new Error(`${place} answers what it does not declare: ${z.prettifyError(declared.error)}`);
    if (!isDeepStrictEqual(declared.data, body)) throw new Error(`${place} answers a field that it does not declare: ${JSON.stringify(body)}`);
  };
}
