import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretKeeper, type SecretKeeper } from './secret-keeper.ts';

let directory: string;
let file: string;
let logged: string;
let keeper: SecretKeeper;

const make = (secret: string) => {
  if (secret.startsWith('broken')) throw new TypeError('RECEIPT_KEYS must be usable');
  return { madeOf: secret };
};

/** As Kubernetes mounts a secret: the file is a link into a directory that a link points at, and that link is replaced. */
async function mount(text: string): Promise<void> {
  const version = join(directory, `version-${crypto.randomUUID()}`);
  await mkdir(version);
  await writeFile(join(version, 'keys'), text);
  await symlink(version, join(directory, '..data.new'));
  await rename(join(directory, '..data.new'), join(directory, '..data'));
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-secret-'));
  file = join(directory, 'keys');
  await symlink(join('..data', 'keys'), file);
  await mount('first\n');
  logged = '';
  const logger = pino({}, { write: (line: string) => (logged += line) });
  keeper = createSecretKeeper({ secretFiles: { RECEIPT_KEYS: file }, logger });
});

afterEach(async () => {
  keeper.stop();
  await rm(directory, { recursive: true });
});

describe('a secret that was changed in its file', () => {
  it('is in use after the next look, and the one before is taken leave of', async () => {
    const left: unknown[] = [];
    const kept = await keeper.keep({ name: 'RECEIPT_KEYS', value: 'first', make, dispose: async (former) => void left.push(former) });
    await keeper.check();
    expect(kept.current).toEqual({ madeOf: 'first' });
    await mount('second\n');
    await keeper.check();
    expect(kept.current).toEqual({ madeOf: 'second' });
    expect(left).toEqual([{ madeOf: 'first' }]);
    expect(await keeper.metrics()).toContain('certifiable_secret_reloads_total{secret="RECEIPT_KEYS",outcome="taken"} 1');
  });

  it('is looked for by itself', async () => {
    const kept = await keeper.keep({ name: 'RECEIPT_KEYS', value: 'first', make });
    await mount('second');
    await expect.poll(() => kept.current, { timeout: 15_000 }).toEqual({ madeOf: 'second' });
  });

  it.each([
    ['is unusable', () => mount('broken-and-private')],
    ['is empty', () => mount('\n')],
    ['is gone', () => rm(file)],
  ])('and %s leaves the former one in use; that is logged and measured, and nothing of it quoted', async (_what, breakIt) => {
    const kept = await keeper.keep({ name: 'RECEIPT_KEYS', value: 'first', make });
    await breakIt();
    await keeper.check();
    expect(kept.current).toEqual({ madeOf: 'first' });
    expect(logged).toContain('the former one stays in use');
    expect(logged).not.toContain('broken-and-private');
    expect(await keeper.metrics()).toContain('certifiable_secret_file_unusable{secret="RECEIPT_KEYS"} 1');
  });

  it('is taken once it was mended', async () => {
    const kept = await keeper.keep({ name: 'RECEIPT_KEYS', value: 'first', make });
    await mount('broken');
    await keeper.check();
    await mount('third');
    await keeper.check();
    expect(kept.current).toEqual({ madeOf: 'third' });
    expect(await keeper.metrics()).toContain('certifiable_secret_file_unusable{secret="RECEIPT_KEYS"} 0');
  });
});

describe('a secret that is unusable from the start', () => {
  it('is refused', async () => {
    await expect(keeper.keep({ name: 'RECEIPT_KEYS', value: 'broken', make })).rejects.toThrow('RECEIPT_KEYS must be usable');
  });
});
