import { describe, expect, it } from 'vitest';
import { achievement } from './certificate-credential.ts';
import { offlineDocumentLoader } from './contexts.ts';
import { achievementDocument, issuerDocument, issuerKey } from './issuer-document.ts';
import { certificate, issuerWith, newKey, PUBLIC_URL } from '../../test/support/credentials.ts';

describe("the issuer's document", () => {
  it('lists every key, retired ones included, as one that makes assertions for the issuer', async () => {
    const { publicKeys } = await issuerWith({ keys: [await newKey(), await newKey()] });
    const document = issuerDocument({ publicUrl: PUBLIC_URL, publicKeys });
    expect(document.id).toBe(`${PUBLIC_URL}/issuer`);
    expect(document.assertionMethod).toEqual(publicKeys.map(({ id }) => id));
    expect(document.verificationMethod).toEqual(publicKeys.map((key) => ({ ...key, type: 'Multikey', controller: document.id })));
  });

  it('is the same from keys that were kept as multibase alone', async () => {
    const { publicKeys } = await issuerWith({ keys: [await newKey()] });
    expect(publicKeys.map(({ publicKeyMultibase }) => issuerKey({ publicUrl: PUBLIC_URL, publicKeyMultibase }))).toEqual(publicKeys);
  });

  it('has the same addresses whether the public URL ends with a slash or not', async () => {
    expect(issuerDocument({ publicUrl: `${PUBLIC_URL}/`, publicKeys: [] })).toEqual(issuerDocument({ publicUrl: PUBLIC_URL, publicKeys: [] }));
  });
});

describe("the achievement's document", () => {
  const exam = { publicUrl: PUBLIC_URL, examId: 'software-architect', examTitle: 'Software Architect' };

  it('says what the credential says of it', async () => {
    const issuer = await issuerWith({ keys: [await newKey()] });
    const { credentialSubject } = await issuer.issue(certificate());
    expect(achievementDocument(exam)).toMatchObject(credentialSubject.achievement);
    expect(credentialSubject.achievement).toEqual(achievement(exam));
  });
});

describe('contexts', () => {
  it('come from packages: an address that is not among them is refused, never fetched', async () => {
    await expect(offlineDocumentLoader()('https://example.org/context')).rejects.toThrow('unable to load');
  });
});
