import pg from 'pg';
import { FUNCTIONS, PRIVILEGES, SEQUENCES, VIEWS, type TablePrivileges } from './privileges.ts';
import { RESEARCH_SCHEMA, RESEARCH_VIEWS, researchViewsHash, researchViewStatements } from './research-views.ts';
import { DATABASE_ROLES, DEFAULT_ROLE_PREFIX, RUNNING_ROLES, roleName, type DatabaseRole } from './roles.ts';

/**
 * Brings the privileges of the roles to what prisma/privileges.ts says, after the migrations and as the owner of the tables. What fits is left
 * alone, and what a release does not know, too: the release after it runs at the same time.
 */

type Connection = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;

/** The schema of the views that the reader has in place of the tables. */
export const VIEW_SCHEMA = 'reading';
const SCHEMAS_OF_VIEWS: readonly string[] = [VIEW_SCHEMA, RESEARCH_SCHEMA];

type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'USAGE' | 'EXECUTE';
/** Without a column it is of all of the relation. `relation` has its schema before it. */
export type Grant = { readonly role: string; readonly relation: string; readonly column: string | null; readonly privilege: Privilege };

/** How privileges are other than they should be; nothing where no role was made. */
export type Differences = { readonly roles: readonly string[]; readonly missing: readonly Grant[]; readonly tooMany: readonly Grant[] };

/** Returns the roles that it found: none, and every process works as the owner does. */
export async function applyGrants(client: Connection, prefix: string = DEFAULT_ROLE_PREFIX): Promise<readonly string[]> {
  const roles = await rolesThere(client, prefix);
  if (roles.length === 0) return roles;
  await client.query('BEGIN');
  try {
    // Two migrations at once would change the same rows of the catalogue.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('certifiable grants'))`);
    await forgetDefaults(client, roles);
    await makeViews(client, roleName('reader', prefix));
    await makeResearchViews(client, roleName('analyst', prefix));
    // Taking away a privilege of a table takes those of its columns, too: a second look gives them again.
    for (let look = 1; look <= 2; look += 1) await settle(client, await differencesOf(client, prefix));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  return roles;
}

export async function differencesOf(client: Connection, prefix: string = DEFAULT_ROLE_PREFIX): Promise<Differences> {
  const roles = await rolesThere(client, prefix);
  const wanted = wantedGrants(await columnsThere(client), prefix).filter(({ role }) => roles.includes(role));
  const actual = await actualGrants(client, roles);
  const keys = { wanted: new Set(wanted.map(keyOf)), actual: new Set(actual.map(keyOf)) };
  return {
    roles,
    missing: wanted.filter((grant) => !keys.actual.has(keyOf(grant))),
    tooMany: actual.filter((grant) => isKnown(grant) && !keys.wanted.has(keyOf(grant))),
  };
}

/** A migration that drops or changes a column must not meet a view of it. They come again with the grants. */
export async function dropViews(client: Connection): Promise<void> {
  for (const schema of SCHEMAS_OF_VIEWS) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}

async function rolesThere(client: Connection, prefix: string): Promise<readonly string[]> {
  const names = DATABASE_ROLES.map((role) => roleName(role, prefix));
  const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE rolname = ANY($1) ORDER BY rolname', [names]);
  return rows.map(({ rolname }) => rolname);
}

/** By relation, with its schema before it: tables, views, sequences and functions, these two without columns. */
type Columns = ReadonlyMap<string, readonly string[]>;

async function columnsThere(client: Connection): Promise<Columns> {
  const { rows } = await client.query<{ relation: string; columns: string[] }>(
    `SELECT n.nspname || '.' || c.relname AS relation, array_remove(array_agg(a.attname::text ORDER BY a.attnum), NULL) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'
     WHERE (n.nspname = 'public' OR n.nspname = ANY($1)) AND c.relkind IN ('r', 'v', 'S') GROUP BY 1
     UNION ALL SELECT 'public.' || p.proname, '{}' FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY($2)`,
    [SCHEMAS_OF_VIEWS, Object.keys(FUNCTIONS)],
  );
  return new Map(rows.map(({ relation, columns }) => [relation, columns]));
}

function wantedGrants(there: Columns, prefix: string): readonly Grant[] {
  const grants: Grant[] = [];
  const grant = (role: DatabaseRole, relation: string, privilege: Privilege, columns?: readonly string[]) => {
    const name = roleName(role, prefix);
    if (columns === undefined) grants.push({ role: name, relation, column: null, privilege });
    for (const column of columns ?? []) if (there.get(relation)?.includes(column)) grants.push({ role: name, relation, column, privilege });
  };
  for (const [table, row] of Object.entries(PRIVILEGES)) {
    const relation = `public.${table}`;
    const columns = there.get(relation);
    if (columns === undefined) continue;
    for (const role of row.insert ?? []) grant(role, relation, 'INSERT');
    for (const role of row.delete ?? []) grant(role, relation, 'DELETE');
    for (const [role, updated] of Object.entries(row.update ?? {})) grant(role as DatabaseRole, relation, 'UPDATE', updated);
    for (const role of [...RUNNING_ROLES, 'auditor'] as const) {
      const seen = seenBy(role, row, columns);
      if (seen.length === columns.length) grant(role, relation, 'SELECT');
      else grant(role, relation, 'SELECT', seen);
    }
    if (row.view.length > 0 && there.has(`${VIEW_SCHEMA}.${table}`)) grant('reader', `${VIEW_SCHEMA}.${table}`, 'SELECT');
  }
  for (const { name } of RESEARCH_VIEWS) {
    const relation = `${RESEARCH_SCHEMA}.${name}`;
    if (there.has(relation)) grant('analyst', relation, 'SELECT');
  }
  for (const view of VIEWS)
    if (there.has(`public.${view}`)) for (const role of [...RUNNING_ROLES, 'auditor'] as const) grant(role, `public.${view}`, 'SELECT');
  for (const [sequence, table] of Object.entries(SEQUENCES)) {
    if (there.has(`public.${sequence}`)) for (const role of PRIVILEGES[table]?.insert ?? []) grant(role, `public.${sequence}`, 'USAGE');
  }
  for (const [name, roles] of Object.entries(FUNCTIONS))
    if (there.has(`public.${name}`)) for (const role of roles) grant(role, `public.${name}`, 'EXECUTE');
  return grants;
}

/** The columns of a table that a role reads. */
function seenBy(role: DatabaseRole, { secrets = {} }: TablePrivileges, columns: readonly string[]): readonly string[] {
  return columns.filter((column) => secrets[column]?.some((reading) => reading === role) ?? true);
}

/** What this release says nothing of is another's. */
function isKnown({ relation }: Grant): boolean {
  const [schema, name = ''] = relation.split('.');
  return SCHEMAS_OF_VIEWS.includes(schema ?? '') || name in PRIVILEGES || name in SEQUENCES || name in FUNCTIONS || VIEWS.includes(name);
}

async function actualGrants(client: Connection, roles: readonly string[]): Promise<readonly Grant[]> {
  const { rows } = await client.query<Grant>(
    `SELECT r.rolname AS role, n.nspname || '.' || c.relname AS relation, held.column, held.privilege
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (
       SELECT NULL::text AS column, x.grantee, x.privilege_type AS privilege FROM aclexplode(c.relacl) x
       UNION ALL SELECT a.attname::text, x.grantee, x.privilege_type FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) x
         WHERE a.attrelid = c.oid AND NOT a.attisdropped) held
       JOIN pg_roles r ON r.oid = held.grantee
     WHERE (n.nspname = 'public' OR n.nspname = ANY($2)) AND c.relkind IN ('r', 'v', 'S') AND r.rolname = ANY($1)
     UNION ALL SELECT r.rolname, 'public.' || p.proname, NULL, x.privilege_type
     FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) x JOIN pg_roles r ON r.oid = x.grantee
     WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY($3) AND r.rolname = ANY($1)`,
    [roles, SCHEMAS_OF_VIEWS, Object.keys(FUNCTIONS)],
  );
  return rows;
}

function keyOf({ role, relation, column, privilege }: Grant): string {
  return JSON.stringify([role, relation, column, privilege]);
}

async function settle(client: Connection, { missing, tooMany }: Differences): Promise<void> {
  const statements = [
    ...statementsOf(tooMany, (what, role) => `REVOKE ${what} FROM ${role}`),
    ...statementsOf(missing, (what, role) => `GRANT ${what} TO ${role}`),
  ];
  if (statements.length > 0) await client.query(statements.join(';\n'));
}

const KIND_OF: Readonly<Partial<Record<Privilege, string>>> = { USAGE: 'SEQUENCE ', EXECUTE: 'FUNCTION ' };

/** One of each role, relation and privilege, whatever the number of columns. */
function statementsOf(grants: readonly Grant[], sentence: (what: string, role: string) => string): readonly string[] {
  const groups = Map.groupBy(grants, ({ role, relation, column, privilege }) => JSON.stringify([role, relation, privilege, column === null]));
  return [...groups.values()].map((group) => {
    const [{ role, relation, privilege, column }] = group as [Grant, ...Grant[]];
    const columns = column === null ? '' : ` (${group.map((grant) => pg.escapeIdentifier(grant.column ?? '')).join(', ')})`;
    const kind = KIND_OF[privilege] ?? '';
    const name = relation
      .split('.')
      .map((part) => pg.escapeIdentifier(part))
      .join('.');
    return sentence(`${privilege}${columns} ON ${kind}${name}`, pg.escapeIdentifier(role));
  });
}

/** An earlier release gave readers whatever table would come. */
async function forgetDefaults(client: Connection, roles: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `SELECT DISTINCT r.rolname AS role FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) x JOIN pg_roles r ON r.oid = x.grantee
     WHERE d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = CURRENT_USER) AND d.defaclnamespace = 'public'::regnamespace AND d.defaclobjtype = 'r' AND r.rolname = ANY($1)`,
    [roles],
  );
  for (const { role } of rows) await client.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ${pg.escapeIdentifier(role)}`);
}

/** The reader's views of each table, of the columns that it may see; left alone where they are so. */
async function makeViews(client: Connection, reader: string): Promise<void> {
  const there = await columnsThere(client);
  const wanted = Object.entries(PRIVILEGES).flatMap(([table, { view }]) => {
    const columns = there.get(`public.${table}`)?.filter((column) => view.includes(column)) ?? [];
    return columns.length === 0 ? [] : [{ table, columns }];
  });
  const shown = [...there]
    .filter(([relation]) => relation.startsWith(`${VIEW_SCHEMA}.`))
    .map(([relation, columns]) => `${relation}: ${columns.join()}`);
  const { rows: readers } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [reader]);
  if (readers.length === 0) return;
  const fits =
    shown.toSorted().join('\n') ===
    wanted
      .map(({ table, columns }) => `${VIEW_SCHEMA}.${table}: ${columns.join()}`)
      .toSorted()
      .join('\n');
  if (fits) return;
  await client.query(`DROP SCHEMA IF EXISTS ${VIEW_SCHEMA} CASCADE`);
  const views = wanted.map(({ table, columns }) => {
    const name = pg.escapeIdentifier(table);
    return `CREATE VIEW ${VIEW_SCHEMA}.${name} AS SELECT ${columns.map((column) => pg.escapeIdentifier(column)).join(', ')} FROM public.${name}`;
  });
  await client.query(
    [`CREATE SCHEMA ${VIEW_SCHEMA}`, ...views, `GRANT USAGE ON SCHEMA ${VIEW_SCHEMA} TO ${pg.escapeIdentifier(reader)}`].join(';\n'),
  );
}

/** The analyst's views; left alone where their hash says that they are so. */
async function makeResearchViews(client: Connection, analyst: string): Promise<void> {
  const { rows: analysts } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [analyst]);
  if (analysts.length === 0) return;
  const { rows } = await client.query<{ hash: string | null }>(`SELECT obj_description(to_regnamespace($1)::oid, 'pg_namespace') AS hash`, [
    RESEARCH_SCHEMA,
  ]);
  const hash = researchViewsHash();
  if (rows[0]?.hash === hash) return;
  const statements = [
    `DROP SCHEMA IF EXISTS ${RESEARCH_SCHEMA} CASCADE`,
    `CREATE SCHEMA ${RESEARCH_SCHEMA}`,
    ...researchViewStatements(),
    `GRANT USAGE ON SCHEMA ${RESEARCH_SCHEMA} TO ${pg.escapeIdentifier(analyst)}`,
    `COMMENT ON SCHEMA ${RESEARCH_SCHEMA} IS '${hash}'`,
  ];
  await client.query(statements.join(';\n'));
}
