import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAD_LINES, BAD_PARAGRAPHS, GOOD_LINES } from '../test/support/texts.ts';
import {
  downloadedAttempt,
  issuerOf,
  openAssignments,
  refusalOf,
  refused,
  startedAttempt,
  startTestApi,
  submittedAttempt,
  type Answer,
  type Caller,
  type TestApi,
} from '../test/support/api.ts';
import { certifiedAttempt } from '../test/support/certified.ts';
import { certified, copyToRegister, registered, showFile, submit } from '../test/support/register.ts';
import { announce } from '../test/support/uploads.ts';
import { smallExam } from '../trials/people/small-exam.ts';
import type { ProblemCode } from './problems.ts';

/** The same hostile texts through every door of the API. */

let api: TestApi;
let cleo: Caller;
let grader: Caller;
let staff: Caller;
let author: Caller;
let anybody: Caller;
let testAttempt: string;
let caseStudyAttempt: string;
let assignment: { id: string; fencingToken: number };
beforeAll(async () => {
  api = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  await api.publish();
  [cleo, grader, staff, author] = [api.as('cleo', 'candidate'), api.as('gil', 'grader'), api.as('sam', 'staff'), api.as('dana', 'designated')];
  anybody = api.withToken(undefined);
  testAttempt = await startedAttempt(cleo);
  caseStudyAttempt = await downloadedAttempt(api, api.as('carl', 'candidate'));
  const { submissionId } = await submittedAttempt(api.as('cora', 'candidate'));
  await openAssignments(api, submissionId);
  assignment = (await grader('POST', '/v1/assignments/claims')).body;
});
afterAll(() => api.close());

type Door = { readonly send: (text: string) => Promise<Answer>; readonly code?: ProblemCode; readonly skip?: readonly string[] };

const sha256 = createHash('sha256').update('x').digest('hex');
const examForm = (change: { title?: string; prompt?: string; choice?: string; study?: string }) => ({
  examId: 'form',
  version: 1,
  title: change.title ?? 'Title',
  aptitudeTest: {
    items: [
      {
        id: 'c',
        type: 'choice',
        prompt: change.prompt ?? 'Which?',
        points: 1,
        choices: [
          { id: 'A', text: change.choice ?? 'Yes' },
          { id: 'B', text: 'No' },
        ],
        correct: ['A'],
      },
    ],
  },
  caseStudies: [{ id: 'k', title: change.study ?? 'Study', brief: 'Brief', rubric: [{ id: 'r', title: 'Row', description: 'What', points: 1 }] }],
});
const settling = (change: object) =>
  staff('POST', `/v1/staff/corrections/${randomUUID()}/settlement`, { resolution: 'replaced', name: 'Ada', reason: 'Wrong', ...change });
const act = (name: string, body: object) => staff('POST', `/v1/staff/attempts/${testAttempt}/${name}`, body);

const LINE_DOORS: Readonly<Record<string, Door>> = {
  'the name in a token': {
    send: async (name) => {
      const token = await api.issuer.token({ subject: `door-${randomUUID()}`, roles: ['candidate'], name });
      return api.withToken(token)('POST', '/v1/attempts', { examId: 'small' });
    },
  },
  'the title of an exam': { send: (title) => author('POST', '/v1/exams', examForm({ title })) },
  'the title of a case study': { send: (study) => author('POST', '/v1/exams', examForm({ study })) },
  'the corrected name on a certificate': { send: (name) => settling({ name }) },
  'the name of an uploaded file': {
    // A file may have a longer name than a person, and one whose bytes cannot be sent as text is none of these.
    skip: ['one letter too many', 'one emoji too many', 'half of a character', 'nothing', 'blanks'],
    code: 'upload_invalid',
    send: (filename) => announce(api.as('carl', 'candidate'), caseStudyAttempt, { sha256, sizeBytes: 1, filename }),
  },
};

const PARAGRAPH_DOORS: Readonly<Record<string, Door>> = {
  'an answer': {
    code: 'response_invalid',
    send: (value) => cleo('PUT', `/v1/attempts/${testAttempt}/responses/t1`, { value, sequence: 1 }),
  },
  'the reason of a mark in the making': {
    send: (reason) =>
      grader('PUT', `/v1/assignments/${assignment.id}/draft`, {
        fencingToken: assignment.fencingToken,
        marks: [{ itemId: 't1', points: 1, reason }],
      }),
  },
  'the reason of a mark': {
    send: (reason) =>
      grader('POST', `/v1/assignments/${assignment.id}/completion`, {
        fencingToken: assignment.fencingToken,
        marks: [
          { itemId: 't1', points: 1, reason },
          { itemId: 't2', points: 1, reason },
        ],
      }),
  },
  'the reason of an accommodation': { send: (reason) => staff('PUT', `/v1/staff/attempts/${testAttempt}/accommodation`, { percent: 150, reason }) },
  'the reason of a withdrawal': { send: (reason) => act('withdrawal', { reason }) },
  'the reason of an extension': { send: (reason) => act('extension', { window: 'aptitude', deadline: '2099-01-01T00:00:00Z', reason }) },
  'the reason of a suspension': { send: (reason) => staff('POST', `/v1/staff/certificates/${randomUUID()}/corrections`, { reason }) },
  'the reason of a settlement': { send: (reason) => settling({ reason }) },
  'a question of an exam': { send: (prompt) => author('POST', '/v1/exams', examForm({ prompt })) },
  'a choice of an exam': { send: (choice) => author('POST', '/v1/exams', examForm({ choice })) },
};

const KEY_DOORS: Readonly<Record<string, Door>> = {
  'the exam to register for': { send: (examId) => cleo('POST', '/v1/attempts', { examId }) },
  'the grader who is to take an assignment': {
    send: (who) => staff('POST', `/v1/staff/assignments/${randomUUID()}/reassignment`, { grader: who, reason: 'Ill' }),
  },
  'the item of a draft': {
    send: (itemId) => grader('PUT', `/v1/assignments/${assignment.id}/draft`, { fencingToken: assignment.fencingToken, marks: [{ itemId }] }),
  },
  'the item of a correction': { send: (itemId) => settling({ points: [{ test: 'aptitude', itemId, points: 1 }] }) },
  'the address of a webhook': { send: (text) => staff('POST', '/v1/staff/webhooks', { name: 'board', url: `https://board.example/${text}` }) },
};

async function expectRefused({ send, code = 'validation_failed' }: Door, text: string): Promise<void> {
  const answer = await send(text);
  // What PostgreSQL cannot keep is refused by the body's reader already.
  expect([code, 'validation_failed'].map((known) => refused(422, known as ProblemCode))).toContainEqual(
    answer.status === 400 ? refused(422, code) : refusalOf(answer),
  );
}

const table = (doors: Readonly<Record<string, Door>>, texts: Readonly<Record<string, string>>) =>
  Object.entries(doors).flatMap(([name, door]) =>
    Object.entries(texts)
      .filter(([what]) => !door.skip?.includes(what))
      .map(([what, text]) => [name, what, door, text] as const),
  );

describe('a text that nobody can read', () => {
  it.each(table(LINE_DOORS, BAD_LINES))('is refused as %s: %s', (_name, _what, door, text) => expectRefused(door, text));
  it.each(table(PARAGRAPH_DOORS, BAD_PARAGRAPHS))('is refused as %s: %s', (_name, _what, door, text) => expectRefused(door, text));
  it.each(table(KEY_DOORS, BAD_PARAGRAPHS))('is refused as %s: %s', (_name, _what, door, text) => expectRefused(door, text));

  it('in a path names nothing', async () => {
    for (const text of ['%00', '%E2%80%AE', '%07', 'x'.repeat(300)]) {
      for (const [caller, method, path] of [
        [cleo, 'PUT', `/v1/attempts/${testAttempt}/responses/${text}`],
        [cleo, 'GET', `/v1/exams/${text}`],
        [anybody, 'GET', `/achievements/${text}`],
        [staff, 'POST', `/v1/staff/event-sinks/${text}/replay`],
        [staff, 'POST', `/v1/staff/event-sinks/${text}/aside/${randomUUID()}/retry`],
        [staff, 'POST', `/v1/staff/webhooks/${text}/secret`],
        [staff, 'DELETE', `/v1/staff/webhooks/${text}`],
      ] as const) {
        const body = method === 'PUT' ? { value: 'x', sequence: 1 } : { since: '2026-01-01T00:00:00Z' };
        const { status } = await caller(method, path, method === 'GET' || method === 'DELETE' ? undefined : body);
        expect(status, `${method} ${path}`).toBe(404);
      }
    }
  });
});

describe('a good text', () => {
  it.each(Object.entries(GOOD_LINES))('is taken as a name and as a file’s name: %s', async (_, name) => {
    const token = await api.issuer.token({ subject: `good-${randomUUID()}`, roles: ['candidate'], name: name.normalize('NFD') });
    expect((await api.withToken(token)('POST', '/v1/attempts', { examId: 'small' })).status).toBe(201);
  });

  it('as an answer is kept as it was typed, but in NFC, up to 20,000 characters as people see them', async () => {
    const path = `/v1/attempts/${testAttempt}/responses/t2`;
    const saved = async () =>
      (await cleo('GET', `/v1/attempts/${testAttempt}/aptitude-test`)).body.responses.find(({ itemId }: { itemId: string }) => itemId === 't2')
        ?.value;
    const texts = ['  \tif (x) {\r\n  y\n}\n ', 'Jose\u0301 \u2066ok\u2069 \u200b', '😀'.repeat(10_001), '😀'.repeat(20_000)];
    for (const [index, value] of texts.entries()) {
      expect((await cleo('PUT', path, { value, sequence: index + 1 })).status).toBe(200);
      expect(await saved()).toBe(value.normalize('NFC'));
      expect((await cleo('PUT', path, { value: value.normalize('NFD'), sequence: index + 1 })).status).toBe(200);
    }
    expect(refusalOf(await cleo('PUT', path, { value: '😀'.repeat(20_001), sequence: 9 }))).toEqual(refused(422, 'response_invalid'));
    expect(await saved()).toBe('😀'.repeat(20_000));
  });
});

describe('a body that is not UTF-8', () => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const bodies: readonly (readonly [string, () => Promise<Answer>])[] = [
    ['an answer', () => cleo('PUT', `/v1/attempts/${testAttempt}/responses/t1`, latin1('{"value":"Schlüssel","sequence":1}'))],
    [
      'marks',
      () => grader('PUT', `/v1/assignments/${assignment.id}/draft`, latin1('{"fencingToken":1,"marks":[{"itemId":"t1","reason":"Schlüssel"}]}')),
    ],
    ['an exam form', () => author('POST', '/v1/exams', latin1(JSON.stringify(examForm({ title: 'Prüfung' }))))],
    ['a reason', () => act('withdrawal', latin1('{"reason":"müde"}'))],
    ['a search', () => anybody('POST', '/v1/register/search', latin1('{"certificate":"1","name":"Zoë"}'))],
  ];

  it.each(bodies)('is refused, and nothing is saved: %s', async (_, send) => {
    expect(refusalOf(await send())).toEqual(refused(400, 'malformed_json'));
    const { body } = await cleo('GET', `/v1/attempts/${testAttempt}/aptitude-test`);
    expect(JSON.stringify(body)).not.toContain('\ufffd');
    expect((await cleo('GET', '/v1/exams/form')).status).toBe(404);
  });

  it.each(['utf-16', 'UTF-16LE', '"utf-16be"', 'utf-32', 'iso-8859-1'])('is refused in another encoding of JSON: %s', async (charset) => {
    const zeroByte = Buffer.from('\ufeff{"value":"a\\u0000b","sequence":2}', 'utf16le');
    const headers = { 'content-type': `application/json; charset=${charset}` };
    const answer = await cleo('PUT', `/v1/attempts/${testAttempt}/responses/t1`, zeroByte, headers);
    expect(refusalOf(answer)).toEqual(refused(415, 'unsupported_media_type'));
  });

  it('is taken when it says UTF-8, however that is written', async () => {
    for (const [index, charset] of ['utf-8', 'UTF-8', '"utf-8"'].entries()) {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      const body = { value: 'Schlüssel', sequence: 20 + index };
      expect((await cleo('PUT', `/v1/attempts/${testAttempt}/responses/t1`, body, headers)).status).toBe(200);
    }
  });
});

describe('a token', () => {
  const actorOf = async (claims: Readonly<Record<string, unknown>>) =>
    api.services.verifyToken(await api.issuer.token({ subject: 'tom', roles: ['candidate'], claims }));

  it.each(['tom\u0000', 'tom\n', '', ' ', 'x'.repeat(256), '\u202etom'])('is refused with a subject that names nobody: %j', async (subject) => {
    const token = await api.issuer.token({ subject, roles: ['candidate'] });
    expect(refusalOf(await api.withToken(token)('GET', '/v1/attempts'))).toEqual(refused(401, 'unauthenticated'));
  });

  it.each(['de\u0000', 'd\ne', 'not a tag', 'x'.repeat(36)])('with a locale that is none counts as without: %j', async (locale) => {
    expect((await actorOf({ locale })).locale).toBeUndefined();
  });

  it.each([
    ['de-AT', 'de-AT'],
    ['en_US', 'en-US'],
  ])('has its locale: %s', async (locale, tag) => {
    expect((await actorOf({ locale })).locale).toBe(tag);
  });

  it.each(['ada@müller.example', 'josé@example.org', '用户@例子.公司'])('has its e-mail address in any script: %s', async (email) => {
    expect((await actorOf({ email })).email).toBe(email);
  });

  it.each([false, 'false', 'FALSE', 'no', 0, '0', 'unknown', {}])(
    'that does not say that its address is verified has none: %j',
    async (isVerified) => {
      expect((await actorOf({ email: 'ada@example.org', email_verified: isVerified })).email).toBeUndefined();
    },
  );

  it.each([true, 'true', 'True', undefined])('that says so, or says nothing, has it: %j', async (isVerified) => {
    expect((await actorOf({ email: 'ada@example.org', email_verified: isVerified })).email).toBe('ada@example.org');
  });
});

describe('what was taken before there were rules', () => {
  const hostile = `Ada\r\n\u202e<b>Lovelace</b>\u200b`;

  it.each([
    ['a name of 5,000 letters', { name: 'A'.repeat(5000) }],
    ['a name that turns text around, with a line break', { name: hostile }],
    ['a name that nobody sees', { name: '\u200b' }],
    ['a title of 2,001 letters', { title: 'T'.repeat(2001) }],
    ['a title of 5,000 letters with a line break', { title: `${'T'.repeat(5000)}\r\n\u202eX` }],
  ])('holds up no result: %s', async (_, { name = 'Ada Lovelace', title = 'Small' }: { name?: string; title?: string }) => {
    const examId = `old-${randomUUID().slice(0, 8)}`;
    await api.publish({ ...smallExam(), examId, title });
    const { store } = api.services;
    const { certificateId } = await certifiedAttempt(store, { credentials: await issuerOf(api.services), name, examId });
    await copyToRegister(api, certificateId);
    const shown = await anybody('GET', `/v1/register/certificates/${certificateId}`);
    expect(shown.status).toBe(200);
    expect(`${shown.body.name}${shown.body.exam}`).not.toMatch(/\p{Cc}|[\u202a-\u202e]/u);
    expect(await anybody('POST', '/v1/register/search', { certificate: certificateId, name: shown.body.name })).toMatchObject({ status: 200 });
    const credential = await store.certificates.credential(certificateId);
    expect(JSON.stringify(credential)).not.toMatch(/\\r|\\n|\u202e/);
    expect((await anybody('POST', '/v1/register/verification', credential)).body.result).toBe('valid');
    expect((await anybody('GET', `/achievements/${examId}`)).status).toBe(200);
  });

  it('stands on one line of the register’s pages', async () => {
    const { certificateId } = await registered(api, { name: hostile, examTitle: hostile });
    const { body } = await anybody('GET', `/register/${certificateId}`);
    expect(body).not.toMatch(/\u202e/);
    expect(body).toContain('<h1 dir="auto">Ada &lt;b&gt;Lovelace');
  });
});

describe('a search of the register', () => {
  it('finds an honest person, however the id and the name were copied', async () => {
    const { certificateId } = await certified(api, { name: 'José Ñandú-Łukasz' });
    const ids = [
      certificateId.replaceAll('-', '\u2011'),
      certificateId.replaceAll('-', '–'),
      certificateId.replaceAll('-', '\u00ad'),
      `${certificateId.slice(0, 14)}\r\n${certificateId.slice(14)}`,
      `${certificateId.slice(0, 5)}\u200b${certificateId.slice(5)}`,
    ];
    const names = ['José Ñandú-Łukasz', 'Jose Nandu-Lukasz', 'JOSE NANDU‑LUKASZ', 'Jose\n Nandu–Lukasz\u200b'];
    for (const certificate of ids)
      for (const name of names) {
        expect((await anybody('POST', '/v1/register/search', { certificate, name })).body).toMatchObject({ certificateId });
        expect((await submit(anybody, '/register', { certificate, name })).headers.get('location') ?? '').toMatch(/^$|register/);
      }
  });

  it('finds a number of the old system, whatever its dashes, its case and what nobody sees', async () => {
    const { name, certificateId } = await registered(api, { number: 'C-17' });
    for (const certificate of ['C-17', 'C\u201117', 'c–17', 'C-17\u200b', '\u200eC-17', 'C\u00ad17', '\nC-17 '])
      expect((await anybody('POST', '/v1/register/search', { certificate, name })).body).toMatchObject({ certificateId });
  });

  it('finds what stands there since before with a blank or a character that nobody sees', async () => {
    const { name, certificateId } = await registered(api, { number: 'C-18\u200b' });
    expect((await anybody('POST', '/v1/register/search', { certificate: 'C-18\u200b', name })).body).toMatchObject({ certificateId });
  });

  it('takes a name as long as any that was certified, and tells the limit beyond', async () => {
    const { certificateId } = await registered(api, { name: 'A'.repeat(2000) });
    expect((await anybody('POST', '/v1/register/search', { certificate: certificateId, name: 'A'.repeat(2000) })).status).toBe(200);
    const answer = await anybody('POST', '/v1/register/search', { certificate: certificateId, name: 'A'.repeat(3201) });
    expect(answer.body.fields).toEqual([{ path: 'name', message: 'must be at most 3,200 characters' }]);
  });
});

describe('an exam with two choices that read the same', () => {
  it('is refused, and the choice named', async () => {
    for (const choice of ['No', ' No', 'No\u200b', 'N\u00ado']) {
      const answer = await author('POST', '/v1/exams', examForm({ choice }));
      expect(refusalOf(answer)).toEqual(refused(422, 'validation_failed'));
      expect(answer.body.fields).toEqual([{ path: 'aptitudeTest.items[0].choices[1].text', message: 'reads the same as choice "A"' }]);
    }
  });
});

describe('the documentation', () => {
  it('tells the bounds of a text in characters as people see them', async () => {
    const { body } = await anybody('GET', '/openapi.json');
    const { schemas } = body.components;
    expect(schemas.StaffWithdrawal.properties.reason.description).toMatch(/1 to 2,000 characters as people see them/);
    expect(schemas.ResponseInput.properties.value.description).toMatch(/at most 20,000 characters as people see them/);
    expect(schemas.ExamForm.properties.title.description).toMatch(/1 to 200 characters as people see them/);
  });
});

describe('a credential that somebody shows', () => {
  it('in bytes that are not UTF-8 is refused, and says nothing', async () => {
    const { status, text } = await showFile(api, { text: '{"name":"\ufffd"}' });
    expect(status).toBe(200);
    expect(text).not.toContain('\ufffd');
  });
});
