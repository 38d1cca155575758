import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { FieldProblem } from '../domain/refusal.ts';
import { validationFailed } from './problems.ts';
import { problemsOf } from './validation.ts';

/**
 * Lets pass what a route declares of its query, and nothing else: whoever asks for what we do not know would take our answer
 * for something that it is not. Refuses with `validation_failed`, naming each parameter that is unknown, repeated or wrong.
 */
export function checkQuery(schema: z.ZodType | undefined): RequestHandler {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return (request, _response, next) => {
    const given = Object.entries(request.query);
    const usable = given.filter(([name, value]) => known.includes(name) && !Array.isArray(value));
    const problems = [
      ...given.flatMap(([name, value]) => problemsOfParameter({ name, value, known })),
      ...(schema ? problemsOf(schema, Object.fromEntries(usable)) : []),
    ];
    if (problems.length > 0) throw validationFailed(problems);
    next();
  };
}

function problemsOfParameter({ name, value, known }: { name: string; value: unknown; known: readonly string[] }): readonly FieldProblem[] {
  if (!known.includes(name))
    return [{ path: name, message: `is not a parameter here, which takes ${known.length === 0 ? 'none' : known.join(', ')}` }];
  return Array.isArray(value) ? [{ path: name, message: 'is given more than once' }] : [];
}
