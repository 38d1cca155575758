import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { urlAs } from '../../../local/database-logins.ts';
import { ERASE_FUNCTION } from '../../../store/privacy/erasing.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';
import {
  publishDecision,
  refusalOf,
  refused,
  registeredAttempt,
  startTestApi,
  submittedAttempt,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';
import { twoPersons } from '../../../test/support/two-persons.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  await api.publish(smallExam({ appealWindowSeconds: 14 * 86_400 }, 'appealed'));
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

const OWN = '/v1/candidates/me/erasure';

async function candidateOf(subject: string): Promise<{ candidate: Caller; path: string; attemptId: string }> {
  const candidate = api.as(subject, 'candidate');
  const attemptId = await registeredAttempt(candidate);
  const { body } = await staff('POST', '/v1/staff/candidates', { subject, reason: 'test' });
  return { candidate, path: `/v1/staff/candidates/${body.id}`, attemptId };
}

describe('a candidate', () => {
  it('of whom nothing is kept is told so', async () => {
    const nobody = api.as('nobody', 'candidate');
    expect(refusalOf(await nobody('POST', OWN, {}))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await nobody('GET', '/v1/candidates/me/data'))).toEqual(refused(404, 'not_found'));
    expect((await nobody('GET', OWN)).body).toEqual({ erasure: null });
  });

  it('asks once, says what becomes of the register, and takes it back', async () => {
    const { candidate } = await candidateOf('asking');
    const asked = await candidate('POST', OWN, {});
    expect(asked.body.erasure).toMatchObject({ state: 'asked', keepsRegister: false, dueAt: null });
    const again = await candidate('POST', OWN, { keepsRegister: true });
    expect(again.body.erasure).toMatchObject({ id: asked.body.erasure.id, keepsRegister: true });
    expect((await candidate('GET', OWN)).body).toEqual(again.body);
    expect((await candidate('DELETE', OWN)).status).toBe(204);
    expect((await candidate('DELETE', OWN)).status).toBe(204);
    expect((await candidate('GET', OWN)).body.erasure.state).toBe('withdrawn');
  });

  it('is told why what they asked for is not done', async () => {
    const { candidate, path } = await candidateOf('declined');
    expect(refusalOf(await staff('POST', `${path}/erasure/refusal`, { reason: 'x' }))).toEqual(refused(404, 'not_found'));
    await candidate('POST', OWN, {});
    const declined = await staff('POST', `${path}/erasure/refusal`, { reason: 'A court asked for it' });
    expect(declined.body.erasure).toMatchObject({ state: 'declined', settledBy: 'sam' });
    expect((await staff('POST', `${path}/erasure/refusal`, { reason: 'another' })).body).toEqual(declined.body);
    expect((await candidate('GET', OWN)).body.erasure).toMatchObject({ state: 'declined', declinedBecause: 'A court asked for it' });
  });

  it('has everything about themselves, and nothing about others, as one document', async () => {
    const candidate = api.as('exporting', 'candidate');
    const other = api.as('not exporting', 'candidate');
    const { attemptId } = await submittedAttempt(candidate);
    await submittedAttempt(other);
    const { status, body } = await candidate('GET', '/v1/candidates/me/data');
    expect(status).toBe(200);
    const rowsOf = (name: string) => body.sections.find((section: { name: string }) => section.name === name).rows;
    expect(rowsOf('person')).toMatchObject([{ subject: 'exporting', name: 'Name of exporting' }]);
    expect(rowsOf('attempts')).toMatchObject([{ id: attemptId }]);
    expect(rowsOf('submissions')).toMatchObject([{ attemptId, content: { t1: 'My answer one' } }]);
    expect(rowsOf('remarks')).toEqual([]);
    expect(JSON.stringify(body)).not.toContain('not exporting');
  });
});

describe('staff', () => {
  it('put on hold once, release once, and hear of another one', async () => {
    const { path } = await candidateOf('held');
    expect(refusalOf(await staff('POST', `${path}/hold/release`, { reason: 'x' }))).toEqual(refused(409, 'nothing_on_hold'));
    const held = await staff('POST', `${path}/hold`, { reason: 'a court' });
    expect((await staff('POST', `${path}/hold`, { reason: 'a court' })).body).toEqual(held.body);
    expect(refusalOf(await staff('POST', `${path}/hold`, { reason: 'another court' }))).toEqual(refused(409, 'hold_standing'));
    const released = await staff('POST', `${path}/hold/release`, { reason: 'over' });
    expect(released.body.hold).toMatchObject({ id: held.body.hold.id, releasedReason: 'over' });
    expect((await staff('POST', `${path}/hold/release`, { reason: 'again' })).body).toEqual(released.body);
    expect((await staff('GET', `${path}/privacy`)).body).toMatchObject({ obstacles: ['attempt_open'], holds: [{ releasedReason: 'over' }] });
  });

  it('order nothing while an attempt is open, and never alone', async () => {
    const { candidate, path, attemptId } = await candidateOf('ordered');
    const open = await staff('POST', `${path}/erasure`, { reason: 'asked' });
    expect(open).toMatchObject({ status: 409, body: { code: 'erasure_stopped', obstacles: ['attempt_open'] } });
    await candidate('POST', `/v1/attempts/${attemptId}/withdrawal`);
    await candidate('POST', OWN, { keepsRegister: true });
    const proposed = await staff('POST', `${path}/erasure`, { reason: 'asked' });
    expect(proposed.status).toBe(202);
    expect((await candidate('GET', OWN)).body.erasure.state).toBe('asked');
    const self = await staff('POST', `/v1/staff/proposed-acts/${proposed.body.id}/confirmation`);
    expect(refusalOf(self)).toEqual(refused(409, 'second_person_needed'));
    const lea = api.as('lea', 'staff');
    expect((await lea('POST', `/v1/staff/proposed-acts/${proposed.body.id}/confirmation`)).status).toBe(200);
    const { body } = await candidate('GET', OWN);
    expect(body.erasure).toMatchObject({ state: 'ordered', keepsRegister: true });
    // Everything is kept for a year.
    expect(Date.parse(body.erasure.dueAt) - Date.now()).toBeGreaterThan(360 * 86_400_000);
    expect(refusalOf(await candidate('DELETE', OWN))).toEqual(refused(409, 'erasure_under_way'));
    expect(refusalOf(await staff('POST', `${path}/erasure/refusal`, { reason: 'x' }))).toEqual(refused(409, 'erasure_under_way'));
    const listed = await staff('GET', '/v1/staff/erasures');
    expect(listed.body.erasures.map(({ id }: { id: string }) => id)).toContain(body.erasure.id);
  });

  it('order nothing while an appeal is open, and what was ordered before waits until it is over', async () => {
    const appealing = async (subject: string) => {
      const candidate = api.as(subject, 'candidate');
      const submitted = await submittedAttempt(candidate, 'appealed');
      await publishDecision(api, { ...submitted, test: 'aptitude', passed: false });
      // As its workflow does, which is away here.
      await api.services.store.attempts.beginTakingAppeals(submitted.attemptId);
      const { body } = await staff('POST', '/v1/staff/candidates', { subject, reason: 'test' });
      const file = () =>
        candidate('POST', `/v1/attempts/${submitted.attemptId}/appeals`, {
          items: [{ itemId: 't1', reason: 'overlooked', text: 'Read on, please' }],
        });
      return { candidate, ...submitted, file, path: `/v1/staff/candidates/${body.id}` };
    };
    const early = await appealing('early');
    expect((await early.file()).status).toBe(201);
    expect(await staff('POST', `${early.path}/erasure`, { reason: 'asked' })).toMatchObject({
      status: 409,
      body: { code: 'erasure_stopped', obstacles: ['appeal_open'] },
    });

    const { candidate, attemptId, submissionId, file, path } = await appealing('late');
    await candidate('POST', OWN, { keepsRegister: true });
    const { body: proposed } = await staff('POST', `${path}/erasure`, { reason: 'asked' });
    expect((await api.as('lea', 'staff')('POST', `/v1/staff/proposed-acts/${proposed.id}/confirmation`)).status).toBe(200);
    const { id: erasureId } = (await candidate('GET', OWN)).body.erasure;
    expect((await file()).status).toBe(201);
    const { DATABASE_URL: databaseUrl } = api.services.config;
    const [owner, delivery] = [databaseUrl, urlAs('delivery', databaseUrl)].map((connectionString) => new pg.Client({ connectionString }));
    if (!owner || !delivery) throw new TypeError('two were made');
    await Promise.all([owner.connect(), delivery.connect()]);
    try {
      await owner.query(`UPDATE erasure SET due_at = now() - interval '1 day' WHERE id = $1`, [erasureId]);
      const erase = () => delivery.query(`SELECT ${ERASE_FUNCTION}($1)`, [erasureId]);
      const answers = async () =>
        (await owner.query<{ content: unknown }>('SELECT content FROM submission WHERE id = $1', [submissionId])).rows[0]?.content;
      await expect(erase()).rejects.toThrow(/is stopped: appeal_open/);
      expect(await answers()).toMatchObject({ t1: 'My answer one' });
      expect((await candidate('GET', `/v1/attempts/${attemptId}/appeals`)).body.appeals[0].items[0].text).toBe('Read on, please');
      expect((await candidate('POST', `/v1/attempts/${attemptId}/appeals/withdrawal`)).status).toBe(200);
      await erase();
      expect(JSON.stringify(await answers())).not.toContain('My answer');
    } finally {
      await Promise.all([owner.end(), delivery.end()]);
    }
  });

  it('are refused where it is their own', async () => {
    const { path } = await candidateOf('both');
    const both = twoPersons(api.as('both', 'staff', 'candidate'), api.as('lea', 'staff'));
    for (const act of ['erasure', 'hold', 'hold/release'])
      expect(refusalOf(await both('POST', `${path}/${act}`, { reason: 'mine' })), act).toEqual(refused(403, 'conflict_of_interest'));
  });
});
