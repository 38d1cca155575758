import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { urlAs } from '../../local/database-logins.ts';
import { foldedAddress } from '../../domain/mail-address.ts';
import { migrationsDirectory } from '../../prisma/migrate.ts';
import { RUNNING_ROLES } from '../../prisma/roles.ts';
import { foldedColumn } from '../../store/addresses.ts';
import { ERASE_FUNCTION, eraseFunction } from '../../store/privacy/erasing.ts';
import { IMPERSONAL_DATA, PERSONAL_DATA } from '../../store/privacy/personal-data.ts';
import { createDatabase } from '../support/database.ts';

let databaseUrl: string;
let database: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ databaseUrl, drop } = await createDatabase());
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await drop?.();
});

it('every column that can hold something personal is named, once, with what an erasure makes of it', async () => {
  const { rows } = await database.query<{ name: string }>(
    `SELECT c.relname || '.' || a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
       AND a.atttypid = ANY('{text,json,jsonb,bytea,text[],varchar,name}'::regtype[])`,
  );
  const columnsOf = ({ erased, ofStaff = [], impersonal }: (typeof PERSONAL_DATA)[string]) => [
    ...(erased === 'rows' ? [] : Object.keys(erased).filter((column) => column !== 'revision')),
    ...ofStaff,
    ...impersonal,
  ];
  const named = [
    ...Object.entries(PERSONAL_DATA).flatMap(([table, data]) => columnsOf(data).map((column) => `${table}.${column}`)),
    ...Object.entries(IMPERSONAL_DATA).flatMap(([table, { columns }]) => columns.map((column) => `${table}.${column}`)),
  ];
  expect(named.toSorted(), 'store/privacy/personal-data.ts names each column of text, JSON or bytes once').toEqual(
    rows.map(({ name }) => name).toSorted(),
  );
});

it('the function that erases is as that table has it, runs as the owner, and stands in the migrations', async () => {
  const written = await database.query<{ body: string; settings: string[]; definer: boolean }>(
    'SELECT prosrc AS body, proconfig AS settings, prosecdef AS definer FROM pg_proc WHERE proname = $1',
    [ERASE_FUNCTION],
  );
  expect(written.rows, 'a change of what is personal takes a migration with what eraseFunction() writes').toEqual([
    { body: /AS \$\$(.*)\$\$/s.exec(eraseFunction())?.[1], settings: ['search_path=public, pg_temp', 'TimeZone=UTC'], definer: true },
  ]);
  const folders = (await readdir(migrationsDirectory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const texts = await Promise.all(folders.map(({ name }) => readFile(`${migrationsDirectory}/${name}/migration.sql`, 'utf8')));
  expect(texts.join('\n')).toContain(eraseFunction().trim());
});

it('an address is folded by the database as everywhere else, by which whoever named an erased person is found', async () => {
  const { rows } = await database.query<{ letter: string; folded: string }>(
    `SELECT letter, ${foldedColumn('letter')} AS folded
     FROM (SELECT chr(code) AS letter FROM (SELECT generate_series(1, 55295) UNION ALL SELECT generate_series(57344, 1114111)) AS codes (code)) AS letters
     WHERE unicode_assigned(letter) AND letter IS NFC NORMALIZED`,
  );
  expect(rows.length).toBeGreaterThan(100_000);
  const others = rows.filter(({ letter, folded }) => foldedAddress(`@${letter}@`) !== `@${folded}@`);
  expect(others).toEqual([]);
});

it('nobody but the pool that carries erasures out may call it, and it erases nothing that two persons did not order', async () => {
  for (const role of RUNNING_ROLES) {
    const client = new pg.Client({ connectionString: urlAs(role, databaseUrl) });
    await client.connect();
    try {
      const called = client.query(`SELECT ${ERASE_FUNCTION}(gen_random_uuid())`);
      await expect(called, role).rejects.toThrow(role === 'delivery' ? /is not ordered/ : /permission denied/);
    } finally {
      await client.end();
    }
  }
});
