import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileCache } from '../local/environment.ts';
import { freePort } from '../local/ports.ts';
import { answersOk } from '../local/process.ts';
import { newKey } from '../test/support/credentials.ts';
import { createDatabase } from '../test/support/database.ts';
import { issuerKeysFor } from '../test/support/issuer-keys.ts';
import { until } from '../test/support/pipeline.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** Everything that a pool needs but what is tested. Nothing listens at these addresses: it must not get so far. */
const environment = {
  ...compileCache(),
  DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  RECEIPT_KEYS:
    '{"keys":[{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
  UPLOAD_DIRECTORY: '/tmp/certifiable-nothing',
  WORKER_BUILD_ID: 'test',
  WORKER_HTTP_PORT: '0',
};

function run(pool: string, extra: Readonly<Record<string, string>> = {}): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, '--pool', pool], { env: { ...environment, ...extra } }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

describe('a pool that serves an outbox', () => {
  it('does so while Temporal is away', async () => {
    const { databaseUrl, drop } = await createDatabase();
    const port = await freePort({ purpose: 'the pool', log: () => {} });
    const child = spawn(process.execPath, [main, '--pool', 'events'], {
      env: { ...environment, DATABASE_URL: databaseUrl, WORKER_HTTP_PORT: String(port), WORKER_HTTP_HOST: '127.0.0.1' },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    try {
      await until(async () => (await answersOk(`http://127.0.0.1:${port}/readyz`).catch(() => false)) || 'it is not ready', 60);
    } finally {
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      await drop();
    }
  });
});

describe('a pool with nothing to do', () => {
  it('waits to be stopped: one that ends is started again and again', async () => {
    const port = await freePort({ purpose: 'the pool', log: () => {} });
    const child = spawn(process.execPath, [main, '--pool', 'intake'], {
      env: { ...environment, WORKER_HTTP_PORT: String(port), WORKER_HTTP_HOST: '127.0.0.1' },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await until(async () => (await answersOk(`http://127.0.0.1:${port}/readyz`).catch(() => false)) || 'it is not ready', 60);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});

describe('a pool that is told to stop while it starts', () => {
  it('ends: whatever it had yet to begin never runs', async () => {
    const signalled = `process.on('newListener', (name) => name === 'SIGTERM' && setImmediate(() => process.kill(process.pid, 'SIGTERM')))`;
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(signalled)}`, main, '--pool', 'delivery'], {
      env: environment,
      stdio: 'ignore',
    });
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(60_000) })).toEqual([0, null]);
  });
});

describe('a pool without what it alone needs', () => {
  it('does not start without the keys that sign certificates, and says which are missing', async () => {
    expect(await run('publication')).toEqual({
      code: 1,
      output: expect.stringContaining('CREDENTIAL_KEYS: is missing: the publication pool signs certificates with it') as string,
    });
  });

  it('does not start with keys that cannot sign, and does not quote them', async () => {
    const { code, output } = await run('publication', {
      ...(await issuerKeysFor({ keys: JSON.stringify({ keys: [await newKey()] }), publicUrl: 'http://localhost:8080' })),
      CREDENTIAL_KEYS: '{"keys":[{"kty":"OKP","crv":"Ed25519","d":"c2VjcmV0LXNlY3JldA","x":"AA"}]}',
    });
    expect(code).toBe(1);
    expect(output).toContain('CREDENTIAL_KEYS must be');
    expect(output).not.toContain('c2VjcmV0');
  });

  it('does not start with a key that nobody signed off, or that none of the roots did', async () => {
    const [own, other] = [JSON.stringify({ keys: [await newKey()] }), JSON.stringify({ keys: [await newKey()] })];
    const stated = await issuerKeysFor({ keys: other, publicUrl: 'http://localhost:8080' });
    const unsigned = await run('publication', { CREDENTIAL_KEYS: own, ...stated });
    expect(unsigned).toEqual({
      code: 1,
      output: expect.stringMatching(/CREDENTIAL_KEYS: ISSUER_KEYS says of the first key, z6Mk\w+, that it is not ours/) as string,
    });
    const { ISSUER_ROOTS } = await issuerKeysFor({ keys: own, publicUrl: 'http://localhost:8080' });
    const byAnother = await run('publication', { CREDENTIAL_KEYS: other, ...stated, ISSUER_ROOTS });
    expect(byAnother).toEqual({ code: 1, output: expect.stringContaining('that ISSUER_ROOTS does not name') as string });
    expect(await run('publication', { CREDENTIAL_KEYS: own })).toEqual({
      code: 1,
      output: expect.stringContaining('ISSUER_KEYS: is missing') as string,
    });
  });

  it('does not start to mail without a sender', async () => {
    const { code, output } = await run('notification', { SMTP_URL: 'smtp://user:hunter2@127.0.0.1:1' });
    expect(code).toBe(1);
    expect(output).toContain('MAIL_FROM: is missing');
    expect(output).not.toContain('hunter2');
  });

  it('does not start to take commands of nobody knows whom', async () => {
    const sources = [
      { name: 'board', kind: 'kafka', bootstrapServers: '127.0.0.1:1', topic: 'c', groupId: 'g', replyTopic: 'r', deadLetterTopic: 'd' },
    ];
    const { code, output } = await run('intake', { COMMAND_SOURCES: JSON.stringify(sources) });
    expect(code).toBe(1);
    expect(output).toContain('COMMAND_ALLOWED_SOURCES: is missing');
  });
});
