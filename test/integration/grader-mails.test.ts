import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { timeOfDay } from '../../domain/quiet-hours.ts';
import { startMailbox } from '../../local/mailbox.ts';
import { createMailer } from '../../publication/mail/mailer.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createCourier } from '../../workers/courier.ts';
import { openAssignments, startTestApi, submittedAttempt, type Caller, type TestApi } from '../support/api.ts';
import { createShiftedClock } from '../support/clock.ts';

/** Graders who asked to be written to, through the real API, store, courier and an SMTP server on loopback. */

const DESK_URL = 'https://certifiable.example/desk';
const MINUTE = 60;
const HOUR = 60 * MINUTE;

const { clock, advanceSeconds } = createShiftedClock();
let shiftedSeconds = 0;
function passes(seconds: number): void {
  shiftedSeconds += seconds;
  advanceSeconds(seconds);
}
let api: TestApi;
let database: pg.Client;
let people = 0;
beforeAll(async () => {
  api = await startTestApi({ clock });
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  await api.publish();
  await api.publish(smallExam({}, 'other'));
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});
beforeEach(async () => {
  await database.query('DELETE FROM mail');
  await database.query(`UPDATE assignment SET state = 'void'`);
  await database.query(`UPDATE grader SET told_of_work_at = NULL, mail_kinds = '{}'`);
});

const store = () => api.services.store;
const named = (name: string) => `${name}-${(people += 1)}`;

type Grader = { readonly subject: string; readonly call: Caller };
type Wishes = { kinds?: readonly string[]; quietHours?: object | null; email?: string | undefined; locale?: string };

/** Somebody who marks, and asked to be written to. */
async function grader({ kinds = ['new_work', 'reminder', 'lease_ending'], quietHours = null, ...claims }: Wishes = {}): Promise<Grader> {
  const subject = named('gil');
  const email = 'email' in claims ? claims.email : `${subject}@example.org`;
  const told = { ...(email === undefined ? {} : { email, email_verified: true }), locale: claims.locale ?? 'en' };
  const call = api.withToken(await api.issuer.token({ subject, roles: ['grader'], name: 'Gil Example', claims: told }));
  expect((await call('PUT', '/v1/graders/me/mails', { kinds, quietHours })).status).toBe(200);
  return { subject, call };
}

/** A script that waits, since so long. */
async function script(waitedMinutes = 20, examId = 'small'): Promise<string> {
  const { submissionId } = await submittedAttempt(api.as(named('Candidate Secret'), 'candidate'), examId);
  await openAssignments(api, submissionId);
  passes(waitedMinutes * MINUTE);
  const { rows } = await database.query('SELECT id FROM assignment WHERE submission_id = $1', [submissionId]);
  return rows[0].id;
}

const CONSOLE_URL = 'https://certifiable.example/console/';
const write = () => store().graders.writeTo({ deskUrl: DESK_URL, consoleUrl: CONSOLE_URL });
const mails = async () => (await database.query('SELECT kind, grader, data FROM mail ORDER BY created_at, id')).rows;
const kindsTo = async (subject: string) => (await mails()).filter((mail) => mail.grader === subject).map(({ kind }) => kind);

/** An hour about now by the clock in Kolkata, which has no summer time. */
function anHourAboutNow() {
  const minute = Math.floor((Date.now() / 1000 + shiftedSeconds) / MINUTE) + 330;
  return { from: timeOfDay((minute - 10) % 1440), until: timeOfDay((minute + 50) % 1440), timeZone: 'Asia/Kolkata' };
}

describe('new work', () => {
  it('is told to nobody who did not ask for it, has no address, or could not take it', async () => {
    await grader({ kinds: ['reminder', 'lease_ending'] });
    await grader({ email: undefined });
    const { subject } = await grader();
    const qualifications = [{ examId: 'other', test: 'aptitude' }];
    await api.as('sam', 'staff')('PATCH', `/v1/staff/graders/${subject}`, { qualifications, reason: 'that alone' });
    await script();
    expect(await write()).toBe(0);
  });

  it('is told once it has waited a quarter of an hour, once in 24 hours, and to as many in an hour as scripts wait', async () => {
    const [one, other] = [await grader(), await grader()];
    await script(5);
    expect(await write()).toBe(0);
    passes(10 * MINUTE);
    expect(await write()).toBe(1);
    expect(await write()).toBe(0);
    passes(HOUR + 1);
    expect(await write()).toBe(1);
    passes(20 * HOUR);
    expect(await write()).toBe(0);
    expect([await kindsTo(one.subject), await kindsTo(other.subject)]).toEqual([['grader_new_work'], ['grader_new_work']]);
    passes(4 * HOUR);
    expect(await write()).toBe(1);
  });

  it('is told to nobody who is paused, suspended, in training, or at work on another script', async () => {
    const [paused, suspended, training] = [await grader(), await grader(), await grader()];
    await paused.call('PATCH', '/v1/graders/me', { paused: true });
    for (const [{ subject }, state] of [
      [suspended, 'suspended'],
      [training, 'in_training'],
    ] as const)
      await api.as('sam', 'staff')('PATCH', `/v1/staff/graders/${subject}`, { state, reason: 'because' });
    await script();
    const busy = await grader();
    expect((await busy.call('POST', '/v1/assignments/claims')).status).toBe(200);
    await script();
    expect(await write()).toBe(0);
  });

  it('is counted up to a hundred scripts, and is more beyond', async () => {
    const { subject } = await grader();
    const id = await script();
    const further = (count: number) =>
      database.query(
        `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, created_at)
         SELECT gen_random_uuid(), submission_id, 1000 + (SELECT count(*) FROM assignment) + n, purpose, item_ids, lease_seconds, due_at, state, created_at
         FROM assignment CROSS JOIN generate_series(1, $2::int) n WHERE id = $1`,
        [id, count],
      );
    await further(99);
    expect(await write()).toBe(1);
    await further(1);
    passes(25 * HOUR);
    expect(await write()).toBe(1);
    await further(50);
    passes(25 * HOUR);
    expect(await write()).toBe(1);
    expect((await mails()).map(({ data }) => data.count)).toEqual([100, 101, 101]);
    expect(await kindsTo(subject)).toHaveLength(3);
  });

  it('says nothing of a candidate', async () => {
    const { subject } = await grader();
    await script();
    await write();
    expect(await mails()).toEqual([{ kind: 'grader_new_work', grader: subject, data: { name: 'Gil Example', count: 1, deskUrl: DESK_URL } }]);
  });
});

describe('work in somebody’s hands', () => {
  it('is reminded of when the workflow reminds, once a reminder, to the hour', async () => {
    const { subject, call } = await grader({ kinds: ['reminder'] });
    const assignmentId = await script(0);
    await call('POST', '/v1/assignments/claims');
    const { rows } = await database.query('SELECT submission_id FROM assignment WHERE id = $1', [assignmentId]);
    for (let repeats = 0; repeats < 2; repeats += 1) await store().assignments.remind({ submissionId: rows[0].submission_id, percent: 50 });
    await write();
    await write();
    const sent = await mails();
    expect(sent).toMatchObject([{ kind: 'grader_reminder', grader: subject, data: { deskUrl: `${DESK_URL}/assignments/${assignmentId}` } }]);
    expect(sent[0].data.deadline).toMatch(/:00:00\.000Z$/);
  });

  it('is told of once its lease is about to end, and again only once that was extended', async () => {
    const { subject, call } = await grader({ kinds: ['lease_ending'] });
    const assignmentId = await script(0);
    const { body } = await call('POST', '/v1/assignments/claims');
    passes(30 * MINUTE);
    expect(await write()).toBe(0);
    passes(20 * MINUTE);
    expect(await write()).toBe(1);
    expect(await write()).toBe(0);
    await call('POST', `/v1/assignments/${assignmentId}/heartbeat`, { fencingToken: body.fencingToken });
    expect(await write()).toBe(0);
    passes(55 * MINUTE);
    expect(await write()).toBe(1);
    expect(await kindsTo(subject)).toEqual(['grader_lease_ending', 'grader_lease_ending']);
    passes(10 * MINUTE);
    expect(await write()).toBe(0);
  });
});

describe('marks that drift', () => {
  const DAY = 24 * HOUR;

  /** As the look for drift writes it down (test/integration/marking-quality.test.ts). */
  async function drift(grader: string, direction: 'severe' | 'lenient'): Promise<string> {
    const { rows } = await database.query(
      `INSERT INTO drift (id, grader, direction, sum, scripts, mean_difference, evidence, found_at)
       VALUES (gen_random_uuid(), $1, $2, 6.4, 5, -0.31, '{"scripts":[{"submissionId":"whose"}]}', $3) RETURNING id`,
      [grader, direction, new Date(Date.now() + shiftedSeconds * 1000)],
    );
    return rows[0].id;
  }

  const atTheDesk = async (call: Caller) => (await call('GET', '/v1/graders/me')).body.drift;

  it('are told their grader a day after they were found, and no more once they are settled', async () => {
    const [gil, other] = [await grader({ kinds: ['drift'] }), await grader({ kinds: ['drift'] })];
    const driftId = await drift(gil.subject, 'severe');
    expect([await write(), await atTheDesk(gil.call)]).toEqual([0, null]);
    passes(DAY + 1);
    expect([await write(), await write()]).toEqual([1, 0]);
    expect([await kindsTo(gil.subject), await kindsTo(other.subject)]).toEqual([['grader_drift'], []]);
    expect([await atTheDesk(gil.call), await atTheDesk(other.call)]).toEqual(['severe', null]);
    const settling = api.as('sam', 'staff')('POST', `/v1/staff/graders/${gil.subject}/drifts/${driftId}/settlement`, { reason: 'we spoke' });
    expect((await settling).status).toBe(200);
    expect(await atTheDesk(gil.call)).toBeNull();
  });

  it('are told of without whom they were compared with, in which scripts, or by how much', async () => {
    const { subject, call } = await grader({ kinds: ['drift'] });
    await drift(subject, 'lenient');
    passes(DAY + 1);
    await write();
    expect(await mails()).toEqual([{ kind: 'grader_drift', grader: subject, data: { name: 'Gil Example', deskUrl: DESK_URL } }]);
    const { body } = await call('GET', '/v1/graders/me');
    expect(Object.keys(body).toSorted()).toEqual(['conflicts', 'designated', 'drift', 'hoursAWeek', 'languages', 'qualifications', 'state']);
    expect(JSON.stringify(body)).not.toMatch(/whose|0\.31|6\.4/);
  });

  it('are mailed to nobody who did not ask for it, or in quiet hours, or of long ago', async () => {
    const [silent, asleep, late] = [await grader(), await grader({ kinds: ['drift'], quietHours: null }), await grader({ kinds: [] })];
    await drift(late.subject, 'severe');
    passes(14 * DAY);
    await late.call('PUT', '/v1/graders/me/mails', { kinds: ['drift'], quietHours: null });
    for (const { subject } of [silent, asleep]) await drift(subject, 'severe');
    passes(DAY + 1);
    await asleep.call('PUT', '/v1/graders/me/mails', { kinds: ['drift'], quietHours: anHourAboutNow() });
    expect(await write()).toBe(0);
    passes(HOUR);
    expect(await write()).toBe(1);
    expect((await mails()).map((mail) => mail.grader)).toEqual([asleep.subject]);
    expect(await atTheDesk(silent.call)).toBe('severe');
  });
});

describe('a round of a panel', () => {
  const ROUNDS = ['rating_round'];
  const act = (name: string) => ({ actor: 'sam', reason: 'a new version comes', actionKey: `${name}-${(people += 1)}` });
  async function expert(wishes: Wishes = { kinds: ROUNDS }): Promise<Grader> {
    const somebody = await grader(wishes);
    await store().graders.meet({ subject: somebody.subject, designated: true });
    return somebody;
  }
  async function panelOf(...panelists: readonly Grader[]): Promise<string> {
    const of = { examId: 'small', version: 1, test: 'aptitude', caseStudyId: null } as const;
    const { panelId } = await store().standardSetting.openPanel({ ...of, panelists: panelists.map(({ subject }) => subject), act: act('open') });
    return panelId;
  }
  async function nextRound(panelId: string, panelists: readonly Grader[]): Promise<void> {
    for (const { subject } of panelists)
      for (const itemId of ['c1', 'c2', 't1', 't2'])
        await store().standardSetting.rate({ panelId, round: 1, grader: subject, itemId, percent: 50, sequence: 1 });
    await store().standardSetting.closeRound({ panelId, round: 1, act: act('close') });
    await store().standardSetting.openRound({ panelId, round: 2, showsFacility: false, act: act('next') });
  }

  it('is told once to each who rates in it and asked for it, and leads to where they rate', async () => {
    const [ann, ben, silent] = [await expert(), await expert(), await expert({ kinds: ['new_work'] })];
    const panelId = await panelOf(ann, silent);
    await store().standardSetting.addPanelist({ panelId, grader: ben.subject, act: act('add') });
    // Who was added while it is open rates in the next.
    expect([await write(), await write()]).toEqual([1, 0]);
    const deskUrl = `https://certifiable.example/console/panels/${panelId}/ratings`;
    expect(await mails()).toEqual([{ kind: 'grader_rating_round', grader: ann.subject, data: { name: 'Gil Example', round: 1, deskUrl } }]);
    await nextRound(panelId, [ann, silent]);
    expect(await write()).toBe(2);
    expect([await kindsTo(ann.subject), await kindsTo(ben.subject), await kindsTo(silent.subject)]).toEqual([
      ['grader_rating_round', 'grader_rating_round'],
      ['grader_rating_round'],
      [],
    ]);
    await store().standardSetting.closePanel({ panelId, round: null, act: act('end') });
  });

  it('that is closed, of a panel that is closed, of somebody who left, or long ago is told to nobody', async () => {
    const [gone, late] = [await expert(), await expert({ kinds: [] })];
    const panelId = await panelOf(gone, late);
    await store().standardSetting.endPanelist({ panelId, grader: gone.subject, act: act('leave') });
    passes(15 * 24 * HOUR);
    await late.call('PUT', '/v1/graders/me/mails', { kinds: ROUNDS, quietHours: null });
    await store().graders.meet({ subject: late.subject, designated: true });
    expect(await write()).toBe(0);
    const closed = await panelOf(late);
    await store().standardSetting.closePanel({ panelId: closed, round: null, act: act('end') });
    expect(await write()).toBe(0);
  });
});

describe('quiet hours', () => {
  it('hold in the zone that was said, and what has waited is told after them', async () => {
    const { subject, call } = await grader({ kinds: ['new_work'] });
    await script();
    await call('PUT', '/v1/graders/me/mails', { kinds: ['new_work'], quietHours: anHourAboutNow() });
    expect(await write()).toBe(0);
    passes(HOUR);
    expect(await write()).toBe(1);
    expect(await kindsTo(subject)).toEqual(['grader_new_work']);
    // A mail that the server did not take today is not tried at night.
    passes(22 * HOUR + 55 * MINUTE);
    expect(await store().mails.take(10)).toEqual([]);
    expect(await store().mails.discardUnwanted()).toBe(1);
  });

  it('are a time of day in a zone that there is, or refused by name', async () => {
    const { call } = await grader();
    const quietHours = { from: '24:00', until: '07:00', timeZone: 'Mars/Olympus' };
    const { status, body } = await call('PUT', '/v1/graders/me/mails', { kinds: ['praise'], quietHours });
    expect(status).toBe(422);
    expect(body.fields.map(({ path }: { path: string }) => path).toSorted()).toEqual(['kinds[0]', 'quietHours.from', 'quietHours.timeZone']);
  });
});

describe('a mail on its way', () => {
  it.each([
    ['pauses', ({ call }: Grader) => call('PATCH', '/v1/graders/me', { paused: true })],
    [
      'is suspended',
      ({ subject }: Grader) => api.as('sam', 'staff')('PATCH', `/v1/staff/graders/${subject}`, { state: 'suspended', reason: 'because' }),
    ],
    ['wants no more of them', ({ call }: Grader) => call('PUT', '/v1/graders/me/mails', { kinds: [], quietHours: null })],
  ])('is not sent to somebody who %s meanwhile', async (_what, change) => {
    const somebody = await grader();
    await script();
    expect(await write()).toBe(1);
    await change(somebody);
    expect(await store().mails.take(10)).toEqual([]);
    expect(await store().mails.discardUnwanted()).toBe(1);
    expect(await mails()).toEqual([]);
  });

  it('is sent once by the courier, in the language of whoever it is to, and leads to the desk', async () => {
    const { subject } = await grader({ kinds: ['new_work'], locale: 'de' });
    await script();
    const directory = await mkdtemp(join(tmpdir(), 'certifiable-grader-mails-'));
    const mailbox = await startMailbox({ directory, log: () => {} });
    try {
      const mailer = createMailer({ smtpUrl: mailbox.smtpUrl, from: 'no-reply@certifiable.example', mailsPerSecond: 100, timeoutSeconds: 30 });
      const courier = createCourier({ store: store(), mailer, deskUrl: DESK_URL, logger: pino({ level: 'silent' }) });
      const run = courier.run();
      await expect.poll(async () => (await database.query(`SELECT state FROM mail`)).rows, { timeout: 30_000 }).toEqual([{ state: 'sent' }]);
      courier.stop();
      await run;
      const messages = await mailbox.messages();
      expect(messages).toMatchObject([{ to: expect.stringContaining(`${subject}@example.org`), subject: 'Neue Arbeit an Ihrem Arbeitsplatz' }]);
      expect(messages[0]?.text.split('\n')).toContain(DESK_URL);
      expect(JSON.stringify(messages)).not.toContain('Candidate Secret');
    } finally {
      await mailbox.stop();
      await rm(directory, { recursive: true });
    }
  });
});
