import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, refused, registeredAttempt, startTestApi, type Caller, type TestApi } from '../test/support/api.ts';
import { registerRoutes } from './routes/register/routes.ts';
import { routesOf } from './routes.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

const ABSENT = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
const keyed = (key: string) => ({ 'idempotency-key': key });

describe('what becomes of a repeated request', () => {
  it('is written down for every route that changes anything', async () => {
    const text = await readFile(new URL('../docs/repeating.md', import.meta.url), 'utf8');
    const described = [...text.matchAll(/^\| `([A-Z]+ [^`]+)` \|/gm)].map(([, request = '']) => request);
    const byName = (one: string, other: string) => one.localeCompare(other);
    const routes = [...routesOf(api.services), ...registerRoutes(api.services)];
    const changing = routes.filter(({ method }) => !['get', 'head', 'options'].includes(method));
    expect(described.toSorted(byName)).toEqual(changing.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted(byName));
  });
});

describe('an Idempotency-Key with another body is refused', () => {
  /** The acts of staff are Updates of workflows, which are away here: what the first request got says nothing of what became of it. */
  const acts: readonly [name: string, path: string, bodies: readonly [object, object]][] = [
    [
      'an accommodation',
      'PUT /v1/staff/attempts/ATTEMPT/accommodation',
      [
        { percent: 150, reason: 'x' },
        { percent: 125, reason: 'x' },
      ],
    ],
    [
      'an extension',
      'POST /v1/staff/attempts/ATTEMPT/extension',
      [
        { window: 'start', deadline: tomorrow, reason: 'x' },
        { window: 'start', deadline: tomorrow, reason: 'y' },
      ],
    ],
  ];

  it.each(acts)('for %s, whatever became of the first request', async (name, operation, [body, other]) => {
    const attemptId = await registeredAttempt(api.as(`candidate of ${name}`, 'candidate'));
    const [method = '', path = ''] = operation.replace('ATTEMPT', attemptId).split(' ');
    const first = await staff(method, path, body, keyed('k1'));
    expect([200, 503]).toContain(first.status);
    expect(refusalOf(await staff(method, path, other, keyed('k1')))).toEqual(refused(422, 'idempotency_key_reused'));
    expect((await staff(method, path, body, keyed('k1'))).status).toBe(first.status);
    expect((await staff(method, path, other, keyed('k2'))).status).toBe(first.status);
  });

  it('for what waits for a second person, where another one of its kind has to wait', async () => {
    const path = `/v1/staff/attempts/${await registeredAttempt(api.as('candidate to be withdrawn', 'candidate'))}/withdrawal`;
    const first = await staff('POST', path, { reason: 'x' }, keyed('k1'));
    expect(first.status).toBe(202);
    expect(refusalOf(await staff('POST', path, { reason: 'y' }, keyed('k1')))).toEqual(refused(422, 'idempotency_key_reused'));
    expect((await staff('POST', path, { reason: 'x' }, keyed('k1'))).body).toEqual(first.body);
    expect(refusalOf(await staff('POST', path, { reason: 'y' }, keyed('k2')))).toEqual(refused(409, 'act_proposed'));
  });

  it('and is free again where the request was refused, and nothing was done', async () => {
    const candidate = api.as('withdrawn', 'candidate');
    const attemptId = await registeredAttempt(candidate);
    await candidate('POST', `/v1/attempts/${attemptId}/withdrawal`);
    for (const percent of [150, 125]) {
      const path = `/v1/staff/attempts/${attemptId}/accommodation`;
      expect(refusalOf(await staff('PUT', path, { percent, reason: 'x' }, keyed('k1')))).toEqual(refused(409, 'wrong_phase'));
    }
    for (const reason of ['x', 'y']) {
      const path = `/v1/staff/corrections/${ABSENT}/settlement`;
      expect(refusalOf(await staff('POST', path, { resolution: 'revoked', reason }, keyed('k1')))).toEqual(refused(404, 'not_found'));
    }
  });

  it('by every route that takes one, so that none forgets to bind it', () => {
    const routes = routesOf(api.services).filter(({ takesIdempotencyKey }) => takesIdempotencyKey);
    expect(routes.filter(({ refusals = [] }) => !refusals.includes('idempotency_key_reused')).map(({ path }) => path)).toEqual([]);
  });
});

/** Those that go to a workflow: test/integration/claimed-acts.test.ts. */
describe('an act of staff that is sent again under its key answers as it did, and is not done anew', () => {
  it('scaling an attempt, once the attempt is over', async () => {
    const candidate = api.as('scaled', 'candidate');
    const attemptId = await registeredAttempt(candidate);
    const scale = () => staff('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, { percent: 150, reason: 'x' }, keyed('scale'));
    expect((await scale()).status).toBe(200);
    await candidate('POST', `/v1/attempts/${attemptId}/withdrawal`);
    expect(await scale()).toMatchObject({ status: 200, body: { phase: 'withdrawn', accommodationPercent: 150 } });
  });

  it('a conflict of a grader, once that has ended', async () => {
    await api.as('gil', 'grader')('GET', '/v1/graders/me');
    const conflict = { kind: 'employer', value: 'acme.example' };
    const record = () => staff('POST', '/v1/staff/graders/gil/conflicts', { conflict, reason: 'x' }, keyed('conflict'));
    const { conflicts } = (await record()).body;
    const ending = () => staff('POST', `/v1/staff/graders/gil/conflicts/${conflicts[0].id}/ending`, { reason: 'left' }, keyed('ending'));
    expect((await ending()).body.conflicts).toEqual([]);
    expect(await record()).toMatchObject({ status: 200, body: { conflicts: [] } });
    await staff('POST', '/v1/staff/graders/gil/conflicts', { conflict, reason: 'back again' }, keyed('anew'));
    expect(await ending()).toMatchObject({ status: 200, body: { conflicts: [conflict] } });
  });

  it('a grader’s own declaration, with the id that it had', async () => {
    const gus = api.as('gus', 'grader');
    const declare = () => gus('POST', '/v1/graders/me/conflicts', { kind: 'employer', value: 'acme.example' }, keyed('own'));
    const { body } = await declare();
    await staff('POST', `/v1/staff/graders/gus/conflicts/${body.id}/ending`, { reason: 'left' });
    expect(await declare()).toMatchObject({ status: 201, body });
    expect((await gus('GET', '/v1/graders/me')).body.conflicts).toEqual([]);
  });

  it('a grader’s record, changed otherwise since', async () => {
    await api.as('pia', 'grader')('GET', '/v1/graders/me');
    const suspend = () => staff('PATCH', '/v1/staff/graders/pia', { state: 'suspended', reason: 'x' }, keyed('suspend'));
    expect((await suspend()).body.state).toBe('suspended');
    await staff('PATCH', '/v1/staff/graders/pia', { state: 'active', reason: 'cleared' });
    expect(await suspend()).toMatchObject({ status: 200, body: { state: 'active' } });
  });
});
