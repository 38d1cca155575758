import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { ExamContent, Test } from '../../domain/exam.ts';
import { urlAs } from '../../local/database-logins.ts';
import { freePort } from '../../local/ports.ts';
import { readApiConfig } from '../../api/config.ts';
import type { Environment } from '../../platform/config.ts';
import { createCredentialIssuer, type CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { createLogger } from '../../platform/logging.ts';
import { connectDatabase, postgresClock, type Clock } from '../../store/context.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { createStore } from '../../store/store.ts';
import { asRunning } from './running-login.ts';
import { createDatabase, receiptKeys } from './database.ts';
import { createAnswerCheck, type AnswerCheck } from './declared-answers.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { issuerKeysFor } from './issuer-keys.ts';
import type { Role } from '../../api/actor.ts';
import { createApp } from '../../api/app.ts';
import { createHttpServer } from '../../api/http-server.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { registerRoutes } from '../../api/routes/register/routes.ts';
import { routesOf } from '../../api/routes.ts';
import { createServices, type Services } from '../../api/services.ts';

/** The real API for tests: on a port of its own, with a database of its own, tokens of its own, and Temporal away. */

const AUDIENCE = 'certifiable-test';

export type TestIssuer = {
  readonly url: string;
  readonly token: (person: TokenClaims) => Promise<string>;
  readonly close: () => Promise<void>;
};

type TokenClaims = {
  readonly subject: string;
  readonly roles?: unknown;
  readonly name?: string;
  /** Any others. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly audience?: string;
  readonly issuer?: string;
  readonly issuedAt?: Date;
  readonly expiresInSeconds?: number;
  readonly key?: CryptoKey;
  /** Of the token, by RFC 9068 or not. */
  readonly type?: string;
};

/** An issuer that does what any does: a discovery document and keys. */
async function startTestIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    const answers: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/jwks` },
      '/jwks': { keys: [jwk] },
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });
  const port = await listen(server);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    token: ({
      subject,
      roles,
      name = `Name of ${subject}`,
      claims = {},
      audience = AUDIENCE,
      issuer = url,
      issuedAt = new Date(),
      expiresInSeconds = 600,
      key = privateKey,
      type,
    }) =>
      new SignJWT({ roles, ...(name === '' ? {} : { name }), ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'test', ...(type === undefined ? {} : { typ: type }) })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(issuedAt)
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
        .sign(key),
    close: () => close(server),
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests compare a body with all that they expect of it
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: any };

/** One person with a token; each call is one request. */
export type Caller = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;

export type TestApi = {
  readonly url: string;
  /** As the API has them, but that store and register may do what any process may, and DATABASE_URL is the owner's: for what others do meanwhile. */
  readonly services: Services;
  /** As the API has them. */
  readonly served: Services;
  readonly issuer: TestIssuer;
  /** Somebody with one role, or several. */
  readonly as: (subject: string, ...roles: readonly Role[]) => Caller;
  /** With this token, or with none. */
  readonly withToken: (token: string | undefined) => Caller;
  readonly publish: (exam?: ExamContent) => Promise<ExamContent>;
  readonly close: () => Promise<void>;
};

/** Starts the API. `clock` moves the time of facts; `environment` wins over the defaults. */
export async function startTestApi({
  clock,
  environment = {},
  issuer,
  port: wantedPort,
}: { clock?: Clock; environment?: Environment; issuer?: TestIssuer; port?: number } = {}): Promise<TestApi> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-api-'));
  const database = await createDatabase();
  const identity = issuer ?? (await startTestIssuer());
  const owned = environment['DATABASE_URL'] ?? database.databaseUrl;
  // Given by a file, it is what the test is about, and changes.
  const byFile = environment['DATABASE_URL_FILE'] !== undefined;
  const [port, closedPort] = await Promise.all([wantedPort ?? portFor('API'), portFor('nobody')]);
  const publicUrl = `http://127.0.0.1:${port}`;
  const credentialKeys = await receiptKeys();
  const config = readApiConfig({
    DATABASE_POOL_SIZE: '10',
    // Nobody listens there: facts must be taken all the same.
    TEMPORAL_ADDRESS: `127.0.0.1:${closedPort}`,
    RECEIPT_KEYS: await receiptKeys(),
    UPLOAD_DIRECTORY: directory,
    LOG_LEVEL: 'silent',
    API_PORT: String(port),
    PUBLIC_URL: publicUrl,
    ...(await issuerKeysFor({ keys: credentialKeys, publicUrl: environment['PUBLIC_URL'] ?? publicUrl })),
    OIDC_ISSUER: identity.url,
    OIDC_AUDIENCE: AUDIENCE,
    RATE_LIMIT_PER_MINUTE: '100000',
    EXAM_PUBLICATION: 'one-person',
    ...environment,
    DATABASE_URL: byFile ? undefined : urlAs('api', owned),
  });
  const served = await createServices({ config, logger: createLogger({ level: 'silent', service: 'api' }), ...(clock ? { clock } : {}) });
  const prisma = connectDatabase({ DATABASE_URL: asRunning(owned), DATABASE_POOL_SIZE: 10 });
  const store = createStore({ prisma, clock: clock ?? postgresClock, receipts: served.receipts });
  const register = config.register.kind === 'postgres' ? createPostgresRegister({ prisma }) : served.register;
  const services = byFile ? served : { ...served, prisma, store, register, config: { ...config, DATABASE_URL: owned } };
  issuers.set(
    services,
    once(() => makeIssuer(services, credentialKeys)),
  );
  const server = createHttpServer(createApp(served));
  await listen(server, port);

  const checkAnswer = createAnswerCheck([...registerRoutes(served), ...routesOf(served)]);
  const caller = (token: () => Promise<string | undefined>) => callerOf({ url: config.PUBLIC_URL, token, checkAnswer });
  const withToken = (token: string | undefined) => caller(async () => token);
  return {
    url: config.PUBLIC_URL,
    services,
    served,
    issuer: identity,
    as(subject, ...roles) {
      const token = identity.token({ subject, roles });
      return caller(() => token);
    },
    withToken,
    async publish(exam = smallExam()) {
      await services.store.examVersions.publish({ content: exam, actor: 'designated' });
      return exam;
    },
    async close() {
      await close(server);
      await served.close();
      await store.close();
      await database.drop();
      if (!issuer) await identity.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function callerOf({ url, token, checkAnswer }: { url: string; token: () => Promise<string | undefined>; checkAnswer: AnswerCheck }): Caller {
  return async (method, path, body, headers = {}) => {
    const bearer = await token();
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const answer: Answer = { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
    checkAnswer({ ...answer, method, path });
    return answer;
  };
}

/** What a test compares of a refusal. */
export function refusalOf(answer: Answer): { status: number; code: ProblemCode; type: string | null } {
  return { status: answer.status, code: answer.body.code, type: answer.headers.get('content-type')?.split(';')[0] ?? null };
}

export function refused(status: number, code: ProblemCode) {
  return { status, code, type: 'application/problem+json' };
}

/** Registers, and starts the aptitude test. */
export async function startedAttempt(candidate: Caller, examId = 'small'): Promise<string> {
  const attemptId = await registeredAttempt(candidate, examId);
  await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test`);
  return attemptId;
}

export async function registeredAttempt(candidate: Caller, examId = 'small'): Promise<string> {
  const { status, body } = await candidate('POST', '/v1/attempts', { examId });
  if (status !== 201) throw new Error(`not registered: ${JSON.stringify(body)}`);
  return body.id;
}

/** Answers everything rightly and submits; returns the submission's id. */
export async function submittedAttempt(candidate: Caller, examId?: string): Promise<{ attemptId: string; submissionId: string }> {
  const attemptId = await startedAttempt(candidate, examId);
  const answers = { c1: ['a'], c2: ['a', 'b'], t1: 'My answer one', t2: 'My answer two' };
  for (const [itemId, value] of Object.entries(answers))
    await candidate('PUT', `/v1/attempts/${attemptId}/responses/${itemId}`, { value, sequence: 1 });
  const { body } = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
  return { attemptId, submissionId: body.submissionId };
}

/** What the workflow does after a submission: opens the assignments of all markers. */
export async function openAssignments({ services }: TestApi, submissionId: string, seats: readonly number[] = [1]): Promise<void> {
  await services.store.assignments.open({ submissionId, purpose: 'mark', seats, dueAt: new Date(Date.now() + 7 * 86_400_000) });
}

/** What the workflow does at the end of a grading: publishes, here with full points or with none. */
export async function publishDecision(
  { services }: TestApi,
  decided: { attemptId: string; submissionId: string; test: Test; passed: boolean },
): Promise<void> {
  const { attemptId, submissionId, test, passed } = decided;
  const itemIds = { aptitude: ['c1', 'c2', 't1', 't2'], case_study: ['k1', 'k2'] }[test];
  const millipointsMax = { aptitude: 5000, case_study: 10_000 }[test];
  const millipoints = passed ? millipointsMax : 0;
  const score = { millipoints: millipoints * itemIds.length, millipointsMax: millipointsMax * itemIds.length };
  const items = itemIds.map((itemId) => ({ itemId, millipoints, millipointsMax, basis: 'single' }) as const);
  const credentials = await issuerOf(services);
  await services.store.decisions.publish({ attemptId, test, round: 1, submissionId, passed, score, items }, credentials);
}

const issuers = new WeakMap<Services, () => Promise<CredentialIssuer>>();

/** What the publication pool signs with; its keys are signed off, and published, as the pool does when it starts. */
export function issuerOf(services: Services): Promise<CredentialIssuer> {
  const issuer = issuers.get(services);
  if (!issuer) throw new TypeError('these are not the services of a test');
  return issuer();
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

async function makeIssuer(services: Services, keys: string): Promise<CredentialIssuer> {
  const issuer = await createCredentialIssuer({ keys, publicUrl: services.config.PUBLIC_URL });
  await services.store.certificates.keepIssuerKeys(issuer.publicKeys.map((key) => key.publicKeyMultibase));
  return issuer;
}

/** Passes the aptitude test and downloads the case study. */
export async function downloadedAttempt(api: TestApi, candidate: Caller): Promise<string> {
  const { attemptId, submissionId } = await submittedAttempt(candidate);
  await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: true });
  await candidate('POST', `/v1/attempts/${attemptId}/case-study`);
  return attemptId;
}

function portFor(purpose: string): Promise<number> {
  return freePort({ purpose, log: () => {} });
}

function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
