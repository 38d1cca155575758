import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../actor.ts';
import { issuerOf, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';
import { certifiedAttempt } from '../../../test/support/certified.ts';
import { twoPersons } from '../../../test/support/two-persons.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  staff = twoPersons(api.as('sam', 'staff'), api.as('lea', 'staff'));
});
afterAll(() => api.close());

const absent = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';

async function certified() {
  return certifiedAttempt(api.services.store, { credentials: await issuerOf(api.services) });
}

/** Opened as the workflow does it: Temporal is away here. */
async function suspended() {
  const { attemptId, certificateId } = await certified();
  const correctionId = randomUUID();
  const act = { actor: 'sam', reason: 'an identity was doubted', actionKey: correctionId };
  await api.services.store.corrections.open({ correctionId, certificateId, ...act }, await issuerOf(api.services));
  return { attemptId, certificateId, correctionId };
}

async function settled(correctionId: string) {
  const act = { actor: 'lea', reason: 'it was a namesake', actionKey: randomUUID() };
  return api.services.store.corrections.resolve({ correctionId, resolution: 'reinstated', ...act }, await issuerOf(api.services));
}

describe('staff look at', () => {
  it('a certificate with its corrections, newest first', async () => {
    const { attemptId, certificateId, correctionId } = await suspended();
    const { status, body } = await staff('GET', `/v1/staff/certificates/${certificateId}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: certificateId,
      attemptId,
      number: null,
      name: 'Ada Example',
      examTitle: 'A small exam',
      score: '95.00',
      issuedAt: expect.stringMatching(/Z$/),
      status: 'suspended',
      replaces: null,
      corrections: [
        {
          id: correctionId,
          certificateId,
          attemptId,
          openedBy: 'sam',
          reason: 'an identity was doubted',
          openedAt: expect.stringMatching(/Z$/),
          resolution: null,
          resolvedBy: null,
          resolvedReason: null,
          resolvedAt: null,
          replacedBy: null,
        },
      ],
    });
    await settled(correctionId);
    expect((await staff('GET', `/v1/staff/certificates/${certificateId}`)).body).toMatchObject({
      status: 'valid',
      corrections: [{ resolution: 'reinstated', resolvedBy: 'lea', resolvedReason: 'it was a namesake', resolvedAt: expect.stringMatching(/Z$/) }],
    });
  });

  it('all corrections, or the open ones alone', async () => {
    const [first, second] = [await suspended(), await suspended()];
    await settled(first.correctionId);
    const ids = async (query = ''): Promise<string[]> => {
      const { body } = await staff('GET', `/v1/staff/corrections${query}`);
      return body.corrections
        .map((correction: { id: string }) => correction.id)
        .filter((id: string) => id === first.correctionId || id === second.correctionId);
    };
    expect(await ids()).toEqual([second.correctionId, first.correctionId]);
    expect(await ids('?open=true')).toEqual([second.correctionId]);
    expect(await ids('?open=false')).toEqual([second.correctionId, first.correctionId]);
    expect(refusalOf(await staff('GET', '/v1/staff/corrections?open=perhaps'))).toEqual(refused(422, 'validation_failed'));
  });

  it('neither what is not there', async () => {
    for (const id of [absent, 'no-id']) expect(refusalOf(await staff('GET', `/v1/staff/certificates/${id}`))).toEqual(refused(404, 'not_found'));
  });
});

describe('opening and settling a correction', () => {
  it('answer 503 with when to try again while Temporal is away, and nothing has changed', { timeout: 30_000 }, async () => {
    const { certificateId } = await certified();
    const opening = await staff('POST', `/v1/staff/certificates/${certificateId}/corrections`, { reason: 'Doubt' }, { 'idempotency-key': 'one' });
    expect(refusalOf(opening)).toEqual(refused(503, 'unavailable'));
    expect(opening.headers.get('retry-after')).toBe('5');
    expect((await staff('GET', `/v1/staff/certificates/${certificateId}`)).body).toMatchObject({ status: 'valid', corrections: [] });

    const { correctionId } = await suspended();
    const settling = await staff('POST', `/v1/staff/corrections/${correctionId}/settlement`, { resolution: 'revoked', reason: 'Fraud' });
    expect(refusalOf(settling)).toEqual(refused(503, 'unavailable'));
    expect(settling.headers.get('retry-after')).toBe('5');
    expect((await api.services.store.corrections.read(correctionId)).resolution).toBeNull();
  });

  it('are refused before Temporal is asked where there is no such certificate or correction', async () => {
    for (const id of [absent, 'no-id']) {
      expect(refusalOf(await staff('POST', `/v1/staff/certificates/${id}/corrections`, { reason: 'x' }))).toEqual(refused(404, 'not_found'));
      const settling = await staff('POST', `/v1/staff/corrections/${id}/settlement`, { resolution: 'revoked', reason: 'x' });
      expect(refusalOf(settling)).toEqual(refused(404, 'not_found'));
    }
  });

  it('name the fields that are wrong, before Temporal is asked', async () => {
    const { certificateId, correctionId } = await suspended();
    const suspend = `/v1/staff/certificates/${certificateId}/corrections`;
    const settle = `/v1/staff/corrections/${correctionId}/settlement`;
    const replaced = { resolution: 'replaced', reason: 'x' };
    const points = (correction: object) => ({ ...replaced, points: [{ test: 'case_study', itemId: 'k1', points: 4.25 }, correction] });
    const wrong: readonly (readonly [string, object, string])[] = [
      [suspend, {}, 'reason'],
      [suspend, { reason: ' ' }, 'reason'],
      [suspend, { reason: 'x', actor: 'somebody else' }, 'actor'],
      [settle, { reason: 'x' }, 'resolution'],
      [settle, { resolution: 'forgotten', reason: 'x' }, 'resolution'],
      [settle, { resolution: 'revoked' }, 'reason'],
      [settle, { resolution: 'revoked', reason: 'x', name: 'Ada King' }, 'name'],
      [settle, replaced, 'name'],
      [settle, { ...replaced, points: [] }, 'name'],
      [settle, { ...replaced, name: ' ' }, 'name'],
      [settle, points({ test: 'oral', itemId: 'k2', points: 1 }), 'points[1].test'],
      [settle, points({ test: 'aptitude', itemId: 'k2', points: 1.005 }), 'points[1].points'],
      [settle, points({ test: 'aptitude', itemId: 'k2', points: -1 }), 'points[1].points'],
      [settle, points({ test: 'aptitude', itemId: '', points: 1 }), 'points[1].itemId'],
    ];
    for (const [path, body, field] of wrong) {
      const answer = await staff('POST', path, body);
      expect({ ...refusalOf(answer), fields: answer.body.fields?.map((problem: { path: string }) => problem.path) }, JSON.stringify(body)).toEqual({
        ...refused(422, 'validation_failed'),
        fields: [field],
      });
    }
  });
});

it('certificates and corrections are for staff alone', async () => {
  const { certificateId, correctionId } = await suspended();
  const requests = [
    ['GET', `/v1/staff/certificates/${certificateId}`],
    ['POST', `/v1/staff/certificates/${certificateId}/corrections`, { reason: 'x' }],
    ['GET', '/v1/staff/corrections'],
    ['POST', `/v1/staff/corrections/${correctionId}/settlement`, { resolution: 'revoked', reason: 'x' }],
  ] as const;
  const others: readonly Role[] = ['candidate', 'grader', 'designated'];
  for (const [method, path, body] of requests) {
    for (const role of others)
      expect(refusalOf(await api.as('other', role)(method, path, body)), `${role} ${path}`).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await api.withToken(undefined)(method, path, body))).toEqual(refused(401, 'unauthenticated'));
  }
});
