import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import { createApp } from '../../api/app.ts';
import { createServices } from '../../api/services.ts';
import { freePort, returnPort } from '../../local/ports.ts';
import { statedKeys } from '../../local/signing-keys.ts';
import { issuerProcess, urlOf } from '../../local/stack-processes.ts';
import { audience, requestToken, type Role } from '../../local/tokens.ts';
import { readApiConfig } from '../../api/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { attemptWorkflowId, type AttemptResult } from '../../workflows/messages.ts';
import { toMarkIn, type Assignment, type Attempt } from '../people/client.ts';
import { RESPONSES, SOLUTION, unlessAborted } from './pipeline-side.ts';

/** One attempt over HTTP, as people make it: a request for each act, at a pace that lets the pipeline come to rest in between. */

export type Surroundings = {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly receiptKeys: string;
  readonly credentialKeys: string;
  readonly dataDirectory: string;
  readonly client: Client;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Player = { readonly play: (examId: string) => Promise<{ attemptId: string }>; readonly close: () => Promise<void> };

/** After that, the doorbell has rung and been acknowledged, and the workflow has come to its next wait. */
const REST_MILLISECONDS = 600;
const POLL_MILLISECONDS = 50;

export async function createPlayer(surroundings: Surroundings): Promise<Player> {
  const { databaseUrl, temporalAddress, receiptKeys, dataDirectory, client, log, signal } = surroundings;
  const [port, issuerPort] = [await freePort({ purpose: 'the API', log }), await freePort({ purpose: 'the issuer', log })];
  const issuer = issuerProcess({ dataDirectory, port: issuerPort, pagesUrl: urlOf(port), log, signal });
  await issuer.start();
  const issuerUrl = urlOf(issuerPort);
  const config = readApiConfig({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    RECEIPT_KEYS: receiptKeys,
    UPLOAD_DIRECTORY: join(dataDirectory, 'uploads'),
    API_PORT: String(port),
    PUBLIC_URL: urlOf(port),
    OIDC_ISSUER: issuerUrl,
    OIDC_AUDIENCE: audience,
    ...(await statedKeys({ dataDirectory, credentialKeys: surroundings.credentialKeys, publicUrl: urlOf(port) })),
  });
  const services = await createServices({ config, logger: createLogger({ level: 'error', service: 'api' }) });
  const api = await listen(createServer(createApp(services)), port);
  // What it looks for is not a part of an attempt, so PostgreSQL does not log it.
  const observer = new pg.Client({ connectionString: databaseUrl, options: '-c log_statement=none' });
  await observer.connect();

  async function person(role: Role): Promise<Ask> {
    const subject = `${role}-${randomUUID()}`;
    const token = await requestToken(issuerUrl, { subject, name: 'Ada Example', roles: [role], expiresInSeconds: 3600 });
    return (method, path, request = {}) => ask({ url: new URL(path, config.PUBLIC_URL), method, token, signal, ...request });
  }

  async function until(condition: string, attemptId: string): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const { rows } = await observer.query<{ met: boolean }>(`SELECT EXISTS (SELECT FROM attempt a WHERE a.id = $1 AND ${condition}) AS met`, [
        attemptId,
      ]);
      if (rows[0]?.met) break;
      await pause(POLL_MILLISECONDS, undefined, { signal });
    }
    await rest();
  }

  const rest = () => pause(REST_MILLISECONDS, undefined, { signal });

  async function markBoth(attemptId: string): Promise<void> {
    for (const _seat of [1, 2]) {
      await until(
        `EXISTS (SELECT FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE s.attempt_id = a.id AND t.state = 'open')`,
        attemptId,
      );
      const grader = await person('grader');
      const assignment = (await grader('POST', '/v1/assignments/claims')).body as Assignment;
      const marks = toMarkIn(assignment).map(({ itemId, pointsMax }) => ({ itemId, points: pointsMax, reason: '' }));
      await grader('POST', `/v1/assignments/${assignment.id}/completion`, { body: { fencingToken: assignment.fencingToken, marks } });
      await rest();
    }
  }

  return {
    async play(examId) {
      const candidate = await person('candidate');
      const registered = await candidate('POST', '/v1/attempts', { body: { examId }, headers: { 'idempotency-key': randomUUID() } });
      const { id: attemptId } = registered.body as Attempt;
      const path = `/v1/attempts/${attemptId}`;
      await rest();
      await candidate('POST', `${path}/aptitude-test`);
      await rest();
      for (const [itemId, value] of Object.entries(RESPONSES))
        await candidate('PUT', `${path}/responses/${itemId}`, { body: { value, sequence: 1 } });
      await candidate('POST', `${path}/aptitude-test/submission`);
      await markBoth(attemptId);
      await until('a.download_by IS NOT NULL', attemptId);
      await candidate('POST', `${path}/case-study`);
      await rest();
      await upload(candidate, `${path}/uploads`);
      await candidate('POST', `${path}/case-study/submission`);
      await markBoth(attemptId);
      const { outcome } = (await unlessAborted(client.workflow.getHandle(attemptWorkflowId(attemptId)).result(), signal)) as AttemptResult;
      if (outcome !== 'certified') throw new Error(`the attempt ended ${outcome}`);
      await rest();
      return { attemptId };
    },
    async close() {
      await new Promise((resolve) => {
        api.close(resolve);
        api.closeAllConnections();
      });
      await services.close();
      await issuer.stop();
      await observer.end();
      for (const used of [port, issuerPort]) returnPort(used);
    },
  };
}

function listen(server: Server, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ host: '127.0.0.1', port }, () => resolve(server));
  });
}

/** By tus, as its clients do it: announced first, then the bytes. */
async function upload(candidate: Ask, path: string): Promise<void> {
  const bytes = Buffer.from(SOLUTION);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const tus = { 'tus-resumable': '1.0.0' };
  const announced = await candidate('POST', path, {
    headers: {
      ...tus,
      'upload-length': String(bytes.length),
      'upload-metadata': `filename ${base64('mine.md')},filetype ${base64('text/markdown')},sha256 ${base64(sha256)}`,
    },
  });
  const location = announced.headers.get('location') ?? '';
  await candidate('PATCH', location, { body: bytes, headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } });
}

type Request = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };
type Answer = { readonly body: unknown; readonly headers: Headers };
type Ask = (method: string, path: string, request?: Request) => Promise<Answer>;

/** One request. Throws whatever is refused. */
async function ask({
  url,
  method,
  token,
  signal,
  body,
  headers,
}: Request & { url: URL; method: string; token: string; signal: AbortSignal }): Promise<Answer> {
  const isJson = body !== undefined && !(body instanceof Uint8Array);
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body) }),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url.pathname}: ${response.status} ${text}`);
  return { headers: response.headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}
