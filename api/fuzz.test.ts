import { Agent, request } from 'node:http';
import fc from 'fast-check';
import pMap from 'p-map';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inheritedEnvironment } from '../local/environment.ts';
import { certifiedAttempt } from '../test/support/certified.ts';
import {
  downloadedAttempt,
  issuerOf,
  openAssignments,
  startedAttempt,
  startTestApi,
  submittedAttempt,
  type Caller,
  type TestApi,
} from '../test/support/api.ts';
import { hostileRequests, operationsOf, type Document, type HostileRequest, type Operation } from '../test/support/hostile-requests.ts';
import { smallExam } from '../trials/people/small-exam.ts';
import { ROLES } from './actor.ts';

/** By hand, for more: FUZZ_CASES=2000 FUZZ_SEED=7 npx vitest run api/fuzz.test.ts */
const { FUZZ_CASES, FUZZ_SEED } = inheritedEnvironment();
const casesPerOperation = Number(FUZZ_CASES ?? 40);
const seed = Number(FUZZ_SEED ?? 2026);
const AT_ONCE = 8;
const ANSWER_BYTES_MAX = 256 * 1024;

let api: TestApi;
let document: Document;
let tokens: readonly string[];
let known: Readonly<Record<string, readonly string[]>>;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

beforeAll(async () => {
  api = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '10000000', RATE_LIMIT_PER_MINUTE: '10000000' } });
  await api.publish();
  await api.publish(smallExam({}, 'second'));
  const eve = api.as('eve', ...ROLES);
  document = (await eve('GET', '/openapi.json')).body as Document;
  tokens = await hostileTokens();
  known = await knownIds(eve);
});
afterAll(async () => {
  agent.destroy();
  await api.close();
});

/** Of nobody, of each role, of all of them at once, and of a kind that no issuer gives. */
async function hostileTokens(): Promise<readonly string[]> {
  const good = await Promise.all(
    [...ROLES.map((role) => [role]), ROLES].map((roles) => api.issuer.token({ subject: 'eve', roles, expiresInSeconds: 7200 })),
  );
  const [everybody = ''] = good.slice(-1);
  const odd = await Promise.all([
    api.issuer.token({ subject: '\u0000', roles: ROLES }),
    api.issuer.token({ subject: 'x'.repeat(2000), roles: ROLES }),
    api.issuer.token({ subject: 'eve', roles: { candidate: true } }),
    api.issuer.token({ subject: 'nul', roles: ROLES, claims: { name: 'a\u0000b', email: 7, email_verified: 'maybe', locale: '\uD800' } }),
    api.issuer.token({ subject: 'eve', roles: ROLES, expiresInSeconds: -3600 }),
  ]);
  const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
  const [, payload = '', signature = ''] = everybody.split('.');
  const forged = [
    { alg: 'none' },
    { alg: 'HS256' },
    { alg: 'ES256', crit: ['x'], x: 1 },
    { alg: 'RS256', kid: 'other' },
    { alg: 'ES256', typ: 7 },
    7,
  ];
  return [
    '',
    ...good,
    // Most come past the doors.
    ...Array.from({ length: 40 }, () => everybody),
    ...odd,
    ...forged.map((header) => `${head(header as object)}.${payload}.${signature}`),
    'a.b.c',
    '...',
    'a.b.c.d.e',
    `${everybody}x`,
  ];
}

/** Something real of each kind, most of it eve's own: what is not there is refused before much can go wrong. */
async function knownIds(eve: Caller): Promise<Readonly<Record<string, readonly string[]>>> {
  const started = await startedAttempt(eve, 'second');
  const downloaded = await downloadedAttempt(api, eve);
  const upload = await eve('POST', `/v1/attempts/${downloaded}/uploads`, undefined, {
    'tus-resumable': '1.0.0',
    'upload-length': '10',
    'upload-metadata': ['filename a.md', 'filetype text/markdown', `sha256 ${'a'.repeat(64)}`]
      .map((pair) => pair.split(' '))
      .map(([name, value = '']) => `${name} ${Buffer.from(value).toString('base64')}`)
      .join(','),
  });
  const { submissionId } = await submittedAttempt(api.as('cy', 'candidate'));
  await openAssignments(api, submissionId, [1, 2]);
  const claimed = await eve('POST', '/v1/assignments/claims');
  const { certificateId, attemptId } = await certifiedAttempt(api.services.store, { credentials: await issuerOf(api.services) });
  await eve('POST', '/v1/staff/webhooks', { name: 'hook', url: 'https://hooks.example.org/a' });
  expect([upload.status, claimed.status]).toEqual([201, 200]);
  return {
    attemptId: [started, downloaded, attemptId],
    uploadId: [new URL(upload.headers.get('location') ?? '').pathname.split('/').at(-1) ?? ''],
    assignmentId: [claimed.body.id],
    certificateId: [certificateId],
    examId: ['small', 'second'],
    itemId: ['c1', 't1', 'k1'],
    test: ['aptitude', 'case_study'],
    sink: ['hook', 'register'],
  };
}

type Answer = { readonly status: number; readonly type: string; readonly requestId: unknown; readonly body: Buffer };

function send(method: string, { token, path, headers, body }: HostileRequest): Promise<Answer> {
  const { hostname, port } = new URL(api.url);
  const bytes = Buffer.from(body, 'latin1');
  const length = method === 'GET' || method === 'HEAD' ? {} : { 'content-length': bytes.length };
  const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method, path, headers: { ...headers, ...length, ...authorization } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject);
      response.once('end', () => {
        const { 'content-type': type = '', 'x-request-id': requestId } = response.headers;
        resolve({ status: response.statusCode ?? 0, type, requestId, body: Buffer.concat(chunks) });
      });
    }).once('error', reject);
    sent.end('content-length' in length ? bytes : undefined);
  });
}

/** What is wrong with an answer; undefined when the document promises one like it. */
function problemOf({ definition }: Operation, method: string, { status, type, requestId, body }: Answer): string | undefined {
  if (typeof requestId !== 'string') return 'has no X-Request-Id';
  if (definition.responses[status] === undefined) return 'is not documented';
  if (body.length > ANSWER_BYTES_MAX) return `has ${body.length} bytes`;
  if (status < 400 || method === 'HEAD') return undefined;
  if (!type.startsWith('application/problem+json')) return `is of the type ${type}`;
  const problem = JSON.parse(body.toString()) as { readonly code: string; readonly status: number };
  if (problem.status !== status) return 'says another status in its body';
  // Nobody runs Temporal here: what is asked of a workflow cannot be answered, and the document says so.
  return status >= 500 && problem.code !== 'unavailable' ? 'is a fault of ours' : undefined;
}

it('whatever is sent to whichever operation with whichever token, the answer is one that the document promises, and no fault of ours', async () => {
  const operations = operationsOf(document);
  const requests = operations.flatMap((operation, index) =>
    fc
      .sample(hostileRequests({ operation, document, tokens, known }), { seed: seed + index, numRuns: casesPerOperation })
      .map((hostile) => ({ operation, hostile })),
  );
  const statuses: Record<number, number> = {};
  const unexpected = new Map<string, object>();
  await pMap(
    requests,
    async ({ operation, hostile }) => {
      const { method, path } = operation;
      const answer = await send(method, hostile);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      const problem = problemOf(operation, method, answer);
      if (problem !== undefined)
        unexpected.set(`${method} ${path} ${answer.status} ${problem}`, { answer: answer.body.toString().slice(0, 300), request: cut(hostile) });
    },
    { concurrency: AT_ONCE },
  );
  console.log(`${operations.length} operations, ${requests.length} cases (seed ${seed}), ${unexpected.size} unexpected; ${JSON.stringify(statuses)}`);
  expect(Object.fromEntries(unexpected)).toEqual({});
  expect(operations.length).toBeGreaterThan(50);
  // It comes past the doors: with right and with wrong requests.
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '201', '400', '401', '403', '404', '409', '415', '422']));
}, 600_000);

function cut({ token, path, headers, body }: HostileRequest): object {
  return { token: token.slice(0, 40), path: path.slice(0, 300), headers, body: body.slice(0, 300) };
}
