import { createHmac } from 'node:crypto';
import pg from 'pg';
import { roleCreation, roleName, RUNNING_ROLES, type DatabaseRole, type RunningRole } from '../prisma/roles.ts';
import type { Pool } from '../workers/pools.ts';

/** Of the embedded PostgreSQL: the roles of the processes, and a login of each. The superuser, whose URL is at hand here, owns the tables. */

/** Made again at each start: a repeat changes nothing. */
export async function makeLogins(client: pg.Client, ownerUrl: string): Promise<void> {
  await client.query(roleCreation());
  for (const role of RUNNING_ROLES) await makeLogin(client, { login: loginName(role), roles: [role], ownerUrl });
}

type Login = { readonly login: string; readonly roles: readonly DatabaseRole[]; readonly ownerUrl: string };

/** Returns the URL by which it reaches the owner's database. */
export async function makeLogin(client: pg.Client, { login, roles, ownerUrl }: Login): Promise<string> {
  const name = pg.escapeIdentifier(login);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login]);
  await client.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(passwordOf(login, ownerUrl))}`);
  for (const role of roles) await client.query(`GRANT ${pg.escapeIdentifier(roleName(role))} TO ${name}`);
  return urlOfLogin(login, ownerUrl);
}

/** The owner's database as the login of a role. */
export function urlAs(role: RunningRole, ownerUrl: string): string {
  return urlOfLogin(loginName(role), ownerUrl);
}

export function urlOfLogin(login: string, ownerUrl: string): string {
  return Object.assign(new URL(ownerUrl), { username: login, password: passwordOf(login, ownerUrl) }).href;
}

export function roleOfPool(pool: Pool): RunningRole {
  return pool.replaceAll('-', '_') as RunningRole;
}

function loginName(role: DatabaseRole): string {
  return `${roleName(role)}_login`;
}

/** Of its own, so that who has one has no other; nobody has to keep it. */
function passwordOf(login: string, ownerUrl: string): string {
  return createHmac('sha256', new URL(ownerUrl).password).update(login).digest('hex');
}
