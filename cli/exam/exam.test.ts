import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommandOn } from '../../test/support/command.ts';
import { createConnections } from '../connections.ts';

const SAMPLE = fileURLToPath(new URL('../../exams/software-architect.json', import.meta.url));

let folder: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exam-command-'));
});

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  await rm(folder, { recursive: true });
});

const PUBLISHED = { examVersion: 'software-architect@3' };

async function run(...args: readonly string[]) {
  const said: string[] = [];
  const announce = (line: string) => void said.push(line);
  const connections = createConnections({ announce, stackFile: join(folder, 'stack.json'), environment: {} });
  const { exitCode, printed, errors } = await runCommandOn(['exam', ...args], connections);
  return { exitCode, printed: printed.join('\n'), errors: errors.join('\n'), said };
}

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

type Received = {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
};

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function startApi(status: number, answer: unknown): Promise<{ readonly api: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/readyz') return response.end();
    received.push({ method: request.method, url: request.url, authorization: request.headers.authorization, body: await bodyOf(request) });
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(answer));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

test('check says what a valid form holds', async () => {
  expect(await run('check', SAMPLE)).toEqual({
    exitCode: 0,
    printed: `${SAMPLE} is a valid exam form: software-architect@3, 20 choice and 5 text items, 85 points, 3 case studies`,
    errors: '',
    said: [],
  });
});

test('every problem is printed with its file and place, and nothing is sent', async () => {
  const { api, received } = await startApi(201, {});
  const item = { id: 'q', type: 'choice', prompt: 'Which?', points: 1, choices: ['A', 'B'], correct: ['E'] };
  const file = await write('exam.json', JSON.stringify({ examId: 'x', version: 0, title: 'X', aptitudeTest: { items: [item] }, caseStudies: [] }));
  const { exitCode, errors } = await run('publish', file, '--api', api, '--token', 't');
  expect(exitCode).toBe(1);
  expect(errors.split('\n')).toEqual([
    `${file}: version: must be a whole number from 1 to 1000000`,
    `${file}: caseStudies: needs at least one case study`,
    `${file}: aptitudeTest.items[0].correct[0]: "E" is not among the choices`,
  ]);
  expect(received).toEqual([]);
});

test('malformed JSON is located by line and column', async () => {
  const file = await write('exam.json', '{\n  "examId": "x",\n  "version": one\n}');
  expect(await run('check', file)).toMatchObject({ exitCode: 1, errors: `${file}: line 3, column 14: is not JSON from here on` });
});

test('a key that is there twice is refused: neither of both is guessed', async () => {
  const file = await write('exam.json', '{"examId":"x","title":"One","title":"Two"}');
  expect(await run('check', file)).toMatchObject({ exitCode: 1, errors: `${file}: title: must not have the same key twice` });
});

test('a file in another encoding is refused: nothing of it is guessed', async () => {
  const file = join(folder, 'latin1.json');
  await writeFile(file, Buffer.from('{"examId":"x","title":"Prüfung"}', 'latin1'));
  expect(await run('check', file)).toMatchObject({ exitCode: 1, errors: `${file}: is not in UTF-8: save it as UTF-8` });
});

test('a file that is not there is a failure, not a crash', async () => {
  expect(await run('check', join(folder, 'absent.json'))).toMatchObject({ exitCode: 1, errors: expect.stringContaining('cannot be read') });
});

test('publish posts the form as it is, with the token, to the API of the running stack', async () => {
  const { api, received } = await startApi(201, PUBLISHED);
  const tokens = { designated: 'secret', staff: 'other' };
  await write('stack.json', JSON.stringify({ pid: process.pid, apiUrl: `${api}/`, issuerUrl: api, tokens, environment: {} }));
  expect(await run('publish', SAMPLE)).toEqual({ exitCode: 0, printed: 'published software-architect@3', errors: '', said: [`API ${api}`] });
  expect(received).toMatchObject([{ method: 'POST', url: '/v1/exams', authorization: 'Bearer secret', body: { examId: 'software-architect' } }]);
});

test.each([
  [200, 'hello'],
  [201, {}],
  [200, { examVersion: 'software-architect@2' }],
  [200, [PUBLISHED]],
])('whatever else answers well has published nothing: %j %j', async (status, answer) => {
  const { api } = await startApi(status, answer);
  const { exitCode, errors, printed } = await run('publish', SAMPLE, '--api', api, '--token', 't');
  expect({ exitCode, printed }).toEqual({ exitCode: 1, printed: '' });
  expect(errors).toBe(
    `${api} answered ${status}, and not as the API of Certifiable does: nothing says that software-architect@3 is published. Look at --api.`,
  );
});

test('publishing the same again is a success that says so', async () => {
  const { api } = await startApi(200, PUBLISHED);
  expect(await run('publish', SAMPLE, '--api', api, '--token', 't')).toMatchObject({
    exitCode: 0,
    printed: 'already published, unchanged',
    errors: '',
  });
});

test.each([
  'software-architect@3 is published and never changes. Raise "version" to publish this as a new one.',
  'Two persons publish an exam version here: propose it, and somebody else publishes it.',
])('what the API refuses shows the reason and the way out: %s', async (detail) => {
  const { api } = await startApi(409, { detail });
  const { exitCode, errors } = await run('publish', SAMPLE, '--api', api, '--token', 't');
  expect(exitCode).toBe(1);
  expect(errors).toBe(detail);
});

test('another refusal shows its status, its reason and each field', async () => {
  const { api } = await startApi(400, { title: 'Invalid', fields: [{ path: 'title', message: 'must not be empty' }] });
  const { exitCode, errors } = await run('publish', SAMPLE, '--api', api, '--token', 't');
  expect(exitCode).toBe(1);
  expect(errors).toBe(`${api} refused software-architect@3 (400): Invalid\ntitle: must not be empty`);
});

test('an API that is down is named', async () => {
  expect(await run('publish', SAMPLE, '--api', 'http://127.0.0.1:1', '--token', 't')).toMatchObject({
    exitCode: 1,
    errors: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 cannot be reached: .+/),
  });
});

test("the stack's token is for the stack: no other API gets to see it", async () => {
  const { api, received } = await startApi(201, {});
  await write('stack.json', JSON.stringify({ pid: process.pid, apiUrl: api, issuerUrl: api, tokens: { designated: 'secret' }, environment: {} }));
  expect(await run('publish', SAMPLE, '--api', api)).toMatchObject({ exitCode: 1, errors: expect.stringContaining('--token TOKEN') });
  expect(received).toEqual([]);
});

test('check tells a program what is wrong, each problem with its place', async () => {
  const file = await write('exam.json', '{\n  "examId": "x",\n  "version": one\n}');
  const { exitCode, printed } = await run('check', file, '--json');
  const problems = [{ path: 'line 3, column 14', message: 'is not JSON from here on' }];
  expect({ exitCode, answer: JSON.parse(printed) as unknown }).toEqual({ exitCode: 1, answer: { file, valid: false, problems } });
});

test('without a stack, publish explains what to pass', async () => {
  expect(await run('publish', SAMPLE)).toMatchObject({ exitCode: 1, errors: expect.stringContaining('--token TOKEN') });
});

test.each([[[]], [['remove', 'x.json']], [['check']], [['check', 'a', 'b']], [['check', 'a', '--api', 'http://x']], [['publish', 'a', '--force']]])(
  '%j is answered with the usage',
  async (args) => {
    expect(await run(...args)).toMatchObject({ exitCode: 2, errors: expect.stringContaining('Usage: certifiable exam') });
  },
);
