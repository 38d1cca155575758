import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../test/support/tools.ts';

/** The commands, on the real bill of materials and with keys that openssl makes; openssl verifies what we sign, by DSSE's own rule. */

const execute = promisify(execFile);
const [image, digest] = ['ghcr.io/certifiable/certifiable', `sha256:${'d'.repeat(64)}`];
const isThere = await execute('openssl', ['version']).then(
  () => true,
  () => false,
);
if (!isThere) console.warn('SKIPPED: nobody else verifies our attestations, since there is no openssl.');

describe.skipIf(!isThere)('the attested bill of materials', () => {
  let directory: string;
  const path = (name: string) => join(directory, name);
  const openssl = (...args: readonly string[]) => execute('openssl', [...args]);

  async function makeKey(name: string): Promise<void> {
    await openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', path(`${name}.pem`));
    await openssl('pkey', '-in', path(`${name}.pem`), '-pubout', '-out', path(`${name}.pub`));
  }

  function command(name: string, options: Readonly<Record<string, string>>): Promise<string> {
    const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
    return execute(process.execPath, [join(root, 'deploy/release', name), ...args]).then(
      ({ stdout }) => stdout,
      (error: { stderr: string }) => `FAILED ${error.stderr}`,
    );
  }

  const verified = (options: Readonly<Record<string, string>> = {}) =>
    command('verify-sbom.ts', {
      image,
      digest,
      attestation: path('sbom.intoto.json'),
      'key-file': path('ours.pub'),
      output: path('out.json'),
      ...options,
    });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certifiable-attestation-'));
    await Promise.all([makeKey('ours'), makeKey('theirs')]);
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--omit', 'dev', '--package-lock-only'];
    const { stdout } = await execute('npm', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
    await writeFile(path('sbom.cdx.json'), stdout);
    const made = await command('attest-sbom.ts', {
      image,
      digest,
      sbom: path('sbom.cdx.json'),
      'key-file': path('ours.pem'),
      output: path('sbom.intoto.json'),
    });
    expect(made).toContain('attests the bill of materials');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  type Envelope = { payloadType: string; payload: string; signatures: { sig: string }[] };
  const envelope = async () => JSON.parse(await readFile(path('sbom.intoto.json'), 'utf8')) as Envelope;

  it('is verified by openssl, over what DSSE says is signed', async () => {
    const { payloadType, payload, signatures } = await envelope();
    const bytes = Buffer.from(payload, 'base64');
    await writeFile(path('signed'), Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `), bytes]));
    await writeFile(path('signature'), Buffer.from(signatures[0]?.sig ?? '', 'base64'));
    const { stdout } = await openssl('dgst', '-sha256', '-verify', path('ours.pub'), '-signature', path('signature'), path('signed'));
    expect(stdout).toBe('Verified OK\n');
  });

  it('gives the bill back as it was, with the hash of every package in it', async () => {
    expect(await verified()).toContain('is the bill of materials of');
    const bill = JSON.parse(await readFile(path('out.json'), 'utf8')) as { components: { name: string; hashes?: { alg: string }[] }[] };
    expect(bill).toEqual(JSON.parse(await readFile(path('sbom.cdx.json'), 'utf8')));
    expect(bill.components.length).toBeGreaterThan(200);
    expect(bill.components.filter(({ hashes = [] }) => !hashes.some(({ alg }) => alg === 'SHA-512')).map(({ name }) => name)).toEqual([]);
  });

  it('is refused with another key, of another image, and once a letter of it is another', async () => {
    await rm(path('out.json'), { force: true });
    expect(await verified({ 'key-file': path('theirs.pub') })).toMatch(/^FAILED The attestation is not signed by this key/);
    expect(await verified({ digest: `sha256:${'e'.repeat(64)}` })).toMatch(/^FAILED The attestation is of ghcr\.io/);
    expect(await verified({ image: 'ghcr.io/certifiable/other' })).toMatch(/^FAILED The attestation is of ghcr\.io/);
    const { payload, ...rest } = await envelope();
    const changed = Buffer.from(Buffer.from(payload, 'base64').toString().replace('"CycloneDX"', '"cycloneDX"')).toString('base64');
    await writeFile(path('changed.json'), JSON.stringify({ ...rest, payload: changed }));
    expect(await verified({ attestation: path('changed.json') })).toMatch(/^FAILED The attestation is not signed by this key/);
    await writeFile(path('unsigned.json'), JSON.stringify({ ...rest, payload, signatures: [] }));
    expect(await verified({ attestation: path('unsigned.json') })).toMatch(/^FAILED/);
    await expect(readFile(path('out.json'))).rejects.toThrow('ENOENT');
  });

  it('is made of a bill alone, and with a key for it', async () => {
    await writeFile(path('other.json'), '{"spdxVersion":"SPDX-2.3"}');
    const attest = (options: Readonly<Record<string, string>>) =>
      command('attest-sbom.ts', { image, digest, sbom: path('sbom.cdx.json'), 'key-file': path('ours.pem'), output: path('none.json'), ...options });
    expect(await attest({ sbom: path('other.json') })).toMatch(/^FAILED[^]*CycloneDX/);
    await openssl('genpkey', '-algorithm', 'ed25519', '-out', path('ed25519.pem'));
    expect(await attest({ 'key-file': path('ed25519.pem') })).toMatch(/^FAILED The key must be one of ECDSA on P-256/);
  });
});
