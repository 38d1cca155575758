import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
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
import { migrationsDirectory } from '../../../prisma/migrate.ts';
import { uploadAll } from '../../../test/support/uploads.ts';

let api: TestApi;
let database: pg.Client;
let candidates = 0;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});

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
const attemptOf = (assignmentId: string) => api.services.store.assignments.attemptOf(assignmentId);
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

  it('gives who released one others first, whatever is due first, and never another seat of the same script', async () => {
    const given = [await openScript([1, 2]), await openScript([1]), await openScript([1])];
    const gil = api.as('gil-30', 'grader');
    const submissionOf = async (assignmentId: string) => {
      const { attemptId } = (await api.as('sam', 'staff')('GET', `/v1/staff/assignments/${assignmentId}/attempt`)).body;
      return given.findIndex((one) => one.attemptId === attemptId);
    };
    const seen: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { body } = await claim(gil);
      seen.push(await submissionOf(body.id));
      await gil('POST', `/v1/assignments/${body.id}/release`, { fencingToken: body.fencingToken });
    }
    expect(seen).toEqual([0, 1, 2]);
    expect((await claim(api.as('gus-30', 'grader'))).status).toBe(200);
  });

  it('says that only what was given back is left, gives that to who asks for it, and to whom staff chose', async () => {
    await openScript();
    const gil = api.as('gil-31', 'grader');
    const { body } = await claim(gil);
    const release = async (fencingToken: number) => gil('POST', `/v1/assignments/${body.id}/release`, { fencingToken });
    await release(1);
    const refusal = await claim(gil, 'again');
    expect(refusalOf(refusal)).toEqual(refused(409, 'only_given_back'));
    expect(refusal.body.count).toBe(1);
    const again = (key: string) => gil('POST', '/v1/assignments/claims?givenBack=true', undefined, { 'idempotency-key': key });
    expect((await again('again')).body).toMatchObject({ id: body.id, fencingToken: 2 });
    await release(2);
    const chosen = { attemptId: await attemptOf(body.id), assignmentId: body.id, actor: 'sam', reason: 'Please', actionKey: 'choose gil-31' };
    await api.services.store.assignments.reassign({ ...chosen, grader: 'gil-31' });
    expect((await claim(gil)).body).toMatchObject({ id: body.id });
  });

  it('gives what its chosen grader releases back to everybody', async () => {
    await openScript();
    const gil = api.as('gil-32', 'grader');
    const { body } = await claim(gil);
    const chosen = { attemptId: await attemptOf(body.id), assignmentId: body.id, actor: 'sam', reason: 'Please', actionKey: 'choose gil-32' };
    await api.services.store.assignments.reassign({ ...chosen, grader: 'gil-32' });
    const { fencingToken } = (await claim(gil)).body;
    await gil('POST', `/v1/assignments/${body.id}/release`, { fencingToken });
    expect((await claim(api.as('gus-32', 'grader'))).body).toMatchObject({ id: body.id });
  });

  it('gives an adjudication also to who gave the marking of the same script back', async () => {
    const { submissionId } = await openScript([1]);
    const dana = api.as('dana-33', 'designated');
    const { body } = await claim(dana);
    await dana('POST', `/v1/assignments/${body.id}/release`, { fencingToken: 1 });
    await api.services.store.assignments.open({ submissionId, purpose: 'adjudicate', seats: [3], itemIds: ['t2'], dueAt: new Date() });
    expect((await claim(dana)).body).toMatchObject({ purpose: 'adjudicate' });
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
      { itemId: 't2', grader: expect.stringMatching(/^[AB]$/), points: 1, reason: '1 because' },
      { itemId: 't2', grader: expect.stringMatching(/^[AB]$/), points: 5, reason: '5 because' },
    ]);
  });

  it('tells an adjudicator by a letter which marks are one grader’s, and by none who that is or who came first', async () => {
    const letters = new Set<string>();
    for (let run = 0; run < 12; run += 1) {
      const { submissionId } = await openScript([1, 2]);
      for (const [name, points] of [
        ['gil-40', { t1: 5, t2: 1 }],
        ['gus-40', { t1: 1, t2: 5 }],
      ] as const) {
        const grader = api.as(name, 'grader');
        const { body } = await claim(grader);
        const marks = (['t1', 't2'] as const).map((itemId) => ({ itemId, points: points[itemId], reason: name }));
        await grader('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks });
      }
      await api.services.store.assignments.open({ submissionId, purpose: 'adjudicate', seats: [3], itemIds: ['t1', 't2'], dueAt: new Date() });
      const dana = api.as(`dana-40-${run}`, 'designated');
      const { body } = await claim(dana);
      const byReason = Map.groupBy(body.disputedMarks as { grader: string; reason: string }[], ({ reason }) => reason);
      for (const marks of byReason.values()) expect(new Set(marks.map(({ grader }) => grader)).size).toBe(1);
      expect(new Set(body.disputedMarks.map(({ grader }: { grader: string }) => grader))).toEqual(new Set(['A', 'B']));
      letters.add(byReason.get('gil-40')?.[0]?.grader ?? '');
      expect((await dana('GET', `/v1/assignments/${body.id}`)).body.disputedMarks).toEqual(body.disputedMarks);
    }
    expect(letters).toEqual(new Set(['A', 'B']));
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
    const fields = ['dueAt', 'fencingToken', 'id', 'isTraining', 'itemCount', 'leaseExpiresAt', 'purpose', 'state'];
    expect(Object.keys(first.body.assignments[0]).sort()).toEqual(fields);
    expect(first.body.assignments.map(({ isTraining }: { isTraining: boolean }) => isTraining)).toEqual([false, false]);
    expect((await gil('GET', `/v1/assignments?limit=2&after=${first.body.next}`)).body).toMatchObject({
      assignments: [{ id: ids[2], state: 'completed' }],
      next: null,
    });
    expect((await api.as('nobody-yet', 'grader')('GET', '/v1/assignments')).body).toEqual({ assignments: [], next: null });
  });
});

describe('a draft', () => {
  const draftOf = async (grader: Caller, id: string) =>
    (await grader('GET', `/v1/assignments/${id}`)).body.draft.map(({ savedAt: _savedAt, ...mark }: { savedAt: string }) => mark);
  const saving =
    (grader: Caller, { id, fencingToken }: { id: string; fencingToken: number }) =>
    (...marks: readonly object[]) =>
      grader('PUT', `/v1/assignments/${id}/draft`, { fencingToken, marks });
  const t1 = { itemId: 't1', points: 3, reason: 'Two hours of thought' };
  const t2 = { itemId: 't2', points: 2.25, reason: 'Half of it' };

  it('of an older window is told of the newer marks and undoes none of them; what is not older is saved', async () => {
    await openScript();
    const gil = api.as('gil-20', 'grader');
    const { body } = await claim(gil);
    const save = saving(gil, body);
    expect((await save({ ...t1, sequence: 7 })).status).toBe(200);
    const older = await save({ itemId: 't1', points: null, reason: '', sequence: 1 }, { ...t2, sequence: 1 });
    expect(refusalOf(older)).toEqual(refused(409, 'stale_sequence'));
    expect(older.body.current).toEqual([{ ...t1, sequence: 7, savedAt: expect.any(String) }]);
    expect(await draftOf(gil, body.id)).toEqual([
      { ...t1, sequence: 7 },
      { ...t2, sequence: 1 },
    ]);
    expect((await save({ ...t1, sequence: 7 })).status).toBe(200);
    expect(refusalOf(await save({ ...t1, points: 4, sequence: 7 }))).toEqual(refused(409, 'stale_sequence'));
    expect((await save({ itemId: 't1', sequence: 8 })).status).toBe(200);
    expect(await draftOf(gil, body.id)).toContainEqual({ itemId: 't1', points: null, reason: '', sequence: 8 });
  });

  it('of a client that does not count goes on working, and blanks nothing that was typed', async () => {
    await openScript();
    const gil = api.as('gil-21', 'grader');
    const { body } = await claim(gil);
    const save = saving(gil, body);
    expect((await save(t1, { itemId: 't2' })).body.kept).toEqual([]);
    const blank = await save({ itemId: 't1' }, { itemId: 't2', points: null, reason: '' });
    expect(blank).toMatchObject({ status: 200, body: { kept: [{ ...t1, sequence: 1 }] } });
    expect((await save()).status).toBe(200);
    expect((await save({ ...t1, points: 4 })).status).toBe(200);
    expect(await draftOf(gil, body.id)).toMatchObject([
      { ...t1, points: 4 },
      { itemId: 't2', points: null, reason: '' },
    ]);
    expect((await save({ ...t1, reason: 'Counted', sequence: 3 })).status).toBe(200);
    expect(refusalOf(await save(t1))).toEqual(refused(409, 'stale_sequence'));
    expect(await draftOf(gil, body.id)).toMatchObject([{ ...t1, reason: 'Counted', sequence: 3 }, {}]);
  });

  it('takes no points beyond those of the item, no third decimal, no unknown item and none twice, and keeps all others', async () => {
    await openScript();
    const gil = api.as('gil-22', 'grader');
    const { body } = await claim(gil);
    const save = saving(gil, body);
    const wrong = [
      [{ ...t1, points: 99 }, 'marks[0].points'],
      [{ ...t1, points: 4.001 }, 'marks[0].points'],
      [{ ...t1, points: -1 }, 'marks[0].points'],
      [{ ...t1, itemId: 'c1' }, 'marks[0].itemId'],
      [{ ...t1, itemId: 'nothing' }, 'marks[0].itemId'],
    ] as const;
    for (const [index, [mark, path]] of wrong.entries()) {
      const refusal = await save(mark, { ...t2, sequence: index + 1, reason: `Kept ${index}` });
      expect(refusalOf(refusal)).toEqual(refused(422, 'marks_invalid'));
      expect(refusal.body.fields).toMatchObject([{ path }]);
      expect(await draftOf(gil, body.id)).toEqual([{ ...t2, sequence: index + 1, reason: `Kept ${index}` }]);
    }
    const twice = await save(t1, { ...t1, points: 1 });
    expect(twice.body.fields.map((field: { path: string }) => field.path)).toEqual(['marks[0].itemId', 'marks[1].itemId']);
    expect(await draftOf(gil, body.id)).toHaveLength(1);
  });

  it('saved by many windows at once has what each of them typed', async () => {
    await openScript();
    const gil = api.as('gil-23', 'grader');
    const { body } = await claim(gil);
    const save = saving(gil, body);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => save({ ...(index % 2 === 0 ? t1 : t2), sequence: index + 1 })));
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    expect(await draftOf(gil, body.id)).toEqual(
      expect.arrayContaining([expect.objectContaining({ sequence: 19 }), expect.objectContaining({ sequence: 20 })]),
    );
  });

  it('loses no keystroke with the lease: what comes after it is refused and kept, with text beside impossible points', async () => {
    await openScript();
    const [gil, gus] = [api.as('gil-24', 'grader'), api.as('gus-24', 'grader')];
    const { body } = await claim(gil);
    const save = saving(gil, body);
    await save({ ...t1, sequence: 1 });
    await gil('POST', `/v1/assignments/${body.id}/release`, { fencingToken: 1 });
    const taken = await claim(gus);
    expect(taken.body).toMatchObject({ id: body.id, draft: null });
    expect(refusalOf(await save({ ...t1, reason: 'One hour more', sequence: 2 }, { ...t2, points: 99, sequence: 1 }))).toEqual(
      refused(409, 'lease_lost'),
    );
    const late = await gil('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: 1, marks: [{ ...t1, reason: 'The last word' }] });
    expect(refusalOf(late)).toEqual(refused(409, 'lease_lost'));
    expect(refusalOf(await saving(api.as('stranger-24', 'grader'), body)(t1))).toEqual(refused(404, 'not_found'));

    await gus('POST', `/v1/assignments/${body.id}/release`, { fencingToken: 2 });
    await api.services.store.assignments.claim({ grader: 'gil-24', designated: false, takesGivenBack: true });
    expect(await draftOf(gil, body.id)).toEqual([
      { ...t1, reason: 'The last word', sequence: 3 },
      { ...t2, points: null, sequence: 1 },
    ]);
  });

  const gradersWith = async (assignmentId: string) =>
    (await database.query<{ grader: string }>('SELECT grader FROM draft WHERE assignment_id = $1 ORDER BY grader', [assignmentId])).rows.map(
      ({ grader }) => grader,
    );

  /** Drafted by the first, who gave it back, and by the second, who completed it. */
  async function completedByTheSecond(first: string, second: string): Promise<{ id: string; saveAgain: () => Promise<Answer> }> {
    await openScript();
    const [gil, gus] = [api.as(first, 'grader'), api.as(second, 'grader')];
    const { id } = (await claim(gil)).body as { id: string };
    const save = (grader: Caller, fencingToken: number) =>
      grader('PUT', `/v1/assignments/${id}/draft`, { fencingToken, marks: [{ itemId: 't1', points: 3, reason: 'so far', sequence: 1 }] });
    expect((await save(gil, 1)).status).toBe(200);
    await gil('POST', `/v1/assignments/${id}/release`, { fencingToken: 1 });
    expect((await claim(gus)).body).toMatchObject({ id, fencingToken: 2 });
    expect((await save(gus, 2)).status).toBe(200);
    expect(await gradersWith(id)).toEqual([first, second]);
    expect((await gus('POST', `/v1/assignments/${id}/completion`, { fencingToken: 2, marks: fullMarks })).status).toBe(200);
    return { id, saveAgain: () => save(gus, 2) };
  }

  it('goes with the completion by whoever wrote it, and what others drafted at the same work stays theirs', async () => {
    const { id, saveAgain } = await completedByTheSecond('gil-40', 'gus-40');
    expect(await gradersWith(id)).toEqual(['gil-40']);
    // A window that did not hear of it.
    expect(refusalOf(await saveAgain())).toEqual(refused(409, 'assignment_closed'));
    expect(await gradersWith(id)).toEqual(['gil-40']);
  });

  it('of what was completed before that was so goes by a migration, which leaves all others', async () => {
    const { id } = await completedByTheSecond('gil-41', 'gus-41');
    await database.query(`INSERT INTO draft (assignment_id, grader, marks, saved_at) VALUES ($1, 'gus-41', '[]', now())`, [id]);
    await openScript();
    const open = (await claim(api.as('gus-41', 'grader'))).body as { id: string };
    await database.query(`INSERT INTO draft (assignment_id, grader, marks, saved_at) VALUES ($1, 'gus-41', '[]', now())`, [open.id]);
    await database.query(await readFile(`${migrationsDirectory}/20261130180000_flat_at_a_million/migration.sql`, 'utf8'));
    expect(await gradersWith(id)).toEqual(['gil-41']);
    expect(await gradersWith(open.id)).toEqual(['gus-41']);
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
      { itemId: 't1', points: null, reason: '', sequence: 0, savedAt: kept.body.savedAt },
      { itemId: 't2', points: 3.5, reason: 'Half', sequence: 1, savedAt: kept.body.savedAt },
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

  it('completed again with other marks is refused with those that stand, and the first ones stay', async () => {
    const { submissionId } = await openScript();
    const gil = api.as('gil-12', 'grader');
    const { body } = await claim(gil);
    const complete = (marks: unknown, key?: string) =>
      gil('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: 1, marks }, key === undefined ? {} : { 'idempotency-key': key });
    const [first, second] = fullMarks;
    expect(await complete(fullMarks, 'once')).toMatchObject({ status: 200 });
    expect(await complete([second, first])).toMatchObject({ status: 200, body: { completed: true } });
    const others = [
      [first, { ...second, points: 4 }],
      [first, { ...second, reason: 'One thing is wrong.' }],
      [first],
      [first, { ...second, points: 99 }],
      [...fullMarks, { itemId: 'c1', points: 1, reason: '' }],
    ];
    for (const marks of others) {
      const refusal = await complete(marks);
      expect(refusalOf(refusal)).toEqual(refused(409, 'marks_recorded'));
      expect(refusal.body.recorded).toEqual(fullMarks);
    }
    expect(refusalOf(await complete([first, { ...second, points: 4 }], 'once'))).toEqual(refused(422, 'idempotency_key_reused'));
    expect(await api.services.store.assignments.marks(submissionId)).toMatchObject([{ millipoints: 5000 }, { millipoints: 4250 }]);
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
