/** Schemas made strict: a field that the API server does not know, and would drop without a word, is an error here. */

type Json = { [key: string]: unknown };

const METADATA = { $ref: '../kubernetes/_definitions.json#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

export type CustomKind = { readonly group: string; readonly kind: string; readonly version: string; readonly schema: Json };

/** Every served version of a CustomResourceDefinition, with metadata held to the schema of Kubernetes itself. */
export function kindsOfDefinition(definition: unknown): CustomKind[] {
  if (!isObject(definition) || definition['kind'] !== 'CustomResourceDefinition') return [];
  const spec = definition['spec'] as {
    group: string;
    names: { kind: string };
    versions: readonly { name: string; served: boolean; schema?: { openAPIV3Schema: Json } }[];
  };
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name, schema }) => {
      const strict = strictly(schema?.openAPIV3Schema ?? {}) as Json;
      const properties = isObject(strict['properties']) ? strict['properties'] : {};
      return { group: spec.group, kind: spec.names.kind, version: name, schema: { ...strict, properties: { ...properties, metadata: METADATA } } };
    });
}

/** No property beyond the named ones, wherever some are named and the schema does not say that others are kept. */
function strictly(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strictly);
  if (!isObject(schema)) return schema;
  const copy: Json = {};
  for (const [key, value] of Object.entries(schema)) copy[key] = key === 'properties' ? eachProperty(value) : strictly(value);
  if (schema['x-kubernetes-int-or-string'] === true) copy['type'] = ['integer', 'string'];
  const isClosed = isObject(schema['properties']) && schema['type'] === 'object' && schema['x-kubernetes-preserve-unknown-fields'] !== true;
  if (isClosed && !('additionalProperties' in schema)) copy['additionalProperties'] = false;
  return copy;
}

/** A property may itself be called `properties`, as in a schema inside a schema. */
function eachProperty(properties: unknown): unknown {
  if (!isObject(properties)) return properties;
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, strictly(schema)]));
}

/** Of kubernetes-validate: its absolute references made relative, so that they are found in the folder. */
export function builtInSchema(text: string): string {
  const schema = JSON.parse(text.replaceAll('"/api/_definitions.json#', '"_definitions.json#')) as Json;
  delete schema['$id'];
  delete schema['$schema'];
  return JSON.stringify(schema);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
