import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeedPolicy } from '../../domain/exam.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { connectDatabase } from '../../store/context.ts';
import { createRecordsCheckStore } from '../../store/records-check.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { refusalOf, refused, startTestApi, type Answer, type Caller, type TestApi } from '../support/api.ts';
import { decidedCaseStudy, decidedScript, type Given } from '../support/decided.ts';
import { testCredentials } from '../support/pools.ts';
import { scriptsToMark } from '../support/sitting.ts';
import { uploadDirectory } from '../support/uploads.ts';

const SEEDS: SeedPolicy = { share: 2000, standardisation: { scripts: 10, kappa: 6000, kappaLowAbove: 3000 } };
const EXAM = 'seeded';

let api: TestApi;
let database: pg.Client;
let credentials: CredentialIssuer;
let staff: Caller;
let people = 0;

beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  await api.publish(smallExam({ seeds: SEEDS, metBefore: 'conflict', identicalAnswers: 'folded' }, EXAM));
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  credentials = await testCredentials();
  staff = api.as('sam', 'staff');
});

afterAll(async () => {
  await database?.end();
  await api?.close();
});

/** Nothing is open but what a test opens, and no seed stands. */
beforeEach(async () => {
  await database.query(`UPDATE assignment SET state = 'void', holder = NULL WHERE state = 'open'`);
  await database.query(`UPDATE seed SET ended_by = 'test', ended_reason = 'over', ended_at = now() WHERE ended_at IS NULL`);
});

const somebody = (name: string) => `${name}-${(people += 1)}`;
const given = (...points: readonly (readonly [number, number])[]): Given[] =>
  points.map((each, index) => ({ grader: somebody(`marker${index}`), points: each }));

async function decided(marks: readonly Given[] = given([5, 3], [5, 3]), examId = EXAM): Promise<string> {
  return (await decidedScript(api.services.store, { given: marks, credentials, examId })).attemptId;
}

const propose = (attemptId: string, headers = {}) => staff('POST', '/v1/staff/seeds', { attemptId, test: 'aptitude', reason: 'clear-cut' }, headers);

/** Some that may be handed out. All are decided first: whoever marks them would be given one of them. */
async function openSeeds(...all: readonly (readonly Given[])[]): Promise<readonly { seedId: string; attemptId: string }[]> {
  const attemptIds: string[] = [];
  for (const marks of all) attemptIds.push(await decided(marks));
  const seeds: { seedId: string; attemptId: string }[] = [];
  for (const attemptId of attemptIds) {
    const { seedId } = (await propose(attemptId)).body;
    expect((await confirm(seedId)).status).toBe(204);
    seeds.push({ seedId, attemptId });
  }
  return seeds;
}

async function openSeed(marks: readonly Given[] = given([5, 3], [5, 3])): Promise<{ seedId: string; attemptId: string }> {
  const [seed] = await openSeeds(marks);
  if (!seed) throw new TypeError('one was opened');
  return seed;
}

const confirm = (seedId: string, who = 'dora') => api.as(who, 'designated')('POST', `/v1/seeds/${seedId}/confirmation`, { reason: 'I agree' });
const realScripts = (count: number) =>
  scriptsToMark(api.services.store, { count, dueAt: new Date(Date.now() + 5 * 86_400_000), examIdOf: () => EXAM });

async function purposeOf(assignmentId: string): Promise<string> {
  const { rows } = await database.query<{ purpose: string }>('SELECT purpose FROM assignment WHERE id = $1', [assignmentId]);
  return rows[0]?.purpose ?? '';
}

async function candidateOf(attemptId: string): Promise<string> {
  const { rows } = await database.query<{ subject: string }>(
    'SELECT k.subject FROM attempt a JOIN candidate k ON k.id = a.candidate_id WHERE a.id = $1',
    [attemptId],
  );
  return rows[0]?.subject ?? '';
}

type Claimed = { readonly grader: string; readonly as: Caller; readonly claim: Answer; readonly before: Answer };

/** Somebody new whom the draw gives what is asked for; those before them give theirs back. */
async function claimOf(purpose: 'seed' | 'mark', role: 'grader' | 'designated' = 'grader'): Promise<Claimed> {
  for (let tries = 0; tries < 150; tries += 1) {
    const grader = somebody('gil');
    const as = api.as(grader, role);
    const before = await as('GET', '/v1/assignments/queue');
    const claim = await as('POST', '/v1/assignments/claims');
    if (claim.status === 200 && (await purposeOf(claim.body.id)) === purpose) return { grader, as, claim, before };
    await as('POST', `/v1/assignments/${claim.body.id}/release`, { fencingToken: claim.body.fencingToken });
  }
  throw new Error(`nobody was given a ${purpose}`);
}

const marksOf = (t1: number, t2: number) => [
  { itemId: 't1', points: t1, reason: 'as I see it' },
  { itemId: 't2', points: t2, reason: 'as I see it' },
];
const complete = ({ as, claim }: Claimed, marks = marksOf(5, 3)) =>
  as('POST', `/v1/assignments/${claim.body.id}/completion`, { fencingToken: claim.body.fencingToken, marks });

describe('a seed', () => {
  it('is proposed from what is decided, and goes to nobody before somebody designated confirms it', async () => {
    const attemptId = await decided();
    const first = await propose(attemptId);
    expect(first.status).toBe(201);
    expect((await propose(attemptId)).body).toEqual(first.body);
    const { seedId } = first.body;
    const listed = async () => (await staff('GET', '/v1/staff/seeds?limit=1')).body.seeds[0];
    expect(await listed()).toMatchObject({ id: seedId, attemptId, state: 'proposed', basis: 'decision', agreedBy: [], markedBy: 0 });
    const toConfirm = async (who: string) =>
      (await api.as(who, 'designated')('GET', '/v1/seeds')).body.seeds.map(({ id }: { id: string }) => id) as readonly string[];
    expect(await toConfirm('dora')).toContain(seedId);
    expect(await toConfirm('sam'), 'who proposed it').not.toContain(seedId);
    expect(await toConfirm(await candidateOf(attemptId)), 'who wrote it').not.toContain(seedId);
    expect((await api.as('dora', 'designated')('GET', `/v1/seeds/${seedId}`)).body.items).toEqual([
      { itemId: 't1', title: 'Explain', modelAnswer: 'So and so', response: 'an answer', pointsMax: 5, points: 5, reason: 'because' },
      { itemId: 't2', title: 'Explain more', modelAnswer: 'So and so', response: 'an answer', pointsMax: 5, points: 3, reason: 'because' },
    ]);
    expect(refusalOf(await api.as('gil', 'grader')('POST', `/v1/seeds/${seedId}/confirmation`, { reason: 'x' }))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await confirm(seedId, 'sam'))).toEqual(refused(409, 'second_person_needed'));
    expect((await confirm(seedId)).status).toBe(204);
    expect((await confirm(seedId, 'else')).status).toBe(204);
    expect(await toConfirm('dora')).not.toContain(seedId);
    expect(await listed()).toMatchObject({ state: 'open', agreedBy: ['dora'] });
    const end = () => staff('POST', `/v1/staff/seeds/${seedId}/ending`, { reason: 'too easy' });
    expect([(await end()).status, (await end()).status]).toEqual([204, 204]);
    expect(await listed()).toMatchObject({ state: 'ended', ending: { by: 'sam', reason: 'too easy' } });
    const { rows } = await database.query(`SELECT action FROM audit_entry WHERE details ->> 'seedId' = $1 ORDER BY at`, [seedId]);
    expect(rows.map(({ action }) => action)).toEqual(['propose_seed', 'confirm_seed', 'end_seed']);
  });

  it('that two designated graders marked needs nobody else', async () => {
    const marks = given([5, 3], [5, 4]);
    for (const { grader } of marks) await api.services.store.graders.meet({ subject: grader, designated: true });
    const attemptId = (await decidedScript(api.services.store, { given: marks, credentials, examId: EXAM })).attemptId;
    await database.query('UPDATE grader SET designated = true WHERE subject = ANY($1)', [marks.map(({ grader }) => grader)]);
    await propose(attemptId);
    const [seed] = (await staff('GET', '/v1/staff/seeds?limit=1')).body.seeds;
    expect(seed).toMatchObject({ attemptId, state: 'open', basis: 'two_designated', agreedBy: marks.map(({ grader }) => grader).toSorted() });
    expect(seed.marks.map(({ points }: { points: number }) => points)).toEqual([5, 3.5]);
  });

  it('is refused of what has one mark alone, of an exam without seeds, and of what is not decided', async () => {
    expect(refusalOf(await propose(await decided(given([5, 3]))))).toEqual(refused(409, 'seed_unfit'));
    expect(refusalOf(await propose(await decided(undefined, 'small')))).toEqual(refused(409, 'seed_unfit'));
    const [script] = await realScripts(1);
    expect(refusalOf(await propose(script?.attemptId ?? ''))).toEqual(refused(404, 'not_found'));
  });
});

describe('a grader cannot tell a seed from another script', () => {
  /** Ids, instants and answers differ between any two scripts. */
  const blurred = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT'),
    );
  const seen = ({ status, body, headers }: Answer) => ({
    status,
    body: blurred(body),
    headers: [...headers.keys()].filter((name) => name !== 'date' && !name.startsWith('ratelimit')).toSorted(),
  });

  /** All that graders can ask for, from before the claim to after the completion, and of another one that is given back. */
  async function lifeOf(purpose: 'seed' | 'mark'): Promise<Record<string, unknown>> {
    const held = await claimOf(purpose);
    const { as, claim, before } = held;
    const path = `/v1/assignments/${claim.body.id}`;
    const lease = { fencingToken: claim.body.fencingToken };
    const life: Record<string, unknown> = { before: seen(before), claim: seen(claim) };
    const ask = async (name: string, method: string, to: string, body?: object) => (life[name] = seen(await as(method, to, body)));
    await ask('queue', 'GET', '/v1/assignments/queue');
    await ask('again', 'POST', '/v1/assignments/claims');
    await ask('read', 'GET', path);
    await ask('list', 'GET', '/v1/assignments');
    await ask('beat', 'POST', `${path}/heartbeat`, lease);
    await ask('draft', 'PUT', `${path}/draft`, { ...lease, marks: [{ itemId: 't1', points: 4, reason: '' }] });
    await ask('drafted', 'GET', path);
    await ask('groups', 'GET', `${path}/groups`);
    const { body: group } = await as('PUT', `${path}/group-marks`, { ...lease, itemId: 't1', points: 5, reason: 'as the others' });
    await ask('for the group', 'PUT', `${path}/group-marks`, { ...lease, itemId: 't1', points: 4, reason: 'as the others' });
    await ask('from the group', 'PUT', `${path}/group-marks/${group.id}/use`, lease);
    await ask('groups then', 'GET', `${path}/groups`);
    const { body: comment } = await as('POST', `${path}/comments`, { itemId: 't1', text: 'Names the trade-off' });
    await ask('comment', 'PUT', `${path}/comments/${comment.id}/use`, lease);
    await ask('comments', 'GET', `${path}/comments`);
    await ask('stale', 'POST', `${path}/completion`, { fencingToken: 99, marks: marksOf(5, 3) });
    await ask('flag', 'POST', `${path}/file-flag`, { ...lease, reason: 'no file' });
    await ask('bad', 'POST', `${path}/completion`, { ...lease, marks: marksOf(9, 3) });
    await ask('completion', 'POST', `${path}/completion`, { ...lease, marks: marksOf(5, 3) });
    await ask('repeat', 'POST', `${path}/completion`, { ...lease, marks: marksOf(5, 3) });
    await ask('others', 'POST', `${path}/completion`, { ...lease, marks: marksOf(1, 3) });
    await ask('release', 'POST', `${path}/release`, lease);
    await ask('completed', 'GET', path);
    await ask('history', 'GET', '/v1/assignments');
    await ask('queue after', 'GET', '/v1/assignments/queue');
    await ask('agreement', 'GET', '/v1/graders/me/agreement');
    await ask('pay', 'GET', '/v1/graders/me/pay');

    const back = await claimOf(purpose);
    const other = `/v1/assignments/${back.claim.body.id}`;
    const giving = async (name: string, method: string, to: string, body?: object) => (life[name] = seen(await back.as(method, to, body)));
    await giving('given back', 'POST', `${other}/release`, { fencingToken: back.claim.body.fencingToken, reason: 'not_my_field' });
    await giving('not held', 'GET', other);
    await giving('late', 'POST', `${other}/completion`, { fencingToken: back.claim.body.fencingToken, marks: marksOf(5, 3) });
    await giving('list without', 'GET', '/v1/assignments');
    return life;
  }

  it('in any answer, from the queue before the claim to the statement of pay', async () => {
    await openSeed();
    await realScripts(30);
    const real = await lifeOf('mark');
    // Of a script that is marked no seat is left for its grader; of a seed the queue must not give away that there still are two.
    const seed = await lifeOf('seed');
    const queued = (life: Record<string, unknown>, name: string): number =>
      (life[name] as { body: { waiting: { count: number }[] } }).body.waiting[0]?.count ?? 0;
    for (const life of [real, seed]) {
      expect(queued(life, 'queue')).toBe(queued(life, 'before') - 2);
      expect(queued(life, 'queue after')).toBe(queued(life, 'before') - 2);
    }
    // What all graders took of late, how long this one took, and how many scripts there are, is the same for both but for when it is asked.
    const asked = (answer: unknown) =>
      JSON.parse(JSON.stringify(answer).replaceAll(/"(count|usualMinutes|others|activeSecondsMedian)":(\d+|null)/g, '"$1":0'));
    for (const name of Object.keys(real)) expect(asked(seed[name]), name).toEqual(asked(real[name]));
    expect(Object.keys(seed)).toEqual(Object.keys(real));
  });

  it('nor once it is given back, whatever others do with a real one meanwhile', async () => {
    await openSeed();
    await realScripts(1);
    const told = async (purpose: 'seed' | 'mark') => {
      const { as, claim } = await claimOf(purpose);
      const path = `/v1/assignments/${claim.body.id}`;
      const lease = { fencingToken: claim.body.fencingToken };
      expect((await as('POST', `${path}/release`, { ...lease, reason: 'not_my_field' })).status).toBe(204);
      // As somebody else would who took that very one; a seat of a seed is nobody else's.
      if (purpose === 'mark') await markedByAnother(claim.body.id);
      return Promise.all([
        as('GET', path).then(seen),
        as('POST', `${path}/heartbeat`, lease).then(seen),
        as('PUT', `${path}/draft`, { ...lease, marks: [{ itemId: 't1', points: 4, reason: '' }] }).then(seen),
        as('POST', `${path}/completion`, { ...lease, marks: marksOf(5, 3) }).then(seen),
        as('POST', `${path}/release`, lease).then(seen),
        as('GET', `${path}/comments`).then(seen),
        as('GET', `${path}/groups`).then(seen),
      ]);
    };
    const real = await told('mark');
    expect(await told('seed')).toEqual(real);
    expect(real.map(({ status }) => status)).toEqual(real.map(() => 409));
  });

  async function markedByAnother(assignmentId: string): Promise<void> {
    for (let tries = 0; tries < 20; tries += 1) {
      const other = api.as(somebody('gus'), 'grader');
      const { body } = await other('POST', '/v1/assignments/claims');
      if (body.id === assignmentId) {
        const done = await other('POST', `/v1/assignments/${assignmentId}/completion`, { fencingToken: body.fencingToken, marks: marksOf(5, 3) });
        expect(done.status).toBe(200);
        return;
      }
    }
    throw new Error('nobody was given it');
  }

  it('by its promise and its lease, which are those of the script that it stands in for', async () => {
    await openSeed();
    await realScripts(1);
    const { claim } = await claimOf('seed');
    const { rows } = await database.query(
      `SELECT DISTINCT t.due_at, t.lease_seconds FROM assignment t WHERE t.state = 'open' AND (t.purpose = 'mark' OR t.id = $1)`,
      [claim.body.id],
    );
    expect(rows).toHaveLength(1);
  });

  it('once its lease ran out either: it goes on, with the draft', async () => {
    await openSeed();
    await realScripts(2);
    const { as, claim } = await claimOf('seed');
    await as('PUT', `/v1/assignments/${claim.body.id}/draft`, { fencingToken: 1, marks: [{ itemId: 't1', points: 4, reason: 'so far' }] });
    await database.query(`UPDATE assignment SET lease_expires_at = now() - interval '1 minute' WHERE id = $1`, [claim.body.id]);
    const again = await as('POST', '/v1/assignments/claims');
    expect(again.body).toMatchObject({ id: claim.body.id, fencingToken: 2, purpose: 'mark', draft: [{ points: 4, reason: 'so far' }] });
  });
});

describe('seeds are handed out', () => {
  it('never twice to one person, to who marked the script, to its candidate, or in conflict', async () => {
    const marks = given([5, 3], [5, 3]);
    const { attemptId } = await openSeed(marks);
    await realScripts(40);
    const candidate = await candidateOf(attemptId);
    const seenBefore = (await claimOf('seed')).grader;
    const biased = somebody('biased');
    await api.services.store.graders.meet({ subject: biased, designated: false });
    await api.as(biased, 'grader')('POST', '/v1/graders/me/conflicts', { kind: 'candidate', value: candidate });
    for (const grader of [marks[0]?.grader ?? '', candidate, seenBefore, biased]) {
      const as = api.as(grader, 'grader');
      const lasting = grader === seenBefore ? await as('POST', '/v1/assignments/claims') : undefined;
      if (lasting)
        await as('POST', `/v1/assignments/${lasting.body.id}/completion`, { fencingToken: lasting.body.fencingToken, marks: marksOf(5, 3) });
      for (let tries = 0; tries < 40; tries += 1) {
        const { status, body } = await as('POST', '/v1/assignments/claims');
        if (status !== 200) break;
        expect(await purposeOf(body.id), grader).toBe('mark');
        await as('POST', `/v1/assignments/${body.id}/release`, { fencingToken: body.fencingToken });
      }
    }
  });

  it('only to who would be given a script, and about as often as the policy says', async () => {
    await openSeeds(given([5, 3], [5, 3]), given([5, 3], [5, 3]), given([5, 3], [5, 3]));
    const alone = api.as(somebody('alone'), 'grader');
    for (let tries = 0; tries < 20; tries += 1) expect((await alone('POST', '/v1/assignments/claims')).status).toBe(204);
    await realScripts(5);
    let seeds = 0;
    for (let count = 0; count < 200; count += 1) {
      const as = api.as(somebody('gus'), 'grader');
      const { body } = await as('POST', '/v1/assignments/claims');
      seeds += (await purposeOf(body.id)) === 'seed' ? 1 : 0;
      await as('POST', `/v1/assignments/${body.id}/release`, { fencingToken: body.fencingToken });
    }
    // A fifth of 200, five standard deviations either way.
    expect(seeds).toBeGreaterThan(40 - 29);
    expect(seeds).toBeLessThan(40 + 29);
  });

  it('not at all where the exam version says nothing of them', async () => {
    await openSeed();
    await scriptsToMark(api.services.store, { count: 2, dueAt: new Date(Date.now() + 86_400_000), examIdOf: () => 'small' });
    for (let count = 0; count < 40; count += 1) {
      const as = api.as(somebody('gus'), 'grader');
      const { body } = await as('POST', '/v1/assignments/claims');
      expect(await purposeOf(body.id)).toBe('mark');
      await as('POST', `/v1/assignments/${body.id}/release`, { fencingToken: body.fencingToken });
    }
  });
});

describe('what is given for a seed', () => {
  it('rings no workflow, is no mark of the submission, and leaves what is measured and promised as it was', async () => {
    const { attemptId } = await openSeed();
    await realScripts(2);
    const held = await claimOf('seed');
    const { rows } = await database.query<{ id: string }>(
      'SELECT b.id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE s.attempt_id = $1',
      [attemptId],
    );
    const submissionId = rows[0]?.id ?? '';
    const { store } = api.services;
    const prisma = connectDatabase({ DATABASE_URL: api.services.config.DATABASE_URL, DATABASE_POOL_SIZE: 8 });
    const facts = async () => ({
      deliveries: (await database.query('SELECT count(*) FROM delivery WHERE attempt_id = $1', [attemptId])).rows,
      marks: await store.assignments.marks(submissionId),
      measured: await store.measures.assignments(),
      broken: await createRecordsCheckStore({ prisma }).broken(),
    });
    const before = await facts();
    expect((await complete(held)).status).toBe(200);
    expect(await facts()).toEqual(before);
    expect((await database.query('SELECT count(*)::int AS count FROM seed_mark WHERE grader = $1', [held.grader])).rows).toEqual([{ count: 2 }]);
    await prisma.$disconnect();
  });

  it('shows staff how far each grader agrees with what is agreed, counts in pay as a script, and for graders once the month is over', async () => {
    const { seedId } = await openSeed();
    await realScripts(2);
    await staff('POST', '/v1/staff/pay-rates', {
      effectiveFrom: '2020-01-01T00:00:00Z',
      perHour: '50.00',
      perPiece: { aptitude: { mark: '10.00', adjudicate: '5.00' }, case_study: { mark: '10.00', adjudicate: '5.00' } },
      reason: 'from the start',
    });
    const held = await claimOf('seed');
    await complete(held, marksOf(5, 4));
    const { body } = await staff('GET', `/v1/staff/graders/${held.grader}/seeds`);
    expect(body.exams).toMatchObject([{ examId: EXAM, test: 'aptitude', scripts: 1, pairs: 2 }]);
    expect((await staff('GET', `/v1/staff/graders/${held.grader}/agreement`)).body.exams).toMatchObject([
      { examId: EXAM, scripts: 1, pairs: 2, timed: 1 },
    ]);
    expect((await held.as('GET', '/v1/graders/me/agreement')).body.exams).toMatchObject([{ examId: EXAM, scripts: 0, pairs: 0 }]);
    const [seed] = (await staff('GET', '/v1/staff/seeds?limit=1')).body.seeds;
    expect(seed).toMatchObject({ id: seedId, markedBy: 1, distance: expect.closeTo(0.1), above: expect.closeTo(0.1) });
    expect((await held.as('GET', '/v1/graders/me/pay')).body.due.lines).toMatchObject([
      { work: { assignmentId: held.claim.body.id, purpose: 'mark', isCompleted: true } },
    ]);
  });
});

describe('standardisation', () => {
  it('gives who is in training seeds alone, tells them what is agreed after each, and proposes who agrees', async () => {
    const pairs = [
      [5, 3],
      [1, 2],
      [4, 0],
      [3, 5],
      [0, 1],
      [2, 4],
      [5, 5],
      [1, 0],
      [3, 2],
      [4, 1],
    ] as const;
    const seeds = await openSeeds(...pairs.map((points) => given(points, points)));
    const agreed = new Map(seeds.map(({ attemptId }, index) => [attemptId, pairs[index] ?? [0, 0]] as const));
    await realScripts(2);
    const grader = somebody('novice');
    await staff('POST', '/v1/staff/graders', { subject: grader, reason: 'hired' });
    await staff('PATCH', `/v1/staff/graders/${grader}`, { state: 'in_training', reason: 'first' });
    const as = api.as(grader, 'grader');
    const grant = () => staff('POST', `/v1/staff/graders/${grader}/qualifications`, { examId: EXAM, test: 'aptitude', reason: 'standardised' });
    for (let done = 0; done < pairs.length; done += 1) {
      expect(refusalOf(await grant())).toEqual(refused(409, 'not_standardised'));
      const { body } = await as('POST', '/v1/assignments/claims');
      expect(body.training).toEqual({ agreed: null, given: null });
      const { rows } = await database.query<{ attempt_id: string }>(
        'SELECT s.attempt_id FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = $1',
        [body.id],
      );
      const [t1, t2] = agreed.get(rows[0]?.attempt_id ?? '') ?? [0, 0];
      await as('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks: marksOf(t1, t2) });
      expect((await as('GET', `/v1/assignments/${body.id}`)).body.training).toEqual({
        agreed: [
          { itemId: 't1', points: t1, reason: 'because' },
          { itemId: 't2', points: t2, reason: 'because' },
        ],
        given: marksOf(t1, t2),
      });
      expect((await as('GET', '/v1/assignments?limit=1')).body.assignments).toMatchObject([{ id: body.id, state: 'completed', isTraining: true }]);
      expect((await as('GET', '/v1/graders/me/standardisation')).body.exams).toMatchObject([
        { examId: EXAM, test: 'aptitude', scripts: done + 1, needed: 10, kappaNeeded: 0.6, kappaLowAbove: 0.3, isReached: done === 9 },
      ]);
    }
    const training = (await api.as('ann', 'auditor')('GET', `/v1/staff/graders/${grader}/training`)).body;
    expect(training.exams).toMatchObject([{ examId: EXAM, scripts: 10, isReached: true }]);
    expect(training.scripts).toHaveLength(10);
    for (const { items, isEnded } of training.scripts) {
      expect(isEnded).toBe(false);
      expect(items.map(({ itemId, pointsMax }: { itemId: string; pointsMax: number }) => [itemId, pointsMax])).toEqual([
        ['t1', 5],
        ['t2', 5],
      ]);
      for (const { given, agreed: told } of items) expect(given.points).toBe(told.points);
    }
    expect(refusalOf(await as('GET', `/v1/staff/graders/${grader}/training`))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await as('POST', '/v1/assignments/claims'))).toEqual(refused(409, 'grader_not_active'));
    const { standardisations } = (await staff('GET', '/v1/staff/standardisations?proposed=true')).body;
    expect(standardisations).toMatchObject([
      { grader, examId: EXAM, test: 'aptitude', scripts: 10, needed: 10, isReached: true, kappa: { value: 1 } },
    ]);
    expect((await grant()).status).toBe(204);
    expect((await staff('GET', `/v1/staff/graders/${grader}`)).body).toMatchObject({
      state: 'active',
      qualifications: [{ examId: EXAM, test: 'aptitude' }],
    });
    expect((await as('POST', '/v1/assignments/claims')).body).not.toHaveProperty('training');
    expect((await staff('GET', `/v1/staff/graders/${grader}/seeds`)).body.exams).toEqual([]);
  });
});

describe('a seed of a case study', () => {
  it('is proposed, confirmed, marked by criterion with its file at hand, and compared; a file that cannot be read ends it', async () => {
    const { attemptId } = await decidedCaseStudy(api.services.store, { given: given([9, 7], [9, 8]), credentials, examId: EXAM });
    const { seedId } = (await staff('POST', '/v1/staff/seeds', { attemptId, test: 'case_study', reason: 'clear-cut' })).body;
    const { items, ...script } = (await api.as('dora', 'designated')('GET', `/v1/seeds/${seedId}`)).body;
    const bytes = '# A solution';
    const { rows: uploads } = await database.query(
      'SELECT x.upload_id AS id FROM submission x JOIN seed s ON s.submission_id = x.id WHERE s.id = $1',
      [seedId],
    );
    await writeFile(join(uploadDirectory(api), uploads[0].id), bytes);
    const url = `/v1/seeds/${seedId}/file`;
    expect(script).toEqual({ id: seedId, examId: EXAM, test: 'case_study', file: { mediaType: 'text/markdown', sizeBytes: null, url } });
    const file = await api.as('dora', 'designated')('GET', url);
    expect([file.status, file.body, file.headers.get('content-disposition')]).toEqual([200, bytes, 'attachment; filename="solution.md"']);
    for (const [who, role] of [
      ['gil', 'grader'],
      ['sam', 'staff'],
      ['ann', 'auditor'],
      ['cleo', 'candidate'],
    ] as const)
      expect(refusalOf(await api.as(who, role)('GET', url)), role).toEqual(refused(403, 'forbidden'));
    expect(items).toMatchObject([
      { itemId: 'k1', points: 9, pointsMax: 10, response: null },
      { itemId: 'k2', points: 7.5, pointsMax: 10, response: null },
    ]);
    expect((await confirm(seedId)).status).toBe(204);
    expect(refusalOf(await api.as('dora', 'designated')('GET', url))).toEqual(refused(404, 'not_found'));
    const [first, second] = [await novice(), await novice()];
    const { body } = await first.as('POST', '/v1/assignments/claims');
    expect(body).toMatchObject({ purpose: 'mark', test: 'case_study', training: { agreed: null }, file: { mediaType: 'text/markdown' } });
    expect(body.criteria.map(({ itemId }: { itemId: string }) => itemId)).toEqual(['k1', 'k2']);
    const marks = ['k1', 'k2'].map((itemId) => ({ itemId, points: 8, reason: 'as I read it' }));
    const done = await first.as('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks });
    expect(done.status).toBe(200);
    const { training } = (await first.as('GET', `/v1/assignments/${body.id}`)).body;
    expect(training.given).toEqual(marks);
    expect(training.agreed.map(({ points }: { points: number }) => points)).toEqual([9, 7.5]);
    expect((await staff('GET', `/v1/staff/graders/${first.grader}/training`)).body.scripts).toMatchObject([
      { seedId, test: 'case_study', items: [{ itemId: 'k1', given: { points: 8 }, agreed: { points: 9 } }, { itemId: 'k2' }] },
    ]);
    const other = (await second.as('POST', '/v1/assignments/claims')).body;
    const flag = { fencingToken: other.fencingToken, reason: 'it does not open' };
    expect((await second.as('POST', `/v1/assignments/${other.id}/file-flag`, flag)).status).toBe(204);
    expect((await staff('GET', '/v1/staff/seeds?limit=1')).body.seeds).toMatchObject([{ id: seedId, state: 'ended' }]);
    expect(refusalOf(await (await novice()).as('POST', '/v1/assignments/claims'))).toEqual(refused(409, 'grader_not_active'));
  });
});

describe('many who ask for one seed at once', () => {
  it('have a seat each, none held by two, and nobody has it twice, however often they ask', async () => {
    const { seedId } = await openSeed();
    const novices = await Promise.all(Array.from({ length: 12 }, novice));
    const asked = await Promise.all(
      novices.map(async ({ grader, as }) => ({ grader, as, answers: await Promise.all([1, 2, 3].map(() => as('POST', '/v1/assignments/claims'))) })),
    );
    for (const { grader, answers } of asked) {
      expect(
        answers.map(({ status }) => status),
        grader,
      ).toEqual([200, 200, 200]);
      expect(new Set(answers.map(({ body }) => `${body.id} ${body.fencingToken}`)).size, grader).toBe(1);
    }
    const ids = asked.map(({ answers }) => answers[0]?.body.id);
    expect(new Set(ids).size).toBe(novices.length);
    for (const { as, answers } of asked) {
      const [{ body } = { body: undefined }] = answers;
      const completing = () => as('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks: marksOf(5, 3) });
      expect((await completing()).status).toBe(200);
      expect(refusalOf(await as('POST', '/v1/assignments/claims'))).toEqual(refused(409, 'grader_not_active'));
    }
    const { rows } = await database.query(
      `SELECT count(DISTINCT y.assignment_id)::int AS seats, count(DISTINCT t.seat)::int AS numbers, count(DISTINCT m.grader)::int AS graders, count(m.id)::int AS marks
       FROM seed_seat y JOIN assignment t ON t.id = y.assignment_id JOIN seed_mark m ON m.assignment_id = t.id WHERE y.seed_id = $1`,
      [seedId],
    );
    expect(rows).toEqual([{ seats: 12, numbers: 12, graders: 12, marks: 24 }]);
    expect((await database.query('SELECT 1 FROM claim WHERE assignment_id = ANY($1) AND fencing_token > 1', [ids])).rows).toEqual([]);
    // A claim that came too late leaves no seat behind.
    expect((await database.query('SELECT 1 FROM seed_seat WHERE seed_id = $1', [seedId])).rows).toHaveLength(novices.length);
  });
});

/** Somebody who is in training. */
async function novice(): Promise<{ readonly grader: string; readonly as: Caller }> {
  const grader = somebody('nils');
  await staff('POST', '/v1/staff/graders', { subject: grader, reason: 'hired' });
  await staff('PATCH', `/v1/staff/graders/${grader}`, { state: 'in_training', reason: 'first' });
  return { grader, as: api.as(grader, 'grader') };
}
