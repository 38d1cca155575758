import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from '../workers/pools.ts';
import { roleOfPool, urlAs } from './database-logins.ts';
import { sealingKeys } from './signing-keys.ts';
import { inheritedEnvironment, type Environment } from './environment.ts';
import { answersOk, nodeProcess, type ManagedProcess } from './process.ts';
import { audience, PAGES_CLIENT_ID } from './tokens.ts';

/** Our own processes of the stack, with the environment that they read. */

export type ProcessSettings = {
  dataDirectory: string;
  databaseUrl: string;
  temporalAddress: string;
  temporalUiUrl?: string | undefined;
  /** A JWK Set, as RECEIPT_KEYS. */
  receiptKeys: string;
  /** A JWK Set, as CREDENTIAL_KEYS. */
  credentialKeys: string;
  /** ISSUER_KEYS and ISSUER_ROOTS, for the API and the pool `publication`. */
  issuerKeys?: Environment;
  /** TEMPORAL_CODEC_KEYS; without them Temporal keeps payloads readable. */
  codecKeys?: string | undefined;
  /** Of the local mailbox; without one, notices stay in the inboxes. */
  smtpUrl?: string | undefined;
  workflowBundle: string;
  apiUrl: string;
  issuerUrl: string;
  /** Wins over everything else. */
  environment: Environment;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** Whether one that ends by itself is started again. */
  revives?: boolean;
};

/** One build id for ever (design, section 6): here workflows outlive the code that they were started with. */
export const embeddedBuildId = 'embedded';

const host = '127.0.0.1';
const graceSeconds = 5;
/** Shutting down takes the grace time and then some; beyond this it hangs. */
const stopSeconds = 20;
const readySeconds = 90;
/** Of PostgreSQL's 200 connections, so that API and pools may be doubled for a test. */
const poolSize = { api: 20, worker: 10 };

export function urlOf(port: number): string {
  return `http://${host}:${port}`;
}

export function issuerProcess(settings: { dataDirectory: string; port: number; pagesUrl: string } & Lifecycle): ManagedProcess {
  const { dataDirectory, port, pagesUrl } = settings;
  const args = ['--port', String(port), '--key-file', join(dataDirectory, 'keys', 'issuer.json'), '--pages-url', pagesUrl];
  return ownProcess({ ...settings, name: 'issuer', script: 'local/issuer-main.ts', args, environment: {} });
}

/** Takes every mail and shows it on a page; sends none on. */
export function mailboxProcess(settings: { dataDirectory: string; smtpPort: number; port: number } & Lifecycle): ManagedProcess {
  const { dataDirectory, smtpPort, port } = settings;
  const args = ['--directory', join(dataDirectory, 'mail'), '--smtp-port', String(smtpPort), '--http-port', String(port)];
  return ownProcess({ ...settings, name: 'mailbox', script: 'local/mailbox-main.ts', args, environment: {} });
}

export function apiProcess(settings: ProcessSettings, port: number): ManagedProcess {
  const environment = {
    ...commonEnvironment(settings),
    DATABASE_URL: urlAs('api', settings.databaseUrl),
    DATABASE_POOL_SIZE: String(poolSize.api),
    ...settings.issuerKeys,
    API_HOST: host,
    API_PORT: String(port),
    OIDC_ISSUER: settings.issuerUrl,
    OIDC_AUDIENCE: audience,
    WEB_CLIENT_ID: PAGES_CLIENT_ID,
    // Whoever tries it is one person; what is proposed on the pages takes two here as well.
    EXAM_PUBLICATION: 'one-person',
    ...(settings.temporalUiUrl === undefined ? {} : { TEMPORAL_UI_URL: settings.temporalUiUrl }),
    ...settings.environment,
  };
  return ownProcess({ ...settings, name: 'api', script: 'api/main.ts', args: [], port, environment });
}

export function poolProcess(settings: ProcessSettings, { pool, name, port }: { pool: Pool; name: string; port: number }): ManagedProcess {
  const environment = {
    ...commonEnvironment(settings),
    DATABASE_URL: urlAs(roleOfPool(pool), settings.databaseUrl),
    DATABASE_POOL_SIZE: String(poolSize.worker),
    WORKFLOW_BUNDLE: settings.workflowBundle,
    CREDENTIAL_KEYS: settings.credentialKeys,
    ...settings.issuerKeys,
    ...(settings.smtpUrl === undefined ? {} : { SMTP_URL: settings.smtpUrl, MAIL_FROM: 'Certifiable <no-reply@certifiable.example>' }),
    WORKER_HTTP_HOST: host,
    WORKER_HTTP_PORT: String(port),
    ...settings.environment,
  };
  return ownProcess({ ...settings, name, script: 'workers/main.ts', args: ['--pool', pool], port, environment });
}

function commonEnvironment(settings: ProcessSettings): Environment {
  return {
    WORKER_BUILD_ID: embeddedBuildId,
    TEMPORAL_ADDRESS: settings.temporalAddress,
    PUBLIC_URL: settings.apiUrl,
    CANDIDATE_URL: `${settings.apiUrl}/exam`,
    DESK_URL: `${settings.apiUrl}/desk`,
    STAFF_EMAIL: 'staff@certifiable.example',
    CONSOLE_URL: `${settings.apiUrl}/console`,
    RECEIPT_KEYS: settings.receiptKeys,
    SECRET_KEYS: sealingKeys(settings.receiptKeys),
    ...encryptionOf(settings),
    UPLOAD_DIRECTORY: uploadsOf(settings),
    SHUTDOWN_GRACE_SECONDS: String(graceSeconds),
  };
}

/** What names the servers of the stack to a command that acts on them, and nothing that signs. */
export function serversOf(settings: ProcessSettings): Readonly<Record<string, string>> {
  const namespace = inheritedEnvironment()['TEMPORAL_NAMESPACE'];
  return {
    DATABASE_URL: urlAs('operator', settings.databaseUrl),
    TEMPORAL_ADDRESS: settings.temporalAddress,
    ...encryptionOf(settings),
    ...(namespace === undefined ? {} : { TEMPORAL_NAMESPACE: namespace }),
    PUBLIC_URL: settings.apiUrl,
    UPLOAD_DIRECTORY: uploadsOf(settings),
    ...(settings.smtpUrl === undefined ? {} : { SMTP_URL: settings.smtpUrl }),
  };
}

function encryptionOf({ codecKeys }: ProcessSettings): Readonly<Record<string, string>> {
  return codecKeys === undefined ? {} : { TEMPORAL_CODEC_KEYS: codecKeys };
}

function uploadsOf({ dataDirectory }: ProcessSettings): string {
  return join(dataDirectory, 'uploads');
}

type Lifecycle = { log: (line: string) => void; signal?: AbortSignal | undefined; revives?: boolean };

type OwnProcess = Lifecycle & {
  name: string;
  script: string;
  args: readonly string[];
  port: number;
  environment: Environment;
  dataDirectory: string;
};

function ownProcess({ name, script, args, port, environment, dataDirectory, ...lifecycle }: OwnProcess): ManagedProcess {
  return nodeProcess({
    name,
    script: fileURLToPath(new URL(`../${script}`, import.meta.url)),
    args,
    environment,
    logFile: join(dataDirectory, 'logs', `${name}.log`),
    isReady: () => answersOk(`${urlOf(port)}/readyz`),
    readySeconds,
    stopSeconds,
    log: lifecycle.log,
    signal: lifecycle.signal,
    revives: lifecycle.revives,
  });
}
