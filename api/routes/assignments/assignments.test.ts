import { createHash } from 'node:crypto';
import { afterAll, beforeEach, beforeAll, describe, expect, it } from 'vitest';
import {
  downloadedAttempt,
  openAssignments,
  refusalOf,
  refused,
  startTestApi,
  submittedAttempt,
  type Answer,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';
import { uploadAll } from '../../../test/support/uploads.ts';

let api: TestApi;
let candidates = 0;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

/** Each test with open assignments of its own: what others left open is claimed away. */
beforeEach(async () => {
  for (;;) {
    const { status } = await api.as(`sweeper-${(candidates += 1)}`, 'designated')('POST', '/v1/assignments/claims');
    if (status === 204) return;
  }
});

async function openScript(seats: readonly number[] = [1]): Promise<{ attemptId: string; submissionId: string }> {
  const submitted = await submittedAttempt(api.as(`candidate-${(candidates += 1)}`, 'candidate'));
  await openAssignments(api, submitted.submissionId, seats);
  return submitted;
}

async function openCaseStudy(bytes: Buffer): Promise<void> {
  const candidate = api.as(`candidate-${(candidates += 1)}`, 'candidate');
  const attemptId = await downloadedAttempt(api, candidate);
  await uploadAll(candidate, attemptId, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
  const { body } = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
  await openAssignments(api, body.submissionId);
}

const claim = (grader: Caller, key?: string): Promise<Answer> =>
  grader('POST', '/v1/assignments/claims', undefined, key === undefined ? {} : { 'idempotency-key': key });
const fullMarks = [
  { itemId: 't1', points: 5, reason: '' },
  { itemId: 't2', points: 4.25, reason: 'One thing is missing.' },
];
const COMMON_KEYS = ['draft', 'dueAt', 'fencingToken', 'id', 'leaseExpiresAt', 'purpose', 'state', 'test'];

describe('claiming', () => {
  it('hands out one assignment a lease, and 204 when there is none', async () => {
    await openScript();
    const [gil, gus] = [api.as('gil-1', 'grader'), api.as('gus-1', 'grader')];
    const first = await claim(gil);
    expect(first).toMatchObject({ status: 200, body: { purpose: 'mark', test: 'aptitude', state: 'open', fencingToken: 1, draft: null } });
    expect((await claim(gil)).body.id).toBe(first.body.id);
    expect(await claim(gus)).toMatchObject({ status: 204, body: '' });
  });

  it('never gives both seats of a submission to one grader', async () => {
    await openScript([1, 2]);
    const gil = api.as('gil-2', 'grader');
    const { body } = await claim(gil);
    expect((await gil('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: 1, marks: fullMarks })).status).toBe(200);
    expect((await claim(gil)).status).toBe(204);
    expect((await claim(api.as('gus-2', 'grader'))).status).toBe(200);
  });

  it('never gives a grader their own submission', async () => {
    const both = api.as('both', 'candidate', 'grader');
    const { submissionId } = await submittedAttempt(both);
    await openAssignments(api, submissionId);
    expect((await claim(both)).status).toBe(204);
  });

  it('with a key is answered again when the answer was lost', async () => {
    await openScript();
    const gil = api.as('gil-3', 'grader');
    const first = await claim(gil, 'claim-1');
    const second = await claim(gil, 'claim-1');
    expect(second.body).toMatchObject({ id: first.body.id, fencingToken: first.body.fencingToken });
  });

  it('keeps disputes for designated graders, who see both marks without a name', async () => {
    const { submissionId } = await openScript([1, 2]);
    for (const [name, points] of [
      ['gil-4', 5],
      ['gus-4', 1],
    ] as const) {
      const { body } = await claim(api.as(name, 'grader'));
      const marks = ['t1', 't2'].map((itemId) => ({ itemId, points, reason: `${points} because` }));
      await api.as(name, 'grader')('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks });
    }
    await api.services.store.assignments.open({
      submissionId,
      purpose: 'adjudicate',
      seats: [3],
      itemIds: ['t2'],
      dueAt: new Date(Date.now() + 1000),
    });
    expect((await claim(api.as('ordinary', 'grader'))).status).toBe(204);
    expect((await claim(api.as('gil-4', 'designated'))).status).toBe(204);
    const { body } = await claim(api.as('dana-4', 'designated'));
    expect(Object.keys(body).sort()).toEqual([...COMMON_KEYS, 'disputedMarks', 'responses'].sort());
    expect(body).toMatchObject({ purpose: 'adjudicate', responses: [{ itemId: 't2' }] });
    expect(body.disputedMarks).toEqual([
      { itemId: 't2', points: 1, reason: '1 because' },
      { itemId: 't2', points: 5, reason: '5 because' },
    ]);
  });
});

describe('what a grader sees', () => {
  it('of an aptitude test is a whitelist', async () => {
    const { attemptId, submissionId } = await openScript();
    const { body } = await claim(api.as('gil-5', 'grader'));
    expect(Object.keys(body).sort()).toEqual([...COMMON_KEYS, 'responses'].sort());
    expect(body.responses).toEqual([
      { itemId: 't1', prompt: 'Explain', pointsMax: 5, modelAnswer: 'So and so', response: 'My answer one' },
      { itemId: 't2', prompt: 'Explain more', pointsMax: 5, modelAnswer: 'So and so', response: 'My answer two' },
    ]);
    expect(JSON.stringify(body)).not.toMatch(new RegExp(`${attemptId}|${submissionId}|candidate`));
  });

  it('of a case study is a whitelist, and the file under a neutral name', async () => {
    const bytes = Buffer.from('# My architecture');
    await openCaseStudy(bytes);
    const gil = api.as('gil-6', 'grader');
    const { body } = await claim(gil);
    expect(Object.keys(body).sort()).toEqual([...COMMON_KEYS, 'brief', 'criteria', 'file', 'title'].sort());
    expect(body.criteria.map((criterion: object) => Object.keys(criterion).sort())).toEqual(
      [1, 2].map(() => ['description', 'itemId', 'pointsMax', 'title']),
    );
    expect(body.file).toEqual({ mediaType: 'text/markdown', sizeBytes: bytes.length, url: `/v1/assignments/${body.id}/file` });
    expect(JSON.stringify(body)).not.toMatch(/cleo|candidate/i);

    const file = await gil('GET', body.file.url);
    expect(file).toMatchObject({ status: 200, body: '# My architecture' });
    const headers = [
      'content-type',
      'content-disposition',
      'x-content-type-options',
      'content-security-policy',
      'cache-control',
      'content-length',
    ].map((name) => file.headers.get(name));
    expect(headers).toEqual([
      'text/markdown; charset=utf-8',
      'attachment; filename="solution.md"',
      'nosniff',
      "sandbox; default-src 'none'",
      'no-store',
      String(bytes.length),
    ]);
    expect(refusalOf(await api.as('gus-6', 'grader')('GET', body.file.url))).toEqual(refused(404, 'not_found'));
  });

  it('in the list are the own ones only, newest first, by a cursor', async () => {
    const gil = api.as('gil-7', 'grader');
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      await openScript();
      const { body } = await claim(gil);
      await gil('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: 1, marks: fullMarks });
      ids.unshift(body.id);
    }
    const first = await gil('GET', '/v1/assignments?limit=2');
    expect(first.body.assignments.map((assignment: { id: string }) => assignment.id)).toEqual(ids.slice(0, 2));
    expect(Object.keys(first.body.assignments[0]).sort()).toEqual(['dueAt', 'fencingToken', 'id', 'itemCount', 'leaseExpiresAt', 'purpose', 'state']);
    expect((await gil('GET', `/v1/assignments?limit=2&after=${first.body.next}`)).body).toMatchObject({
      assignments: [{ id: ids[2], state: 'completed' }],
      next: null,
    });
    expect((await api.as('nobody-yet', 'grader')('GET', '/v1/assignments')).body).toEqual({ assignments: [], next: null });
  });
});

describe('an assignment', () => {
  it('is marked by draft, heartbeat and completion; completing again changes nothing', async () => {
    const { submissionId } = await openScript();
    const gil = api.as('gil-8', 'grader');
    const { body } = await claim(gil);
    const path = `/v1/assignments/${body.id}`;
    const kept = await gil('PUT', `${path}/draft`, { fencingToken: 1, marks: [{ itemId: 't1' }, { itemId: 't2', points: 3.5, reason: 'Half' }] });
    expect(kept).toMatchObject({ status: 200, body: { savedAt: expect.any(String), leaseExpiresAt: expect.any(String) } });
    expect((await gil('GET', path)).body.draft).toEqual([
      { itemId: 't1', points: null, reason: '' },
      { itemId: 't2', points: 3.5, reason: 'Half' },
    ]);
    const beat = await gil('POST', `${path}/heartbeat`, { fencingToken: 1 });
    expect(Date.parse(beat.body.leaseExpiresAt)).toBeGreaterThan(Date.parse(body.leaseExpiresAt));
    expect(await gil('POST', `${path}/completion`, { fencingToken: 1, marks: fullMarks })).toMatchObject({ status: 200, body: { completed: true } });
    expect(await gil('POST', `${path}/completion`, { fencingToken: 1, marks: fullMarks })).toMatchObject({ status: 200, body: { completed: true } });
    expect(await api.services.store.assignments.marks(submissionId)).toMatchObject([
      { itemId: 't1', millipoints: 5000 },
      { itemId: 't2', millipoints: 4250 },
    ]);
    expect((await gil('GET', path)).body).toMatchObject({ state: 'completed', leaseExpiresAt: null });
    expect(refusalOf(await gil('PUT', `${path}/draft`, { fencingToken: 1, marks: [] }))).toEqual(refused(409, 'assignment_closed'));
  });

  it('takes no marks that cannot be recorded; all problems are named and nothing is recorded', async () => {
    const { submissionId } = await openScript();
    const gil = api.as('gil-9', 'grader');
    const { body } = await claim(gil);
    const complete = (marks: unknown) => gil('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: 1, marks });
    const wrong = await complete([
      { itemId: 't1', points: 5.001, reason: 'x' },
      { itemId: 'c1', points: 1, reason: 'x' },
    ]);
    expect(refusalOf(wrong)).toEqual(refused(422, 'marks_invalid'));
    expect(wrong.body.fields.map((field: { path: string }) => field.path)).toEqual(['marks[0].points', 'marks[1].itemId', 'marks']);
    const shapeless = await complete([{ itemId: 't1', points: 'five' }]);
    expect({ ...refusalOf(shapeless), path: shapeless.body.fields[0].path }).toEqual({
      ...refused(422, 'validation_failed'),
      path: 'marks[0].points',
    });
    expect(await api.services.store.assignments.marks(submissionId)).toEqual([]);
  });

  it('goes back to the pool when it is released, once a key; the old token is worth nothing then', async () => {
    const { submissionId } = await openScript();
    const [gil, gus] = [api.as('gil-10', 'grader'), api.as('gus-10', 'grader')];
    const { body } = await claim(gil);
    const path = `/v1/assignments/${body.id}`;
    const release = () => gil('POST', `${path}/release`, { fencingToken: 1 }, { 'idempotency-key': 'release-1' });
    expect((await release()).status).toBe(204);
    expect((await release()).status).toBe(204);
    expect((await claim(gus)).body).toMatchObject({ id: body.id, fencingToken: 2 });
    const late = await gil('POST', `${path}/completion`, { fencingToken: 1, marks: fullMarks });
    expect(refusalOf(late)).toEqual(refused(409, 'lease_lost'));
    expect(refusalOf(await gil('GET', path))).toEqual(refused(409, 'lease_lost'));
    expect(await api.services.store.assignments.marks(submissionId)).toEqual([]);
    expect((await gus('GET', path)).body.draft).toBeNull();
  });

  it('of others answers as one that does not exist', async () => {
    await openScript();
    const { body } = await claim(api.as('gil-11', 'grader'));
    const stranger = api.as('stranger', 'grader');
    const absent = '0d5b7f3c-2f5e-4f0a-9d51-3f0d8f2c6b11';
    const requests = [
      ['GET', '', undefined],
      ['GET', '/file', undefined],
      ['POST', '/heartbeat', { fencingToken: 1 }],
      ['PUT', '/draft', { fencingToken: 1, marks: [] }],
      ['POST', '/release', { fencingToken: 1 }],
      ['POST', '/completion', { fencingToken: 1, marks: fullMarks }],
    ] as const;
    for (const [method, rest, content] of requests) {
      const [theirs, none] = [
        await stranger(method, `/v1/assignments/${body.id}${rest}`, content),
        await stranger(method, `/v1/assignments/${absent}${rest}`, content),
      ];
      expect(refusalOf(theirs), rest).toEqual(refused(404, 'not_found'));
      expect({ ...theirs.body, requestId: '' }).toEqual({ ...none.body, requestId: '' });
    }
  });
});
