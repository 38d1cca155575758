import { expect, it } from 'vitest';
import { builtInSchema, kindsOfDefinition } from './strict.ts';

const definition = (openAPIV3Schema: object) => ({
  kind: 'CustomResourceDefinition',
  spec: {
    group: 'example.com',
    names: { kind: 'Thing' },
    versions: [
      { name: 'v1', served: true, schema: { openAPIV3Schema } },
      { name: 'v0', served: false, schema: { openAPIV3Schema } },
    ],
  },
});
const schemaOf = (spec: object) => {
  const [properties] = kindsOfDefinition(definition({ type: 'object', properties: { spec } })).map(({ schema }) => schema['properties']);
  return (properties as { spec: object }).spec;
};

it('closes every object that names its fields, but not those that keep or map unknown ones', () => {
  expect(schemaOf({ type: 'object', properties: { a: { type: 'string' } } })).toHaveProperty('additionalProperties', false);
  expect(schemaOf({ type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true })).not.toHaveProperty('additionalProperties');
  expect(schemaOf({ type: 'object', additionalProperties: { type: 'string' } })).toHaveProperty('additionalProperties', { type: 'string' });
});

it('reads a field that is called properties as a field', () => {
  const spec = schemaOf({ type: 'object', properties: { properties: { type: 'object', properties: { a: { type: 'string' } } } } });
  expect(spec).toMatchObject({
    additionalProperties: false,
    properties: { properties: { additionalProperties: false, properties: { a: { type: 'string' } } } },
  });
});

it('takes the served versions alone, and a number or a text where Kubernetes takes both', () => {
  expect(kindsOfDefinition(definition({ type: 'object' })).map(({ version }) => version)).toEqual(['v1']);
  expect(schemaOf({ 'x-kubernetes-int-or-string': true })).toHaveProperty('type', ['integer', 'string']);
});

it('makes the references of built-in kinds relative', () => {
  const text = '{"$id":"https://kubernetes.io/api/x","$ref":"/api/_definitions.json#/$defs/a"}';
  expect(JSON.parse(builtInSchema(text))).toEqual({ $ref: '_definitions.json#/$defs/a' });
});
