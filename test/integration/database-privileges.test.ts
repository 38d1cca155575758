import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLogin } from '../../local/database-logins.ts';
import { differencesOf, VIEW_SCHEMA } from '../../prisma/grants.ts';
import { PRIVILEGES, type TablePrivileges } from '../../prisma/privileges.ts';
import { DATABASE_ROLES, RUNNING_ROLES, roleName, type DatabaseRole } from '../../prisma/roles.ts';
import { createDatabase } from '../support/database.ts';

/** Every table × what may be tried × every role, tried on a real PostgreSQL and compared with prisma/privileges.ts. */

let database: Awaited<ReturnType<typeof createDatabase>>;
let owner: pg.Client;
/** By table, its columns. */
let tables: ReadonlyMap<string, readonly string[]>;
const clients = new Map<DatabaseRole, pg.Client>();

beforeAll(async () => {
  database = await createDatabase();
  owner = new pg.Client({ connectionString: database.databaseUrl });
  await owner.connect();
  const { rows } = await owner.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations' GROUP BY 1 ORDER BY 1`,
  );
  tables = new Map(rows.map(({ name, columns }) => [name, columns]));
  for (const role of DATABASE_ROLES) {
    const connectionString = await makeLogin(owner, { login: `${roleName(role)}_tried`, roles: [role], ownerUrl: database.databaseUrl });
    const client = new pg.Client({ connectionString });
    await client.connect();
    clients.set(role, client);
  }
});

afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await owner.end();
  await database.drop();
});

/** Whether the statement is let through; what it did is undone. Any other refusal than that of the privilege is none. */
async function isLet(role: DatabaseRole, statement: string): Promise<boolean> {
  const client = clients.get(role);
  if (!client) throw new TypeError(`nobody is ${role}`);
  await client.query('BEGIN');
  try {
    await client.query(statement);
    return true;
  } catch (error) {
    return !(error instanceof pg.DatabaseError && error.code === '42501');
  } finally {
    await client.query('ROLLBACK');
  }
}

const rowOf = (table: string): TablePrivileges => {
  const row = PRIVILEGES[table];
  if (!row) throw new TypeError(`${table} has no row`);
  return row;
};

it('every table has a row, and every row a table', () => {
  const lacking = [...tables].filter(([table]) => !(table in PRIVILEGES));
  const rows = lacking.map(([table, columns]) => `  ${table}: { insert: ['api'], view: [${columns.map((column) => `'${column}'`).join(', ')}] },`);
  expect(
    lacking.map(([table]) => table),
    `Who may do what with them? Write into prisma/privileges.ts, each with the roles that insert (and update: { role: [columns] }, delete: [roles] where they do), and in \`view\` only
columns without personal data, free text or a secret:\n${rows.join('\n')}\n`,
  ).toEqual([]);
  expect(Object.keys(PRIVILEGES).filter((table) => !tables.has(table))).toEqual([]);
  const columnsOf = ({ update = {}, view, secrets = {} }: TablePrivileges) => [...Object.values(update).flat(), ...view, ...Object.keys(secrets)];
  const unknown = Object.entries(PRIVILEGES).flatMap(([table, row]) =>
    columnsOf(row).flatMap((column) => (tables.get(table)?.includes(column) ? [] : [`${table}.${column}`])),
  );
  expect(unknown).toEqual([]);
});

it('what is in force is what the table says, and the migration leaves nothing to do', async () => {
  const { roles, missing, tooMany } = await differencesOf(owner);
  expect({ roles, missing, tooMany }).toEqual({ roles: DATABASE_ROLES.map((role) => roleName(role)).toSorted(), missing: [], tooMany: [] });
});

describe.each(DATABASE_ROLES)('as %s', (role) => {
  it('inserts, updates and deletes what the table says, column by column, and nothing else', async () => {
    const found: Record<string, unknown> = {};
    const said: Record<string, unknown> = {};
    for (const [table, columns] of tables) {
      const { insert = [], update = {}, delete: deleted = [] } = rowOf(table);
      const updated: readonly string[] = Object.entries(update).find(([other]) => other === role)?.[1] ?? [];
      said[table] = {
        insert: insert.some((other) => other === role),
        update: columns.filter((column) => updated.includes(column)),
        delete: deleted.some((other) => other === role),
      };
      const tried: string[] = [];
      for (const column of columns) if (await isLet(role, `UPDATE "${table}" SET "${column}" = NULL WHERE false`)) tried.push(column);
      found[table] = {
        insert: await isLet(role, `INSERT INTO "${table}" DEFAULT VALUES`),
        update: tried,
        delete: await isLet(role, `DELETE FROM "${table}" WHERE false`),
      };
    }
    expect(found).toEqual(said);
  });

  it('empties no table, switches off no trigger, drops and makes nothing', async () => {
    const let_: string[] = [];
    const statements = [
      ...[...tables.keys()].flatMap((table) => [
        `TRUNCATE "${table}" CASCADE`,
        `ALTER TABLE "${table}" DISABLE TRIGGER ALL`,
        `ALTER TABLE "${table}" OWNER TO CURRENT_USER`,
        `DROP TABLE "${table}" CASCADE`,
        `CREATE TRIGGER "mine" BEFORE INSERT ON "${table}" FOR EACH ROW EXECUTE FUNCTION "refuse_change"()`,
      ]),
      'SET session_replication_role = replica',
      'CREATE TABLE "mine" ("id" INTEGER)',
      'CREATE OR REPLACE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
      'DROP TRIGGER "mark_append_only" ON "mark"',
      `SET ROLE "${new URL(database.databaseUrl).username}"`,
    ];
    for (const statement of statements) if (await isLet(role, statement)) let_.push(statement);
    expect(let_).toEqual([]);
  });
});

it('nobody who runs may update or delete what triggers keep as it is', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT DISTINCT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE p.proname = 'refuse_change' AND t.tgattr::text = '' AND t.tgqual IS NULL AND (t.tgtype & 16) <> 0`,
  );
  expect(rows.length).toBeGreaterThan(20);
  const changed = rows.filter(({ name }) => rowOf(name).update !== undefined || rowOf(name).delete !== undefined);
  expect(changed).toEqual([]);
});

describe('the reader', () => {
  it('reads no table, but views of them', async () => {
    const read: string[] = [];
    for (const table of tables.keys()) if (await isLet('reader', `SELECT 1 FROM public."${table}"`)) read.push(table);
    expect(read).toEqual([]);
    for (const [table, { view }] of Object.entries(PRIVILEGES)) {
      if (view.length === 0) continue;
      const { fields } = (await clients.get('reader')?.query(`SELECT * FROM ${VIEW_SCHEMA}."${table}"`)) ?? { fields: [] };
      expect(fields.map(({ name }) => name).toSorted()).toEqual([...view].toSorted());
    }
  });

  it('sees no column of a kind that could hold answers, keys, words or persons', async () => {
    const { rows } = await owner.query<{ column: string }>(
      `SELECT table_name || '.' || column_name AS column FROM information_schema.columns WHERE table_schema = $1
         AND (data_type IN ('json', 'jsonb', 'bytea') OR column_name ~ '(subject|name|email|token|secret|receipt|reason|grader|actor|_by|holder|reserved_for|problem|evidence|terms|text)$')`,
      [VIEW_SCHEMA],
    );
    expect(rows.map(({ column }) => column).filter((column) => !NOT_PERSONAL.includes(column))).toEqual([]);
  });
});

/** Instants and codes, whatever their names end with. */
const NOT_PERSONAL: readonly string[] = [
  'assessment.pooled_grader',
  'assignment.fencing_token',
  'attempt.download_by',
  'attempt.start_by',
  'claim.fencing_token',
  'file_flag.fencing_token',
  'register_entry.replaced_by',
  'result_expectation.expected_by',
];

it('the auditor reads everything but secrets, and those who run read no secret that they have no use for', async () => {
  const unread: string[] = [];
  for (const [table, columns] of tables) {
    for (const column of columns) {
      if (!(await isLet('auditor', `SELECT "${column}" FROM "${table}" WHERE false`))) unread.push(`${table}.${column}`);
    }
  }
  const secrets = Object.entries(PRIVILEGES).flatMap(([table, { secrets: of = {} }]) => Object.keys(of).map((column) => `${table}.${column}`));
  expect(unread.toSorted()).toEqual(secrets.toSorted());
  for (const [table, { secrets: of = {} }] of Object.entries(PRIVILEGES)) {
    for (const [column, readers] of Object.entries(of)) {
      for (const role of RUNNING_ROLES) {
        expect({ role, table, column, reads: await isLet(role, `SELECT "${column}" FROM "${table}" WHERE false`) }).toEqual({
          role,
          table,
          column,
          reads: readers.includes(role),
        });
      }
    }
  }
});
