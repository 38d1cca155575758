import { z } from 'zod';
import { readSettings, type Environment, type Settings, type ValuesOf, type WithSecretFiles } from './config.ts';

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(500).default(20),
  /** A JWK Set of keys of 256 bits: the first seals secrets that the database keeps, all of them open. Without it they are kept as they are. */
  SECRET_KEYS: z.string().min(1).optional(),
});

export const databaseSettings = { schema, secrets: ['DATABASE_URL', 'SECRET_KEYS'] } satisfies Settings<object>;

/** For what reads much and may be behind: reports and exports. */
export const replicaSettings = {
  schema: z.object({
    /** A replica by streaming of the same database, with the same logins. Empty is none: compose passes what is not set. */
    DATABASE_REPLICA_URL: z
      .union([z.literal('').transform(() => undefined), z.url({ protocol: /^postgres(ql)?$/ })], { error: 'must be a postgresql:// URL' })
      .optional(),
  }),
  secrets: ['DATABASE_REPLICA_URL'],
} satisfies Settings<object>;

export type DatabaseConfig = ValuesOf<typeof databaseSettings> & Partial<ValuesOf<typeof replicaSettings>> & WithSecretFiles;

/** Roles are the whole server's: of two installations on one server, one calls its own otherwise. */
const roleSettings = {
  schema: z.object({
    DATABASE_ROLE_PREFIX: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower-case letters, digits and underscores')
      .default('certifiable'),
  }),
} satisfies Settings<object>;

/** For migrations, which run as the owner of the tables. Throws a ConfigurationError. */
export function readMigrationConfig(environment?: Environment) {
  return readSettings([databaseSettings, roleSettings], environment);
}

/** For what needs nothing but the database. Throws a ConfigurationError that names every mistake. */
export function readDatabaseConfig(environment?: Environment): DatabaseConfig {
  return readSettings([databaseSettings, replicaSettings], environment);
}
