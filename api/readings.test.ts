import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../test/support/api.ts';
import { submittedAttempt } from '../test/support/sitting.ts';
import { isReadingOfOffice } from './readings.ts';
import { routesOf } from './routes.ts';

let api: TestApi;
let attemptId: string;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  ({ attemptId } = await submittedAttempt(api.services.store));
});
afterAll(() => api?.close());

const readingsOf = (reader: string) =>
  api.services.prisma.reading.findMany({ where: { reader }, orderBy: { id: 'asc' }, select: { operation: true, about: true, attemptId: true } });

it('whatever staff and auditors read is written down, whose it is, once an hour, and nothing else is', async () => {
  for (const role of ['staff', 'auditor'] as const) {
    const reader = `reading-${role}`;
    const read = api.as(reader, role);
    for (let time = 0; time < 3; time += 1) await read('GET', `/v1/staff/attempts/${attemptId}`);
    await read('GET', '/v1/staff/attempts');
    await read('POST', '/v1/staff/attempt-searches', { name: 'somebody' });
    expect(await readingsOf(reader)).toEqual([
      { operation: 'getAttemptRecord', about: `attemptId=${attemptId}`, attemptId },
      { operation: 'listAllAttempts', about: '', attemptId: null },
      { operation: 'searchAttempts', about: '', attemptId: null },
    ]);
  }
  await api.as('reading-staff', 'staff')('POST', `/v1/staff/attempts/${attemptId}/withdrawal`, { reason: 'test' });
  expect(await readingsOf('reading-staff')).toHaveLength(3);
});

it('who may not read leaves nothing, and candidates and graders read their own', async () => {
  expect((await api.as('reading-grader', 'grader')('GET', `/v1/staff/attempts/${attemptId}`)).status).toBe(403);
  await api.as('reading-grader', 'grader')('GET', '/v1/graders/me');
  expect(await readingsOf('reading-grader')).toEqual([]);
});

it('it is each route of an office that reads', () => {
  const routes = routesOf(api.services).filter(isReadingOfOffice);
  expect(routes.length).toBeGreaterThan(30);
  expect(routes.every(({ method, isReading }) => method === 'get' || isReading)).toBe(true);
});

it('a reading is in the ledger like any record', async () => {
  const { ledger } = api.services.store;
  while ((await ledger.enterPending()) > 0);
  const { entries } = await ledger.proofs({ attemptId });
  expect(entries.filter(({ leaf }) => leaf.includes('"kind":"reading"')).map(({ who }) => who)).toEqual(['reading-staff', 'reading-auditor']);
});
