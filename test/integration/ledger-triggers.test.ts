import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsDirectory } from '../../prisma/migrate.ts';
import { LEDGER_FORMS, OUTSIDE_THE_LEDGER } from '../../store/ledger/forms.ts';
import { adoptionOf, sqlOf } from '../../store/ledger/triggers.ts';
import { createDatabase } from '../support/database.ts';

let database: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const created = await createDatabase();
  drop = created.drop;
  database = new pg.Client({ connectionString: created.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await drop?.();
});

describe('the triggers of the ledger', () => {
  it.each(LEDGER_FORMS.map((form) => [form.kind, form] as const))(
    'of %s are as its form has them, and know each of its columns',
    async (kind, form) => {
      const { rows } = await database.query<{ name: string }>(
        'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1',
        [kind],
      );
      const known = [...form.columns, ...(form.apart ?? [])];
      expect(rows.map(({ name }) => name).toSorted(), 'a column that is in neither list of store/ledger/forms.ts').toEqual(known.toSorted());
      const body = /AS (\$\$[^$]*\$\$)/.exec(sqlOf(form))?.[1]?.slice(2, -2);
      const written = await database.query<{ body: string; settings: string[]; definer: boolean }>(
        'SELECT prosrc AS body, proconfig AS settings, prosecdef AS definer FROM pg_proc WHERE proname = $1',
        [`ledger_${kind}`],
      );
      expect(written.rows[0], 'a form that changes takes a migration with what sqlOf() writes').toEqual({
        body,
        settings: ['search_path=public, pg_temp', 'TimeZone=UTC'],
        definer: true,
      });
    },
  );

  it('are there for each table, or store/ledger/forms.ts says why not', async () => {
    const { rows } = await database.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations'",
    );
    const known = [...LEDGER_FORMS.map(({ kind }) => kind), ...Object.keys(OUTSIDE_THE_LEDGER)];
    expect(rows.map(({ name }) => name).toSorted()).toEqual(known.toSorted());
  });

  it('stand in the migrations as they are written now', async () => {
    const folders = (await readdir(migrationsDirectory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const texts = await Promise.all(folders.map(({ name }) => readFile(`${migrationsDirectory}/${name}/migration.sql`, 'utf8')));
    const all = texts.join('\n');
    for (const form of LEDGER_FORMS) expect(all).toContain(sqlOf(form).trim());
    for (const form of LEDGER_FORMS) if (form.kind !== 'reading') expect(all, `what ${form.kind} had before the ledger`).toContain(adoptionOf(form));
  });
});
