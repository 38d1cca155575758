import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasOpenssl, makeTimeStamper, revocationOf, startTimeStamper } from '../../test/support/time-stamper.ts';
import { createTimeStampAuthority } from './authority.ts';
import { verifyTimeStamp } from './token.ts';
import { readTrusted } from './trusted.ts';

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
  return { ...started, pem: started.trusted, trusted: readTrusted(started.trusted) };
}

const ELEMENT_MAX = 0x7f;

describe('what is no time stamp', () => {
  const nested = (depth: number) => Buffer.alloc(depth * 2, Buffer.of(0x30, 0x80));
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.of(0x30)],
    ['a length that is left open', Buffer.of(0x30, 0x80, 0x05, 0x00, 0x00, 0x00), 'a length is not that of what is inside'],
    ['a length beyond the end', Buffer.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)],
    ['a length of more bytes than a number has', Buffer.of(0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1)],
    ['a part that is longer than what it is in', Buffer.of(0x30, 0x03, 0x30, 0x03, 0x02, 0x01, 0x01), 'a length is not that of what is inside'],
    ['more behind it', Buffer.of(0x30, 0x00, 0x30, 0x00)],
    ['a tag of many bytes', Buffer.of(0x3f, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00)],
    ['an identifier of many bytes', Buffer.concat([Buffer.of(0x30, ELEMENT_MAX, 0x06, ELEMENT_MAX - 2), Buffer.alloc(ELEMENT_MAX - 2, 0xff)])],
    ['a thousand elements in each other', nested(1000), 'nesting'],
    ['some text', Buffer.from('<html></html>')],
  ])('%s is refused', (_what, token, why = '') => {
    const verified = () => verifyTimeStamp({ token, data, trusted: { certificates: [], revocations: [] } });
    expect(verified).toThrow(/^it is not written as RFC 3161 says: /);
    expect(verified).toThrow(why);
  });

  it('and certificates are none where there are none, or a list of revocations is unreadable', () => {
    expect(() => readTrusted('')).toThrow('there is no certificate in it');
    expect(() => readTrusted('-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----')).toThrow(/./);
  });
});

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

  it('that is cut short anywhere is none', async () => {
    const { url, trusted } = await stamper();
    const { token } = await createTimeStampAuthority({ url, trusted }).stamp(data);
    const step = 13;
    for (let length = 0; length < token.length; length += step)
      expect(() => verifyTimeStamp({ token: token.subarray(0, length), data, trusted }), `${length} bytes`).toThrow(/./);
    expect(() => verifyTimeStamp({ token: Buffer.concat([token, Buffer.of(0)]), data, trusted })).toThrow(/./);
  });

  const hour = 3_600_000;
  it.each([
    ['later, as one that is used no more', { hours: 1, reason: 'superseded' }, true],
    ['before, as one that is used no more', { hours: -1, reason: 'cessationOfOperation' }, false],
    ['later, since its key was stolen', { hours: 1, reason: 'keyCompromise' }, false],
    ['later, and nobody says why', { hours: 1 }, false],
  ] as const)('by a certificate that was revoked %s', async (_when, { hours, ...reason }, counts) => {
    const { url, trusted, pem, directory } = await stamper();
    const { at, token } = await createTimeStampAuthority({ url, trusted }).stamp(data);
    const list = await revocationOf({ directory }, { at: new Date(at.getTime() + hours * hour), ...reason });
    const verified = () => verifyTimeStamp({ token, data, trusted: readTrusted(`${pem}${list}`) });
    if (counts) expect(verified().at).toEqual(at);
    else expect(verified).toThrow(/the certificate of .*A time stamper was revoked at/);
  });

  it('counts whatever somebody else says that they revoked', async () => {
    const { url, trusted, pem } = await stamper();
    const { token } = await createTimeStampAuthority({ url, trusted }).stamp(data);
    const list = await revocationOf(await makeTimeStamper(), { at: new Date() });
    expect(verifyTimeStamp({ token, data, trusted: readTrusted(`${pem}${list}`) }).by).toContain('A time stamper');
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
