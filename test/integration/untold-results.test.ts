import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createRecoveryStore } from '../../store/recovery.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { submittedAttempt } from '../support/sitting.ts';

let test: TestStore;
let client: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  client = new pg.Client({ connectionString: test.databaseUrl });
  await client.connect();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(async () => {
  await client.end();
  await test.close();
});

/** A published result of so many days ago. */
async function resultOf(daysAgo: number, { tidings, notice }: { tidings: boolean; notice: boolean }): Promise<string> {
  const { attemptId, submissionId } = await submittedAttempt(test.store);
  await client.query(
    `INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
     VALUES ($1, $2, 'aptitude', 1, $3, false, 0, 1000, 0, '[]', now() - make_interval(days => $4::int, mins => 10))`,
    [randomUUID(), attemptId, submissionId, daysAgo],
  );
  if (tidings) await test.store.tidings.queue({ attemptId, tidings: { kind: 'result', test: 'aptitude', passed: false } });
  if (notice)
    await test.store.notices.tell({ attemptId, occasion: 'aptitude_failed', kind: 'aptitude_failed', subject: 'Your result', body: 'It is there.' });
  return attemptId;
}

it('a result whose tidings wait is untold however long ago it was published, one without any for four weeks', async () => {
  const waits = await resultOf(200, { tidings: true, notice: false });
  const isLost = await resultOf(20, { tidings: false, notice: false });
  await resultOf(200, { tidings: false, notice: false });
  await resultOf(200, { tidings: true, notice: true });
  await resultOf(20, { tidings: false, notice: true });
  const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
  try {
    const untold = await createRecoveryStore({ prisma, clock: postgresClock }).untoldResults();
    expect(untold).toEqual([waits, isLost].map((attemptId) => ({ attemptId, test: 'aptitude', passed: false })));
  } finally {
    await prisma.$disconnect();
  }
});
