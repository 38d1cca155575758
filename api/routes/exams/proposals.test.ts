import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExamForm } from '../../../exams/form.ts';
import { refusalOf, refused, registeredAttempt, startTestApi, type TestApi } from '../../../test/support/api.ts';

let api: TestApi;
let database: pg.Client;
let sample: Record<string, unknown>;
beforeAll(async () => {
  api = await startTestApi({ environment: { EXAM_PUBLICATION: 'two-persons' } });
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  sample = JSON.parse(await readFile(new URL('../../../exams/software-architect.json', import.meta.url), 'utf8')) as Record<string, unknown>;
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});

const dana = () => api.as('dana', 'designated');
const drew = () => api.as('drew', 'designated');
const formOf = (examId: string, version = 1) => ({ ...sample, examId, version });
const propose = (examId: string, version = 1) => dana()('POST', '/v1/exam-proposals', { form: formOf(examId, version), reason: 'better items' });
const audited = async (action: string, examId: string) =>
  (await database.query<{ actor: string }>(`SELECT actor FROM audit_entry WHERE action = $1 AND details ->> 'examId' = $2`, [action, examId])).rows;

describe('an exam version is published by two persons', () => {
  it('one proposes it, another publishes it, candidates see it then, and the audit names both', async () => {
    const { status, body } = await propose('by-two');
    expect(status).toBe(201);
    expect(body).toMatchObject({ examId: 'by-two', version: 1, proposedBy: 'dana', state: 'open', reason: 'better items' });
    const candidate = api.as('cleo', 'candidate');
    expect(refusalOf(await candidate('GET', '/v1/exams/by-two'))).toEqual(refused(404, 'exam_not_published'));
    const publication = `/v1/exam-proposals/${body.id}/publication`;
    expect(refusalOf(await dana()('POST', publication))).toEqual(refused(409, 'second_person_needed'));
    // Whoever has more roles is still the same person.
    expect(refusalOf(await api.as('dana', 'designated', 'staff')('POST', publication))).toEqual(refused(409, 'second_person_needed'));
    const published = await drew()('POST', publication);
    expect(published.body).toMatchObject({ state: 'published', settledBy: 'drew' });
    expect((await drew()('POST', publication)).body).toEqual(published.body);
    expect(refusalOf(await api.as('sam', 'staff')('POST', publication))).toEqual(refused(409, 'proposal_settled'));
    expect((await candidate('GET', '/v1/exams/by-two')).body).toMatchObject({ examVersion: 'by-two@1' });
    expect(await audited('propose_exam', 'by-two')).toEqual([{ actor: 'dana' }]);
    expect(await audited('publish_exam', 'by-two')).toEqual([{ actor: 'drew' }]);
  });

  it('a designated grader alone publishes nothing, but what is published already', async () => {
    const form = formOf('alone');
    expect(refusalOf(await dana()('POST', '/v1/exams', form))).toEqual(refused(409, 'second_person_needed'));
    const { body } = await propose('alone');
    await drew()('POST', `/v1/exam-proposals/${body.id}/publication`);
    expect(await dana()('POST', '/v1/exams', form)).toMatchObject({ status: 200, body: { examVersion: 'alone@1' } });
    expect(refusalOf(await dana()('POST', '/v1/exams', { ...form, title: 'Another' }))).toEqual(refused(409, 'exam_version_changed'));
    expect(refusalOf(await propose('alone'))).toEqual(refused(409, 'exam_version_changed'));
  });

  it('the same proposal again is the one that waits; another of its version waits until that one is withdrawn', async () => {
    const first = await propose('again');
    expect(await propose('again')).toMatchObject({ status: 200, body: { id: first.body.id } });
    const other = { form: { ...formOf('again'), title: 'Another title' }, reason: 'mine' };
    expect(refusalOf(await drew()('POST', '/v1/exam-proposals', other))).toEqual(refused(409, 'proposal_open'));
    const withdrawal = `/v1/exam-proposals/${first.body.id}/withdrawal`;
    const withdrawn = await dana()('POST', withdrawal, { reason: 'a wrong key' });
    expect(withdrawn.body).toMatchObject({ state: 'withdrawn', settledBy: 'dana' });
    expect((await dana()('POST', withdrawal, { reason: 'again' })).body).toEqual(withdrawn.body);
    expect(refusalOf(await drew()('POST', `/v1/exam-proposals/${first.body.id}/publication`))).toEqual(refused(409, 'proposal_settled'));
    expect((await drew()('POST', '/v1/exam-proposals', other)).status).toBe(201);
    expect(await audited('withdraw_exam_proposal', 'again')).toEqual([{ actor: 'dana' }]);
  });

  it('one act under one key is one, and two who publish at once are one publication', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = { form: formOf('raced'), reason: 'x' };
    const proposed = await Promise.all([1, 2, 3].map(() => dana()('POST', '/v1/exam-proposals', body, key)));
    expect(new Set(proposed.map((answer) => answer.body.id)).size).toBe(1);
    const id = proposed[0]?.body.id as string;
    const publishers = ['drew', 'dave', 'dora', 'dick'].map((subject) => api.as(subject, 'designated'));
    const answers = await Promise.all(publishers.map((publisher) => publisher('POST', `/v1/exam-proposals/${id}/publication`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const refusal of answers.filter(({ status }) => status !== 200)) expect(refusalOf(refusal)).toEqual(refused(409, 'proposal_settled'));
    expect(await audited('publish_exam', 'raced')).toHaveLength(1);
  });

  it('the database itself refuses who would publish their own, and any change of what was proposed', async () => {
    const { body } = await propose('held');
    const settle = (by: string) =>
      database.query(`UPDATE exam_proposal SET outcome = 'published', settled_by = $2, settled_at = now() WHERE id = $1`, [body.id, by]);
    await expect(settle('dana')).rejects.toThrow(/exam_proposal_second_person_check/);
    await expect(database.query('UPDATE exam_proposal SET title = $2 WHERE id = $1', [body.id, 'x'])).rejects.toThrow(/append-only/);
    await expect(database.query('DELETE FROM exam_proposal WHERE id = $1', [body.id])).rejects.toThrow(/append-only/);
  });

  it('is read whole by whoever writes exams, staff and auditors, and by nobody else', async () => {
    const { body } = await propose('read');
    for (const role of ['designated', 'staff', 'auditor'] as const) {
      const reader = api.as(`a-${role}`, role);
      const read = await reader('GET', `/v1/exam-proposals/${body.id}`);
      const parsed = parseExamForm(read.body.form);
      expect(parsed.ok && parsed.content.examId).toBe('read');
      expect((await reader('GET', '/v1/exam-proposals?limit=1')).body.proposals).toHaveLength(1);
    }
    for (const role of ['candidate', 'grader'] as const)
      expect(refusalOf(await api.as('x', role)('GET', `/v1/exam-proposals/${body.id}`))).toEqual(refused(403, 'forbidden'));
    for (const [role, path] of [
      ['auditor', 'publication'],
      ['auditor', 'withdrawal'],
    ] as const)
      expect(refusalOf(await api.as('x', role)('POST', `/v1/exam-proposals/${body.id}/${path}`, { reason: 'x' }))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await dana()('GET', `/v1/exam-proposals/${randomUUID()}`))).toEqual(refused(404, 'not_found'));
  });

  it('a form is checked without proposing it: each mistake at its place, or all of it with its defaults', async () => {
    const wrong = await dana()('POST', '/v1/exam-checks', { ...formOf('Checked Exam'), version: 0 });
    expect(wrong.status).toBe(422);
    expect(wrong.body.fields.map(({ path }: { path: string }) => path)).toEqual(['examId', 'version']);
    expect(refusalOf(await dana()('POST', '/v1/exam-proposals', { form: { ...formOf('checked'), version: 0 }, reason: 'x' }))).toEqual(
      refused(422, 'validation_failed'),
    );
    const { body } = await dana()('POST', '/v1/exam-checks', formOf('checked'));
    expect(body.form.policy).toMatchObject({ marking: 'risk', tolerancePercent: 20 });
    expect((await dana()('GET', '/v1/exam-proposals')).body.proposals.map(({ examId }: { examId: string }) => examId)).not.toContain('checked');
  });
});

describe('a retired exam version', () => {
  it('takes no new registration, which gets the newest that is not retired, and leaves attempts under way alone', async () => {
    for (const version of [1, 2]) {
      const { body } = await propose('old', version);
      await drew()('POST', `/v1/exam-proposals/${body.id}/publication`);
    }
    const early = api.as('early', 'candidate');
    const attemptId = await registeredAttempt(early, 'old');
    expect((await early('GET', `/v1/attempts/${attemptId}`)).body.examVersion).toBe('old@2');
    const retire = (version: number) => dana()('POST', `/v1/exam-versions/old/${version}/retirement`, { reason: 'an item leaked' });
    expect((await retire(2)).status).toBe(204);
    expect((await retire(2)).status).toBe(204);
    expect(await audited('retire_exam', 'old')).toEqual([{ actor: 'dana' }]);
    expect((await early('GET', `/v1/attempts/${attemptId}`)).body).toMatchObject({ examVersion: 'old@2', phase: 'registered' });
    expect((await early('POST', `/v1/attempts/${attemptId}/aptitude-test`)).status).toBe(200);
    const later = api.as('later', 'candidate');
    expect((await later('GET', `/v1/attempts/${await registeredAttempt(later, 'old')}`)).body.examVersion).toBe('old@1');
    await retire(1);
    expect(refusalOf(await api.as('last', 'candidate')('POST', '/v1/attempts', { examId: 'old' }))).toEqual(refused(404, 'exam_not_published'));
    expect((await later('GET', '/v1/exams')).body.exams.map(({ examId }: { examId: string }) => examId)).not.toContain('old');
    const { versions } = (await api.as('sam', 'staff')('GET', '/v1/exam-versions')).body;
    expect(versions.filter(({ examId }: { examId: string }) => examId === 'old')).toMatchObject([
      { version: 2, publishedBy: 'drew', retirement: { retiredBy: 'dana', reason: 'an item leaked' } },
      { version: 1, retirement: { retiredBy: 'dana' } },
    ]);
    expect(refusalOf(await retire(3))).toEqual(refused(404, 'exam_not_published'));
    expect((await api.as('ada', 'auditor')('GET', '/v1/exam-versions/old/2')).body.form).toMatchObject({ examId: 'old', version: 2 });
  });
});
