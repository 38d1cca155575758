import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, refused, startedAttempt, startTestApi, type Answer, type Caller, type TestApi } from '../test/support/api.ts';
import { JSON_DEPTH_MAX } from './json-bounds.ts';

let api: TestApi;
let everybody: Caller;
let doors: readonly Door[];
type Door = { readonly method: string; readonly path: string; readonly bytesMax: number };
beforeAll(async () => {
  api = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  await api.publish();
  everybody = api.as('eve', 'candidate', 'grader', 'designated', 'staff');
  doors = doorsOf((await everybody('GET', '/openapi.json')).body);
});
afterAll(() => api.close());

type Document = {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly requestBody?: { readonly description?: string; readonly content: object } }>>>
  >;
};

/** Every operation that takes JSON, and how large its body may be by the document. */
function doorsOf({ paths }: Document): readonly Door[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      requestBody === undefined || !('application/json' in requestBody.content)
        ? []
        : [
            {
              method: method.toUpperCase(),
              path: path.replaceAll(/\{(?:version|round)\}/g, '1').replaceAll(/\{\w+\}/g, '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11'),
              bytesMax: Number(/^At most (\d+) bytes$/.exec(requestBody.description ?? '')?.[1]),
            },
          ],
    ),
  );
}

const lengthOf = (answer: Answer) => JSON.stringify(answer.body).length;

describe('every operation that takes a body', () => {
  it('refuses one that is nested without end, at once and by name', async () => {
    expect(doors.length).toBeGreaterThan(15);
    for (const { method, path } of doors) {
      const depth = 5000;
      for (const body of [`{"a":"\\u0041","b":${'['.repeat(depth)}${']'.repeat(depth)}}`, '{"a":'.repeat(JSON_DEPTH_MAX + 1), '['.repeat(60_000)]) {
        const answer = await everybody(method, path, body);
        expect({ path, ...refusalOf(answer), fields: answer.body.fields }).toMatchObject({
          path,
          ...refused(422, 'validation_failed'),
          fields: [{ path: '', message: expect.stringMatching(/nested/) }],
        });
      }
    }
  });

  it('refuses one byte more than the document says, and names the limit', async () => {
    for (const { method, path, bytesMax } of doors) {
      const answer = await everybody(method, path, `"${'a'.repeat(bytesMax - 1)}"`);
      expect({ path, ...refusalOf(answer), bytesMax: answer.body.bytesMax }).toEqual({ path, ...refused(413, 'payload_too_large'), bytesMax });
      const fits = await everybody(method, path, `"${'a'.repeat(bytesMax - 2)}"`);
      expect({ path, status: fits.status }).toEqual({ path, status: 422 });
    }
  });

  it('answers a thousand mistakes with the first twenty and how many more there are', async () => {
    for (const { method, path } of doors) {
      const escaped = await everybody(method, path, `{"a":[${'"\\u0000",'.repeat(4999)}"\\u0000"]}`);
      expect({ path, ...refusalOf(escaped), omitted: escaped.body.fieldsOmitted }).toEqual({
        path,
        ...refused(422, 'validation_failed'),
        omitted: 4980,
      });
      expect(escaped.body.fields).toHaveLength(20);
      const unknown = await everybody(method, path, Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`unknown-${index}`, 1])));
      const longNamed = await everybody(method, path, { [`${'x'.repeat(60_000)}\u0000`]: '\u0000' });
      for (const answer of [escaped, unknown, longNamed]) {
        expect({ path, status: answer.status }).toEqual({ path, status: path.endsWith('/verification') ? expect.toBeOneOf([200, 422]) : 422 });
        expect(lengthOf(answer), path).toBeLessThan(8 * 1024);
      }
    }
  });
});

describe('without a token', () => {
  it('a nested body that has one escape is refused by the register', async () => {
    const body = `{"certificate":"\\u0041","name":${'['.repeat(4000)}${']'.repeat(4000)}}`;
    expect(refusalOf(await api.withToken(undefined)('POST', '/v1/register/search', body))).toEqual(refused(422, 'validation_failed'));
  });

  it('a nested credential in the page’s form is no credential', async () => {
    const form = new FormData();
    form.set('text', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
    const answer = await fetch(`${api.url}/register/verification`, { method: 'POST', body: form });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/not verif|refused|no credential/i);
  });
});

it('the longest answer that an item takes is small enough, of whatever characters', async () => {
  const cleo = api.as('cleo', 'candidate');
  const attemptId = await startedAttempt(cleo);
  const texts = ['🙂'.repeat(20_000), '語'.repeat(20_000), '👩🏽‍🚀'.repeat(20_000)];
  for (const [index, value] of texts.entries()) {
    const answer = await cleo('PUT', `/v1/attempts/${attemptId}/responses/t1`, { value, sequence: index + 1 });
    expect(answer.status).toBe(200);
  }
});
