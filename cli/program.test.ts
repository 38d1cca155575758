import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, runCommandOn } from '../test/support/command.ts';
import { leavesOf, programTree } from '../test/support/command-tree.ts';
import { createConnections } from './connections.ts';
import type { Environment } from '../platform/config.ts';

let folder: string;
const servers: { close: () => unknown }[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certifiable-command-'));
  await writeFile(join(folder, 'bundle.js'), '');
  await writeFile(join(folder, 'jwks.json'), '{"keys":[]}');
  await writeFile(join(folder, 'import.csv'), 'number,name,exam,issued_on,score\n');
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rm(folder, { recursive: true }));

const leaves = leavesOf(programTree());
const named = leaves.map((leaf) => [leaf.path.join(' '), leaf] as const);

describe('every subcommand', () => {
  it.each(named)('says how it is used, with exit code 0: %s', async (path) => {
    for (const args of [
      [...path.split(' '), '--help'],
      ['help', ...path.split(' ').slice(0, 1)],
    ]) {
      const { exitCode, printed, errors } = await runCommand(args, {});
      expect({ exitCode, errors, printed: printed.join('\n') }).toEqual({
        exitCode: 0,
        errors: [],
        printed: expect.stringContaining('Usage: certifiable'),
      });
    }
  });

  it.each(named)('answers an option that it does not know with its usage and exit code 2: %s', async (path, { example }) => {
    const { exitCode, printed, errors } = await runCommand([...path.split(' '), ...example, '--no-such-option'], {});
    expect({ exitCode, printed, errors: errors.join('\n') }).toEqual({
      exitCode: 2,
      printed: [],
      errors: expect.stringMatching(new RegExp(`^error: unknown option '--no-such-option'[^]*Usage: certifiable ${path}`)),
    });
  });

  it.each(named)('answers an argument too many with its usage and exit code 2: %s', async (path, { example }) => {
    const { exitCode, errors } = await runCommand([...path.split(' '), ...example, 'one-too-many'], {});
    expect({ exitCode, errors: errors.join('\n') }).toEqual({ exitCode: 2, errors: expect.stringContaining(`Usage: certifiable ${path}`) });
  });
});

it.each([[[]], [['burn']], [['events']], [['events', 'burn']], [['--burn']]])('%j is answered with what there is, and exit code 2', async (args) => {
  const { exitCode, printed, errors } = await runCommand(args, {});
  expect({ exitCode, printed, errors: errors.join('\n') }).toEqual({
    exitCode: 2,
    printed: [],
    errors: expect.stringContaining('Usage: certifiable'),
  });
});

/** What a test needs beside the placeholders of the tree. */
function argsOf({ path, example }: (typeof leaves)[number]): readonly string[] {
  const files: Readonly<Record<string, string>> = { FILE: join(folder, 'import.csv'), BUNDLE: join(folder, 'bundle.js') };
  const own: Readonly<Record<string, readonly string[]>> = {
    'records verify': ['--keys', join(folder, 'jwks.json')],
    'records audit': ['--keys', join(folder, 'jwks.json')],
    'deployment replay': ['--bundle', join(folder, 'bundle.js')],
    'marking-model activate': ['1'],
    'privacy reapply': ['--keys', join(folder, 'jwks.json')],
    'report items': ['--exam-version', 'exam@1'],
    'report standard-setting': ['--panel', '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11'],
    'attempts move': ['--to', 'b', '--bundle', join(folder, 'bundle.js')],
  };
  return [...path, ...example.map((word) => files[word] ?? word), ...(own[path.join(' ')] ?? [])];
}

/** Those that need no server: they read files, and what these name. */
const WITHOUT_SERVER = [
  'exam check',
  'receipt check',
  'completion',
  'exam publish',
  'database roles',
  'keys root',
  'keys sign-off',
  'privacy erase',
  'privacy hold',
  'privacy keep',
];
const acting = named.filter(([path]) => !WITHOUT_SERVER.includes(path));

async function run(args: readonly string[], environment: Environment, stackFile = join(folder, 'none.json')) {
  const said: string[] = [];
  const result = await runCommandOn(args, createConnections({ environment, stackFile, announce: (line) => void said.push(line) }));
  return { ...result, said };
}

/** Somebody's Temporal and somebody's PostgreSQL on the usual ports of this machine; busy ports are somebody's already. */
async function listening(port: number, host: string): Promise<{ readonly connections: () => number }> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => ('code' in error && error.code === 'EADDRINUSE' ? resolve() : reject(error)));
    server.listen(port, host, resolve);
  });
  servers.push(server);
  return { connections: () => connections };
}

describe('a server that nobody named', () => {
  it.each(acting)('is never spoken to, though one listens on the usual port: %s', async (_path, leaf) => {
    const usual = await Promise.all([listening(7233, '127.0.0.1'), listening(5432, '127.0.0.1')]);
    const { exitCode, printed, errors, said } = await run(argsOf(leaf), {});
    expect({ exitCode, printed, said, errors }).toEqual({
      exitCode: 1,
      printed: [],
      said: [],
      errors: [expect.stringMatching(/^No (PostgreSQL|Temporal) is named: (DATABASE_URL|TEMPORAL_ADDRESS) is not set/)],
    });
    expect(usual.map(({ connections }) => connections())).toEqual([0, 0]);
  });

  it('is not the one of a stack that was killed: another may have its ports', async () => {
    const usual = await listening(0, '127.0.0.1');
    const stackFile = await stackOf({ pid: 2 ** 22 + 1, environment: { DATABASE_URL: 'postgresql://a@127.0.0.1:1/a' } });
    await expect(run(['events', 'status'], {}, stackFile)).resolves.toMatchObject({
      exitCode: 1,
      said: [],
      errors: [expect.stringMatching(/no stack .* runs/)],
    });
    expect(usual.connections()).toBe(0);
  });

  it('is not the host that a PostgreSQL client makes up', async () => {
    const { exitCode, errors } = await run(['events', 'status'], { DATABASE_URL: 'postgresql:///certifiable' });
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: [expect.stringContaining('names no host')] });
  });
});

async function stackOf({ pid = process.pid, environment }: { pid?: number; environment: Environment }): Promise<string> {
  const issuer = createHttpServer((_request, response) => response.end());
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  servers.push(issuer);
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const file = join(folder, 'stack.json');
  await writeFile(file, JSON.stringify({ pid, apiUrl: url, issuerUrl: url, tokens: { designated: 't' }, environment }));
  return file;
}

describe('the server that is spoken to', () => {
  const secret = 'postgresql://olga:s3cret@127.0.0.1:1/records';

  it('is said before anything is done, without its password', async () => {
    const { said, errors } = await run(['events', 'remove', 'kafka'], { DATABASE_URL: secret });
    expect({ said, errors }).toEqual({
      said: ['PostgreSQL 127.0.0.1:1, database records'],
      errors: [expect.stringMatching(/^PostgreSQL does not answer/)],
    });
  });

  it('is said of Temporal with its namespace', async () => {
    const { said } = await run(['deployment', 'promote', 'b'], { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_NAMESPACE: 'certification' });
    expect(said).toEqual(['Temporal 127.0.0.1:1, namespace certification']);
  });

  it('is the one of the stack that npm start keeps, where the environment names none', async () => {
    const stackFile = await stackOf({ environment: { DATABASE_URL: secret, TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    const { said } = await run(['events', 'remove', 'kafka'], {}, stackFile);
    expect(said).toEqual(['PostgreSQL 127.0.0.1:1, database records, of the stack that "npm start" keeps']);
  });

  it.each([
    [{ TEMPORAL_ADDRESS: 'temporal.example:7233' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'postgresql://a@127.0.0.1:1/a' }, 'TEMPORAL_ADDRESS'],
  ])('is never one of the stack beside one that the environment names: %j', async (environment, missing) => {
    const stackFile = await stackOf({ environment: { DATABASE_URL: secret, TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    const { exitCode, errors } = await run(['records', 'reconcile', '--repair'], environment, stackFile);
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: [expect.stringContaining(`${missing} is not set`)] });
  });
});
