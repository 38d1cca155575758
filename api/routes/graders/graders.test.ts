import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { smallExam } from '../../../trials/people/small-exam.ts';
import { openAssignments, refusalOf, refused, startTestApi, submittedAttempt, type Caller, type TestApi } from '../../../test/support/api.ts';

let api: TestApi;
let people = 0;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  await api.publish({ ...smallExam({}, 'german'), language: 'de-AT' });
  await api.publish(smallExam({ metBefore: 'conflict' }, 'strangers'));
});
afterAll(() => api.close());

/** Nothing is left of the tests before. */
beforeEach(async () => {
  for (;;) {
    const { status } = await api.as(`sweeper-${(people += 1)}`, 'designated')('POST', '/v1/assignments/claims');
    if (status === 204) return;
  }
});

const sam = () => api.as('sam', 'staff');
const named = (name: string) => `${name}-${(people += 1)}`;

async function script({ examId = 'small', seats = [1] as readonly number[], subject = named('candidate'), email = '' } = {}) {
  const claims = email === '' ? {} : { email, email_verified: true };
  const submitted = await submittedAttempt(api.withToken(await api.issuer.token({ subject, roles: ['candidate'], claims })), examId);
  await openAssignments(api, submitted.submissionId, seats);
  return { ...submitted, subject };
}

/** Somebody who marks, known since they asked once. */
async function grader(...roles: readonly ('grader' | 'designated')[]): Promise<{ subject: string; call: Caller }> {
  const subject = named('gil');
  const call = api.as(subject, ...(roles.length === 0 ? (['grader'] as const) : roles));
  expect((await call('GET', '/v1/graders/me')).status).toBe(200);
  return { subject, call };
}

const claim = (call: Caller) => call('POST', '/v1/assignments/claims');
const change = (subject: string, body: object) => sam()('PATCH', `/v1/staff/graders/${encodeURIComponent(subject)}`, { reason: 'because', ...body });
const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));

describe('a grader who asks for the first time', () => {
  it('is on record, for everything and every language, where the deployment asks for no admission', async () => {
    const { subject, call } = await grader();
    const open = { state: 'active', designated: false, qualifications: null, languages: null, hoursAWeek: null, conflicts: [] };
    expect((await call('GET', '/v1/graders/me')).body).toEqual({ ...open, drift: null });
    expect((await sam()('GET', `/v1/staff/graders/${subject}`)).body).toMatchObject({ subject, ...open });
    expect((await sam()('GET', '/v1/staff/graders?limit=100')).body.graders).toContainEqual(expect.objectContaining({ subject, state: 'active' }));
  });

  it('is in training where new graders are admitted by staff, and given work once they are', async () => {
    const strict = await startTestApi({ environment: { NEW_GRADERS: 'in_training' } });
    try {
      await strict.publish();
      const { submissionId } = await submittedAttempt(strict.as('candidate', 'candidate'));
      await openAssignments(strict, submissionId);
      const gil = strict.as('gil', 'grader');
      const refusal = await claim(gil);
      expect(refusalOf(refusal)).toEqual(refused(409, 'grader_not_active'));
      expect(refusal.body.state).toBe('in_training');
      expect(refusalOf(await gil('PATCH', '/v1/graders/me', { paused: false }))).toEqual(refused(409, 'grader_not_active'));
      expect((await strict.as('sam', 'staff')('PATCH', '/v1/staff/graders/gil', { state: 'active', reason: 'trained' })).body.state).toBe('active');
      expect((await claim(gil)).status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});

describe('a qualification', () => {
  const of = (...exams: readonly string[]) => ({ qualifications: exams.map((examId) => ({ examId, test: 'aptitude' })) });

  it('for an exam that nobody knows is refused by its name, and nothing changes', async () => {
    const { subject } = await grader();
    const answer = await change(subject, { ...of('small', 'smal', 'Small'), state: 'suspended' });
    expect(refusalOf(answer)).toEqual(refused(404, 'exam_not_published'));
    expect(answer.body.detail).toMatch(/"smal", "Small"/);
    expect((await sam()('GET', `/v1/staff/graders/${subject}`)).body).toMatchObject({ state: 'active', qualifications: null });
    expect((await change(subject, of('small'))).body).toMatchObject(of('small'));
  });

  it('may come before its exam is published, once that is proposed, and goes on when that is retired', async () => {
    const { subject } = await grader();
    expect(refusalOf(await change(subject, of('later')))).toEqual(refused(404, 'exam_not_published'));
    const author = api.as('dana', 'designated');
    const sample = JSON.parse(await readFile('exams/software-architect.json', 'utf8')) as object;
    expect((await author('POST', '/v1/exam-proposals', { form: { ...sample, examId: 'later', version: 1 }, reason: 'new' })).status).toBe(201);
    expect((await change(subject, of('later', 'small'))).body).toMatchObject(of('later', 'small'));
  });
});

describe('a claim', () => {
  it('takes only what the grader is qualified for, by exam and test', async () => {
    const { subject, call } = await grader();
    await change(subject, {
      qualifications: [
        { examId: 'small', test: 'case_study' },
        { examId: 'german', test: 'aptitude' },
      ],
    });
    await script();
    expect((await claim(call)).status).toBe(204);
    await change(subject, { qualifications: [{ examId: 'small', test: 'aptitude' }] });
    expect((await claim(call)).status).toBe(200);
  });

  it('takes only a language that the grader marks, and a variety of it', async () => {
    const { subject, call } = await grader();
    await script({ examId: 'german' });
    await call('PATCH', '/v1/graders/me', { languages: ['en', 'de-CH'] });
    expect((await claim(call)).status).toBe(204);
    expect((await call('PATCH', '/v1/graders/me', { languages: ['DE'] })).body.languages).toEqual(['de']);
    expect((await claim(call)).status).toBe(200);
    expect((await sam()('GET', `/v1/staff/graders/${subject}`)).body.languages).toEqual(['de']);
  });

  it.each([
    ['a candidate', ({ subject }: { subject: string; email: string }) => ({ kind: 'candidate', value: subject })],
    ['an address, whatever its case', ({ email }: { subject: string; email: string }) => ({ kind: 'email', value: email.toUpperCase() })],
    ['an employer', () => ({ kind: 'employer', value: 'Acme.example' })],
  ])('never takes the script of %s declared as a conflict', async (_name, conflictWith) => {
    const subject = named('candidate');
    const email = `${subject}.νικοσ@office.acme.example`;
    const { call } = await grader();
    expect((await call('POST', '/v1/graders/me/conflicts', conflictWith({ subject, email }))).status).toBe(201);
    await script({ subject, email });
    expect((await claim(call)).status).toBe(204);
    expect((await claim((await grader()).call)).status).toBe(200);
  });

  it('does not take an employer whose name only ends alike', async () => {
    const { call } = await grader();
    await call('POST', '/v1/graders/me/conflicts', { kind: 'employer', value: 'acme.example' });
    await script({ email: `ada-${(people += 1)}@notacme.example` });
    expect((await claim(call)).status).toBe(200);
  });

  it('keeps who marked an earlier attempt of the candidate away only where the policy counts that', async () => {
    for (const [examId, second] of [
      ['small', 200],
      ['strangers', 204],
    ] as const) {
      const subject = named('candidate');
      const { call } = await grader();
      const { attemptId } = await script({ examId, subject });
      const { body } = await claim(call);
      expect((await call('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks })).status).toBe(200);
      const withdrawal = { attemptId, outcome: 'withdrawn', reason: 'over', actor: 'sam', actionKey: named('withdraw') } as const;
      await api.services.store.attempts.withdrawByStaff(withdrawal);
      await script({ examId, subject });
      expect((await claim(call)).status).toBe(second);
    }
  });

  it('of a grader who paused hands out what they hold and nothing new', async () => {
    await script({ seats: [1] });
    const { call } = await grader();
    const held = await claim(call);
    expect((await call('PATCH', '/v1/graders/me', { paused: true, hoursAWeek: 12 })).body).toMatchObject({ state: 'paused', hoursAWeek: 12 });
    expect((await claim(call)).body.id).toBe(held.body.id);
    await call('POST', `/v1/assignments/${held.body.id}/completion`, { fencingToken: held.body.fencingToken, marks });
    await script();
    const refusal = await claim(call);
    expect(refusalOf(refusal)).toEqual(refused(409, 'grader_not_active'));
    expect(refusal.body.state).toBe('paused');
    await call('PATCH', '/v1/graders/me', { paused: false });
    expect((await claim(call)).status).toBe(200);
  });
});

describe('a designated grader', () => {
  it('is given disputes before seats, and no first seat while they alone could settle what comes of it and others could mark', async () => {
    // Of this exam alone, so that no other designated grader of this file may settle it.
    const examId = named('spared');
    await api.publish(smallExam({}, examId));
    const others = (await api.services.store.graders.list({ limit: 1000 })).filter(({ designated }) => designated);
    for (const { subject } of others) await change(subject, { qualifications: [] });
    const { call } = await grader('grader', 'designated');
    const gus = await grader();
    const { submissionId } = await script({ examId, seats: [1, 2] });
    expect((await claim(call)).status).toBe(204);
    await api.services.store.assignments.open({ submissionId, purpose: 'adjudicate', seats: [3], itemIds: ['t2'], dueAt: new Date() });
    expect((await claim(call)).body.purpose).toBe('adjudicate');
    // A second one is there: whichever of them marks, the other could settle.
    await script({ examId, seats: [1, 2] });
    const dora = await grader('grader', 'designated');
    expect((await claim(dora.call)).body.purpose).toBe('mark');
    expect((await claim(gus.call)).body.purpose).toBe('mark');
  });
});

describe('the queue', () => {
  it('counts what the grader may take now, by test and purpose, due to the hour, and nothing else', async () => {
    const { subject, call } = await grader();
    expect((await call('GET', '/v1/assignments/queue')).body).toEqual({ state: 'active', waiting: [] });
    await script({ seats: [1, 2] });
    const other = await script();
    await script({ examId: 'german' });
    const waiting = async () => (await call('GET', '/v1/assignments/queue')).body.waiting;
    expect(await waiting()).toMatchObject([{ test: 'aptitude', purpose: 'mark', count: 4, dueAt: expect.stringMatching(/:00:00\.000Z$/) }]);
    await change(subject, { languages: ['en'] });
    expect((await waiting())[0].count).toBe(3);
    await call('POST', '/v1/graders/me/conflicts', { kind: 'candidate', value: other.subject });
    expect((await waiting())[0].count).toBe(2);
    // One seat is theirs now, and the other of the same script is not for them.
    await claim(call);
    expect(await waiting()).toEqual([]);
    await call('PATCH', '/v1/graders/me', { paused: true });
    expect((await call('GET', '/v1/assignments/queue')).body).toEqual({ state: 'paused', waiting: [] });
  });

  it('says how long such work usually takes only from enough of it', async () => {
    await api.publish(smallExam({}, 'usual'));
    const { call } = await grader();
    await script({ examId: 'usual' });
    const usual = async () => (await call('GET', '/v1/assignments/queue')).body.waiting[0].usualMinutes;
    expect(await usual()).toBeNull();
    for (let count = 0; count < 10; count += 1) {
      await script();
      const { call: marker } = await grader();
      const { body } = await claim(marker);
      await marker('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks });
    }
    await script({ examId: 'usual' });
    expect(await usual()).toBe(5);
  });
});

describe('giving work back', () => {
  it('for a conflict records it, shows it to staff alone, and never leads to this candidate again', async () => {
    const candidate = named('candidate');
    await script({ subject: candidate, seats: [1, 2] });
    const { subject, call } = await grader();
    const { body } = await claim(call);
    expect((await call('POST', `/v1/assignments/${body.id}/release`, { fencingToken: body.fencingToken, reason: 'conflict' })).status).toBe(204);
    expect((await claim(call)).status).toBe(204);
    expect((await call('POST', '/v1/assignments/claims?givenBack=true')).status).toBe(204);
    const { conflicts } = (await sam()('GET', `/v1/staff/graders/${subject}`)).body;
    expect(conflicts).toMatchObject([{ kind: 'candidate', value: candidate, source: 'release', declaredBy: subject }]);
    expect((await call('GET', '/v1/graders/me')).body.conflicts).toEqual([]);

    const ended = await sam()('POST', `/v1/staff/graders/${subject}/conflicts/${conflicts[0].id}/ending`, { reason: 'a slip' });
    expect(ended.body.conflicts).toEqual([]);
    expect((await call('POST', '/v1/assignments/claims?givenBack=true')).status).toBe(200);
  });

  it('for its field leads to it again only when asked for', async () => {
    await script();
    const { call } = await grader();
    const { body } = await claim(call);
    await call('POST', `/v1/assignments/${body.id}/release`, { fencingToken: body.fencingToken, reason: 'not_my_field' });
    expect(refusalOf(await claim(call))).toEqual(refused(409, 'only_given_back'));
    expect((await call('POST', '/v1/assignments/claims?givenBack=true')).body.id).toBe(body.id);
  });

  it('takes no reason that is not on the list', async () => {
    await script();
    const { call } = await grader();
    const { body } = await claim(call);
    const answer = await call('POST', `/v1/assignments/${body.id}/release`, { fencingToken: body.fencingToken, reason: 'boring' });
    expect(refusalOf(answer)).toEqual(refused(422, 'validation_failed'));
  });
});

describe('a grader suspended in the middle of a script', () => {
  it('loses it at once to others, keeps the draft, and can record nothing', async () => {
    await script();
    const { subject, call } = await grader();
    const { body } = await claim(call);
    const path = `/v1/assignments/${body.id}`;
    await call('PUT', `${path}/draft`, { fencingToken: body.fencingToken, marks: [{ itemId: 't1', points: 2, reason: 'Half', sequence: 1 }] });
    expect((await change(subject, { state: 'suspended' })).body.state).toBe('suspended');

    const late = [
      await call('POST', `${path}/completion`, { fencingToken: body.fencingToken, marks }),
      await call('PUT', `${path}/draft`, { fencingToken: body.fencingToken, marks: [{ itemId: 't2', points: 1, reason: 'More', sequence: 9 }] }),
      await call('POST', `${path}/heartbeat`, { fencingToken: body.fencingToken }),
      await call('GET', path),
      await claim(call),
    ];
    for (const answer of late) expect(refusalOf(answer)).toEqual(refused(409, 'grader_not_active'));
    const taken = await claim((await grader()).call);
    expect(taken.body).toMatchObject({ id: body.id, draft: null });

    await change(subject, { state: 'active' });
    expect(refusalOf(await call('GET', path))).toEqual(refused(409, 'lease_lost'));
    expect((await claim(call)).status).toBe(204);
  });

  it('loses what staff had reserved for them too', async () => {
    const { attemptId, submissionId } = await script();
    const { subject } = await grader();
    const [assignment] = await api.services.store.assignments.listForStaff({ attemptId, limit: 1 });
    const act = { attemptId, assignmentId: assignment?.id ?? '', actor: 'sam', reason: 'Please', actionKey: named('choose') };
    await api.services.store.assignments.reassign({ ...act, grader: subject });
    await change(subject, { state: 'suspended' });
    expect((await claim((await grader()).call)).body.id).toBe(assignment?.id);
    expect(submissionId).toBeDefined();
  });
});

describe('a conflict that staff record', () => {
  it('ends the lease of who holds a script of theirs, and of nobody else', async () => {
    const mine = await script();
    const { subject, call } = await grader();
    const held = await claim(call);
    const conflict = { kind: 'candidate', value: mine.subject };
    expect((await sam()('POST', `/v1/staff/graders/${subject}/conflicts`, { conflict, reason: 'siblings' })).status).toBe(200);
    const answer = await call('POST', `/v1/assignments/${held.body.id}/completion`, { fencingToken: held.body.fencingToken, marks });
    expect(refusalOf(answer)).toEqual(refused(409, 'lease_lost'));
    expect((await claim((await grader()).call)).body.id).toBe(held.body.id);
  });
});

describe('a reassignment', () => {
  it.each([
    ['not qualified', 'grader_unqualified', { qualifications: [] }],
    ['of another language', 'grader_unqualified', { languages: ['en'] }],
    ['suspended', 'grader_unavailable', { state: 'suspended' }],
    ['paused', 'grader_unavailable', { state: 'paused' }],
    ['in training', 'grader_unavailable', { state: 'in_training' }],
    ['in conflict', 'grader_in_conflict', undefined],
  ] as const)('to a grader who is %s is refused, and changes nothing', async (_name, code, restriction) => {
    const { attemptId, subject: candidate } = await script({ examId: 'german' });
    const { subject } = await grader();
    if (restriction) await change(subject, restriction);
    else await sam()('POST', `/v1/staff/graders/${subject}/conflicts`, { conflict: { kind: 'candidate', value: candidate }, reason: 'kin' });
    const [before] = await api.services.store.assignments.listForStaff({ attemptId, limit: 1 });
    const act = { attemptId, assignmentId: before?.id ?? '', grader: subject, actor: 'sam', reason: 'Please', actionKey: named('choose') };
    await expect(api.services.store.assignments.reassign(act)).rejects.toMatchObject({ code });
    expect((await api.services.store.assignments.listForStaff({ attemptId, limit: 1 }))[0]).toEqual(before);
  });
});

describe('a record', () => {
  it('is changed by no staff for themselves, and by no grader beyond what is theirs', async () => {
    const subject = named('both');
    const both = api.as(subject, 'staff', 'grader');
    await both('GET', '/v1/graders/me');
    const conflict = { kind: 'candidate', value: 'kim' };
    const tries = [
      await both('PATCH', `/v1/staff/graders/${subject}`, { state: 'active', reason: 'me' }),
      await both('POST', `/v1/staff/graders/${subject}/conflicts`, { conflict, reason: 'me' }),
      await both('POST', `/v1/staff/graders/${subject}/conflicts/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11/ending`, { reason: 'me' }),
    ];
    for (const answer of tries) expect(refusalOf(answer)).toEqual(refused(403, 'conflict_of_interest'));
    expect(refusalOf(await (await grader()).call('GET', `/v1/staff/graders/${subject}`))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await both('PATCH', '/v1/graders/me', { qualifications: null }))).toEqual(refused(422, 'validation_failed'));
    expect(refusalOf(await change(named('nobody'), { state: 'active' }))).toEqual(refused(404, 'not_found'));
  });

  it('keeps what a change leaves out', async () => {
    const { subject, call } = await grader();
    await change(subject, { qualifications: [{ examId: 'small', test: 'aptitude' }], languages: ['en'] });
    await call('PATCH', '/v1/graders/me', { hoursAWeek: 5 });
    await change(subject, { state: 'paused' });
    expect((await call('GET', '/v1/graders/me')).body).toMatchObject({
      state: 'paused',
      qualifications: [{ examId: 'small', test: 'aptitude' }],
      languages: ['en'],
      hoursAWeek: 5,
    });
  });
});

describe('what is found about how graders mark', () => {
  it('is read by staff, auditors and each grader of their own, and empty before there is anything', async () => {
    const { subject, call } = await grader();
    expect((await call('GET', '/v1/graders/me/agreement')).body).toEqual({ exams: [] });
    for (const reader of [sam(), api.as('ann', 'auditor')]) {
      expect((await reader('GET', `/v1/staff/graders/${subject}/agreement`)).body).toEqual({ exams: [] });
      expect((await reader('GET', `/v1/staff/drifts?isOpen=true&grader=${subject}`)).body).toEqual({ drifts: [], next: null });
      expect((await reader('GET', '/v1/staff/exams/small/item-quality')).body).toEqual({ items: [] });
      expect(refusalOf(await reader('GET', '/v1/staff/exams/nothing/item-quality'))).toEqual(refused(404, 'exam_not_published'));
    }
    for (const path of [`graders/${subject}/agreement`, 'drifts', 'exams/small/item-quality'])
      expect((await call('GET', `/v1/staff/${path}`)).status).toBe(403);
  });

  it('is settled by somebody else of staff, where there is something to settle', async () => {
    const both = api.as(named('gus'), 'grader', 'staff');
    const drift = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
    const { body } = await both('POST', `/v1/staff/graders/somebody/drifts/${drift}/settlement`, { reason: 'so' });
    expect(body.code).toBe('not_found');
    const own = await both('POST', `/v1/staff/graders/gus-${people}/drifts/${drift}/settlement`, { reason: 'so' });
    expect(refusalOf(own)).toEqual(refused(403, 'conflict_of_interest'));
  });
});
