import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, refused, startTestApi, type Answer, type Caller, type TestApi } from '../test/support/api.ts';
import { operationsOf, type Document } from '../test/support/hostile-requests.ts';
import { smallExam } from '../trials/people/small-exam.ts';
import { ROLES } from './actor.ts';

let api: TestApi;
let everybody: Caller;
let doors: readonly Door[];
type Door = {
  readonly method: string;
  readonly path: string;
  readonly known: readonly string[];
  /** Those of them that are whole numbers. */
  readonly numbers: readonly string[];
};
beforeAll(async () => {
  api = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  await api.publish();
  await api.publish({ ...smallExam(), version: 3, title: 'The third' });
  everybody = api.as('eve', ...ROLES);
  doors = doorsOf((await everybody('GET', '/openapi.json')).body as Document);
});
afterAll(() => api.close());

/** Every operation, at something that is not there, with the parameters that its query may have. */
function doorsOf(document: Document): readonly Door[] {
  return operationsOf(document).map(({ method, path, definition: { parameters = [] } }) => ({
    method,
    path: path.replaceAll(/\{\w+\}/g, '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11'),
    known: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    numbers: parameters.filter((parameter) => parameter.in === 'query' && parameter.schema?.type === 'integer').map(({ name }) => name),
  }));
}

const body = (method: string) => (['GET', 'HEAD', 'OPTIONS'].includes(method) ? undefined : {});
const refusedWith = (method: string, fields: readonly object[]) =>
  method === 'HEAD' ? { status: 422 } : { ...refused(422, 'validation_failed'), fields };
const shown = (method: string, answer: Answer) =>
  method === 'HEAD' ? { status: answer.status } : { ...refusalOf(answer), fields: answer.body.fields };

describe('every operation', () => {
  it('refuses a parameter that it does not have, and names those that it has', async () => {
    expect(doors.length).toBeGreaterThan(60);
    expect(doors.filter(({ known }) => known.length > 0).length).toBeGreaterThan(5);
    for (const { method, path, known } of doors) {
      const answer = await everybody(method, `${path}?unlisted=1`, body(method));
      const message = `is not a parameter here, which takes ${known.length === 0 ? 'none' : known.join(', ')}`;
      expect({ method, path, ...shown(method, answer) }).toEqual({ method, path, ...refusedWith(method, [{ path: 'unlisted', message }]) });
    }
  });

  it('refuses one of its own in another case, and one that is given twice, if with the same value', async () => {
    for (const { method, path, known } of doors) {
      for (const name of known) {
        const other = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
        const inOtherCase = await everybody(method, `${path}?${other}=1`, body(method));
        expect({ path, ...shown(method, inOtherCase) }).toMatchObject({ path, ...refusedWith(method, [{ path: other }]) });
        const twice = await everybody(method, `${path}?${name}=1&${name}=1`, body(method));
        expect({ path, ...shown(method, twice) }).toMatchObject({
          path,
          ...refusedWith(method, [{ path: name, message: 'is given more than once' }]),
        });
      }
    }
  });

  it('refuses what only a computer reads as a whole number, by the name of its parameter', async () => {
    const spellings = ['0x10', '0b1', '1e1', '%2B5', '%205', '5%20', '05', '1_0', '5.0', '1,0', '٥', '５', '-0', 'Infinity', 'true', '', '5%0A'];
    const numbered = doors.filter(({ numbers }) => numbers.length > 0);
    expect(numbered.length).toBeGreaterThan(10);
    for (const { method, path, numbers } of numbered) {
      for (const name of numbers) {
        for (const spelling of spellings) {
          const answer = await everybody(method, `${path}?${name}=${spelling}`, body(method));
          expect({ path, spelling, ...shown(method, answer) }).toMatchObject({ path, spelling, ...refusedWith(method, [{ path: name }]) });
        }
      }
    }
  });

  it('asks who is there first', async () => {
    const nobody = api.withToken(undefined);
    for (const { method, path } of doors.filter((door) => !/^\/v1\/(register|ledger)/.test(door.path) && door.method !== 'OPTIONS'))
      expect({ path, status: (await nobody(method, `${path}?unlisted=1`, body(method))).status }).toEqual({ path, status: 401 });
  });
});

describe('the version of an exam', () => {
  const exam = (query: string) => api.as('cleo', 'candidate')('GET', `/v1/exams/small${query}`);

  it('is the one that is asked for, and the newest when none is', async () => {
    expect((await exam('?version=1')).body).toMatchObject({ version: 1, examVersion: 'small@1' });
    expect((await exam('?version=3')).body).toMatchObject({ version: 3, title: 'The third' });
    expect((await exam('')).body).toMatchObject({ version: 3 });
  });

  it('that is not published is not found, and what is no version is refused', async () => {
    expect(refusalOf(await exam('?version=2'))).toEqual(refused(404, 'exam_not_published'));
    for (const version of ['0', '-1', '1.5', 'one', '', '99999999999'])
      expect(refusalOf(await exam(`?version=${version}`)), version).toEqual(refused(422, 'validation_failed'));
  });
});
