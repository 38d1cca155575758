import { afterAll, beforeAll, expect, it } from 'vitest';
import { INSTANT_RULE } from '../domain/instant.ts';
import { startTestApi, type TestApi } from '../test/support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

type Schema = { readonly $ref?: string; readonly format?: string; readonly properties?: Readonly<Record<string, Schema>> };
type Operation = {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

it('a time that no calendar has, or of a year far off, is refused by every operation that takes one, and named', async () => {
  const { body } = await api.as('sam')('GET', '/openapi.json');
  const { paths, components } = body as Document;
  const resolved = (schema: Schema | undefined) =>
    schema?.$ref === undefined ? schema : components.schemas[schema.$ref.replace('#/components/schemas/', '')];
  const everybody = api.as('sam', 'staff', 'designated', 'grader', 'candidate');
  const doors: string[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { parameters, requestBody }] of Object.entries(operations)) {
      const place = path.replaceAll(/\{\w+\}/g, '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11');
      const fields = Object.entries(resolved(requestBody?.content?.['application/json']?.schema)?.properties ?? {});
      const inBody = fields.filter(([, schema]) => resolved(schema)?.format === 'date-time').map(([name]) => name);
      const inQuery = (parameters ?? []).filter((parameter) => parameter.in === 'query' && parameter.schema?.format === 'date-time');
      for (const bad of ['2026-02-30T12:00:00Z', '2026-12-24T24:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2026-12-24T12:00:00']) {
        for (const field of inBody) {
          const answer = await everybody(method.toUpperCase(), place, { [field]: bad });
          expect({ status: answer.status, fields: answer.body.fields }).toEqual({
            status: 422,
            fields: expect.arrayContaining([{ path: field, message: INSTANT_RULE }]),
          });
          doors.push(`${method} ${path} ${field}`);
        }
        for (const { name } of inQuery) {
          expect((await everybody(method.toUpperCase(), `${place}?${name}=${encodeURIComponent(bad)}`)).status).toBe(422);
          doors.push(`${method} ${path} ?${name}`);
        }
      }
    }
  }
  expect([...new Set(doors)]).toEqual(
    expect.arrayContaining([
      'post /v1/staff/attempts/{attemptId}/extension deadline',
      'post /v1/staff/attempts/{attemptId}/reopening deadline',
      expect.stringMatching(/^post .*replay since$/),
    ]),
  );
});
