import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_DUTIES, MESSAGE_DUTIES, OPERATION_DUTIES } from '../domain/duties.ts';
import { STAFF_ACTS } from '../domain/staff-act.ts';
import * as correctionMessages from '../workflows/correction-messages.ts';
import * as attemptMessages from '../workflows/messages.ts';
import { smallExam } from '../trials/people/small-exam.ts';
import { issuerOf, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../test/support/api.ts';
import { certifiedAttempt } from '../test/support/certified.ts';
import { leavesOf, programTree } from '../test/support/command-tree.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { Route } from './route.ts';
import { routesOf } from './routes.ts';
import { isAct, isOfOffice, separateDuties } from './separation-of-duties.ts';

let api: TestApi;
let database: pg.Client;
let routes: readonly Route[];
beforeAll(async () => {
  api = await startTestApi({ clock: () => Prisma.sql`clock_timestamp()` });
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  await api.publish();
  routes = routesOf(api.services);
});
afterAll(async () => {
  await database.end();
  await api.close();
});

describe('how many persons an act takes is said', () => {
  it('of every operation by which those who act for us change anything, and of none that there is not', () => {
    const acts = routes.filter((route) => isOfOffice(route) && isAct(route)).map(({ operationId }) => operationId);
    expect(Object.keys(OPERATION_DUTIES).toSorted()).toEqual(acts.toSorted());
  });

  it('of every message that a workflow takes, and of the one that starts it by hand', () => {
    const messages = Object.values({ ...attemptMessages, ...correctionMessages }).flatMap((value) =>
      typeof value === 'object' && 'type' in value ? [value.name] : [],
    );
    expect(messages).toEqual(expect.arrayContaining(['extend', 'settle', 'factsCommitted']));
    expect(Object.keys(MESSAGE_DUTIES).toSorted()).toEqual([...new Set([...messages, ...STAFF_ACTS])].toSorted());
  });

  it('of every command that changes anything: the others are named', () => {
    const READ = [
      'exam check',
      'receipt check',
      'register check',
      'events status',
      'events aside',
      'records verify',
      'records recompute',
      'records explain',
      'records audit',
      'database check',
    ];
    const READ_TOO = [
      'marking-model show',
      'report items',
      'report operations',
      'report money',
      'report marking-quality',
      'report funnel',
      'report standard-setting',
      'deployment versions',
      'deployment can-retire',
      'deployment replay',
      'marking-plan',
      'completion',
    ];
    const commands = leavesOf(programTree()).map(({ path }) => path.join(' '));
    expect([...Object.keys(COMMAND_DUTIES), ...READ, ...READ_TOO].toSorted()).toEqual(commands.toSorted());
  });

  it('and an operation without a row is for nobody', async () => {
    const route = routes.find(({ operationId }) => operationId === 'endAttempt');
    if (!route) throw new Error('there is no such operation');
    const [guard] = separateDuties(api.services, { ...route, operationId: 'somethingNew' });
    await expect(async () => guard?.({ params: {} } as never, { locals: { actor: { subject: 'sam' } } } as never, () => {})).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('what takes two persons', () => {
  it('shows the second one what it changes, and can be done by their word', () => {
    for (const route of routes.filter(({ operationId }) => ['two', 'two_at_times'].includes(OPERATION_DUTIES[operationId] ?? ''))) {
      expect(route.preview, route.operationId).toBeTypeOf('function');
      expect(route.perform, route.operationId).toBeTypeOf('function');
      expect(Object.keys(route.answers), route.operationId).toContain('202');
    }
  });

  /** Begun by sam-1, for each operation that ends what another began; each is a new one. */
  const begun: Readonly<Record<string, (first: Caller) => Promise<{ path: string; body?: object }>>> = {
    confirmProposedAct: async (first) => ({ path: `/v1/staff/proposed-acts/${await proposed(first)}/confirmation` }),
    refuseProposedAct: async (first) => ({ path: `/v1/staff/proposed-acts/${await proposed(first)}/refusal`, body: { reason: 'x' } }),
    reviewBrokenGlass: async (first) => {
      const path = `/v1/staff/proposed-acts/${await proposed(first)}`;
      expect((await first('POST', `${path}/break-glass`, { reason: 'at once' })).status).toBe(200);
      return { path: `${path}/review`, body: { review: 'x' } };
    },
    endAcquaintance: async (first) => {
      const { body } = await first('POST', '/v1/staff/acquaintances', { kind: 'employer', value: `${randomUUID()}.example` });
      return { path: `/v1/staff/acquaintances/${body.id}/ending`, body: { reason: 'x' } };
    },
    publishExamProposal: async (first) => {
      const { rows } = await database.query(`SELECT content FROM exam_version LIMIT 1`);
      const content = { ...rows[0].content, examId: `exam-${randomUUID().slice(0, 8)}` };
      const { proposal } = await api.services.store.examProposals.propose({ content, actor: 'sam-1', reason: 'new' });
      await first('GET', '/v1/exam-proposals');
      return { path: `/v1/exam-proposals/${proposal.id}/publication` };
    },
    applyRegrade: async (first) => {
      const change = { kind: 'full_points' };
      const { body } = await first('POST', '/v1/staff/regrades', {
        examId: 'small',
        test: 'aptitude',
        itemId: smallExam().items[0]?.id,
        change,
        reason: 'a wrong key',
      });
      return { path: `/v1/staff/regrades/${body.id}/application`, body: { previewHash: body.previewHash, reason: 'x' } };
    },
    confirmSeed: async () => {
      const { attemptId } = await certifiedAttempt(api.services.store, { credentials: await issuerOf(api.services) });
      const seedId = randomUUID();
      await database.query(
        `INSERT INTO seed (id, submission_id, exam_version_id, test, marks, basis, proposed_by, reason, proposed_at, agreed_by)
         SELECT $1, u.id, a.exam_version_id, 'aptitude', '[]', 'decision', 'sam-1', 'good', now(), '{}'
         FROM attempt a JOIN sitting s ON s.attempt_id = a.id AND s.test = 'aptitude' JOIN submission u ON u.sitting_id = s.id WHERE a.id = $2`,
        [seedId, attemptId],
      );
      return { path: `/v1/seeds/${seedId}/confirmation`, body: { reason: 'x' } };
    },
  };

  it('is ended by another person than who began it, by every operation that ends anything', async () => {
    const ending = Object.entries(OPERATION_DUTIES).filter(([, duty]) => duty === 'second');
    expect(Object.keys(begun).toSorted()).toEqual(ending.map(([name]) => name).toSorted());
    const as = async (subject: string, email: string): Promise<Caller> =>
      api.withToken(await api.issuer.token({ subject, roles: ['staff', 'designated'], claims: { email, email_verified: true } }));
    const [first, again, other] = [
      await as('sam-1', 'Sam@Certifiable.example'),
      await as('sam-2', 'sam@certifiable.EXAMPLE'),
      await as('lea', 'lea@certifiable.example'),
    ];
    await first('GET', '/v1/exams');
    for (const [operationId, begin] of Object.entries(begun)) {
      const { path, body } = await begin(first);
      for (const same of [first, again]) expect(refusalOf(await same('POST', path, body)), operationId).toEqual(refused(409, 'second_person_needed'));
      expect((await other('POST', path, body)).status, operationId).toBeLessThan(300);
    }
  });

  async function proposed(first: Caller): Promise<string> {
    const { attemptId } = await certifiedAttempt(api.services.store, {
      credentials: await issuerOf(api.services),
      email: `${randomUUID()}@work.example`,
    });
    const { candidateId } = await api.services.store.attempts.read({ attemptId });
    const body = { kind: 'extra_time', percent: 150, validFrom: '2026-01-01T00:00:00Z', reason: 'was ill then' };
    return (await first('POST', `/v1/staff/candidates/${candidateId}/accommodations`, body)).body.id;
  }
});
