import { z } from 'zod';
import { commandSourcesShape, eventSinksShape } from './brokers/settings.ts';
import { allowedSourcesShape } from './events/commands.ts';
import { mailShape } from './mail/mailer.ts';
import { registerVariables, type RegisterSettings } from './register/settings.ts';
import { storageConfig, type StorageConfig } from './storage/config.ts';

/**
 * The one place that reads the environment. Every process parses what it needs once, at start, and reports all mistakes
 * at once; secrets are read but never printed.
 */

const port = z.coerce.number().int().min(0).max(65_535);

const databaseShape = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(500).default(20),
};

const temporalShape = {
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port')
    .default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  /** For Temporal Cloud; switches TLS on. */
  TEMPORAL_API_KEY: z.string().min(1).optional(),
  TEMPORAL_TLS: z.stringbool().default(false),
};

const receiptShape = {
  /** How candidates reach the API; in receipts, upload locations and the OpenAPI document. */
  PUBLIC_URL: z.url().default('http://localhost:8080'),
  /** A JWK Set with private Ed25519 keys: the first signs, all of them verify. */
  RECEIPT_KEYS: z.string().min(1),
};

const webhookShape = {
  /** Lets webhooks reach private addresses: for a machine that has everything on loopback. */
  WEBHOOKS_TO_PRIVATE_ADDRESSES: z.stringbool().default(false),
};

const logShape = {
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

const apiSchema = z.object({
  ...databaseShape,
  ...temporalShape,
  ...receiptShape,
  ...logShape,
  ...webhookShape,
  API_HOST: z.string().min(1).default('0.0.0.0'),
  API_PORT: port.default(8080),
  OIDC_ISSUER: z.url(),
  OIDC_AUDIENCE: z.string().min(1),
  /** Requests a minute for one actor; answers 429 beyond it. */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(1200),
  /** Requests a minute to the public register from one address. */
  REGISTER_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(60),
  SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(0).default(20),
});

/** What single pools need: workers/main.ts asks for it when it runs them. */
const poolShape = {
  /** A JWK Set: the first key, a private Ed25519 one, signs certificates; those after it are earlier ones, which still verify. For `publication`. */
  CREDENTIAL_KEYS: z.string().min(1).optional(),
  /** With them `notification` mails what it puts into inboxes; without, inboxes are all there is. */
  SMTP_URL: mailShape.SMTP_URL.optional(),
  MAIL_FROM: mailShape.MAIL_FROM.optional(),
  MAILS_PER_SECOND: mailShape.MAILS_PER_SECOND,
  /** The brokers that `events` tells, as JSON. */
  ...eventSinksShape,
  /** The brokers that `intake` takes commands from, as JSON. */
  ...commandSourcesShape,
  ...allowedSourcesShape,
};

const workerSchema = z
  .object({
    ...databaseShape,
    ...temporalShape,
    ...receiptShape,
    ...logShape,
    ...webhookShape,
    ...poolShape,
    /** The build that workflows are pinned to: the image's digest or the commit. */
    WORKER_BUILD_ID: z.string().regex(/^[\w.-]{1,63}$/, 'at most 63 letters, digits, dots, dashes and underscores'),
    /** The prebuilt workflow bundle; without it the worker bundles at start. */
    WORKFLOW_BUNDLE: z.string().min(1).optional(),
    /** Serves /livez, /readyz and /metrics. */
    WORKER_HTTP_PORT: port.default(9464),
    WORKER_HTTP_HOST: z.string().min(1).default('0.0.0.0'),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(0).default(20),
  })
  .superRefine((config, context) => {
    if (config.SMTP_URL !== undefined && config.MAIL_FROM === undefined)
      context.addIssue({ code: 'custom', path: ['MAIL_FROM'], message: 'is missing' });
  });

type RegisterConfig = { readonly register: RegisterSettings };
export type ApiConfig = z.infer<typeof apiSchema> & StorageConfig & RegisterConfig;
export type WorkerConfig = z.infer<typeof workerSchema> & StorageConfig & RegisterConfig;
export type TemporalConfig = Pick<ApiConfig, 'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_API_KEY' | 'TEMPORAL_TLS'>;
export type DatabaseConfig = Pick<ApiConfig, 'DATABASE_URL' | 'DATABASE_POOL_SIZE'>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** All that is wrong with the environment, one line a variable; values are left out, since they may be secrets. */
export class ConfigurationError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, environment: Environment): z.infer<Schema> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return `${name}: ${environment[name] === undefined ? 'is missing' : issue.message}`;
    }),
  );
}

/** Throws a ConfigurationError that names every mistake. */
export function readApiConfig(environment: Environment = process.env): ApiConfig {
  return parse(apiSchema.and(storageConfig).and(registerVariables), environment);
}

/** Throws a ConfigurationError that names every mistake. */
export function readWorkerConfig(environment: Environment = process.env): WorkerConfig {
  return parse(workerSchema.and(storageConfig).and(registerVariables), environment);
}

/** For the tools that need nothing but the database. Throws a ConfigurationError that names every mistake. */
export function readDatabaseConfig(environment: Environment = process.env): DatabaseConfig {
  return parse(z.object(databaseShape), environment);
}

/** For the tools that fill the register. Throws a ConfigurationError that names every mistake. */
export function readRegisterConfig(environment: Environment = process.env): DatabaseConfig & RegisterConfig {
  return parse(z.object(databaseShape).and(registerVariables), environment);
}

/** The values of the variables that a setting names (platform/brokers/settings.ts). */
export function secretsOf(environment: Environment = process.env): Environment {
  return environment;
}

/** For the tools that need nothing but Temporal. Throws a ConfigurationError that names every mistake. */
export function readTemporalConfig(environment: Environment = process.env): TemporalConfig {
  return parse(z.object(temporalShape), environment);
}
