/**
 * The roles of the database, one for each kind of process, and what each may do with each table. Group roles: who logs in is a
 * member of one of them. Migrations run as the owner of the tables, which none of these is.
 */

export const RUNNING_ROLES = [
  'api',
  'certification',
  'grading_auto',
  'grading_human',
  'feedback',
  'publication',
  'notification',
  'reporting',
  'delivery',
  'events',
  'intake',
  'operator',
] as const;

/** Of processes and of commands that write. */
export type RunningRole = (typeof RUNNING_ROLES)[number];

/**
 * Those who only look: dashboards and people, through views; whoever audits all records; and tools that draw charts, through views that know nobody
 * (prisma/research-views.ts).
 */
const LOOKING_ROLES = ['reader', 'auditor', 'analyst'] as const;

export type DatabaseRole = RunningRole | (typeof LOOKING_ROLES)[number];

export const DATABASE_ROLES: readonly DatabaseRole[] = [...RUNNING_ROLES, ...LOOKING_ROLES];

/** Roles are the whole server's: two installations on one server call theirs by other names. */
export const DEFAULT_ROLE_PREFIX = 'certifiable';

export function roleName(role: DatabaseRole, prefix: string = DEFAULT_ROLE_PREFIX): string {
  return `${prefix}_${role}`;
}

/** What an administrator who may make roles runs once; repeating it changes nothing. They cannot log in: logins are made members of them. */
export function roleCreation(prefix: string = DEFAULT_ROLE_PREFIX): string {
  const names = DATABASE_ROLES.map((role) => `'${roleName(role, prefix)}'`).join(', ');
  return `DO $$
DECLARE "wanted" TEXT;
BEGIN
  FOREACH "wanted" IN ARRAY ARRAY[${names}] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = "wanted") THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', "wanted");
    END IF;
  END LOOP;
END $$;
`;
}
