import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pg from 'pg';
import { pino, type Logger } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNotificationActivities } from '../../activities/notification/activities.ts';
import { startMailbox, type Mailbox, type ReceivedMail } from '../../local/mailbox.ts';
import { createMailer } from '../../publication/mail/mailer.ts';
import type { Store } from '../../store/store.ts';
import { createCourier } from '../../workers/courier.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { until } from '../support/pipeline.ts';
import { CANDIDATE_URL, PUBLIC_URL } from '../support/pools.ts';

/** Notices on their way to a real SMTP server on loopback, through the real store, mailer and courier. */

let test: TestStore;
let store: Store;
let database: pg.Client;
let directory: string;
let mailbox: Mailbox;

beforeAll(async () => {
  test = await createTestStore();
  ({ store } = test);
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  await store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(async () => {
  await database?.end();
  await test?.close();
});
beforeEach(async () => {
  await database.query('DELETE FROM mail');
  directory = await mkdtemp(join(tmpdir(), 'certifiable-courier-'));
  mailbox = await startMailbox({ directory, log: () => {} });
});
afterEach(async () => {
  await mailbox.stop();
  await rm(directory, { recursive: true });
});

/** A candidate who failed the aptitude test, and is told so. */
async function told({
  name = 'Ada Example',
  email,
  locale,
  timeZone,
  mailing = true,
  answered = 'My answer',
  pages = true,
}: {
  name?: string;
  email?: string;
  locale?: string;
  timeZone?: string;
  mailing?: boolean;
  answered?: string;
  pages?: boolean;
} = {}) {
  const subject = randomUUID();
  const { attemptId } = await store.attempts.register({ subject, name, email, locale, timeZone, examId: 'small' });
  await store.sittings.start({ attemptId, subject });
  await store.sittings.saveResponse({ attemptId, subject, itemId: 't1', value: answered, sequence: 1 });
  const activities = createNotificationActivities({ store, publicUrl: PUBLIC_URL, candidateUrl: pages ? CANDIDATE_URL : undefined, mailing });
  const notify = () => activities.notifyResult({ attemptId, test: 'aptitude', passed: false });
  await notify();
  return { attemptId, notify, activities };
}

const ada = { email: 'ada@example.org' };

describe('a candidate who handed in nothing', () => {
  it('is not told of a grading or of feedback, in either test', async () => {
    const { attemptId, activities } = await told({ answered: '' });
    await activities.notifyResult({ attemptId, test: 'case_study', passed: false });
    const notices = await store.notices.list(attemptId);
    expect(notices.map(({ kind, occasion }) => [occasion, kind])).toEqual([
      ['aptitude_failed', 'aptitude_not_answered'],
      ['case_study_failed', 'case_study_not_submitted'],
    ]);
    for (const { subject, body } of notices) expect(`${subject} ${body}`).not.toMatch(/graded|feedback/);
  });

  it.each(['', ' \n\t', '\u200b\u2060\u00a0'])(
    'is promised no grading of it, whether they ended the test or its time did, having typed %j',
    async (answered) => {
      for (const kind of ['aptitude_submitted', 'aptitude_timed_out'] as const) {
        const { attemptId, activities } = await told({ ...ada, answered });
        await activities.notifyStep({ attemptId, step: { kind, round: 1, deadline: '2026-12-22T14:05:00.000Z' } });
        const [notice] = (await store.notices.list(attemptId)).filter((one) => one.kind === kind);
        expect(notice?.body).toContain('There is nothing to grade, so it will count as not passed.');
        expect(`${notice?.subject} ${notice?.body}`).not.toMatch(/promised|saved is handed in|We have your aptitude test.*timed/);
      }
      const { attemptId, activities } = await told({ ...ada, answered: '.' });
      await activities.notifyStep({ attemptId, step: { kind: 'aptitude_timed_out', round: 1, deadline: '2026-12-22T14:05:00.000Z' } });
      expect((await store.notices.list(attemptId)).at(-1)?.body).toContain('what you had saved is handed in');
    },
  );
});

describe('a step of an attempt', () => {
  it('is told once, at the time of the candidate’s zone, and again when its deadline is another', async () => {
    const { attemptId, activities } = await told({ ...ada, timeZone: 'Europe/Berlin' });
    const moved = (deadline: string) => activities.notifyStep({ attemptId, step: { kind: 'deadline_moved', window: 'offer', deadline } });
    await moved('2026-12-22T14:05:00.000Z');
    await moved('2026-12-22T14:05:00.000Z');
    await moved('2026-12-24T14:05:00.000Z');
    const bodies = (await store.notices.list(attemptId)).filter(({ kind }) => kind === 'deadline_moved').map(({ body }) => body);
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toContain('December 22, 2026 at 03:05 PM Central European Standard Time to download the case study');
    const { rows } = await database.query(`SELECT data FROM mail WHERE kind = 'deadline_moved' ORDER BY created_at`);
    expect(rows[0].data).toMatchObject({ attemptUrl: `${CANDIDATE_URL}/attempts/${attemptId}`, deadline: '2026-12-22T14:05:00.000Z' });
  });

  it('is told each time that it happens, though it be the same again', async () => {
    const { attemptId, activities } = await told(ada);
    for (const [percent, day] of [
      [150, 1],
      [100, 2],
      [150, 3],
      [150, 3],
    ] as const) {
      await activities.notifyStep({ attemptId, step: { kind: 'accommodated', percent, at: `2026-12-0${day}T12:00:00.000Z` } });
    }
    const { rows } = await database.query(`SELECT data->>'percent' AS percent FROM mail WHERE kind = 'accommodated' ORDER BY id`);
    expect(rows.map(({ percent }) => percent)).toEqual(['150', '100', '150']);
  });

  it('reminds of no deadline that is another, met or past by the time that it is told', async () => {
    const subject = randomUUID();
    const { attemptId } = await store.attempts.register({ subject, name: 'Ada Example', examId: 'small' });
    const activities = createNotificationActivities({ store, publicUrl: PUBLIC_URL, candidateUrl: undefined, mailing: true });
    const near = (window: 'start' | 'aptitude', deadline: string) =>
      activities.notifyStep({ attemptId, step: { kind: 'deadline_near', window, deadline } });
    const reminders = async () => (await store.notices.list(attemptId)).length;
    const facts = async () => (await store.attempts.read({ attemptId })).facts;
    const startBy = new Date((await facts()).startBy).toISOString();

    await near('start', new Date((await facts()).startBy + 1000).toISOString());
    await near('aptitude', startBy);
    expect(await reminders()).toBe(0);
    await near('start', startBy);
    await near('start', startBy);
    expect(await reminders()).toBe(1);

    await store.sittings.start({ attemptId, subject });
    await near('start', startBy);
    const past = new Date(Date.now() - 1000);
    await database.query(`UPDATE sitting SET deadline = $2 WHERE attempt_id = $1`, [attemptId, past]);
    await near('aptitude', past.toISOString());
    expect(await reminders()).toBe(1);
  });

  it('leads to no address of the API’s where candidates have no pages', async () => {
    const { attemptId } = await told({ ...ada, pages: false });
    const { rows } = await database.query('SELECT data FROM mail WHERE attempt_id = $1', [attemptId]);
    expect(JSON.stringify(rows[0].data)).not.toMatch(/http/);
  });
});

type CourierOptions = { count?: number; store?: Store; logger?: Logger; timeoutSeconds?: number };

/** Runs couriers until the check holds; then they finish what they have begun. */
async function courier(
  check: () => Promise<true | string>,
  { count = 1, store: through = store, logger = pino({ level: 'silent' }), timeoutSeconds = 5 }: CourierOptions = {},
): Promise<void> {
  const from = 'Certifiable <no-reply@certifiable.example>';
  const couriers = Array.from({ length: count }, () => {
    const mailer = createMailer({ smtpUrl: mailbox.smtpUrl, from, mailsPerSecond: 1000, timeoutSeconds });
    return createCourier({ store: through, mailer, logger });
  });
  const runs = couriers.map((running) => running.run());
  try {
    await until(check);
  } finally {
    for (const running of couriers) running.stop();
    await Promise.all(runs);
  }
}

type Row = { id: string; state: string; tries: number; problem: string | null; wait_seconds: number };

async function mails(): Promise<Row[]> {
  const { rows } = await database.query<Row>(
    'SELECT id, state, tries, problem, extract(epoch FROM next_try_at - clock_timestamp())::float8 AS wait_seconds FROM mail ORDER BY created_at, id',
  );
  return rows;
}

async function onlyMail(): Promise<Row> {
  const [mail, ...others] = await mails();
  if (!mail || others.length > 0) throw new Error(`there is not one mail but ${others.length + (mail ? 1 : 0)}`);
  return mail;
}

const every = (state: string) => async () => {
  const states = (await mails()).map((mail) => mail.state);
  return (states.length > 0 && states.every((found) => found === state)) || `the mails are ${states.join(', ')}, not ${state}`;
};
/** Tried so often, and back in the queue. */
const waitsAfter = (tries: number) => async () => {
  const mail = await onlyMail();
  return (mail.state === 'queued' && mail.tries === tries) || `the mail is ${mail.state} after ${mail.tries} tries`;
};
/** As if the wait were over. */
const due = () => database.query("UPDATE mail SET next_try_at = clock_timestamp() WHERE state = 'queued'");

async function undelivered() {
  return (await store.mails.undeliveredList()).map(({ state, tries, attemptId, kind, problem }) => ({ state, tries, attemptId, kind, problem }));
}

/** Everything that was mailed since, once a mail that was queued last has arrived: whatever was to go out before it has. */
async function receivedInTheEnd(): Promise<ReceivedMail[]> {
  await told({ email: 'last@example.org' });
  await courier(async () => (await mailbox.messages()).some(({ to }) => to.includes('last@example.org')) || 'the last mail did not arrive');
  return (await mailbox.messages()).filter(({ to }) => !to.includes('last@example.org'));
}

describe('a notice', () => {
  it('is mailed once, however often it is given and with three couriers at once', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, (_, number) => told({ email: `candidate-${number}@example.org` })));
    await Promise.all(people.flatMap(({ notify }) => [notify(), notify()]));
    await courier(every('sent'), { count: 3 });
    await Promise.all(people.map(({ notify }) => notify()));
    const received = (await receivedInTheEnd()).map(({ to }) => to);
    expect(received).toHaveLength(20);
    expect(new Set(received).size).toBe(20);
    expect(await store.notices.list(people[0]?.attemptId ?? '')).toHaveLength(1);
  });

  it('carries its id as Message-ID, and leaves nothing personal behind once it is sent', async () => {
    await told(ada);
    await courier(every('sent'));
    const { id } = await onlyMail();
    expect((await mailbox.messages()).map(({ messageId }) => messageId)).toEqual([`<${id}@certifiable.example>`]);
    const { rows } = await database.query('SELECT data, problem, tries FROM mail');
    expect(rows).toEqual([{ data: {}, problem: null, tries: 1 }]);
  });

  it('without an address is in the inbox and not mailed', async () => {
    const { attemptId } = await told();
    expect(await mails()).toEqual([]);
    expect(await store.notices.list(attemptId)).toMatchObject([
      { kind: 'aptitude_failed', subject: 'Your aptitude test has been graded: A small exam' },
    ]);
  });

  it('without a mail server is in the inbox, and queues nothing', async () => {
    const { attemptId } = await told({ ...ada, mailing: false });
    expect(await mails()).toEqual([]);
    expect(await store.notices.list(attemptId)).toHaveLength(1);
  });

  const names = [
    `Siobhán O'Neill`,
    `D’Artagnan “Dart” Müller-Lüdenscheidt`,
    'محمد عبد الله',
    'דוד בן־גוריון',
    '山田 太郎',
    'Nguyễn Thị Minh Khai',
    'नाम उपनाम',
    'Ἀλέξανδρος',
    'Владимир',
    '𝒜da 👩‍🚀',
  ];

  it.each(names)('greets %s by this very name, in German and in English', async (name) => {
    await told({ name, email: 'de@example.org', locale: 'de-AT' });
    await told({ name, email: 'en@example.org', locale: 'en' });
    await courier(every('sent'));
    const received = await mailbox.messages();
    const mailTo = (address: string) => received.find(({ to }) => to.includes(address));
    const [german, english] = [mailTo('de@example.org'), mailTo('en@example.org')];
    expect(german?.subject).toBe('Ihr Eignungstest ist bewertet: A small exam');
    expect(german?.text).toContain(`Guten Tag ${name},`);
    expect(english?.subject).toBe('Your aptitude test has been graded: A small exam');
    expect(english?.text).toContain(`Dear ${name},`);
    expect(english?.to).toContain(name);
  });
});

describe('a mail to an address that is none any more', () => {
  it('has bounced: staff see it, nobody tries again, and other mails go out', async () => {
    mailbox.refuse('gone@example.org');
    const { attemptId } = await told({ email: 'gone@example.org' });
    await courier(every('bounced'));
    expect(await undelivered()).toEqual([
      { state: 'bounced', tries: 1, attemptId, kind: 'aptitude_failed', problem: expect.stringMatching(/^550 .*nobody of this name/) },
    ]);
    expect(JSON.stringify(await undelivered())).not.toContain('gone@');
    await due();
    expect(await receivedInTheEnd()).toEqual([]);
    expect((await store.notices.list(attemptId)).map(({ kind }) => kind)).toEqual(['aptitude_failed']);
    expect(await undelivered()).toMatchObject([{ state: 'bounced', tries: 1 }]);
  });

  it('goes to the new one when staff send it again', async () => {
    mailbox.refuse('gone@example.org');
    await told({ email: 'gone@example.org' });
    await courier(every('bounced'));
    await database.query("UPDATE candidate SET email = 'new@example.org' WHERE email = 'gone@example.org'");
    const { id } = await onlyMail();
    expect(await store.mails.resend(id)).toBe(true);
    await courier(every('sent'));
    expect((await mailbox.messages()).map(({ to }) => to)).toEqual([expect.stringContaining('new@example.org')]);
    expect(await store.mails.resend(id)).toBe(false);
    expect(await undelivered()).toEqual([]);
  });
});

describe('a mail that the server does not take now', () => {
  it('waits 1, 2, 4 … minutes, at most 4 hours, and then goes out', async () => {
    mailbox.setTrouble('later');
    await told(ada);
    for (const [index, minutes] of [1, 2, 4, 8].entries()) {
      await courier(waitsAfter(index + 1));
      const { wait_seconds, problem } = await onlyMail();
      expect(Math.round(wait_seconds / 60)).toBe(minutes);
      expect(problem).toContain('451');
      await due();
    }
    await database.query('UPDATE mail SET tries = 20');
    await courier(waitsAfter(21));
    expect(Math.round((await onlyMail()).wait_seconds / 60)).toBe(240);
    expect(mailbox.count()).toBe(0);
    expect(await undelivered()).toEqual([]);
    mailbox.setTrouble('none');
    await due();
    await courier(every('sent'));
    expect(mailbox.count()).toBe(1);
  });

  it('waits while the server is away, and goes out once it is back', async () => {
    const port = Number(new URL(mailbox.smtpUrl).port);
    await mailbox.stop();
    await told(ada);
    await courier(waitsAfter(1));
    mailbox = await startMailbox({ directory, port, log: () => {} });
    await due();
    await courier(every('sent'));
    expect(mailbox.count()).toBe(1);
  });

  it('is given up after the thirtieth try: staff see it, and can send it again', async () => {
    mailbox.setTrouble('later');
    const { attemptId } = await told(ada);
    await database.query('UPDATE mail SET tries = 28');
    await courier(waitsAfter(29));
    await due();
    await courier(every('given_up'));
    expect(await undelivered()).toMatchObject([{ state: 'given_up', tries: 30, attemptId, problem: expect.stringContaining('451') }]);
    mailbox.setTrouble('none');
    await store.mails.resend((await onlyMail()).id);
    await courier(every('sent'));
    expect(await onlyMail()).toMatchObject({ tries: 1, problem: null });
  });

  it('is given up at once when it can never be written', async () => {
    await told(ada);
    await database.query(`UPDATE mail SET data = jsonb_set(data, '{attemptUrl}', '"no URL"')`);
    await courier(every('given_up'));
    expect(await undelivered()).toMatchObject([{ state: 'given_up', tries: 1, problem: expect.stringContaining('absolute') }]);
  });
});

describe('a mail of which nobody knows whether it arrived', () => {
  it('when the connection broke after it was handed over, is not sent again by itself, but when staff say so', async () => {
    mailbox.setTrouble('drop');
    const { attemptId } = await told(ada);
    await courier(every('uncertain'));
    mailbox.setTrouble('none');
    expect(await undelivered()).toMatchObject([{ state: 'uncertain', tries: 1, attemptId, problem: expect.any(String) }]);
    await due();
    expect(await receivedInTheEnd()).toHaveLength(1); // the server had it after all
    const [{ id } = { id: '' }] = await store.mails.undeliveredList();
    expect(await store.mails.resend(id)).toBe(true);
    await courier(every('sent'));
    const ids = (await mailbox.messages()).filter(({ to }) => !to.includes('last@')).map(({ messageId }) => messageId);
    expect(ids).toEqual(Array(2).fill(`<${id}@certifiable.example>`)); // so that the receiver can drop the repeat
  });

  it('when the server stopped answering, is uncertain too', async () => {
    mailbox.setTrouble('hang');
    await told(ada);
    await courier(every('uncertain'), { timeoutSeconds: 3 });
    expect(await undelivered()).toMatchObject([{ state: 'uncertain' }]);
  });

  it('when the process died with it in its hands, is left to staff as well', async () => {
    await told(ada);
    const [taken] = await store.mails.take(10); // and dies here
    expect(taken).toMatchObject({ tries: 1 });
    const giveUpLost = () => store.mails.giveUpLost();
    expect(await giveUpLost()).toBe(0); // the process may be alive
    await database.query("UPDATE mail SET sending_since = sending_since - interval '301 seconds'");
    await courier(every('uncertain'));
    expect(await undelivered()).toMatchObject([{ state: 'uncertain', problem: expect.stringContaining('died') }]);
    expect(mailbox.count()).toBe(0);
  });
});

describe('an outage of the database', () => {
  type Act = 'sent' | 'retryLater' | 'undelivered';

  /** The real store, but what became of a mail is not written down the first times. */
  function failing(act: Act, times: number, meanwhile: () => Promise<void> = async () => {}): Store {
    const { mails } = store;
    let left = times;
    const failFirst = async (of: Act) => {
      if (of !== act || left === 0) return;
      left -= 1;
      await meanwhile();
      throw new Error('connect ECONNREFUSED');
    };
    const failingMails: Store['mails'] = {
      ...mails,
      sent: (id) => failFirst('sent').then(() => mails.sent(id)),
      retryLater: (id, why) => failFirst('retryLater').then(() => mails.retryLater(id, why)),
      undelivered: (id, why) => failFirst('undelivered').then(() => mails.undelivered(id, why)),
    };
    return { ...store, mails: failingMails };
  }

  it('after the server took a mail does not mail it twice', async () => {
    await told(ada);
    await courier(every('sent'), { store: failing('sent', 2) });
    expect(await receivedInTheEnd()).toHaveLength(1);
  });

  it('after the server refused it, or put it off, forgets neither', async () => {
    mailbox.setTrouble('later');
    await told(ada);
    await courier(waitsAfter(1), { store: failing('retryLater', 1) });
    mailbox.setTrouble('none');
    mailbox.refuse('ada@example.org');
    await due();
    await courier(every('bounced'), { store: failing('undelivered', 1) });
    expect(await undelivered()).toMatchObject([{ state: 'bounced', tries: 2 }]);
  });

  it('so long that the mail is taken for lost ends with what the server said', async () => {
    const giveUp = async () => {
      await database.query("UPDATE mail SET sending_since = sending_since - interval '301 seconds'");
      expect(await store.mails.giveUpLost()).toBe(1);
    };
    await told(ada);
    await courier(every('sent'), { store: failing('sent', 1, giveUp) });
    expect(await undelivered()).toEqual([]);
  });

  it('that outlasts the courier leaves the mail uncertain, not lost and not doubled', async () => {
    await told(ada);
    await courier(async () => mailbox.count() === 1 || 'not mailed', { store: failing('sent', Infinity) });
    expect(await onlyMail()).toMatchObject({ state: 'sending' });
    await database.query("UPDATE mail SET sending_since = sending_since - interval '301 seconds'");
    await courier(every('uncertain'));
    expect(mailbox.count()).toBe(1);
  });
});

it('the log lines hold ids and codes, and nothing personal', async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const logger = pino({ level: 'trace' }, destination);
  const name = `Siobhán O'Neill`;
  mailbox.refuse('gone@example.org');
  await told({ name, email: 'gone@example.org' });
  await told({ name, email: 'no address' });
  await courier(every('bounced'), { logger });
  await database.query('DELETE FROM mail');
  mailbox.setTrouble('later');
  await told({ name, email: 'later@example.org' });
  await courier(waitsAfter(1), { logger });
  mailbox.setTrouble('drop');
  await due();
  await courier(every('uncertain'), { logger });
  const logged = lines.join('');
  expect(lines).toHaveLength(4);
  expect(logged).not.toMatch(/@|Siobh|O'Neill|no address|small exam|certifiable\.example/i);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 50, mailId: expect.any(String), kind: 'aptitude_failed', tries: 1 });
});
