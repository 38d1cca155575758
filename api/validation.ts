import type { z } from 'zod';
import type { FieldProblem } from '../domain/refusal.ts';
import { validationFailed } from './problems.ts';

/** Checks what came in. Refuses with `validation_failed`, naming every field that is wrong. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw validationFailed(problemsOfError(result.error));
}

/** Every field that is wrong; none of what the schema takes. */
export function problemsOf(schema: z.ZodType, value: unknown): readonly FieldProblem[] {
  const { error } = schema.safeParse(value);
  return error ? problemsOfError(error) : [];
}

function problemsOfError({ issues }: z.ZodError): readonly FieldProblem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue));
}

function problemsOfIssue(issue: z.core.$ZodIssue): readonly FieldProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: formatPlace([...issue.path, key]), message: 'is not a field of this request' }));
  return [{ path: formatPlace(issue.path), message: issue.message }];
}

/** `marks[3].points`. */
export function formatPlace(place: readonly PropertyKey[]): string {
  return place.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, '');
}
