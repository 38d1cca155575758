import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CredentialIssuer, SignedCertificateCredential } from './issuer.ts';
import type { PublicKey } from './issuer-document.ts';
import type { StatusPurpose } from '../../domain/status-position.ts';
import { createCredentialVerifier, type Verification } from './verifier.ts';
import {
  certificate,
  eachObjectExtended,
  eachPropertyRemoved,
  eachValueChanged,
  issuerWith,
  listsOf,
  newKey,
  statedFor,
  PUBLIC_URL,
  signedLists,
  throughJson,
  verifierFor,
} from '../../test/support/credentials.ts';

let issuer: CredentialIssuer;
let credential: SignedCertificateCredential;
beforeAll(async () => {
  issuer = await issuerWith({ keys: [await newKey()] });
  credential = throughJson(await issuer.issue(certificate({ replaces: 'earlier', statusPosition: 42 })));
});

const refused = expect.objectContaining({ kind: 'refused' });

describe('a credential', () => {
  it.each<[Verification['kind'], Partial<Record<StatusPurpose, readonly number[]>>]>([
    ['valid', { revocation: [41, 43], suspension: [0] }],
    ['revoked', { revocation: [42] }],
    ['suspended', { suspension: [42] }],
    ['revoked', { revocation: [42], suspension: [42] }],
  ])('is %s by the bits %j', async (kind, bits) => {
    await expect(verifierFor(issuer, { bits })(credential)).resolves.toEqual({ kind, certificateId: certificate().certificateId });
  });

  it('is valid again once its suspension is lifted', async () => {
    await expect(verifierFor(issuer, { bits: { suspension: [42] } })(credential)).resolves.toMatchObject({ kind: 'suspended' });
    await expect(verifierFor(issuer)(credential)).resolves.toMatchObject({ kind: 'valid' });
  });

  it('does not depend on the order of its properties, which JSON does not keep', async () => {
    const reversed = Object.fromEntries(Object.entries(credential).toReversed());
    await expect(verifierFor(issuer)(reversed)).resolves.toMatchObject({ kind: 'valid' });
  });

  it('is refused when any of its values is changed', async () => {
    const verify = verifierFor(issuer);
    const changes = eachValueChanged(credential);
    expect(changes.map(({ where }) => where)).toEqual(
      expect.arrayContaining([
        '$.credentialSubject.identifier.0.identityHash',
        '$.credentialSubject.result.0.value',
        '$.validFrom',
        '$.id',
        '$.proof.created',
      ]),
    );
    for (const { where, changed } of changes) expect(await verify(changed), where).toEqual(refused);
  });

  it('is refused when any of its properties is missing', async () => {
    const verify = verifierFor(issuer);
    for (const { where, changed } of eachPropertyRemoved(credential)) expect(await verify(changed), where).toEqual(refused);
  });

  it('is refused when anything is added, terms that no signature covers included', async () => {
    const verify = verifierFor(issuer);
    for (const { where, changed } of eachObjectExtended(credential)) expect(await verify(changed), where).toEqual(refused);
  });

  it('is refused when the same statements are written in another way', async () => {
    const verify = verifierFor(issuer);
    const { id, type, proof, ...rest } = credential;
    const others = [
      { '@id': id, type, proof, ...rest },
      { id, type: type.toReversed(), proof, ...rest },
      { id, type, proof: [proof], ...rest },
      { id, type, proof, ...rest, evidence: rest.evidence.toReversed() },
      { id, type, proof, ...rest, credentialSubject: [rest.credentialSubject] },
      { id, type, proof, ...rest, '@context': [...rest['@context'], {}] },
    ];
    for (const other of others) await expect(verify(other)).resolves.toEqual(refused);
  });

  it('is refused after any change of a single byte of its file', async () => {
    const bytes = Buffer.from(JSON.stringify(credential));
    const verify = verifierFor(issuer);
    const change = fc.record({
      at: fc.nat({ max: bytes.length - 1 }),
      byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('@ "\\{}[],:09azAZ'))),
      cut: fc.nat({ max: 1 }),
      put: fc.nat({ max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, byte, cut, put }) => {
        const text = Buffer.concat([bytes.subarray(0, at), Buffer.from(put ? [byte] : []), bytes.subarray(at + cut)]).toString();
        const parsed = parsedOrUndefined(text);
        fc.pre(parsed !== undefined && !isDeepStrictEqual(parsed, credential));
        expect(await verify(parsed)).toEqual(refused);
      }),
      { numRuns: 500, maxSkipsPerRun: 1_000 },
    );
  });

  it('is refused before its time has come', async () => {
    const early = await issuer.issue(certificate({ issuedAt: new Date(Date.now() + 86_400_000) }));
    await expect(verifierFor(issuer)(early)).resolves.toEqual({ kind: 'refused', reason: 'It is not valid yet.' });
  });

  it('of the first release verifies for ever', async () => {
    const text = await readFile(join(import.meta.dirname, 'first-form.json'), 'utf8');
    const kept = JSON.parse(text) as { publicKeys: PublicKey[]; lists: Record<StatusPurpose, object>; credentials: object[] };
    const verify = createCredentialVerifier({
      publicUrl: PUBLIC_URL,
      keys: () => statedFor(kept.publicKeys),
      isOnRecord: async () => false,
      statusList: async (purpose) => kept.lists[purpose],
    });
    expect(await Promise.all(kept.credentials.map(async (one) => (await verify(one)).kind))).toEqual(['valid', 'revoked', 'suspended']);
  });
});

describe('a signing key', () => {
  it('that was retired still verifies what it signed, and the new one signs', async () => {
    const [old, current] = [await newKey(), await newKey()];
    const before = await issuerWith({ keys: [old] });
    const after = await issuerWith({ keys: [current, old] });
    const verify = verifierFor(after);
    const earlier = await before.issue(certificate());
    const later = await after.issue(certificate());
    expect(later.proof.verificationMethod).not.toBe(earlier.proof.verificationMethod);
    await expect(verify(earlier)).resolves.toMatchObject({ kind: 'valid' });
    await expect(verify(later)).resolves.toMatchObject({ kind: 'valid' });
  });

  it('that is ours no longer verifies nothing', async () => {
    const verify = verifierFor(issuer, { publicKeys: (await issuerWith({ keys: [await newKey()] })).publicKeys });
    await expect(verify(credential)).resolves.toEqual({ kind: 'refused', reason: 'It is signed with a key that is not ours.' });
  });
});

describe('a key that was stolen', () => {
  const disownedFrom = '2026-11-15T00:00:00Z';
  const verifyWith = ({ onRecord = [], lists = listsOf(issuer) }: { onRecord?: readonly unknown[]; lists?: ReturnType<typeof listsOf> }) =>
    createCredentialVerifier({
      publicUrl: PUBLIC_URL,
      keys: () => new Map([...statedFor(issuer.publicKeys, { disownedFrom }), ...statedFor(successor.publicKeys)]),
      isOnRecord: async (shown) => onRecord.includes(shown),
      statusList: lists,
    });
  let successor: Awaited<ReturnType<typeof issuerWith>>;
  beforeAll(async () => {
    successor = await issuerWith({ keys: [await newKey()] });
  });
  const disowned = { kind: 'refused', reason: 'It is signed with a key that was stolen from us, and is not in our records.' };

  it('verifies nothing that it signed from then on, also if it is on record', async () => {
    const late = await issuer.issue(certificate({ issuedAt: new Date(disownedFrom) }));
    await expect(verifyWith({ onRecord: [late], lists: listsOf(successor) })(late)).resolves.toEqual(disowned);
  });

  it('verifies what is on record from before, and nothing that was signed with an earlier date', async () => {
    const [early, backdated] = [await issuer.issue(certificate()), await issuer.issue(certificate({ name: 'Mallory' }))];
    const verify = verifyWith({ onRecord: [early], lists: listsOf(successor) });
    await expect(verify(early)).resolves.toMatchObject({ kind: 'valid' });
    await expect(verify(backdated)).resolves.toEqual(disowned);
  });

  it('tells no status', async () => {
    const early = await issuer.issue(certificate());
    await expect(verifyWith({ onRecord: [early] })(early)).resolves.toEqual({
      kind: 'refused',
      reason: 'Whether it has been revoked or suspended could not be established.',
    });
  });
});

it('a key verifies nothing from before it was ours', async () => {
  const verify = createCredentialVerifier({
    publicUrl: PUBLIC_URL,
    keys: () => statedFor(issuer.publicKeys, { from: '2026-11-02T00:00:00Z' }),
    isOnRecord: async () => true,
    statusList: listsOf(issuer),
  });
  await expect(verify(credential)).resolves.toEqual({ kind: 'refused', reason: 'It is signed with a key that was not ours yet.' });
});

describe('a forgery', () => {
  it('by another issuer is refused, and the reason says so', async () => {
    const other = await issuerWith({ keys: [await newKey()], publicUrl: 'https://other.example' });
    await expect(verifierFor(issuer)(await other.issue(certificate()))).resolves.toEqual({
      kind: 'refused',
      reason: 'It was issued by somebody else.',
    });
  });

  it('in our name with a key of its own is refused', async () => {
    const forger = await issuerWith({ keys: [await newKey()] });
    const forged = await forger.issue(certificate({ name: 'Mallory' }));
    await expect(verifierFor(issuer)(forged)).resolves.toEqual({ kind: 'refused', reason: 'It is signed with a key that is not ours.' });
    const verificationMethod = credential.proof.verificationMethod;
    await expect(verifierFor(issuer)({ ...forged, proof: { ...forged.proof, verificationMethod } })).resolves.toEqual({
      kind: 'refused',
      reason: 'It was changed after it was issued.',
    });
  });

  it('with the signature of another credential of ours is refused', async () => {
    const other = await issuer.issue(certificate({ name: 'Grace Hopper' }));
    await expect(verifierFor(issuer)({ ...credential, proof: other.proof })).resolves.toEqual(refused);
  });
});

describe('a status that cannot be established', () => {
  const unknown = { kind: 'refused', reason: 'Whether it has been revoked or suspended could not be established.' };
  const verifyWith = (statusList: (purpose: StatusPurpose, number: number) => Promise<object | undefined>) =>
    createCredentialVerifier({ publicUrl: PUBLIC_URL, keys: () => statedFor(issuer.publicKeys), isOnRecord: async () => false, statusList })(
      credential,
    );

  it.each<StatusPurpose>(['revocation', 'suspension'])('for want of the list for %s leaves the credential refused, not valid', async (missing) => {
    const sign = listsOf(issuer);
    await expect(verifyWith(async (purpose, number) => (purpose === missing ? undefined : sign(purpose, number)))).resolves.toEqual(unknown);
  });

  it('with a list that somebody else signed leaves the credential refused', async () => {
    const forger = await issuerWith({ keys: [await newKey()] });
    await expect(verifyWith(listsOf(forger))).resolves.toEqual(unknown);
  });

  it('with the list of another purpose or number leaves the credential refused', async () => {
    const [first, second] = [await signedLists(issuer, 1), await signedLists(issuer, 2)];
    await expect(verifyWith(async () => first.suspension)).resolves.toEqual(unknown);
    await expect(verifyWith(async (purpose) => second[purpose])).resolves.toEqual(unknown);
  });

  it('with a list in which anything was changed, removed or added leaves the credential refused', async () => {
    const { revocation, suspension } = await signedLists(issuer, 1, { revocation: [42] });
    for (const { where, changed } of [...eachValueChanged(revocation), ...eachPropertyRemoved(revocation), ...eachObjectExtended(revocation)])
      expect(await verifyWith(async (purpose) => (purpose === 'revocation' ? (changed as object) : suspension)), where).toEqual(unknown);
  });

  it('with a list that a revocation had replaced by now is read as the list says', async () => {
    const before = await signedLists(issuer, 1);
    const after = await signedLists(issuer, 1, { revocation: [42] });
    await expect(verifyWith(async (purpose) => before[purpose])).resolves.toMatchObject({ kind: 'valid' });
    await expect(verifyWith(async (purpose) => after[purpose])).resolves.toMatchObject({ kind: 'revoked' });
  });

  it('for a broken database is no verdict: the verifier rejects', async () => {
    await expect(verifyWith(() => Promise.reject(new Error('database is down')))).rejects.toThrow('database is down');
  });
});

describe('a hostile file', () => {
  const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
  const cyclic = () => {
    const evidence: object[] = [];
    evidence.push({ ...credential, evidence });
    return { ...credential, evidence };
  };
  const poison = () => {
    // Blank nodes that all look alike to each other: their canonical labels would take for ever.
    const ids = Array.from({ length: 40 }, (_, index) => `_:b${index}`);
    return ids.map((id) => ({
      id,
      type: ['Evidence'],
      evidence: ids.filter((other) => other !== id).map((other) => ({ id: other, type: ['Evidence'] })),
    }));
  };

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['text', () => 'credential'],
    ['a list', () => []],
    ['an empty object', () => ({})],
    ['JSON of another kind', () => ({ proof: {}, issuer: { id: `${PUBLIC_URL}/issuer` } })],
    ['nesting without end', () => ({ ...credential, evidence: nested(10_000) })],
    ['a graph that poisons canonicalisation', () => ({ ...credential, evidence: poison() })],
    [
      'a hundred thousand properties',
      () => ({ ...Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`p${index}`, index])), ...credential }),
    ],
    ['a name of 50 MB', () => ({ ...credential, name: 'A'.repeat(50_000_000) })],
    ['a context of its own', () => ({ ...credential, '@context': [...credential['@context'], 'https://attacker.example/context'] })],
    ['a property by the name of __proto__', () => JSON.parse(JSON.stringify(credential).replace('{', '{"__proto__":{"id":"x"},')) as unknown],
    ['itself inside', () => cyclic()],
  ])('with %s is refused', async (_, make) => {
    const verification = await verifierFor(issuer)(make());
    expect(verification).toEqual(refused);
    expect(verification).toHaveProperty('reason', expect.stringMatching(/^It .*\.$/));
  });
});

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
