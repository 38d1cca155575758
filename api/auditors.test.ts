import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, refused, startTestApi, submittedAttempt, type TestApi } from '../test/support/api.ts';
import { routesOf } from './routes.ts';
import type { Route } from './route.ts';

let api: TestApi;
let database: pg.Client;
let routes: readonly Route[];
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startTestApi();
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  await api.publish();
  routes = routesOf(api.services);
  const { attemptId, submissionId } = await submittedAttempt(api.as('cleo', 'candidate'));
  ids = { attemptId, submissionId };
});
afterAll(async () => {
  await database.end();
  await api.close();
});

const ABSENT = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
const isReading = ({ method, isReading: saysSo }: Route) => method === 'get' || method === 'head' || saysSo === true;
const has = (role: 'staff' | 'auditor') => (route: Route) => route.roles.includes(role);
const pathOf = ({ path }: Route) => path.replaceAll(/:(\w+)/g, (_match, name: string) => ids[name] ?? ABSENT);

describe('an auditor', () => {
  it('reads whatever staff read, and has no operation that changes anything', () => {
    const named = (some: readonly Route[]) => some.map(({ operationId }) => operationId).toSorted();
    expect(named(routes.filter(has('auditor')))).toEqual(named(routes.filter(has('staff')).filter(isReading)));
    expect(routes.filter(has('auditor')).length).toBeGreaterThan(10);
  });

  it('is refused every other operation, before anything is looked up', async () => {
    const auditor = api.as('audrey', 'auditor');
    for (const route of routes.filter((candidate) => candidate.roles.length > 0 && !has('auditor')(candidate))) {
      const body = isReading(route) ? undefined : {};
      const answer = await auditor(route.method.toUpperCase(), pathOf(route), body);
      // An answer to HEAD has no body to say why.
      if (route.method === 'head') expect(answer.status).toBe(403);
      else expect(refusalOf(answer), route.operationId).toEqual(refused(403, 'forbidden'));
    }
  });

  it('changes no record by anything that they may do, but for who read an answer', async () => {
    const auditor = api.as('audrey', 'auditor');
    const before = await recordsOf();
    for (const route of routes.filter(has('auditor'))) {
      const body = route.operationId === 'searchAttempts' ? { text: 'cleo' } : { reason: 'the yearly audit' };
      const answer = await auditor(route.method.toUpperCase(), pathOf(route), route.method === 'post' ? body : undefined);
      expect(answer.status, route.operationId).toBeLessThan(500);
      expect(answer.status, route.operationId).not.toBe(403);
    }
    const { audit_entry: entriesBefore, reading: _readings, ledger_pending: _entries, ...others } = before;
    const { audit_entry: entriesAfter, reading: _readingsAfter, ledger_pending: _entriesAfter, ...othersAfter } = await recordsOf();
    expect(othersAfter).toEqual(others);
    expect(Number(entriesAfter) - Number(entriesBefore)).toBe(3);
  });
});

describe('the only auditor, who is a candidate as well', () => {
  it('reads what is others’ and nothing of their own, which staff read, and whoever becomes an auditor', async () => {
    const both = api.as('only', 'candidate', 'auditor');
    const { attemptId, submissionId } = await submittedAttempt(both);
    const reading = (attempt: string, submission: string) =>
      ['POST', `/v1/staff/attempts/${attempt}/submissions/${submission}/reading`, { reason: 'the yearly audit' }] as const;
    const paths = (attempt: string, submission: string) =>
      [['GET', `/v1/staff/attempts/${attempt}`], ['GET', `/v1/staff/attempts/${attempt}/ledger`], reading(attempt, submission)] as const;
    for (const [method, path, body] of paths(attemptId, submissionId)) {
      expect(refusalOf(await both(method, path, body)), path).toEqual(refused(403, 'conflict_of_interest'));
      for (const other of [api.as('olga', 'staff'), api.as('audrey', 'auditor')]) expect((await other(method, path, body)).status, path).toBe(200);
    }
    for (const [method, path, body] of paths(ids['attemptId'] ?? '', ids['submissionId'] ?? ''))
      expect((await both(method, path, body)).status, path).toBe(200);
    expect(JSON.stringify((await both('GET', '/v1/staff/attempts?limit=100')).body)).not.toContain(attemptId);
  });
});

describe('an answer', () => {
  it('is read by staff and auditors with a reason alone, and who read what and why is in the audit', async () => {
    const { attemptId, submissionId } = await submittedAttempt(api.as('author', 'candidate'));
    const path = `/v1/staff/attempts/${attemptId}/submissions/${submissionId}/reading`;
    const entries = async () => (await api.services.store.attempts.audit(attemptId)).filter(({ action }) => action === 'read_submission');
    expect(refusalOf(await api.as('audrey', 'auditor')('POST', path, {}))).toEqual(refused(422, 'validation_failed'));
    expect(await entries()).toEqual([]);
    for (const role of ['auditor', 'staff'] as const) {
      const { status, body } = await api.as(`a-${role}`, role)('POST', path, { reason: `asked as ${role}` });
      expect(status).toBe(200);
      expect(body.answers).toContainEqual(expect.objectContaining({ itemId: 't1', text: 'My answer one' }));
    }
    expect(await entries()).toMatchObject([
      { actor: 'a-auditor', reason: 'asked as auditor', details: { submissionId, test: 'aptitude', round: 1, role: 'auditor' } },
      { actor: 'a-staff', reason: 'asked as staff', details: { submissionId, role: 'staff' } },
    ]);
    const elsewhere = path.replace(attemptId, ABSENT);
    expect(refusalOf(await api.as('audrey', 'auditor')('POST', elsewhere, { reason: 'x' }))).toEqual(refused(404, 'not_found'));
  });

  it('is in nothing else that staff read', async () => {
    const sam = api.as('sam', 'staff');
    const readings = routes.filter((route) => has('staff')(route) && isReading(route) && !route.operationId.startsWith('readSubm'));
    expect(readings.length).toBeGreaterThan(10);
    for (const route of readings) {
      const answer = await sam(route.method.toUpperCase(), pathOf(route), route.method === 'post' ? {} : undefined);
      expect(JSON.stringify(answer.body), route.operationId).not.toContain('My answer one');
    }
  });
});

/** What each table holds, as a hash; of the audit how many entries. */
async function recordsOf(): Promise<Readonly<Record<string, string>>> {
  const tables = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations'`,
  );
  const counted: [string, string][] = [];
  for (const { name } of tables.rows) {
    const column = name === 'audit_entry' ? 'count(*)::text' : `md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))`;
    const { rows } = await database.query<{ state: string }>(`SELECT ${column} AS state FROM "${name}" t`);
    counted.push([name, rows[0]?.state ?? '']);
  }
  return Object.fromEntries(counted);
}
