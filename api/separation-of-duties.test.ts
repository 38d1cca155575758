import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, refused, startTestApi, type Caller, type TestApi } from '../test/support/api.ts';
import { certifiedAttempt } from '../test/support/certified.ts';
import { testCredentials } from '../test/support/pools.ts';
import { ROLES } from './actor.ts';
import type { Route } from './route.ts';
import { routesOf } from './routes.ts';
import { CONCERNS, CONCERNS_IN_BODY, isAboutSomebody, isOfOffice } from './separation-of-duties.ts';

/** Everything that staff can name is robin's; ada is certified as well, and nobody's colleague. */
let api: TestApi;
let database: pg.Client;
let routes: readonly Route[];
let robin: Theirs;
let ada: Theirs;
beforeAll(async () => {
  api = await startTestApi();
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  await api.publish();
  routes = routesOf(api.services);
  robin = await everythingOf('robin@people.example');
  ada = await everythingOf('ada@people.example');
});
afterAll(async () => {
  await database.end();
  await api.close();
});

type Theirs = { readonly subject: string; readonly email: string; readonly ids: Readonly<Record<string, string>> };

async function everythingOf(email: string): Promise<Theirs> {
  const { store } = api.services;
  const { attemptId, subject, certificateId } = await certifiedAttempt(store, { credentials: await testCredentials(), email });
  const one = async (sql: string, ...values: unknown[]) => (await database.query<{ id: string }>(sql, values)).rows[0]?.id ?? '';
  const candidateId = await one('SELECT candidate_id AS id FROM attempt WHERE id = $1', attemptId);
  const submissionId = await one('SELECT u.id FROM submission u JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id = $1 LIMIT 1', attemptId);
  const [assignmentId, correctionId, mailId, claimId, seedId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await database.query(
    `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, holder, created_at)
     VALUES ($1, $2, 1, 'mark', '{t1}', 3600, now(), 'open', 'nina', now())`,
    [assignmentId, submissionId],
  );
  await database.query(`INSERT INTO correction (id, certificate_id, opened_by, reason, opened_at) VALUES ($1, $2, 'olga', 'doubt', now())`, [
    correctionId,
    certificateId,
  ]);
  await database.query(
    `INSERT INTO mail (id, occasion_key, kind, candidate_id, attempt_id, data, state, created_at, next_try_at)
     VALUES ($1::uuid, $1::text, 'certified', $2, $3, '{}', 'bounced', now(), now())`,
    [mailId, candidateId, attemptId],
  );
  await database.query(
    `INSERT INTO claimed_act (id, action_key, attempt_id, kind, terms, claimed_by, reason, claimed_at)
     VALUES ($1::uuid, $1::text, $2, 'withdraw', '{}', 'ana', 'asked', now())`,
    [claimId, attemptId],
  );
  await database.query(
    `INSERT INTO seed (id, submission_id, exam_version_id, test, marks, basis, proposed_by, reason, proposed_at, agreed_by)
     SELECT $1, $2, exam_version_id, 'aptitude', '[]', 'decision', 'sam', 'good', now(), '{}' FROM attempt WHERE id = $3`,
    [seedId, submissionId, attemptId],
  );
  const actId = randomUUID();
  await database.query(
    `INSERT INTO proposed_act (id, operation, target, params, body, content_hash, reason, attempt_id, candidate_id, proposed_by, proposed_at, expires_at)
     VALUES ($1::uuid, 'endAttempt', $1::text, jsonb_build_object('attemptId', $2::text), '{"reason": "asked"}', 'x', 'asked', $2::uuid, $3::uuid, 'olga', now(), now() + interval '7 days')`,
    [actId, attemptId, candidateId],
  );
  const regradeId = randomUUID();
  await database.query(
    `INSERT INTO regrade (id, exam_id, versions, test, item_id, change, reason, opened_by, opened_at)
     VALUES ($1, 'small', '{1}', 'aptitude', $2, '{"kind": "full_points"}', 'a wrong key', 'olga', now())`,
    [regradeId, email],
  );
  await database.query(
    `INSERT INTO regrade_change (regrade_id, decision_id, attempt_id, effect, millipoints, millipoints_max, state, at)
     SELECT $1, id, attempt_id, 'raised', 1, 1, 'previewed', now() FROM decision WHERE attempt_id = $2 LIMIT 1`,
    [regradeId, attemptId],
  );
  const [appealId, complaintId] = [randomUUID(), randomUUID()];
  await database.query(
    `INSERT INTO appeal (id, attempt_id, test, decision_id, submission_id, items, filed_at)
     SELECT $1, attempt_id, test, id, submission_id, '[{"itemId": "t1", "reason": "other", "text": "see there"}]', now() FROM decision WHERE attempt_id = $2 LIMIT 1`,
    [appealId, attemptId],
  );
  await database.query(`INSERT INTO complaint (id, attempt_id, about, text, filed_at) VALUES ($1, $2, 'behaviour', 'rude', now())`, [
    complaintId,
    attemptId,
  ]);
  return {
    subject,
    email,
    ids: {
      appealId,
      complaintId,
      attemptId,
      candidateId,
      certificateId,
      correctionId,
      assignmentId,
      mailId,
      claimId,
      seedId,
      regradeId,
      actId,
      submissionId,
      subject,
    },
  };
}

const ABSENT = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
const pathOf = ({ path }: Route, { ids }: Theirs) => path.replaceAll(/:(\w+)/g, (_match, name: string) => ids[name] ?? ABSENT);
const ask = (caller: Caller, route: Route, whose: Theirs) => {
  const { method, operationId } = route;
  const body = operationId === 'searchAttempts' ? {} : method === 'get' ? undefined : { reason: 'it is my own' };
  return caller(method.toUpperCase(), pathOf(route, whose), body);
};
/** What else each body needs that may name somebody. */
const BODIES: Readonly<Record<string, object>> = {
  expectCandidate: { reason: 'it is me' },
  expectGrader: { reason: 'it is me' },
  proposeSeed: { test: 'aptitude', reason: 'it is mine' },
  reassignAssignment: { reason: 'I will do it' },
};
const fieldsOf = ({ body }: Route) => (body instanceof z.ZodObject ? Object.keys(body.shape) : []);
const lists = () => routes.filter((route) => isOfOffice(route) && (route.method === 'get' || route.isReading) && !route.path.includes(':'));

describe('nobody acts on what is their own, whatever their roles', () => {
  it('whose each name in a path is, is said', () => {
    const named = routes.filter(isOfOffice).flatMap(({ path }) => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name));
    expect(Object.keys(CONCERNS).toSorted()).toEqual([...new Set(named)].toSorted());
  });

  it('every operation that names it is refused, before anything is looked at; somebody else may', async () => {
    const about = routes.filter(isAboutSomebody);
    expect(about.length).toBeGreaterThan(30);
    const [own, colleague] = [api.as(robin.subject, ...ROLES), api.as('sam', ...ROLES)];
    for (const route of about) {
      expect(refusalOf(await ask(own, route, robin)), route.operationId).toEqual(refused(403, 'conflict_of_interest'));
      expect((await ask(colleague, route, { ...robin, ids: { ...robin.ids, mailId: ABSENT } })).status, route.operationId).not.toBe(403);
    }
  });

  it('every body that names it is refused, which field ever does', async () => {
    const own = api.as(robin.subject, ...ROLES);
    const named = routes.filter(isOfOffice).flatMap((route) =>
      fieldsOf(route)
        .filter((name) => name in CONCERNS_IN_BODY)
        .map((name) => ({ route, name })),
    );
    expect(named.map(({ route, name }) => `${route.operationId}.${name}`).toSorted()).toEqual([
      'expectCandidate.subject',
      'expectGrader.subject',
      'proposeSeed.attemptId',
      'reassignAssignment.grader',
    ]);
    for (const { route, name } of named) {
      const body = { ...BODIES[route.operationId], [name]: robin.ids[name] ?? robin.subject };
      expect(refusalOf(await own(route.method.toUpperCase(), pathOf(route, ada), body)), route.operationId).toEqual(
        refused(403, 'conflict_of_interest'),
      );
    }
  });

  it('nor under another account with the same verified address', async () => {
    const token = await api.issuer.token({
      subject: 'r.other',
      roles: ROLES,
      claims: { email: robin.email.toUpperCase(), email_verified: true },
    });
    const other = api.withToken(token);
    for (const route of routes.filter((candidate) => isAboutSomebody(candidate) && !candidate.path.includes(':subject')))
      expect(refusalOf(await ask(other, route, robin)), route.operationId).toEqual(refused(403, 'conflict_of_interest'));
  });

  it('and finds nothing of it in any list, where others find it and they find others', async () => {
    const [own, colleague] = [api.as(robin.subject, ...ROLES), api.as('olga', ...ROLES)];
    const found: string[] = [];
    for (const route of lists()) {
      const [theirs, others] = [JSON.stringify((await ask(own, route, robin)).body), JSON.stringify((await ask(colleague, route, robin)).body)];
      for (const id of [robin.ids.attemptId, robin.ids.candidateId]) expect(theirs, route.operationId).not.toContain(id);
      if (!others.includes(robin.ids.attemptId ?? '')) continue;
      found.push(route.operationId);
      expect(theirs, route.operationId).toContain(ada.ids.attemptId);
    }
    expect(found.toSorted()).toEqual([
      'listAllAssignments',
      'listAllAttempts',
      'listAppeals',
      'listClaimedActs',
      'listComplaints',
      'listCorrections',
      'listProposedActs',
      'listSeeds',
      'listUndeliveredMails',
      'searchAttempts',
    ]);
  });
});

describe('whoever marks a script does not learn whose it is', () => {
  it('from no operation that names its attempt, and from no list, until it is decided', async () => {
    const nina = api.as('nina', ...ROLES);
    for (const route of routes.filter((candidate) => isAboutSomebody(candidate) && !candidate.path.includes(':subject')))
      expect(refusalOf(await ask(nina, route, robin)), route.operationId).toEqual(refused(403, 'conflict_of_interest'));
    for (const route of lists()) expect(JSON.stringify((await ask(nina, route, robin)).body), route.operationId).not.toContain(robin.ids.attemptId);

    const record = `/v1/staff/attempts/${robin.ids.attemptId}`;
    await database.query(`UPDATE assignment SET state = 'completed' WHERE id = ANY($1)`, [[robin.ids.assignmentId]]);
    expect((await nina('GET', record)).status).toBe(200);
    const { rows } = await database.query<{ id: string }>('SELECT id FROM assignment WHERE id = $1', [ada.ids.assignmentId]);
    expect(rows).toHaveLength(1);
    expect(refusalOf(await nina('GET', `/v1/staff/attempts/${ada.ids.attemptId}`))).toEqual(refused(403, 'conflict_of_interest'));
  });
});

/** docs/attacks.md tells what became of each before any of this was refused. */
describe('what somebody did who was candidate and staff in one', () => {
  const ATTACKS: Readonly<Record<string, (ids: Theirs['ids']) => readonly [method: string, path: string, body: object]>> = {
    'opens a correction of their own certificate': ({ certificateId }) => [
      'POST',
      `/v1/staff/certificates/${certificateId}/corrections`,
      { reason: 'a doubt of mine' },
    ],
    'settles it with full points and another name': ({ correctionId }) => [
      'POST',
      `/v1/staff/corrections/${correctionId}/settlement`,
      {
        resolution: 'replaced',
        name: 'Lord Robin',
        points: ['k1', 'k2'].map((itemId) => ({ test: 'case_study', itemId, points: 10 })),
        reason: 'mine',
      },
    ],
    'gives themselves an accommodation of 1,000 % for an attempt': ({ attemptId }) => [
      'PUT',
      `/v1/staff/attempts/${attemptId}/accommodation`,
      { percent: 1000, reason: 'more time for me' },
    ],
    'gives themselves an accommodation of 1,000 % for every attempt': ({ candidateId }) => [
      'POST',
      `/v1/staff/candidates/${candidateId}/accommodations`,
      { kind: 'extra_time', percent: 1000, reason: 'more time for me' },
    ],
    'reopens their own test': ({ attemptId }) => [
      'POST',
      `/v1/staff/attempts/${attemptId}/reopening`,
      { test: 'aptitude', deadline: new Date(Date.now() + 3_600_000).toISOString(), reason: 'once more' },
    ],
    'chooses a friend as their grader': ({ assignmentId }) => [
      'POST',
      `/v1/staff/assignments/${assignmentId}/reassignment`,
      { grader: 'friend', reason: 'knows what I mean' },
    ],
  };

  it.each(Object.entries(ATTACKS))('%s: refused, and nothing has changed', async (_what, attack) => {
    const before = await fingerprint();
    const own = api.as(robin.subject, 'candidate', 'staff');
    expect(refusalOf(await own(...attack(robin.ids)))).toEqual(refused(403, 'conflict_of_interest'));
    expect(await fingerprint()).toEqual(before);
    // It is refused for whose it is: somebody else who asks the same is understood.
    expect([403, 404, 422]).not.toContain((await api.as('olga', 'staff')(...attack(robin.ids))).status);
  });

  it('and whoever was grader and staff in one does not read whom they are marking', async () => {
    const both = api.as('nina', 'grader', 'staff');
    await database.query(`UPDATE assignment SET state = 'open', holder = 'nina' WHERE id = $1`, [robin.ids.assignmentId]);
    for (const path of [`/v1/staff/assignments/${robin.ids.assignmentId}/attempt`, `/v1/staff/attempts/${robin.ids.attemptId}`])
      expect(refusalOf(await both('GET', path))).toEqual(refused(403, 'conflict_of_interest'));
  });

  async function fingerprint(): Promise<unknown> {
    const tables = ['certificate', 'correction', 'accommodation', 'attempt', 'sitting', 'extension', 'assignment', 'audit_entry', 'proposed_act'];
    const hashes = tables.map((table) => `(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM ${table} t) AS ${table}`);
    return (await database.query(`SELECT ${hashes.join(', ')}`)).rows[0];
  }
});
