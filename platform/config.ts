import { z } from 'zod';
import { commandSourcesShape, eventSinksShape } from './brokers/settings.ts';
import { allowedSourcesShape } from '../publication/events/commands.ts';
import { LOG_FORMATS } from './logging.ts';
import { mailShape } from '../publication/mail/mailer.ts';
import { registerVariables, type RegisterSettings } from '../publication/register/settings.ts';
import { readSecretFiles, type SecretFiles, type SecretName } from './secret-files.ts';
import { storageConfig, type StorageConfig } from './storage/config.ts';

/**
 * The one place that reads the environment. Every process parses what it needs once, at start, and reports all mistakes
 * at once; secrets are read but never printed. Each secret may be a file: NAME_FILE=/path (platform/secret-files.ts).
 */

const port = z.coerce.number().int().min(0).max(65_535);

const pem = z.string().regex(/^\s*-----BEGIN [A-Z ]+-----/, 'must be PEM: -----BEGIN …');

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
  /** Mutual TLS: the client's certificate and its key, PEM. They switch TLS on. */
  TEMPORAL_TLS_CERT: pem.optional(),
  TEMPORAL_TLS_KEY: pem.optional(),
  /** PEM; in place of the authorities that the system trusts. Switches TLS on. */
  TEMPORAL_TLS_CA: pem.optional(),
  /** Where the name in the server's certificate is not the host of TEMPORAL_ADDRESS. */
  TEMPORAL_TLS_SERVER_NAME: z.string().min(1).optional(),
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

const buildId = z.string().regex(/^[\w.-]{1,63}$/, 'at most 63 letters, digits, dots, dashes and underscores');

const logShape = {
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `ecs`: lines by the Elastic Common Schema. */
  LOG_FORMAT: z.enum(LOG_FORMATS).default('json'),
};

function certificateWithKey(
  config: { TEMPORAL_TLS_CERT?: string | undefined; TEMPORAL_TLS_KEY?: string | undefined },
  context: z.RefinementCtx,
): void {
  if ((config.TEMPORAL_TLS_CERT === undefined) === (config.TEMPORAL_TLS_KEY === undefined)) return;
  const missing = config.TEMPORAL_TLS_CERT === undefined ? 'TEMPORAL_TLS_CERT' : 'TEMPORAL_TLS_KEY';
  context.addIssue({ code: 'custom', path: [missing], message: 'is missing' });
}

const tracingShape = {
  /** The base URL of a collector that takes OTLP over HTTP; switches tracing on. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  /** The share of traces that are recorded, the same for all processes. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  /** Instead of certifiable-api or certifiable-worker-POOL. */
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
};

const apiSchema = z.object({
  ...tracingShape,
  ...databaseShape,
  ...temporalShape,
  ...receiptShape,
  ...logShape,
  ...webhookShape,
  /** The image bakes it in for all that it runs; metrics and logs tell it. */
  WORKER_BUILD_ID: buildId.default('unknown'),
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

const temporalSchema = z.object(temporalShape).superRefine(certificateWithKey);

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

const buildShape = {
  /** The build that workflows are pinned to: the image's digest or the commit. */
  WORKER_BUILD_ID: buildId,
  /** The prebuilt workflow bundle; without it the worker bundles at start. */
  WORKFLOW_BUNDLE: z.string().min(1).optional(),
};

const workerSchema = z
  .object({
    ...databaseShape,
    ...temporalShape,
    ...receiptShape,
    ...logShape,
    ...webhookShape,
    ...poolShape,
    ...buildShape,
    ...tracingShape,
    /** How the Temporal Worker Controller calls this worker deployment; without it, it has the name of its pool. */
    TEMPORAL_DEPLOYMENT_NAME: z.string().min(1).optional(),
    /** Serves /livez, /readyz and /metrics. */
    WORKER_HTTP_PORT: port.default(9464),
    WORKER_HTTP_HOST: z.string().min(1).default('0.0.0.0'),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(0).default(20),
  })
  .superRefine(certificateWithKey)
  .superRefine((config, context) => {
    if (config.SMTP_URL !== undefined && config.MAIL_FROM === undefined)
      context.addIssue({ code: 'custom', path: ['MAIL_FROM'], message: 'is missing' });
  });

type RegisterConfig = { readonly register: RegisterSettings };
type WithSecretFiles = { readonly secretFiles?: SecretFiles };
export type ApiConfig = z.infer<typeof apiSchema> & StorageConfig & RegisterConfig & WithSecretFiles;
export type WorkerConfig = z.infer<typeof workerSchema> & StorageConfig & RegisterConfig & WithSecretFiles;
export type TemporalConfig = z.infer<typeof temporalSchema> & WithSecretFiles;
export type TracingConfig = Pick<ApiConfig, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_TRACES_SAMPLER_ARG' | 'OTEL_SERVICE_NAME'>;
export type DatabaseConfig = Pick<ApiConfig, 'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'secretFiles'>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** All that is wrong with the environment, one line a variable; values are left out, since they may be secrets. */
export class ConfigurationError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

const TEMPORAL_SECRETS = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY', 'TEMPORAL_TLS_CA'] as const;
const API_SECRETS = ['DATABASE_URL', ...TEMPORAL_SECRETS, 'RECEIPT_KEYS', 'REGISTER_COSMOS_KEY'] as const;
const WORKER_SECRETS = [...API_SECRETS, 'CREDENTIAL_KEYS', 'SMTP_URL'] as const;

function parse<Schema extends z.ZodType>(schema: Schema, given: Environment, secrets: readonly SecretName[]): z.infer<Schema> & WithSecretFiles {
  const { environment, secretFiles, problems } = readSecretFiles(given, secrets);
  const result = schema.safeParse(environment);
  const mistakes = result.success
    ? []
    : result.error.issues.flatMap((issue) => {
        const name = issue.path.join('.');
        if (problems.some((problem) => problem.startsWith(`${name}_FILE:`))) return [];
        const source = name in secretFiles ? `${name}_FILE` : name;
        return [`${source}: ${environment[name] === undefined ? 'is missing' : issue.message}`];
      });
  if (result.success && problems.length === 0) return Object.assign(result.data as object, { secretFiles }) as z.infer<Schema> & WithSecretFiles;
  throw new ConfigurationError([...problems, ...mistakes]);
}

/** Throws a ConfigurationError that names every mistake. */
export function readApiConfig(environment: Environment = process.env): ApiConfig {
  return parse(apiSchema.superRefine(certificateWithKey).and(storageConfig).and(registerVariables), environment, API_SECRETS);
}

/** Throws a ConfigurationError that names every mistake. */
export function readWorkerConfig(environment: Environment = process.env): WorkerConfig {
  return parse(workerSchema.and(storageConfig).and(registerVariables), withControllersBuild(environment), WORKER_SECRETS);
}

/** The Temporal Worker Controller says in a variable of its own which build this is, and the image has one baked in: it is the one that routes. */
function withControllersBuild(environment: Environment): Environment {
  const { TEMPORAL_WORKER_BUILD_ID: buildId } = environment;
  return buildId === undefined ? environment : { ...environment, WORKER_BUILD_ID: buildId };
}

/** For the tools that need nothing but the database. Throws a ConfigurationError that names every mistake. */
export function readDatabaseConfig(environment: Environment = process.env): DatabaseConfig {
  return parse(z.object(databaseShape), environment, ['DATABASE_URL']);
}

/** For the tools that fill the register. Throws a ConfigurationError that names every mistake. */
export function readRegisterConfig(environment: Environment = process.env): DatabaseConfig & RegisterConfig {
  return parse(z.object(databaseShape).and(registerVariables), environment, ['DATABASE_URL', 'REGISTER_COSMOS_KEY']);
}

/** For the tool that puts Temporal and the records in step again. Throws a ConfigurationError that names every mistake. */
export function readReconcileConfig(environment: Environment = process.env) {
  const { PUBLIC_URL } = receiptShape;
  const { SMTP_URL } = poolShape;
  const schema = z.object({ ...databaseShape, ...temporalShape, PUBLIC_URL, SMTP_URL }).superRefine(certificateWithKey);
  return parse(schema, environment, ['DATABASE_URL', ...TEMPORAL_SECRETS, 'SMTP_URL']);
}

/** For the tools that read what candidates uploaded. Throws a ConfigurationError that names every mistake. */
export function readStorageConfig(environment: Environment = process.env): StorageConfig {
  return parse(storageConfig, environment, []);
}

/** The values of the variables that a setting names (platform/brokers/settings.ts). */
export function secretsOf(environment: Environment = process.env): Environment {
  return environment;
}

const ownBuildSchema = z.object(buildShape).partial();

/** The build that a tool was started from, as its image says. Throws a ConfigurationError that names every mistake. */
export function readOwnBuild(environment: Environment = process.env): z.infer<typeof ownBuildSchema> {
  return parse(ownBuildSchema, environment, []);
}

/** For the tools that need nothing but Temporal. Throws a ConfigurationError that names every mistake. */
export function readTemporalConfig(environment: Environment = process.env): TemporalConfig {
  return parse(temporalSchema, environment, TEMPORAL_SECRETS);
}
