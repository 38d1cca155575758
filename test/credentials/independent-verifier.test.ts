import { createServer, type Server } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialIssuer, SignedCertificateCredential } from '../../publication/credentials/issuer.ts';
import { issuerDocument } from '../../publication/credentials/issuer-document.ts';
import {
  certificate,
  eachObjectExtended,
  eachPropertyRemoved,
  eachValueChanged,
  issuerWith,
  NAMES,
  newKey,
  signedLists,
  verifierFor,
} from '../support/credentials.ts';
import { findIndependentVerifiers } from '../../trials/demo/verifiers/independent-verifier.ts';

const { verifiers, skipped } = await findIndependentVerifiers();
for (const reason of skipped) console.warn(`skipped: ${reason}`);

const VALID = 40;
const REVOKED = 41;
const SUSPENDED = 42;
const BITS = { revocation: [REVOKED], suspension: [SUSPENDED] };

/** What a deployment serves in public: the issuer's document and the status lists. */
const documents = new Map<string, object>();
let server: Server;
let publicUrl: string;
let issuer: CredentialIssuer;
let retired: CredentialIssuer;
let credential: SignedCertificateCredential;

beforeAll(async () => {
  server = createServer((request, response) => {
    const document = documents.get(request.url ?? '');
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/vc' }).end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  publicUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const [current, old] = [await newKey(), await newKey()];
  issuer = await issuerWith({ keys: [current, old], publicUrl });
  retired = await issuerWith({ keys: [old], publicUrl });
  credential = await issuer.issue(certificate({ statusPosition: VALID, name: "Zoë O'Brien عبد" }));
});

beforeEach(async () => publish(await signedLists(issuer, 1, BITS)));

afterAll(async () => new Promise((resolve) => server.close(resolve)));

async function publish(lists: Awaited<ReturnType<typeof signedLists>>): Promise<void> {
  documents.clear();
  documents.set('/issuer', issuerDocument({ publicUrl, publicKeys: issuer.publicKeys }));
  for (const [purpose, list] of Object.entries(lists)) documents.set(`/credentials/status/${purpose}/1`, list);
}

if (verifiers.length === 0) it.skip(`independent verification: ${skipped.join('; ')}`, () => {});

describe.each(verifiers)('$name, which we did not write,', (verifier) => {
  const kinds = async (credentials: readonly (object | string)[]) => {
    const texts = credentials.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    const verdicts = await verifier.verify({ issuer: `${publicUrl}/issuer`, credentials: texts });
    return verdicts.map(({ kind }) => kind);
  };

  it('accepts a credential of ours, and refuses it once it is revoked or suspended', async () => {
    const [revoked, suspended] = await Promise.all([REVOKED, SUSPENDED].map((statusPosition) => issuer.issue(certificate({ statusPosition }))));
    expect(await kinds([credential, revoked as object, suspended as object])).toEqual(['valid', 'revoked', 'suspended']);
  });

  it('sees the revocation of a credential that it accepted before', async () => {
    expect(await kinds([credential])).toEqual(['valid']);
    await publish(await signedLists(issuer, 1, { revocation: [VALID] }));
    expect(await kinds([credential])).toEqual(['revoked']);
  });

  it('accepts names in every script', async () => {
    const credentials = await Promise.all(NAMES.map((name) => issuer.issue(certificate({ name, statusPosition: VALID }))));
    expect(await kinds(credentials)).toEqual(NAMES.map(() => 'valid'));
  });

  it('accepts what a retired key signed, until the issuer no longer stands by that key', async () => {
    const earlier = await retired.issue(certificate({ statusPosition: VALID }));
    expect(await kinds([earlier, credential])).toEqual(['valid', 'valid']);
    const document = issuerDocument({ publicUrl, publicKeys: issuer.publicKeys });
    documents.set('/issuer', { ...document, assertionMethod: document.assertionMethod.slice(0, 1) });
    expect(await kinds([earlier, credential])).toEqual(['refused', 'valid']);
  });

  it('refuses, as ours does, a credential in which any value is changed or any property missing', async () => {
    const changes = [...eachValueChanged(credential), ...eachPropertyRemoved(credential)];
    const ours = verifierFor(issuer, { publicUrl });
    const verdicts = await kinds(changes.map(({ changed }) => changed as object));
    for (const [index, { where, changed }] of changes.entries()) {
      expect(verdicts[index], where).toBe('refused');
      expect(await ours(changed), where).toHaveProperty('kind', 'refused');
    }
  });

  it('refuses a credential after any change of a single byte of its file', async () => {
    const bytes = Buffer.from(JSON.stringify(credential));
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0x20, max: 0x7e }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 200, maxLength: 200 }), async (changes) => {
        const files = changes.map(([at, byte]) => Buffer.from(bytes.with(at, byte)).toString());
        const changed = files.filter((file) => !isDeepStrictEqual(parsedOrUndefined(file), credential));
        const verdicts = await kinds(changed);
        expect(changed.filter((_, index) => verdicts[index] !== 'refused')).toEqual([]);
      }),
      { numRuns: 1, endOnFailure: true },
    );
  });

  it('refuses a credential that somebody else issued, or signed in our name', async () => {
    const stranger = await issuerWith({ keys: [await newKey()], publicUrl });
    const elsewhere = await issuerWith({ keys: [await newKey()], publicUrl: `${publicUrl}/elsewhere` });
    const forged = await stranger.issue(certificate({ statusPosition: VALID }));
    const { verificationMethod } = credential.proof;
    expect(await kinds([forged, { ...forged, proof: { ...forged.proof, verificationMethod } }, await elsewhere.issue(certificate())])).toEqual(
      Array.from({ length: 3 }, () => 'refused'),
    );
  });

  it('refuses a credential whose status lists are missing or were signed by somebody else', async () => {
    documents.delete('/credentials/status/suspension/1');
    expect(await kinds([credential])).toEqual(['refused']);
    await publish(await signedLists(await issuerWith({ keys: [await newKey()], publicUrl }), 1));
    expect(await kinds([credential])).toEqual(['refused']);
  });
});

const openBadgesVerifier = verifiers.find(({ name }) => name.startsWith('openbadgeslib'));

describe.skipIf(!openBadgesVerifier)('an Open Badges verifier', () => {
  it('finds nothing in our credential that its signature does not cover, and refuses it when such a term is added', async () => {
    const files = [{ changed: credential }, ...eachObjectExtended(credential)].map(({ changed }) => JSON.stringify(changed));
    const verdicts = await openBadgesVerifier?.verify({ issuer: `${publicUrl}/issuer`, credentials: files });
    expect(verdicts?.map(({ kind }) => kind)).toEqual(['valid', ...files.slice(1).map(() => 'refused')]);
  });
});

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
