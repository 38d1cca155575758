import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from './secret-box.ts';

const newKey = () => ({ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: randomUUID() });
const boxOf = (...keys: readonly object[]) => createSecretBox(JSON.stringify({ keys }));

describe('a secret at rest', () => {
  it('is opened in its place, and no part of it can be read', async () => {
    const box = boxOf(newKey());
    const sealed = await box.seal('whsec_hunter2', 'webhook a');
    expect(sealed).not.toContain('hunter2');
    expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString()).not.toContain('hunter2');
    expect(await box.open(sealed, 'webhook a')).toBe('whsec_hunter2');
    expect(await box.seal('whsec_hunter2', 'webhook a')).not.toBe(sealed);
  });

  it('does not open in another place, changed, or by another key', async () => {
    const [key, other] = [newKey(), newKey()];
    const box = boxOf(key);
    const sealed = await box.seal('hunter2', 'webhook a');
    await expect(box.open(sealed, 'webhook b')).rejects.toThrow(/lies where/);
    await expect(boxOf(other).open(sealed, 'webhook a')).rejects.toThrow(/which SECRET_KEYS lacks/);
    await expect(createSecretBox(undefined).open(sealed, 'webhook a')).rejects.toThrow(/SECRET_KEYS is not set/);
    const parts = sealed.split('.');
    const moved = Buffer.from(
      Buffer.from(parts[0] ?? '', 'base64url')
        .toString()
        .replace('webhook a', 'webhook b'),
    ).toString('base64url');
    await expect(box.open([moved, ...parts.slice(1)].join('.'), 'webhook b')).rejects.toThrow();
  });

  it('is opened by a former key, and told from one that the newest sealed; what was never sealed stays readable', async () => {
    const [former, newest] = [newKey(), newKey()];
    const sealed = await boxOf(former).seal('hunter2', 'here');
    const box = boxOf(newest, former);
    expect(await box.open(sealed, 'here')).toBe('hunter2');
    expect([box.isFresh(sealed), box.isFresh('hunter2'), box.isFresh(await box.seal('hunter2', 'here'))]).toEqual([false, false, true]);
    expect(await box.open('hunter2', 'here')).toBe('hunter2');
  });

  it.each(['{}', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"c2hvcnQ","kid":"1"}]}', 'no JSON'])('is sealed with no keys such as %s', (keys) => {
    expect(() => createSecretBox(keys)).toThrow('SECRET_KEYS must be a JWK Set');
  });
});
