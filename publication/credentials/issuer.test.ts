import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { LINE_UNITS_MAX } from '../../domain/text.ts';
import { ConfigurationError } from '../../platform/config.ts';
import { achievement } from './certificate-credential.ts';
import { createCredentialIssuer } from './issuer.ts';
import { certificate, issuerWith, NAMES, newKey, PUBLIC_URL, throughJson, verifierFor } from '../../test/support/credentials.ts';

describe('a credential', () => {
  it('is an Open Badge with the name, the exam, the score, the date and the status of the certificate', async () => {
    const issuer = await issuerWith({ keys: [await newKey()] });
    const credential = await issuer.issue(certificate({ statusPosition: 131_072 + 7 }));
    expect(credential).toMatchObject({
      '@context': ['https://www.w3.org/ns/credentials/v2', 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json'],
      id: `${PUBLIC_URL}/credentials/6f9619ff-8b86-4d01-b42d-00cf4fc964ff`,
      type: ['VerifiableCredential', 'OpenBadgeCredential'],
      issuer: { id: `${PUBLIC_URL}/issuer` },
      validFrom: '2026-11-01T10:00:00Z',
      credentialSubject: {
        identifier: [{ identityHash: 'Ada Lovelace', identityType: 'name' }],
        achievement: achievement({ publicUrl: PUBLIC_URL, examId: 'software-architect', examTitle: 'Software Architect' }),
        result: [{ value: '91.25' }],
      },
      evidence: [{ id: `${PUBLIC_URL}/register/6f9619ff-8b86-4d01-b42d-00cf4fc964ff` }],
      credentialStatus: [
        { statusPurpose: 'revocation', statusListIndex: '7', statusListCredential: `${PUBLIC_URL}/credentials/status/revocation/2` },
        { statusPurpose: 'suspension', statusListIndex: '7', statusListCredential: `${PUBLIC_URL}/credentials/status/suspension/2` },
      ],
      proof: { cryptosuite: 'eddsa-rdfc-2022', created: '2026-11-01T10:00:00Z', verificationMethod: issuer.publicKeys[0]?.id },
    });
  });

  it('names the certificate that it replaces, and none otherwise', async () => {
    const issuer = await issuerWith({ keys: [await newKey()] });
    const { evidence } = await issuer.issue(certificate({ replaces: 'earlier' }));
    expect(evidence.map(({ id }) => id)).toContain(`${PUBLIC_URL}/credentials/earlier`);
    expect((await issuer.issue(certificate())).evidence).toHaveLength(1);
  });

  it('has the same bytes whenever the same certificate is signed with the same key', async () => {
    const keys = [await newKey()];
    const [first, second] = [await issuerWith({ keys }), await issuerWith({ keys })];
    expect(JSON.stringify(await second.issue(certificate()))).toBe(JSON.stringify(await first.issue(certificate())));
    const list = { purpose: 'revocation', number: 1, positions: [3, 5], at: new Date() } as const;
    expect(JSON.stringify(await second.signStatusList(list))).toBe(JSON.stringify(await first.signStatusList(list)));
  });

  it.each([...NAMES, 'Tab\tand\nline'])('keeps the name %j as it is and stays verifiable', async (name) => {
    const issuer = await issuerWith({ keys: [await newKey()] });
    const credential = throughJson(await issuer.issue(certificate({ name })));
    expect(credential.credentialSubject.identifier[0]?.identityHash).toBe(name);
    await expect(verifierFor(issuer)(credential)).resolves.toMatchObject({ kind: 'valid' });
  });

  it.each([
    [0, '0.00'],
    [5, '0.05'],
    [8000, '80.00'],
    [9999, '99.99'],
    [10_000, '100.00'],
  ])('writes %i hundredths of a percent as %s', async (basisPoints, score) => {
    const issuer = await issuerWith({ keys: [await newKey()] });
    expect((await issuer.issue(certificate({ basisPoints }))).credentialSubject.result[0]?.value).toBe(score);
  });

  it.each([
    ['a score above 100 %', { basisPoints: 10_001 }],
    ['a broken score', { basisPoints: 80.5 }],
    ['a negative status position', { statusPosition: -1 }],
    ['half a character in the name', { name: 'Ada \ud83c' }],
    ['a name beyond all measure', { name: 'A'.repeat(LINE_UNITS_MAX + 1) }],
  ])('is not issued for %s', async (_, overrides) => {
    const issuer = await issuerWith({ keys: [await newKey()] });
    await expect(issuer.issue(certificate(overrides))).rejects.toThrow(RangeError);
  });
});

describe('a status list', () => {
  it('is refused a bit that it does not have', async () => {
    const issuer = await issuerWith({ keys: [await newKey()] });
    for (const position of [-1, 131_072, 1.5])
      await expect(issuer.signStatusList({ purpose: 'revocation', number: 1, positions: [position], at: new Date() })).rejects.toThrow(RangeError);
  });
});

describe('an issuer', () => {
  const other = async () => exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey);
  const halvesOfTwo = async () => ({ ...(await newKey()), x: (await newKey()).x });
  const publicHalf = async () => {
    const { d: _secret, ...key } = await newKey();
    return key;
  };

  it.each([
    ['no key set', async () => ''],
    ['no JSON', async () => 'd: secret'],
    ['no keys', async () => '{"keys":[]}'],
    ['no list of keys', async () => '{}'],
    ['null', async () => 'null'],
    ['no private half', async () => JSON.stringify({ keys: [await publicHalf()] })],
    ['a key of another kind', async () => JSON.stringify({ keys: [await other()] })],
    ['an old key of another kind', async () => JSON.stringify({ keys: [await newKey(), await other()] })],
    ['halves of two keys', async () => JSON.stringify({ keys: [await halvesOfTwo()] })],
    ['a key that is cut short', async () => JSON.stringify({ keys: [{ ...(await newKey()), d: 'c2VjcmV0' }] })],
  ])('is not made of %s, and the error does not quote it', async (_, makeKeys) => {
    const keys = await makeKeys();
    const error = await createCredentialIssuer({ keys, publicUrl: PUBLIC_URL }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    const secrets = [...keys.matchAll(/"[dx]":"([^"]+)"/g)].map(([, value]) => value ?? '').concat('secret');
    for (const secret of secrets) expect(String((error as Error).stack) + String((error as Error).cause)).not.toContain(secret);
  });

  it('publishes the public halves of all its keys, old ones included, and no private one', async () => {
    const [old, current] = [await newKey(), await newKey()];
    const { publicKeys } = await issuerWith({ keys: [current, old] });
    expect(publicKeys).toHaveLength(2);
    for (const { id, publicKeyMultibase } of publicKeys) expect(id).toBe(`${PUBLIC_URL}/issuer#${publicKeyMultibase}`);
    expect(JSON.stringify(publicKeys)).not.toContain(current.d);
    expect(Object.keys(publicKeys[0] ?? {})).toEqual(['id', 'publicKeyMultibase']);
  });
});
