import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMailbox } from '../../local/mailbox.ts';
import { createMailer } from '../../publication/mail/mailer.ts';
import { createCourier } from '../../workers/courier.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { issuerOf, openAssignments, registeredAttempt, startTestApi, submittedAttempt, type TestApi } from '../support/api.ts';
import { createShiftedClock } from '../support/clock.ts';
import { decidedScript } from '../support/decided.ts';

/** Staff are written to about what waits for them, through the real API, store, courier and an SMTP server on loopback. */

const CONSOLE_URL = 'https://certifiable.example/console';
const HOUR = 3600;
const WEEK = 7 * 24 * HOUR;
const NOTHING = {
  attention: 0,
  overdue: 0,
  claimed: 0,
  proposed: 0,
  acts: 0,
  glass: 0,
  undelivered: 0,
  complained: 0,
  refundable: 0,
  consoleUrl: CONSOLE_URL,
};

const { clock, advanceSeconds } = createShiftedClock();
let api: TestApi;
let database: pg.Client;
let people = 0;
beforeAll(async () => {
  api = await startTestApi({ clock, environment: { EXAM_PUBLICATION: 'two-persons' } });
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  await api.publish();
  await registeredAttempt(api.as('somebody', 'candidate'));
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});
beforeEach(async () => {
  await database.query('DELETE FROM mail');
  await database.query('DELETE FROM staff_call');
  await database.query(`UPDATE exam_proposal SET outcome = 'withdrawn', settled_by = 'test', settled_at = now() WHERE outcome IS NULL`);
  await database.query(`UPDATE assignment SET state = 'void' WHERE state = 'open'`);
});

const write = (consoleUrl: string | undefined = `${CONSOLE_URL}/`) => api.services.store.mails.writeToStaff({ consoleUrl });
const told = async () =>
  (await database.query(`SELECT data FROM mail WHERE kind = 'staff_called' ORDER BY created_at, id`)).rows.map(({ data }) => data);

/** A mail to somebody else that does not arrive. */
async function undelivered(): Promise<string> {
  const id = randomUUID();
  await database.query(
    `INSERT INTO mail (id, occasion_key, kind, data, state, created_at, next_try_at, candidate_id) VALUES ($1, $2, 'registered', '{}', 'bounced', now(), now(), $3)`,
    [id, `test:${id}`, (await database.query('SELECT id FROM candidate LIMIT 1')).rows[0].id],
  );
  return id;
}

async function proposed(): Promise<void> {
  const { rows } = await database.query(`SELECT content, content_hash, title FROM exam_version LIMIT 1`);
  await database.query(
    `INSERT INTO exam_proposal (id, exam_id, version, title, content, content_hash, reason, proposed_by, proposed_at) VALUES ($1, $2, 1, $3, $4, $5, 'new', 'dana', now())`,
    [randomUUID(), `exam-${(people += 1)}`, rows[0].title, JSON.stringify(rows[0].content), rows[0].content_hash],
  );
}

describe('a mail to staff', () => {
  it('is not written while nothing waits', async () => {
    expect(await write()).toBe(false);
    expect(await told()).toEqual([]);
  });

  it('tells how much waits, names nobody, and leads to the console where it has one', async () => {
    await undelivered();
    await proposed();
    await proposed();
    expect(await write()).toBe(true);
    expect(await told()).toEqual([{ ...NOTHING, proposed: 2, undelivered: 1 }]);
    await database.query('DELETE FROM mail');
    await database.query('DELETE FROM staff_call');
    advanceSeconds(HOUR);
    expect(await api.services.store.mails.writeToStaff({ consoleUrl: undefined })).toBe(true);
    const { consoleUrl: _, ...without } = NOTHING;
    expect(await told()).toEqual([{ ...without, proposed: 2 }]);
  });

  it('is written once of what waits, and again once more does, no sooner than in the next hour', async () => {
    await proposed();
    expect(await write()).toBe(true);
    await proposed();
    expect(await write()).toBe(false);
    advanceSeconds(HOUR);
    expect(await write()).toBe(true);
    advanceSeconds(HOUR);
    expect(await write()).toBe(false);
    expect(await told()).toMatchObject([{ proposed: 1 }, { proposed: 2 }]);
  });

  it('tells again what was settled and waits once more', async () => {
    const id = await undelivered();
    expect(await write()).toBe(true);
    await database.query(`UPDATE mail SET state = 'queued' WHERE id = $1`, [id]);
    advanceSeconds(HOUR);
    expect(await write()).toBe(false);
    await database.query(`UPDATE mail SET state = 'bounced' WHERE id = $1`, [id]);
    expect(await write()).toBe(true);
  });

  it('tells of a complaint until it is answered, and again after a week', async () => {
    const { store } = api.services;
    const { rows } = await database.query(
      `SELECT a.id, c.subject FROM attempt a JOIN candidate c ON c.id = a.candidate_id WHERE c.subject = 'somebody'`,
    );
    const [{ id: attemptId, subject }] = rows;
    const { complaintId } = await store.complaints.file({ attemptId, subject, about: 'system', text: 'It stood still.' });
    expect(await write()).toBe(true);
    expect((await told()).at(-1)).toMatchObject({ complained: 1 });
    advanceSeconds(WEEK - HOUR);
    expect(await write()).toBe(false);
    advanceSeconds(HOUR);
    expect(await write()).toBe(true);
    advanceSeconds(HOUR);
    expect(await write()).toBe(false);
    await store.complaints.answer({ complaintId, actor: 'sam', text: 'Mended.' });
    advanceSeconds(WEEK);
    expect(await write()).toBe(false);
  });

  it('tells of the fee of an appeal that is to be paid back until that is recorded', async () => {
    const examId = `fees-${(people += 1)}`;
    await api.publish(smallExam({ appealWindowSeconds: WEEK, passMark: 9000, appealFee: 'required' }, examId));
    const { store } = api.services;
    const credentials = await issuerOf(api.services);
    const given = [1, 2].map((grader) => ({ grader: `fee-${grader}`, points: [1, 1] as const }));
    const { attemptId, subject, submissionId } = await decidedScript(store, { given, credentials, examId });
    await store.attempts.beginTakingAppeals(attemptId);
    await store.appeals.file({ attemptId, subject, items: [{ itemId: 't1', reason: 'overlooked', text: 'See there.' }], feeReference: 'INV-1' });
    const [appeal] = await store.appeals.ofAttempt(attemptId);
    const appealId = appeal?.id ?? '';
    await store.assignments.open({ submissionId, purpose: 'mark', seats: [4], itemIds: ['t1'], dueAt: new Date(Date.now() + 10 * WEEK * 1000) });
    const held = await store.assignments.claim({ grader: 'fee-3', designated: false });
    const lease = { assignmentId: held?.id ?? '', grader: 'fee-3', fencingToken: held?.fencingToken ?? 0 };
    await store.assignments.complete({ ...lease, marks: [{ itemId: 't1', points: 2, reason: 'there' }] });
    expect(await write()).toBe(false);
    await store.appeals.answer({ attemptId, appealId }, credentials);
    expect(await write()).toBe(true);
    expect((await told()).at(-1)).toMatchObject({ refundable: 1 });
    await store.appeals.recordRefund({ appealId, actor: 'sam', reference: 'OUT-1' });
    advanceSeconds(WEEK);
    expect(await write()).toBe(false);
  });

  it('tells of a result that is later than promised, and of a file that its grader cannot read', async () => {
    const candidate = api.as(`late-${(people += 1)}`, 'candidate');
    const { submissionId, attemptId } = await submittedAttempt(candidate);
    await openAssignments(api, submissionId);
    expect(await write()).toBe(false);
    advanceSeconds(WEEK + 2 * 24 * HOUR);
    expect(await write()).toBe(true);
    expect(await told()).toMatchObject([{ overdue: 1 }]);
    const { body } = await api.as('sam', 'staff')('GET', `/v1/staff/attempts/${attemptId}/story`);
    await database.query('UPDATE attempt_standing SET needs_attention = $1 WHERE attempt_id = $2', [true, body.attempt.id]);
    advanceSeconds(HOUR);
    expect(await write()).toBe(true);
    expect((await told()).at(-1)).toMatchObject({ overdue: 1, attention: 1 });
  });

  it('says nothing of mails to staff that do not arrive: nobody would hear of it', async () => {
    await proposed();
    expect(await write()).toBe(true);
    await database.query(`UPDATE mail SET state = 'bounced' WHERE kind = 'staff_called'`);
    advanceSeconds(HOUR);
    expect(await write()).toBe(false);
  });

  it('is queued once by several couriers at a time', async () => {
    await proposed();
    const queued = await Promise.all(Array.from({ length: 5 }, () => write()));
    expect(queued.filter(Boolean)).toHaveLength(1);
    expect(await told()).toHaveLength(1);
  });

  it('is sent to their mailbox in its language; to nobody once there is none', { timeout: 120_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certifiable-staff-mails-'));
    const mailbox = await startMailbox({ directory, log: () => {} });
    const runUntil = async (state: string, staff?: { address: string; locale: string; consoleUrl: string }) => {
      const mailer = createMailer({ smtpUrl: mailbox.smtpUrl, from: 'no-reply@certifiable.example', mailsPerSecond: 100, timeoutSeconds: 30 });
      const courier = createCourier({ store: api.services.store, mailer, staff, logger: pino({ level: 'silent' }) });
      const run = courier.run();
      await expect.poll(async () => (await database.query(`SELECT state FROM mail`)).rows, { timeout: 30_000 }).toEqual([{ state }]);
      courier.stop();
      await run;
    };
    try {
      await proposed();
      advanceSeconds(HOUR);
      await runUntil('sent', { address: 'staff@example.org', locale: 'de-AT', consoleUrl: CONSOLE_URL });
      const messages = await mailbox.messages();
      expect(messages).toMatchObject([{ to: 'staff@example.org', subject: 'Es wartet etwas auf Mitarbeitende' }]);
      expect(messages[0]?.text.split('\n')).toContain(CONSOLE_URL);
      expect(messages[0]?.text).toContain('- 1 Prüfungsfassung wartet auf eine zweite Person');
      expect(messages[0]?.text).not.toContain('Nachricht kam nicht an');
      await database.query(`UPDATE mail SET state = 'queued', data = $1`, [JSON.stringify(NOTHING)]);
      await runUntil('given_up');
    } finally {
      await mailbox.stop();
      await rm(directory, { recursive: true });
    }
  });
});
