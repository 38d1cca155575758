import type { OpenApiDocument } from '../../api/openapi.ts';

/** Which fields reach whom, read from the documents and examples of what is sent. */

/** Whoever is reached; `verifier` is everybody. */
export const READERS = ['candidate', 'grader', 'designated', 'staff', 'auditor', 'verifier', 'mail', 'events', 'broker'] as const;
export type Reader = (typeof READERS)[number];

/** Readers by field: `Attempt.waitingFor.until`, `GET /v1/exams: exams[]`. */
export type FieldsSent = Map<string, Set<Reader>>;

export function note(fields: FieldsSent, field: string, readers: Iterable<Reader>): void {
  const known = fields.get(field) ?? new Set();
  for (const reader of readers) known.add(reader);
  fields.set(field, known);
}

type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
};

/** Every field of every answer; what a component names stands once, under its name. */
export function noteOperations(fields: FieldsSent, document: OpenApiDocument): void {
  const schemas = (document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>;
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(operations as Readonly<Record<string, Operation>>)) {
      const readers = readersOf(operation);
      for (const { content = {} } of Object.values(operation.responses ?? {})) {
        for (const [mediaType, { schema }] of Object.entries(content)) {
          const prefix = `${method.toUpperCase()} ${path}:`;
          if (!mediaType.includes('json') || schema === undefined) note(fields, `${prefix} (${mediaType})`, readers);
          else noteSchema(fields, { schema, prefix, readers, schemas });
        }
      }
    }
  }
}

type Operation = {
  readonly description?: string;
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>>;
};

/** As the document says it itself. */
function readersOf({ description = '' }: Operation): readonly Reader[] {
  if (description.includes('For everybody.')) return ['verifier'];
  const roles = /For: ([\w, ]+)\./.exec(description)?.[1]?.split(', ') ?? [];
  return READERS.filter((reader) => roles.includes(reader));
}

/** Every field that a JSON Schema lets through. */
export function noteSchema(
  fields: FieldsSent,
  {
    schema,
    prefix,
    readers,
    schemas = {},
  }: { schema: Schema; prefix: string; readers: readonly Reader[]; schemas?: Readonly<Record<string, Schema>> },
): void {
  const seen = new Set<string>();
  const walk = (part: Schema, place: string): void => {
    if (part.$ref !== undefined) {
      const name = part.$ref.split('/').at(-1) ?? '';
      if (seen.has(name)) return;
      seen.add(name);
      const component = schemas[name];
      if (component) walk(component, name.replace(/Output$/, ''));
      return;
    }
    for (const branch of [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])]) walk(branch, place);
    for (const [name, property] of Object.entries(part.properties ?? {})) {
      const field = `${place}${place.endsWith(':') ? ' ' : '.'}${name}`;
      if (isLeaf(property)) note(fields, field, readers);
      walk(property, field);
    }
    if (typeof part.items === 'object') {
      if (isLeaf(part.items)) note(fields, `${place}[]`, readers);
      walk(part.items, `${place}[]`);
    }
    if (part.additionalProperties !== undefined && part.additionalProperties !== false) {
      note(fields, `${place}.*`, readers);
      if (typeof part.additionalProperties === 'object') walk(part.additionalProperties, `${place}.*`);
    }
  };
  walk(schema, prefix);
}

/** Whether it is itself something to read, and not only what holds other fields. */
function isLeaf(schema: Schema): boolean {
  if (schema.$ref !== undefined || schema.properties !== undefined || schema.items !== undefined) return false;
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].filter((branch) => branch.type !== 'null');
  return branches.length === 0 ? schema.additionalProperties === undefined : branches.some(isLeaf);
}

/** Every field of an example that was made as the real ones are. */
export function noteExample(
  fields: FieldsSent,
  { example, prefix, readers }: { example: unknown; prefix: string; readers: readonly Reader[] },
): void {
  if (Array.isArray(example)) {
    for (const element of example) noteExample(fields, { example: element, prefix: `${prefix}[]`, readers });
    return;
  }
  if (typeof example !== 'object' || example === null) return note(fields, prefix, readers);
  for (const [name, value] of Object.entries(example)) {
    noteExample(fields, { example: value, prefix: `${prefix}${prefix.endsWith(':') ? ' ' : '.'}${name}`, readers });
  }
}
