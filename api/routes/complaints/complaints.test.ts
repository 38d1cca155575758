import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPEN_COMPLAINTS_MAX } from '../../../domain/complaint.ts';
import { issuerOf, refusalOf, refused, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { decidedScript } from '../../../test/support/decided.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

/** Temporal is away throughout: no workflow has to hear of a complaint. */
let api: TestApi;
let database: pg.Client;
beforeAll(async () => {
  api = await startTestApi();
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});

const GIVEN = [
  { grader: 'gil', points: [2, 3] },
  { grader: 'gwen', points: [2, 3] },
] as const;
const RUDE = { about: 'behaviour', text: 'Whoever answered the telephone laughed at me.' };

/** Failed, and published. */
async function failed() {
  const examId = `complaints-${randomUUID()}`;
  await api.publish(smallExam({ appealWindowSeconds: 3600, passMark: 9000 }, examId));
  const { attemptId } = await decidedScript(api.services.store, { given: GIVEN, credentials: await issuerOf(api.services), examId });
  const { subject } = await api.services.store.attempts.read({ attemptId });
  return { attemptId, subject, candidate: api.as(subject, 'candidate'), path: `/v1/attempts/${attemptId}/complaints` };
}

const sam = () => api.as('sam', 'staff');
const waiting = async (attemptId: string) => (await sam()('GET', `/v1/staff/complaints?open=true&attemptId=${attemptId}`)).body.complaints;
const answerOf = (complaintId: string) => `/v1/staff/complaints/${complaintId}/answer`;
const events = async (attemptId: string) =>
  (await database.query(`SELECT type, data FROM event WHERE key = $1 AND type LIKE 'complaint.%' ORDER BY position`, [attemptId])).rows;
const tidings = async (attemptId: string) =>
  (await database.query(`SELECT occasion FROM tidings WHERE attempt_id = $1 AND occasion LIKE 'complaint%' ORDER BY id`, [attemptId])).rows.map(
    ({ occasion }) => occasion,
  );

/** Everything that a result is made of, and what its workflow is told of. */
async function resultOf(attemptId: string): Promise<unknown> {
  const { rows } = await database.query(
    `SELECT (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.id) FROM decision d WHERE d.attempt_id = $1) AS decisions,
       (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.id) FROM mark m JOIN submission u ON u.id = m.submission_id JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id = $1) AS marks,
       (SELECT jsonb_agg(to_jsonb(g) ORDER BY g.id) FROM assignment g JOIN submission u ON u.id = g.submission_id JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id = $1) AS assignments,
       (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.test, f.grading_round) FROM feedback f WHERE f.attempt_id = $1) AS feedback,
       (SELECT to_jsonb(a) FROM attempt a WHERE a.id = $1) AS attempt,
       (SELECT count(*)::int FROM delivery e WHERE e.attempt_id = $1) AS deliveries`,
    [attemptId],
  );
  return rows[0];
}

describe('a complaint', () => {
  it('is filed once, however often it is sent, and another one is another', async () => {
    const { candidate, path, attemptId } = await failed();
    expect((await candidate('GET', path)).body).toEqual({ complaints: [] });
    const answers = await Promise.all(Array.from({ length: 6 }, () => candidate('POST', path, RUDE)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 201));
    expect(new Set(answers.map(({ body }) => body.complaints[0].id)).size).toBe(1);
    const other = await candidate('POST', path, { about: 'system', text: 'The page stood still for a minute.' });
    expect(other.body.complaints).toMatchObject([RUDE, { about: 'system', answer: null, answeredAt: null }]);
    expect((await events(attemptId)).map(({ type, data }) => [type, data.about])).toEqual([
      ['complaint.filed', 'behaviour'],
      ['complaint.filed', 'system'],
    ]);
    expect(await tidings(attemptId)).toHaveLength(2);
    expect(JSON.stringify(await events(attemptId))).not.toContain('telephone');
  });

  it('is answered once by staff, which its candidate is told of and reads; a repeat changes nothing, and no other answer is taken', async () => {
    const { candidate, path, attemptId } = await failed();
    const [filed] = (await candidate('POST', path, RUDE)).body.complaints;
    expect(await waiting(attemptId)).toMatchObject([{ ...RUDE, attemptId, answer: null, answeredBy: null }]);
    const text = 'We are sorry, and have spoken with them.';
    const given = await Promise.all([sam()('POST', answerOf(filed.id), { text }), sam()('POST', answerOf(filed.id), { text })]);
    expect(given.map(({ status }) => status)).toEqual([204, 204]);
    expect(refusalOf(await sam()('POST', answerOf(filed.id), { text: 'Or rather not.' }))).toEqual(refused(409, 'complaint_answered'));
    expect(refusalOf(await api.as('olga', 'staff')('POST', answerOf(filed.id), { text }))).toEqual(refused(409, 'complaint_answered'));
    expect(await waiting(attemptId)).toEqual([]);
    expect((await candidate('GET', path)).body.complaints).toEqual([{ ...filed, answer: text, answeredAt: expect.any(String) }]);
    expect(await tidings(attemptId)).toEqual([`complaint_filed:${filed.id}`, `complaint_answered:${filed.id}`]);
    expect((await events(attemptId)).map(({ type }) => type)).toEqual(['complaint.filed', 'complaint.answered']);
    const { rows } = await database.query(`SELECT actor, reason, details FROM audit_entry WHERE attempt_id = $1 AND action = 'answer_complaint'`, [
      attemptId,
    ]);
    expect(rows).toEqual([{ actor: 'sam', reason: text, details: { complaintId: filed.id } }]);
    expect((await candidate('POST', path, RUDE)).body.complaints).toHaveLength(1);
  });

  it('changes nothing of which a result is made, and no workflow hears of it', async () => {
    const { candidate, path, attemptId } = await failed();
    const before = await resultOf(attemptId);
    expect(before).toMatchObject({ decisions: [{ attempt_id: attemptId }], marks: expect.any(Array), assignments: [{}, {}] });
    const [filed] = (await candidate('POST', path, { about: 'other', text: 'My grader is my neighbour, give me more points.' })).body.complaints;
    await sam()('POST', answerOf(filed.id), { text: 'All points for you, then.' });
    expect(await resultOf(attemptId)).toEqual(before);
  });

  it('never changes, nor its answer, and never goes', async () => {
    const { candidate, path } = await failed();
    const [{ id }] = (await candidate('POST', path, RUDE)).body.complaints;
    await expect(database.query(`UPDATE complaint SET text = 'fine' WHERE id = $1`, [id])).rejects.toThrow();
    await sam()('POST', answerOf(id), { text: 'So it is.' });
    await expect(database.query(`UPDATE complaint SET answer = 'never' WHERE id = $1`, [id])).rejects.toThrow();
    await expect(database.query(`UPDATE complaint SET answer = NULL, answered_by = NULL, answered_at = NULL WHERE id = $1`, [id])).rejects.toThrow();
    await expect(database.query(`DELETE FROM complaint WHERE id = $1`, [id])).rejects.toThrow();
  });

  it('is of an attempt of one’s own, whatever its phase, and answered by staff alone who have no interest in it', async () => {
    const { attemptId, subject, candidate, path } = await failed();
    expect(refusalOf(await api.as('stranger', 'candidate')('POST', path, RUDE))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await api.as('stranger', 'candidate')('GET', path))).toEqual(refused(404, 'not_found'));
    expect((await api.as(subject, 'grader')('POST', path, RUDE)).status).toBe(403);
    const [{ id }] = (await candidate('POST', path, RUDE)).body.complaints;
    expect((await api.as('audrey', 'auditor')('POST', answerOf(id), { text: 'no' })).status).toBe(403);
    expect((await api.as('audrey', 'auditor')('GET', `/v1/staff/complaints?attemptId=${attemptId}`)).body.complaints).toHaveLength(1);
    expect(refusalOf(await api.as(subject, 'candidate', 'staff')('POST', answerOf(id), { text: 'I was right' }))).toEqual(
      refused(403, 'conflict_of_interest'),
    );
    expect(
      (await api.as(subject, 'candidate', 'staff')('GET', '/v1/staff/complaints')).body.complaints.map((row: { id: string }) => row.id),
    ).not.toContain(id);
    expect(refusalOf(await sam()('POST', answerOf(randomUUID()), { text: 'to nobody' }))).toEqual(refused(404, 'not_found'));
    expect((await sam()('POST', answerOf(id), { text: ' \n' })).status).toBe(422);
    expect((await candidate('POST', path, { about: 'behaviour', text: 'a'.repeat(5001) })).status).toBe(422);
    expect((await candidate('POST', path, { about: 'result', text: 'more points' })).status).toBe(422);
  });

  it('waits with others of its attempt, but not with any number of them, also when all come at once', async () => {
    const { candidate, path, attemptId } = await failed();
    const sent = Array.from({ length: OPEN_COMPLAINTS_MAX + 3 }, (_, index) =>
      candidate('POST', path, { about: 'system', text: `Trouble ${index}` }),
    );
    const statuses = (await Promise.all(sent)).map(({ status }) => status).toSorted((one, other) => one - other);
    expect(statuses).toEqual([...Array.from({ length: OPEN_COMPLAINTS_MAX }, () => 201), 409, 409, 409]);
    const filed = await waiting(attemptId);
    expect(filed).toHaveLength(OPEN_COMPLAINTS_MAX);
    expect(filed.map(({ id }: { id: string }) => id).toSorted()).toEqual(filed.map(({ id }: { id: string }) => id));
    expect(refusalOf(await candidate('POST', path, RUDE))).toEqual(refused(409, 'complaints_full'));
    await sam()('POST', answerOf(filed[0].id), { text: 'Mended.' });
    expect((await candidate('POST', path, RUDE)).status).toBe(201);
  });

  it('is one of a page of the queue, the oldest first', async () => {
    const { candidate, path, attemptId } = await failed();
    for (const text of ['one', 'two', 'three']) await candidate('POST', path, { about: 'other', text });
    const first = (await sam()('GET', `/v1/staff/complaints?open=true&attemptId=${attemptId}&limit=2`)).body;
    const second = (await sam()('GET', `/v1/staff/complaints?open=true&attemptId=${attemptId}&limit=2&after=${first.next}`)).body;
    expect([...first.complaints, ...second.complaints].map(({ text }: { text: string }) => text)).toEqual(['one', 'two', 'three']);
    expect(second.next).toBeNull();
    const all = (await sam()('GET', `/v1/staff/complaints?attemptId=${attemptId}&limit=2`)).body;
    expect(all.complaints.map(({ text }: { text: string }) => text)).toEqual(['three', 'two']);
  });
});
