import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startStack, type Stack } from '../../local/stack.ts';
import { until } from '../support/pipeline.ts';

// The whole stack as separate processes, and what happens to candidates and graders while parts of it are gone.

let stack: Stack;

const exam = {
  examId: 'faults',
  version: 1,
  title: 'Faults',
  policy: { marking: 'double' },
  aptitudeTest: { items: [{ id: 't1', type: 'text', prompt: 'Explain', points: 5, modelAnswer: 'So' }] },
  caseStudies: [{ id: 'one', title: 'One', brief: 'Design it', rubric: [{ id: 'k1', title: 'All', description: 'All of it', points: 10 }] }],
};

type Answer = { status: number; body: Record<string, unknown>; retryAfter: string | null };

async function call(
  role: 'candidate' | 'grader' | 'designated' | 'staff',
  subject: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const token = await stack.token({ subject, name: subject, roles: [role] });
  const response = await fetch(new URL(path, stack.apiUrl), {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    retryAfter: response.headers.get('retry-after'),
  };
}

beforeAll(async () => {
  stack = await startStack({ dataDirectory: join(inject('temporaryDirectory'), 'fault-stack'), persistent: true, log: () => {} });
  expect((await call('designated', 'd', 'POST', '/v1/exams', exam)).status).toBe(201);
});

afterAll(() => stack?.stop());

async function newAttempt(subject: string): Promise<string> {
  const { status, body } = await call('candidate', subject, 'POST', '/v1/attempts', { examId: 'faults' });
  expect(status).toBe(201);
  return String(body['id']);
}

async function takeTest(subject: string, attemptId: string): Promise<void> {
  expect((await call('candidate', subject, 'POST', `/v1/attempts/${attemptId}/aptitude-test`)).status).toBeLessThan(300);
  expect((await call('candidate', subject, 'PUT', `/v1/attempts/${attemptId}/responses/t1`, { value: 'an answer', sequence: 1 })).status).toBe(200);
  const submitted = await call('candidate', subject, 'POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
  expect(submitted.body).toMatchObject({ cause: 'submitted', receipt: expect.any(String) });
}

async function markOne(points = 5): Promise<void> {
  const grader = randomUUID();
  await until(async () => {
    const claimed = await call('grader', grader, 'POST', '/v1/assignments/claims');
    if (claimed.status !== 200) return `no assignment: ${claimed.status}`;
    const { id, fencingToken } = claimed.body;
    const completed = await call('grader', grader, 'POST', `/v1/assignments/${String(id)}/completion`, {
      fencingToken,
      marks: [{ itemId: 't1', points, reason: points < 5 ? 'not all of it' : '' }],
    });
    return completed.status === 200 ? true : `not completed: ${JSON.stringify(completed.body)}`;
  }, 60);
}

const untilPhase = (subject: string, attemptId: string, phase: string) =>
  until(async () => {
    const { body } = await call('candidate', subject, 'GET', `/v1/attempts/${attemptId}`);
    return body['phase'] === phase ? true : `the attempt is ${String(body['phase'])}, not ${phase}`;
  }, 60);

const poolsOf = () => Object.entries(stack.processes).flatMap(([name, pool]) => (['api', 'issuer', 'mailbox'].includes(name) ? [] : [pool]));

async function killAll(pools: readonly (typeof stack.processes)[string][]): Promise<void> {
  await Promise.all(pools.map((pool) => pool.kill()));
  await Promise.all(pools.map((pool) => pool.start()));
}

describe('while Temporal is away', () => {
  it('takes and acknowledges everything that candidates do, refuses staff’s process changes alone, and goes on by itself afterwards', async () => {
    const before = await newAttempt('before');
    await stack.temporal.stop();
    const during = await newAttempt('during');
    await takeTest('during', during);
    await takeTest('before', before);
    expect((await call('candidate', 'during', 'GET', `/v1/attempts/${during}`)).body).toMatchObject({ phase: 'aptitude_grading' });
    const proposed = await call('staff', 's', 'POST', `/v1/staff/attempts/${before}/withdrawal`, { reason: 'asked to' });
    expect(proposed.status).toBe(202);
    const refused = await call('staff', 'second', 'POST', `/v1/staff/proposed-acts/${String(proposed.body['id'])}/confirmation`);
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);

    await stack.temporal.start();
    for (let open = 4; open > 0; open -= 1) await markOne();
    await untilPhase('before', before, 'case_study_offered');
    await untilPhase('during', during, 'case_study_offered');
  });
});

describe('when every worker pool is killed', () => {
  it('finishes the attempts under way once the pools are back', async () => {
    const attemptId = await newAttempt('killed');
    await takeTest('killed', attemptId);
    await killAll(poolsOf());
    await markOne();
    await killAll(poolsOf());
    await markOne();
    await untilPhase('killed', attemptId, 'case_study_offered');
  });
});

/** Nobody decides anything of the attempt meanwhile; goes on once somebody waits to. */
async function whileDeciding(attemptId: string, { begin, meanwhile }: Record<'begin' | 'meanwhile', () => Promise<unknown>>): Promise<void> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    // As whoever decides does; what only refers to it goes on.
    await client.query('SELECT 1 FROM attempt WHERE id = $1 FOR NO KEY UPDATE', [attemptId]);
    await begin();
    const waiting = 'SELECT 1 FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid';
    await until(async () => ((await client.query(waiting)).rowCount ?? 0) > 0 || 'nobody decides', 90);
    await meanwhile();
  } finally {
    await client.end();
  }
}

describe('an appeal', () => {
  it(
    'is answered once, whoever is killed after it is filed, once it is marked, and in the middle of its decision',
    { timeout: 300_000 },
    async () => {
      const attemptId = await newAttempt('appellant');
      await takeTest('appellant', attemptId);
      for (let open = 2; open > 0; open -= 1) await markOne(2);
      await untilPhase('appellant', attemptId, 'failed');
      const appeals = `/v1/attempts/${attemptId}/appeals`;
      const of = { items: [{ itemId: 't1', reason: 'overlooked', text: 'See its second half.' }] };
      // The workflow says that it takes appeals when it first loads its facts, which is before anything was marked.
      expect((await call('candidate', 'appellant', 'POST', appeals, of)).status).toBe(201);
      await killAll(poolsOf());
      const publication = stack.processes['publication'];
      if (!publication) throw new TypeError('there is a pool that publishes');
      await publication.kill();
      await markOne(5);
      await killAll(poolsOf().filter((pool) => pool !== publication));
      await whileDeciding(attemptId, { begin: () => publication.start(), meanwhile: () => publication.kill() });
      await publication.start();
      await untilPhase('appellant', attemptId, 'case_study_offered');
      const { body } = await call('candidate', 'appellant', 'GET', `/v1/attempts/${attemptId}/results`);
      expect(body['decisions']).toMatchObject([
        { round: 1, passed: false, points: 2 },
        { round: 2, passed: true, points: 5 },
      ]);
      expect((await call('candidate', 'appellant', 'GET', appeals)).body['appeals']).toMatchObject([{ state: 'upheld' }]);
      await until(async () => {
        const { notices } = (await call('candidate', 'appellant', 'GET', `/v1/attempts/${attemptId}/notices`)).body as {
          notices: { kind: string }[];
        };
        const told = notices.filter(({ kind }) => kind.startsWith('appeal_')).map(({ kind }) => kind);
        return JSON.stringify(told) === '["appeal_filed","appeal_aptitude_passed"]' || `told of ${told.join(', ')}`;
      }, 60);
    },
  );
});

describe('while PostgreSQL is away', () => {
  it('answers 503 and keeps all that was acknowledged', async () => {
    const attemptId = await newAttempt('patient');
    await call('candidate', 'patient', 'POST', `/v1/attempts/${attemptId}/aptitude-test`);
    await call('candidate', 'patient', 'PUT', `/v1/attempts/${attemptId}/responses/t1`, { value: 'acknowledged', sequence: 1 });
    await stack.postgres.kill();
    const refused = await call('candidate', 'patient', 'PUT', `/v1/attempts/${attemptId}/responses/t1`, { value: 'not taken', sequence: 2 });
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);

    await stack.postgres.start();
    await until(async () => {
      const { status, body } = await call('candidate', 'patient', 'GET', `/v1/attempts/${attemptId}/aptitude-test`);
      if (status !== 200) return `still ${status}`;
      expect(body['responses']).toMatchObject([{ itemId: 't1', value: 'acknowledged', sequence: 1 }]);
      return true;
    }, 30);
    await call('candidate', 'patient', 'POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
    for (let open = 2; open > 0; open -= 1) await markOne();
    await untilPhase('patient', attemptId, 'case_study_offered');
  });
});
