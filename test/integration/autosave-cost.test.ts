import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { startedAttempt } from '../support/sitting.ts';
import { statementsDuring } from '../support/statements.ts';

let test: TestStore;

beforeAll(async () => {
  test = await createTestStore();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(() => test?.close());

it('saves an answer by one statement, of which PostgreSQL knows no other work than to write the answer', async () => {
  const { attemptId, subject } = await startedAttempt(test.store);
  const save = (sequence: number) => test.store.sittings.saveResponse({ attemptId, subject, itemId: 't1', value: `the ${sequence}th`, sequence });
  await save(1); // learns which exam it is of
  const statements = await statementsDuring(() => save(2));
  expect(statements).toEqual([expect.stringContaining('INSERT INTO response')]);

  const admin = new pg.Client({ connectionString: test.databaseUrl });
  await admin.connect();
  const { rows } = await admin.query(`SELECT tgname FROM pg_trigger WHERE tgrelid = 'response'::regclass AND NOT tgisinternal`);
  await admin.end();
  expect(rows).toEqual([]);
});
