import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesMatching } from '../check/files.ts';
import { root } from '../../test/support/tools.ts';
import { contractionsIn } from './migrations.ts';

const reasons = (sql: string) => contractionsIn(sql).map(({ why }) => why);

it.each([
  [
    'a new table with all that belongs to it',
    'CREATE TABLE "a" ("id" TEXT NOT NULL); CREATE UNIQUE INDEX "i" ON "a"("id"); ALTER TABLE "a" ADD CONSTRAINT "c" CHECK (true);',
  ],
  ['a column that may be empty', 'ALTER TABLE "a" ADD COLUMN "b" TEXT;'],
  ['a column with a default', `ALTER TABLE a ADD COLUMN b TEXT NOT NULL DEFAULT 'DROP TABLE a;';`],
  ['an index', 'CREATE INDEX CONCURRENTLY i ON a (b);'],
  ['a new value of a type', `ALTER TYPE "Phase" ADD VALUE 'on_hold';`],
  ['a constraint that goes', 'ALTER TABLE a DROP CONSTRAINT c; ALTER TABLE a ALTER COLUMN b DROP NOT NULL;'],
  ['what stands in a comment', '-- DROP TABLE a;\n/* DROP TABLE b; */ SELECT 1;'],
  ['a function with its body', `CREATE OR REPLACE FUNCTION f() RETURNS void AS $$ BEGIN DELETE FROM a; END $$ LANGUAGE plpgsql;`],
])('older code gets along with %s', (_, sql) => {
  expect(contractionsIn(sql)).toEqual([]);
});

it.each([
  ['a table that goes', 'DROP TABLE "a";', /takes away/],
  ['a column that goes', 'ALTER TABLE a ADD COLUMN c TEXT, DROP COLUMN b;', /takes away a column/],
  ['a new name', 'ALTER TABLE a RENAME COLUMN b TO c;', /renames/],
  ['another type', 'ALTER TABLE "a" ALTER COLUMN "b" SET DATA TYPE BIGINT;', /changes the type/],
  ['a column that must be filled', 'ALTER TABLE a ADD COLUMN b TEXT NOT NULL;', /needs a value for b/],
  ['a column that must be filled from now on', 'ALTER TABLE a ALTER COLUMN b SET NOT NULL;', /refuses rows/],
  ['a new rule for an old table', 'ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0);', /refuses rows/],
  ['a key of an old table', 'CREATE UNIQUE INDEX i ON a (b);', /refuses rows/],
  ['rows that go', 'DELETE FROM a WHERE true;', /removes rows/],
])('older code may not get along with %s', (_, sql, why) => {
  expect(reasons(sql)).toEqual([expect.stringMatching(why)]);
});

it('a person may vouch for one statement, and for that one alone', () => {
  const vouched = '-- safe to roll back: nobody reads it since 1.3\nALTER TABLE a DROP COLUMN b;';
  expect(reasons(vouched)).toEqual([]);
  expect(reasons(`${vouched}\nALTER TABLE a DROP COLUMN c;`)).toHaveLength(1);
  expect(reasons('-- safe to roll back:\nALTER TABLE a DROP COLUMN b;')).toHaveLength(1);
});

it('the first migration of all only adds', async () => {
  const [file] = await filesMatching(root, 'prisma/migrations/*/migration.sql');
  expect(contractionsIn(await readFile(join(root, file ?? ''), 'utf8'))).toEqual([]);
});
