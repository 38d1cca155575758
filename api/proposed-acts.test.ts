import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, refusalOf, refused, startTestApi, type Answer, type Caller, type TestApi } from '../test/support/api.ts';
import { certifiedAttempt } from '../test/support/certified.ts';
import { Prisma } from '../prisma/generated/client.ts';

/** What takes two persons (docs/decisions/0023), with Temporal away: an accommodation after the fact stands for all, since it is a fact alone. */

let api: TestApi;
let database: pg.Client;
let daysLater = 0;
beforeAll(async () => {
  api = await startTestApi({ clock: () => Prisma.sql`clock_timestamp() + make_interval(days => ${daysLater}::int)` });
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  await api.publish();
});
afterAll(async () => {
  await database.end();
  await api.close();
});

const acts = '/v1/staff/proposed-acts';
const staff = (subject: string) => api.as(subject, 'staff');
const isRefused = (answer: Answer, status: number, code: Parameters<typeof refused>[1]) => expect(refusalOf(answer)).toEqual(refused(status, code));

async function somebody() {
  const { store } = api.services;
  const { attemptId, certificateId, subject } = await certifiedAttempt(store, {
    credentials: await issuerOf(api.services),
    email: `${randomUUID()}@work.example`,
  });
  const { candidateId } = await store.attempts.read({ attemptId });
  return { attemptId, candidateId, certificateId, subject };
}

type Somebody = Awaited<ReturnType<typeof somebody>>;

const afterTheFact = { kind: 'extra_time', percent: 150, validFrom: '2026-01-01T00:00:00Z', reason: 'was ill then' };
const ask = (caller: Caller, { candidateId }: Somebody, more: object = {}, headers?: Record<string, string>) =>
  caller('POST', `/v1/staff/candidates/${candidateId}/accommodations`, { ...afterTheFact, ...more }, headers);
const confirm = (caller: Caller, actId: string) => caller('POST', `${acts}/${actId}/confirmation`);
const granted = async ({ candidateId }: Somebody) => (await api.services.store.attempts.accommodations(candidateId)).length;
const stateOf = async (actId: string) => (await staff('reader')('GET', `${acts}/${actId}`)).body.state;
const audited = async (actId: string) => {
  const { rows } = await database.query<{ action: string; actor: string }>(
    `SELECT action, actor FROM audit_entry WHERE details->>'actId' = $1 ORDER BY at, id`,
    [actId],
  );
  return rows.map(({ action, actor }) => `${action} ${actor}`);
};

describe('what takes two persons', () => {
  it('is not done by one, waits with what it would change, and is done exactly so once another confirms it', async () => {
    const one = await somebody();
    const asked = await ask(staff('sam'), one);
    expect(asked).toMatchObject({
      status: 202,
      body: { state: 'open', operation: 'recordAccommodation', proposedBy: 'sam', reason: 'was ill then' },
    });
    expect(await granted(one)).toBe(0);
    const { id } = asked.body;
    const shown = (await staff('lea')('GET', `${acts}/${id}`)).body;
    expect(JSON.parse(shown.request)).toEqual(afterTheFact);
    expect(shown).toMatchObject({
      attemptId: one.attemptId,
      effect: [
        { what: 'accommodation_percent', from: '100', to: '150' },
        { what: 'accommodation_from', from: null, to: afterTheFact.validFrom },
      ],
      obstacle: null,
    });
    expect((await staff('lea')('GET', `${acts}?which=waiting`)).body.acts.map((act: { id: string }) => act.id)).toContain(id);

    const done = await confirm(staff('lea'), id);
    expect(done).toMatchObject({ status: 200, body: { state: 'done', settledBy: 'lea', answer: { status: 201 } } });
    expect(JSON.parse(done.body.answer.body)).toMatchObject({ percent: 150, recordedBy: 'lea', reason: 'was ill then' });
    expect(await granted(one)).toBe(1);
    expect((await confirm(staff('lea'), id)).body).toEqual(done.body);
    isRefused(await confirm(staff('mia'), id), 409, 'act_settled');
    expect(await granted(one)).toBe(1);
    expect(await audited(id)).toEqual(['propose_act sam', 'confirm_act lea']);
  });

  it('from now on takes one', async () => {
    const one = await somebody();
    const { validFrom: _validFrom, ...fromNow } = afterTheFact;
    expect((await staff('sam')('POST', `/v1/staff/candidates/${one.candidateId}/accommodations`, fromNow)).status).toBe(201);
  });

  it('is asked for once: a repeat is the act that waits, another one of its kind has to wait', async () => {
    const one = await somebody();
    const key = { 'idempotency-key': randomUUID() };
    const first = await ask(staff('sam'), one, {}, key);
    expect((await ask(staff('sam'), one)).body.id).toBe(first.body.id);
    const other = await ask(staff('sam'), one, { percent: 200 });
    isRefused(other, 409, 'act_proposed');
    expect(other.body.actId).toBe(first.body.id);
    isRefused(await ask(staff('lea'), one), 409, 'act_proposed');
    await confirm(staff('lea'), first.body.id);
    expect((await ask(staff('sam'), one, {}, key)).body).toMatchObject({ id: first.body.id, state: 'done' });
    const next = await ask(staff('sam'), one);
    expect(next.body.id).not.toBe(first.body.id);
    isRefused(await ask(staff('sam'), one, { percent: 200 }, key), 422, 'idempotency_key_reused');
  });

  it('confirmed by two at once, and proposed by two at once, is one act', async () => {
    const one = await somebody();
    const asked = await Promise.all([1, 2, 3].map(() => ask(staff('sam'), one)));
    expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1);
    const { id } = asked[0]?.body ?? {};
    const answers = await Promise.all(['lea', 'mia', 'lea', 'noa'].map((subject) => confirm(staff(subject), id)));
    for (const { status, body } of answers) expect([200, 409], body.code).toContain(status);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(await granted(one)).toBe(1);
    expect((await audited(id)).filter((entry) => entry.startsWith('confirm_act'))).toHaveLength(1);
  });

  it('may be refused by another person and withdrawn by the first one, and is not done then', async () => {
    const one = await somebody();
    const refuse = (caller: Caller, id: string) => caller('POST', `${acts}/${id}/refusal`, { reason: 'no evidence' });
    const withdraw = (caller: Caller, id: string) => caller('POST', `${acts}/${id}/withdrawal`, { reason: 'a mistake' });
    const first = (await ask(staff('sam'), one)).body.id;
    isRefused(await refuse(staff('sam'), first), 409, 'second_person_needed');
    isRefused(await withdraw(staff('lea'), first), 409, 'second_person_needed');
    expect(await refuse(staff('lea'), first)).toMatchObject({
      status: 200,
      body: { state: 'refused', settledBy: 'lea', settledReason: 'no evidence' },
    });
    expect((await refuse(staff('lea'), first)).status).toBe(200);
    isRefused(await confirm(staff('mia'), first), 409, 'act_settled');
    const second = (await ask(staff('sam'), one)).body.id;
    expect(await withdraw(staff('sam'), second)).toMatchObject({ status: 200, body: { state: 'withdrawn', settledBy: 'sam' } });
    isRefused(await confirm(staff('mia'), second), 409, 'act_settled');
    expect(await granted(one)).toBe(0);
    expect(await audited(second)).toEqual(['propose_act sam', 'withdraw_act sam']);
  });

  it('expires, is confirmed no more then, and makes room for the next one', async () => {
    const one = await somebody();
    const { id } = (await ask(staff('sam'), one)).body;
    try {
      daysLater = 8;
      expect(await stateOf(id)).toBe('expired');
      isRefused(await confirm(staff('lea'), id), 409, 'act_settled');
      const next = await ask(staff('sam'), one);
      expect(next).toMatchObject({ status: 202, body: { state: 'open' } });
      expect(next.body.id).not.toBe(id);
    } finally {
      daysLater = 0;
    }
    expect(await granted(one)).toBe(0);
  });

  it('that was confirmed in time is done, though its time runs out before it is', { timeout: 30_000 }, async () => {
    const { certificateId } = await somebody();
    const { id } = (await staff('sam')('POST', `/v1/staff/certificates/${certificateId}/corrections`, { reason: 'a doubt' })).body;
    const confirmed = await confirm(staff('lea'), id);
    isRefused(confirmed, 503, 'unavailable');
    expect(confirmed.headers.get('retry-after')).toBe('5');
    try {
      daysLater = 8;
      expect(await stateOf(id)).toBe('confirmed');
      isRefused(await confirm(staff('mia'), id), 503, 'unavailable');
      isRefused(await confirm(staff('sam'), id), 409, 'second_person_needed');
    } finally {
      daysLater = 0;
    }
    expect((await staff('lea')('GET', `${acts}/${id}`)).body).toMatchObject({ state: 'confirmed', settledBy: 'lea', answer: null });
  });

  it('that cannot be done any more when it is confirmed is over, and says why', async () => {
    const { attemptId, certificateId } = await somebody();
    const { store } = api.services;
    const { id } = (await staff('sam')('POST', `/v1/staff/certificates/${certificateId}/corrections`, { reason: 'a doubt' })).body;
    const correctionId = randomUUID();
    await store.corrections.open(
      { correctionId, certificateId, actor: 'olga', reason: 'seen first', actionKey: correctionId },
      await issuerOf(api.services),
    );
    expect((await staff('lea')('GET', `${acts}/${id}`)).body).toMatchObject({ effect: null, obstacle: 'wrong_phase' });
    const settled = { resolution: 'revoked', reason: 'fraud' };
    const settling = (await staff('sam')('POST', `/v1/staff/corrections/${correctionId}/settlement`, settled)).body;
    const act = { correctionId, resolution: 'reinstated' as const, actor: 'olga', reason: 'unfounded', actionKey: randomUUID() };
    await store.corrections.resolve(act, await issuerOf(api.services));
    const late = await staff('sam')('POST', `/v1/staff/corrections/${correctionId}/settlement`, { resolution: 'reinstated', reason: 'too late' });
    isRefused(late, 409, 'wrong_phase');
    expect((await staff('lea')('GET', `${acts}/${settling.id}`)).body).toMatchObject({ effect: null, obstacle: 'wrong_phase' });
    expect((await store.attempts.read({ attemptId })).facts.outcome).toBe('certified');
  });

  it('never changes once it is proposed, in the records too, and a second person who is the first is refused by them', async () => {
    const one = await somebody();
    const { id } = (await ask(staff('sam'), one)).body;
    const change = (sql: string) => expect(database.query(`UPDATE proposed_act SET ${sql} WHERE id = $1`, [id])).rejects;
    await change(`body = '{}'`).toThrow(/append-only/);
    await change(`proposed_by = 'lea'`).toThrow(/append-only/);
    await change(`state = 'confirmed', settled_by = 'sam', settled_at = now()`).toThrow(/second_person_check/);
    await expect(database.query('DELETE FROM proposed_act WHERE id = $1', [id])).rejects.toThrow(/append-only/);
  });
});

describe('the second person', () => {
  const withMail = async (subject: string, email: string) =>
    api.withToken(await api.issuer.token({ subject, roles: ['staff'], claims: { email, email_verified: true } }));

  it('is not the first one, nor under another account with the same verified address', async () => {
    const one = await somebody();
    const { id } = (await ask(await withMail('sam-1', 'Sam@Certifiable.example'), one)).body;
    isRefused(await confirm(staff('sam-1'), id), 409, 'second_person_needed');
    isRefused(await confirm(await withMail('sam-2', 'sam@certifiable.EXAMPLE'), id), 409, 'second_person_needed');
    expect((await confirm(await withMail('lea', 'lea@certifiable.example'), id)).status).toBe(200);
  });

  it('is not whom it is about, whatever their roles, and neither is the first', async () => {
    const one = await somebody();
    const own = api.as(one.subject, 'candidate', 'staff', 'auditor');
    isRefused(await ask(own, one), 403, 'conflict_of_interest');
    const { id } = (await ask(staff('sam'), one)).body;
    for (const [method, path, body] of [
      ['GET', ''],
      ['POST', '/confirmation'],
      ['POST', '/refusal', { reason: 'x' }],
      ['POST', '/break-glass', { reason: 'x' }],
      ['POST', '/review', { review: 'x' }],
    ] as const)
      isRefused(await own(method, `${acts}/${id}${path}`, body), 403, 'conflict_of_interest');
    expect(JSON.stringify((await own('GET', `${acts}?limit=100`)).body)).not.toContain(id);
    expect(await stateOf(id)).toBe('open');
  });

  it('has not marked the candidate, and does not propose it either', async () => {
    const one = await somebody();
    await database.query(
      `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, holder, created_at)
       SELECT $1, u.id, 1, 'mark', '{t1}', 3600, now(), 'completed', 'nina', now() FROM submission u JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id = $2 LIMIT 1`,
      [randomUUID(), one.attemptId],
    );
    isRefused(await ask(staff('nina'), one), 403, 'conflict_of_interest');
    const { id } = (await ask(staff('sam'), one)).body;
    isRefused(await confirm(staff('nina'), id), 403, 'conflict_of_interest');
    expect((await staff('nina')('GET', `/v1/staff/attempts/${one.attemptId}`)).status).toBe(200);
  });

  it('did not give the candidate the points that are in doubt now', async () => {
    const one = await somebody();
    await database.query(
      `INSERT INTO correction (id, certificate_id, opened_by, reason, opened_at, resolution, resolved_by, resolved_reason, resolved_at)
       VALUES ($1, $2, 'olga', 'doubt', now(), 'replaced', 'pia', 'more points', now())`,
      [randomUUID(), one.certificateId],
    );
    const { id } = (await ask(staff('sam'), one)).body;
    isRefused(await confirm(staff('pia'), id), 403, 'conflict_of_interest');
    expect((await confirm(staff('olga'), id)).status).toBe(200);
  });
});

describe('whoever said that they know the candidate', () => {
  const declare = (caller: Caller, kind: string, value: string) => caller('POST', '/v1/staff/acquaintances', { kind, value });

  it('changes nothing of theirs, by one person or two, reads it, and cannot take their word back themselves', async () => {
    const { store } = api.services;
    const email = `${randomUUID()}@mail.firm-${randomUUID().slice(0, 8)}.example`;
    const { attemptId, subject } = await certifiedAttempt(store, { credentials: await issuerOf(api.services), email });
    const { candidateId } = await store.attempts.read({ attemptId });
    const them = { candidateId, attemptId, certificateId: '', subject };
    const waiting = (await ask(staff('sam'), them)).body.id;
    const declared: readonly [string, string, string][] = [
      ['kim-1', 'candidate', subject],
      ['kim-2', 'email', email.toUpperCase()],
      ['kim-3', 'employer', email.split('@mail.')[1] ?? ''],
    ];
    for (const [who, kind, value] of declared) {
      const kim = staff(who);
      const said = await declare(kim, kind, value);
      expect(said.status).toBe(201);
      expect((await declare(kim, kind, value)).body).toEqual(said.body);
      isRefused(await confirm(kim, waiting), 403, 'conflict_of_interest');
      isRefused(await kim('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, { percent: 150, reason: 'x' }), 403, 'conflict_of_interest');
      isRefused(await kim('POST', `${acts}/${waiting}/break-glass`, { reason: 'x' }), 403, 'conflict_of_interest');
      expect((await kim('GET', `/v1/staff/attempts/${attemptId}`)).status).toBe(200);
      const ending = `/v1/staff/acquaintances/${said.body.id}/ending`;
      isRefused(await kim('POST', ending, { reason: 'not any more' }), 409, 'second_person_needed');
      isRefused(await confirm(kim, waiting), 403, 'conflict_of_interest');
      expect((await staff('reader')('GET', `/v1/staff/acquaintances?by=${who}`)).body.acquaintances).toMatchObject([{ subject: who, kind }]);
    }
    const [{ id }] = (await staff('reader')('GET', '/v1/staff/acquaintances?by=kim-1')).body.acquaintances;
    expect((await staff('lea')('POST', `/v1/staff/acquaintances/${id}/ending`, { reason: 'a namesake' })).status).toBe(204);
    expect((await confirm(staff('kim-1'), waiting)).status).toBe(200);
  });

  it('as a grader decides nothing as staff either', async () => {
    const one = await somebody();
    await api.services.store.graders.meet({ subject: 'gus', designated: false });
    const conflict = { grader: 'gus', conflict: { kind: 'candidate' as const, value: one.subject }, source: 'declared' as const };
    await api.services.store.graders.declareConflict({ ...conflict, act: { actionKey: randomUUID(), actor: 'gus', reason: 'a friend' } });
    isRefused(await ask(api.as('gus', 'grader', 'staff'), one), 403, 'conflict_of_interest');
  });
});

describe('a broken glass', () => {
  const breakIt = (caller: Caller, id: string, reason = 'a fraud is under way') => caller('POST', `${acts}/${id}/break-glass`, { reason });
  const unreviewed = async () => (await staff('reader')('GET', `${acts}?which=unreviewed&limit=100`)).body.acts.map(({ id }: { id: string }) => id);
  const mailsOf = async (id: string) => {
    const { rows } = await database.query<{ to: string | null }>(
      `SELECT staff_member AS to FROM mail WHERE occasion_key LIKE $1 ORDER BY staff_member`,
      [`glass_broken:${id}%`],
    );
    return rows.map(({ to }) => to);
  };
  const eventsOf = async (id: string) =>
    (await database.query(`SELECT data FROM event WHERE type = 'duties.glass_broken' AND data->>'actId' = $1`, [id])).rows;

  it('does at once what two would have done, is told to everybody, and waits until another person has reviewed it', async () => {
    const { store } = api.services;
    await store.staffMembers.learn({ subject: 'olga', email: 'olga@certifiable.example', locale: 'de', toldAt: new Date() });
    const one = await somebody();
    const { id } = (await ask(staff('sam'), one)).body;
    const before = (await store.measures.actsOfTwo()).unreviewed;
    expect(await breakIt(staff('sam'), id)).toMatchObject({
      status: 200,
      body: { state: 'done', isBreakGlass: true, settledBy: 'sam', settledReason: 'a fraud is under way' },
    });
    expect((await breakIt(staff('sam'), id)).status).toBe(200);
    isRefused(await breakIt(staff('lea'), id), 409, 'act_settled');
    expect(await granted(one)).toBe(1);
    expect(await eventsOf(id)).toEqual([{ data: { actId: id, operation: 'recordAccommodation' } }]);
    expect(await mailsOf(id)).toEqual(expect.arrayContaining([null, 'olga']));
    expect((await store.measures.actsOfTwo()).unreviewed).toBe(before + 1);
    expect(await unreviewed()).toContain(id);

    const review = (caller: Caller) => caller('POST', `${acts}/${id}/review`, { review: 'it was right, and could not wait' });
    isRefused(await review(staff('sam')), 409, 'second_person_needed');
    isRefused(await review(api.as(one.subject, 'candidate', 'staff')), 403, 'conflict_of_interest');
    isRefused(await review(api.as('audrey', 'auditor')), 403, 'forbidden');
    expect(await review(staff('lea'))).toMatchObject({ status: 200, body: { reviewedBy: 'lea', review: 'it was right, and could not wait' } });
    isRefused(await review(staff('mia')), 409, 'act_settled');
    expect(await unreviewed()).not.toContain(id);
    expect((await store.measures.actsOfTwo()).unreviewed).toBe(before);
    expect(await audited(id)).toEqual(['propose_act sam', 'break_glass sam', 'review_act lea']);
    await expect(database.query(`UPDATE proposed_act SET review = 'better' WHERE id = $1`, [id])).rejects.toThrow(/append-only/);
  });

  it('stays to be reviewed where the only others are the candidate and an auditor who is the candidate', async () => {
    const one = await somebody();
    const { id } = (await ask(staff('sam'), one)).body;
    await breakIt(staff('sam'), id);
    const own = api.as(one.subject, 'candidate', 'staff', 'auditor');
    isRefused(await own('GET', `${acts}/${id}`), 403, 'conflict_of_interest');
    expect(JSON.stringify((await own('GET', `${acts}?which=unreviewed&limit=100`)).body)).not.toContain(id);
    isRefused(await own('POST', `${acts}/${id}/review`, { review: 'all was well' }), 403, 'conflict_of_interest');
    expect(await unreviewed()).toContain(id);
  });

  it('is none where two persons did it, and nothing is to be reviewed then', async () => {
    const one = await somebody();
    const { id } = (await ask(staff('sam'), one)).body;
    await confirm(staff('lea'), id);
    isRefused(await breakIt(staff('sam'), id), 409, 'act_settled');
    isRefused(await staff('mia')('POST', `${acts}/${id}/review`, { review: 'x' }), 409, 'act_settled');
    expect(await eventsOf(id)).toEqual([]);
  });
});
