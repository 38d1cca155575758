import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { smallExam } from '../../../trials/people/small-exam.ts';
import { createLocalJWKSet, compactVerify } from 'jose';
import { refusalOf, refused, registeredAttempt, startedAttempt, startTestApi, type TestApi } from '../../../test/support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

const path = (attemptId: string, rest = '') => `/v1/attempts/${attemptId}${rest}`;

describe('an aptitude test', () => {
  it('is taken from start to receipt while Temporal is away', async () => {
    const cleo = api.as('cleo', 'candidate');
    const attemptId = await registeredAttempt(cleo);

    const started = await cleo('POST', path(attemptId, '/aptitude-test'));
    expect(started.status).toBe(200);
    expect(Date.parse(started.body.deadline) - Date.parse(started.body.startedAt)).toBe(90 * 60_000);

    const saved = await cleo('PUT', path(attemptId, '/responses/t1'), { value: 'An answer', sequence: 1 });
    expect(saved).toMatchObject({ status: 200, body: { itemId: 't1', sequence: 1, savedAt: expect.stringMatching(/Z$/) } });
    expect((await cleo('GET', path(attemptId, '/aptitude-test'))).body.responses).toMatchObject([{ itemId: 't1', value: 'An answer', sequence: 1 }]);

    const submitted = await cleo('POST', path(attemptId, '/aptitude-test/submission'));
    expect(submitted).toMatchObject({
      status: 201,
      body: { test: 'aptitude', round: 1, cause: 'submitted', contentHash: expect.stringMatching(/^sha-256:[0-9a-f]{64}$/) },
    });
    const keys = await api.withToken(undefined)('GET', '/.well-known/jwks.json');
    const { payload } = await compactVerify(submitted.body.receipt, createLocalJWKSet(keys.body));
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({ attemptId, contentHash: submitted.body.contentHash });

    const again = await cleo('POST', path(attemptId, '/aptitude-test/submission'));
    expect(again).toMatchObject({ status: 200, body: submitted.body });
    expect((await cleo('GET', path(attemptId, '/submissions'))).body.submissions).toEqual([submitted.body]);
  });

  it('shows items without keys, model answers, scoring or hints', async () => {
    const attemptId = await startedAttempt(api.as('curious', 'candidate'));
    const { body } = await api.as('curious', 'candidate')('GET', path(attemptId, '/aptitude-test'));
    expect(Object.keys(body).sort()).toEqual(['attemptId', 'deadline', 'items', 'responses', 'serverTime', 'startedAt', 'submittedAt']);
    expect(body.items.map((item: object) => Object.keys(item).sort())).toEqual([
      ['cardinality', 'choices', 'id', 'points', 'prompt', 'type'],
      ['cardinality', 'choices', 'id', 'points', 'prompt', 'type'],
      ['id', 'points', 'prompt', 'type'],
      ['id', 'points', 'prompt', 'type'],
    ]);
    expect(Object.keys(body.items[0].choices[0]).sort()).toEqual(['id', 'text']);
  });

  it('says whether one or several may be chosen by the word of its author, whatever the key has', async () => {
    const { items, ...exam } = smallExam({}, 'cardinalities');
    const choice = items.find((item) => item.type === 'choice');
    if (!choice) throw new TypeError('the exam has choice items');
    const one = { ...choice, correct: ['a'], scoring: { kind: 'match_correct' } } as const;
    const asked = [
      { ...one, id: 'silent' },
      { ...one, id: 'open', cardinality: 'multiple' },
      { ...one, id: 'closed', cardinality: 'single' },
    ] as const;
    await api.publish({ ...exam, items: asked });
    const candidate = api.as('chooser', 'candidate');
    const attemptId = await startedAttempt(candidate, 'cardinalities');
    const { body } = await candidate('GET', path(attemptId, '/aptitude-test'));
    expect(body.items.map(({ id, cardinality }: { id: string; cardinality: string }) => [id, cardinality])).toEqual([
      ['silent', 'multiple'],
      ['open', 'multiple'],
      ['closed', 'single'],
    ]);
    const save = (itemId: string, value: readonly string[], sequence: number) =>
      candidate('PUT', path(attemptId, `/responses/${itemId}`), { value, sequence });
    for (const itemId of ['silent', 'open']) expect((await save(itemId, ['a', 'b', 'c'], 1)).status, itemId).toBe(200);
    expect((await save('closed', ['b'], 1)).status).toBe(200);
    const refusal = await save('closed', ['a', 'b'], 2);
    expect(refusalOf(refusal)).toEqual(refused(422, 'response_invalid'));
    expect(refusal.body.fields).toEqual([{ path: 'value', message: 'names several choices, and this item takes one: name one alone' }]);
    const saved = (await candidate('GET', path(attemptId, '/aptitude-test'))).body.responses;
    expect(saved.find(({ itemId }: { itemId: string }) => itemId === 'closed')).toMatchObject({ value: ['b'], sequence: 1 });
  });

  it('gives a repeat of the start the same clock, with and without an Idempotency-Key', async () => {
    const candidate = api.as('twice', 'candidate');
    const attemptId = await registeredAttempt(candidate);
    const key = { 'idempotency-key': 'start-1' };
    const first = await candidate('POST', path(attemptId, '/aptitude-test'), undefined, key);
    const second = await candidate('POST', path(attemptId, '/aptitude-test'), undefined, key);
    const third = await candidate('POST', path(attemptId, '/aptitude-test'));
    expect([second.body.deadline, third.body.deadline]).toEqual([first.body.deadline, first.body.deadline]);
  });
});

describe('autosave', () => {
  it('refuses an older answer and tells the newer one', async () => {
    const candidate = api.as('two-tabs', 'candidate');
    const attemptId = await startedAttempt(candidate);
    const save = (value: unknown, sequence: number) => candidate('PUT', path(attemptId, '/responses/t1'), { value, sequence });
    await save('newer', 5);
    const stale = await save('older', 4);
    expect(refusalOf(stale)).toEqual(refused(409, 'stale_sequence'));
    expect(stale.body.current).toMatchObject({ value: 'newer', sequence: 5 });
    expect(await save('newer', 5)).toMatchObject({ status: 200 });
  });

  it('refuses what does not fit the item, naming the field, and changes nothing', async () => {
    const candidate = api.as('misfit', 'candidate');
    const attemptId = await startedAttempt(candidate);
    const bad = [
      ['c1', { value: ['z'], sequence: 1 }, 'response_invalid', 'value'],
      ['c1', { value: 'a', sequence: 1 }, 'response_invalid', 'value'],
      ['t1', { value: ['a'], sequence: 1 }, 'response_invalid', 'value'],
      ['nope', { value: 'a', sequence: 1 }, 'response_invalid', 'itemId'],
      ['t1', { value: 'a', sequence: 0 }, 'validation_failed', 'sequence'],
      ['t1', { value: 'a', sequence: 2_147_483_648 }, 'validation_failed', 'sequence'],
      ['t1', { value: 7, sequence: 1 }, 'validation_failed', 'value'],
      ['t1', { value: 'a', sequence: 1, extra: true }, 'validation_failed', 'extra'],
      ['t1', { value: 'a\u0000b', sequence: 1 }, 'validation_failed', 'value'],
      ['t1', '{"value": "\\ud800", "sequence": 1}', 'validation_failed', 'value'],
    ] as const;
    for (const [itemId, body, code, field] of bad) {
      const answer = await candidate('PUT', path(attemptId, `/responses/${itemId}`), body);
      expect({ ...refusalOf(answer), fields: answer.body.fields.map((problem: { path: string }) => problem.path) }).toEqual({
        ...refused(422, code),
        fields: [field],
      });
    }
    const shapeless = await candidate('PUT', path(attemptId, '/responses/t1'), { value: { a: 1 }, sequence: 1 });
    expect(shapeless.body.fields).toEqual([{ path: 'value', message: 'must be text, or a list of choice identifiers' }]);
    expect((await candidate('GET', path(attemptId, '/aptitude-test'))).body.responses).toEqual([]);
  });

  it('refuses damaged JSON, another media type and a body beyond the limit', async () => {
    const candidate = api.as('damaged', 'candidate');
    const attemptId = await startedAttempt(candidate);
    const url = path(attemptId, '/responses/t1');
    expect(refusalOf(await candidate('PUT', url, '{"value": "a"'))).toEqual(refused(400, 'malformed_json'));
    expect(refusalOf(await candidate('PUT', url, 'value=a', { 'content-type': 'application/x-www-form-urlencoded' }))).toEqual(
      refused(415, 'unsupported_media_type'),
    );
    expect(refusalOf(await candidate('PUT', url, { value: 'x'.repeat(1024 * 1024), sequence: 1 }))).toEqual(refused(413, 'payload_too_large'));
  });

  it('is refused before the start and after the submission', async () => {
    const candidate = api.as('untimely', 'candidate');
    const attemptId = await registeredAttempt(candidate);
    const save = () => candidate('PUT', path(attemptId, '/responses/t1'), { value: 'a', sequence: 1 });
    expect(refusalOf(await save())).toEqual(refused(409, 'wrong_phase'));
    expect(refusalOf(await candidate('GET', path(attemptId, '/aptitude-test')))).toEqual(refused(409, 'wrong_phase'));
    expect(refusalOf(await candidate('POST', path(attemptId, '/aptitude-test/submission')))).toEqual(refused(409, 'wrong_phase'));
    await candidate('POST', path(attemptId, '/aptitude-test'));
    await candidate('POST', path(attemptId, '/aptitude-test/submission'));
    expect(refusalOf(await save())).toEqual(refused(409, 'wrong_phase'));
  });
});

describe('past the deadline', () => {
  it('what was saved in time is what is submitted, and a late answer is refused, while Temporal is away', async () => {
    await api.publish({ ...smallExam({ aptitudeLimitSeconds: 1 }), examId: 'short' });
    const candidate = api.as('latecomer', 'candidate');
    const attemptId = await startedAttempt(candidate, 'short');
    const save = (value: string, sequence: number) => candidate('PUT', path(attemptId, '/responses/t1'), { value, sequence });
    expect((await save('In time', 1)).status).toBe(200);
    await sleep(1100);
    expect((await candidate('GET', path(attemptId))).body.waitingFor).toEqual({
      whom: 'certifiable',
      code: 'close_window',
      what: 'close the window: its time is up',
      until: null,
    });
    const late = await save('Too late', 2);
    expect(refusalOf(late)).toEqual(refused(409, 'deadline_passed'));
    const submitted = await candidate('POST', path(attemptId, '/aptitude-test/submission'));
    expect(submitted).toMatchObject({ status: 200, body: { cause: 'timed_out', submittedAt: late.body.deadline } });
    expect((await candidate('GET', path(attemptId, '/aptitude-test'))).body.responses).toMatchObject([{ itemId: 't1', value: 'In time' }]);
  });
});

describe('the aptitude test of another candidate', () => {
  it('answers as one that does not exist', async () => {
    const attemptId = await startedAttempt(api.as('owner', 'candidate'));
    const stranger = api.as('stranger', 'candidate');
    const absent = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
    const requests = [
      ['GET', '/aptitude-test', undefined],
      ['POST', '/aptitude-test', undefined],
      ['PUT', '/responses/t1', { value: 'a', sequence: 1 }],
      ['PUT', '/responses/nope', { value: 'a', sequence: 1 }],
      ['POST', '/aptitude-test/submission', undefined],
      ['GET', '/submissions', undefined],
    ] as const;
    for (const [method, rest, body] of requests) {
      const [theirs, none] = [await stranger(method, path(attemptId, rest), body), await stranger(method, path(absent, rest), body)];
      expect(refusalOf(theirs)).toEqual(refused(404, 'not_found'));
      expect({ ...theirs.body, requestId: '' }).toEqual({ ...none.body, requestId: '' });
      expect(refusalOf(await stranger(method, path('not-a-uuid', rest), body))).toEqual(refused(404, 'not_found'));
    }
  });
});
