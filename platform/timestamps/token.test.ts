import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeTimeStamper, startTimeStamper, hasOpenssl } from '../../test/support/time-stamper.ts';
import { createTimeStampAuthority } from './authority.ts';
import { readTrusted, verifyTimeStamp } from './token.ts';

/** Against openssl, which stamps. */

if (!hasOpenssl) console.warn('skipped: time stamps by a real authority; that takes openssl on the PATH');
const data = Buffer.from('eyJ.something-signed.sig');
const stoppers: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stoppers.map((stop) => stop()));
});

async function stamper(options: Parameters<typeof startTimeStamper>[0] = {}) {
  const started = await startTimeStamper(options);
  stoppers.push(async () => started.stop());
  return { ...started, trusted: readTrusted(started.trusted) };
}

describe.skipIf(!hasOpenssl)('a time stamp', () => {
  it.each(['rsa', 'ec'] as const)('by a key of %s is of the data that was sent, of now, and by whoever is trusted', async (key) => {
    const { url, trusted } = await stamper({ key });
    const before = Date.now();
    const { at, by, token } = await createTimeStampAuthority({ url, trusted }).stamp(data);
    expect(at.getTime()).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000);
    expect(at.getTime()).toBeLessThanOrEqual(Date.now());
    expect(by).toContain('A time stamper');
    expect(verifyTimeStamp({ token, data, trusted })).toEqual({ at, by });
  });

  it('is of nothing else, by nobody else, and is refused where a byte of it is another', async () => {
    const { url, trusted } = await stamper();
    const { token } = await createTimeStampAuthority({ url, trusted }).stamp(data);
    expect(() => verifyTimeStamp({ token, data: Buffer.from('another'), trusted })).toThrow('it is of something else');
    const stranger = readTrusted((await makeTimeStamper()).trusted);
    expect(() => verifyTimeStamp({ token, data, trusted: stranger })).toThrow(/nobody who is trusted vouches for/);
    let refused = 0;
    const step = 7;
    for (let index = 0; index < token.length; index += step) {
      const changed = Buffer.from(token);
      changed[index] = (changed[index] ?? 0) ^ 0x01;
      try {
        const { at } = verifyTimeStamp({ token: changed, data, trusted });
        // What is outside of what is signed (an unused part of a name's encoding, say) may differ; the time may not.
        expect(at).toEqual(verifyTimeStamp({ token, data, trusted }).at);
      } catch {
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(0.9 * Math.ceil(token.length / step));
  });

  it.each([
    ['is not for time stamps', { purpose: 'servers' }, /is not for time stamps/],
    ['was not valid then', { days: -1 }, /was not valid at/],
    ['is, all the same, for time stamps', {}, undefined],
  ] as const)('signed with a certificate that %s', async (_what, other, problem) => {
    // Before the stamp, since a certificate is valid from when it is made.
    const signer = await makeTimeStamper(other);
    const { url, trusted, directory } = await stamper();
    const { token } = await createTimeStampAuthority({ url, trusted }).stamp(data);
    await writeFile(join(directory, 'token'), token);
    const openssl = (...args: string[]) => execFileSync('openssl', ['cms', ...args], { cwd: directory, stdio: 'pipe' });
    openssl('-verify', '-noverify', '-inform', 'DER', '-in', 'token', '-out', 'info');
    const [certificate, key] = ['tsa.pem', 'tsa.key'].map((name) => join(signer.directory, name));
    const signed = ['-binary', '-nodetach', '-cades', '-outform', 'DER', '-econtent_type', '1.2.840.113549.1.9.16.1.4', '-md', 'sha256'];
    openssl('-sign', '-in', 'info', '-signer', certificate ?? '', '-inkey', key ?? '', ...signed, '-out', 'again');
    const again = await readFile(join(directory, 'again'));
    const verified = () => verifyTimeStamp({ token: again, data, trusted: readTrusted(signer.trusted) });
    if (problem) expect(verified).toThrow(problem);
    else expect(verified().by).toContain('A time stamper');
  });

  it('that answers another question is none', async () => {
    const { url, trusted, answer, questions } = await stamper();
    await createTimeStampAuthority({ url, trusted }).stamp(data);
    const former = answer(questions[0] ?? Buffer.alloc(0));
    const replaying = createServer((_request, response) => response.end(former));
    await new Promise<void>((resolve) => {
      replaying.listen(0, '127.0.0.1', resolve);
    });
    const replayed = `http://127.0.0.1:${(replaying.address() as AddressInfo).port}`;
    await expect(createTimeStampAuthority({ url: replayed, trusted }).stamp(data)).rejects.toThrow('its nonce is not ours');
    replaying.close();
  });

  it('is asked for in vain where nobody answers, or something else does', async () => {
    const { trusted } = await stamper();
    const page = createServer((_request, response) => response.end('<html></html>'));
    await new Promise<void>((resolve) => {
      page.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    await expect(createTimeStampAuthority({ url, trusted }).stamp(data)).rejects.toThrow();
    page.close();
    await expect(createTimeStampAuthority({ url, trusted }).stamp(data)).rejects.toThrow();
  });
});
