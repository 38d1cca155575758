import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { CredentialIssuancePurpose, verifyCredential, type DocumentLoader } from '@digitalbazaar/vc';
import { checkStatus } from '@digitalbazaar/vc-bitstring-status-list';
import { readCertificateCredential } from './certificate-credential.ts';
import { MULTIKEY_CONTEXT, offlineDocumentLoader } from './contexts.ts';
import { identifiersFor } from './identifiers.ts';
import { issuerDocument, verificationMethod, type PublicKey } from './issuer-document.ts';
import { isStatusListOfOurs } from './status-list.ts';
import { STATUS_PURPOSES, statusListOf, type StatusPurpose } from '../../domain/status-position.ts';

/** `reason` is a sentence for the person who showed the file. */
export type Verification =
  { readonly kind: 'valid' | 'suspended' | 'revoked'; readonly certificateId: string } | { readonly kind: 'refused'; readonly reason: string };

type Sources = {
  readonly publicUrl: string;
  /** All keys that ever signed for us, retired ones included. */
  readonly publicKeys: () => Promise<readonly PublicKey[]>;
  /** The signed list; undefined if there is none. */
  readonly statusList: (purpose: StatusPurpose, number: number) => Promise<object | undefined>;
};

/**
 * Verifies a parsed file, whoever sent it. The exact form comes first, and so the costly part, canonicalising its graph, only
 * ever meets graphs of the one size and shape that we issue. Rejects only when `publicKeys` or `statusList` does: a broken
 * database is no statement on a certificate.
 */
export function createCredentialVerifier({ publicUrl, publicKeys, statusList }: Sources): (credential: unknown) => Promise<Verification> {
  return async (credential) => {
    const read = readCertificateCredential({ credential, publicUrl });
    if (!read) return refused(whyUnreadable({ credential, publicUrl }));
    const { claims, proof } = read;

    const keys = await publicKeys();
    if (!keys.some(({ id }) => id === proof.verificationMethod)) return refused('It is signed with a key that is not ours.');
    const trust = trusting({ publicUrl, keys });
    const signatureError = await signatureErrorOf({ credential: credential as object, trust });
    if (signatureError) return refused(signatureError);

    const { number } = statusListOf(claims.statusPosition);
    const lists = new Map<string, object>();
    for (const purpose of STATUS_PURPOSES) {
      const list = await statusList(purpose, number);
      if (!list || !isStatusListOfOurs({ list, publicUrl, purpose, number })) return refused(STATUS_UNKNOWN);
      lists.set(identifiersFor(publicUrl).statusList(purpose, number), list);
    }
    const kind = await statusOf({ credential: credential as object, trust, lists });
    return kind === 'unknown' ? refused(STATUS_UNKNOWN) : { kind, certificateId: claims.certificateId };
  };
}

const STATUS_UNKNOWN = 'Whether it has been revoked or suspended could not be established.';

type Trust = { readonly issuer: object; readonly documents: ReadonlyMap<string, object> };

function trusting({ publicUrl, keys }: { publicUrl: string; keys: readonly PublicKey[] }): Trust {
  const issuer = issuerDocument({ publicUrl, publicKeys: keys });
  const methods = keys.map((key) => [key.id, { '@context': MULTIKEY_CONTEXT, ...verificationMethod({ controller: issuer.id, key }) }] as const);
  return { issuer, documents: new Map<string, object>([[issuer.id, issuer], ...methods]) };
}

async function signatureErrorOf({ credential, trust }: { credential: object; trust: Trust }): Promise<string | undefined> {
  const { verified, error } = await verifyCredential({
    credential,
    suite: verifyingSuite(),
    purpose: new CredentialIssuancePurpose({ controller: trust.issuer }),
    documentLoader: offlineDocumentLoader(trust.documents),
    // The status is looked at once the signature holds.
    checkStatus: async () => ({ verified: true }),
  });
  if (verified) return undefined;
  return error?.message.includes('is before "validFrom"') ? 'It is not valid yet.' : 'It was changed after it was issued.';
}

type StatusQuestion = { readonly credential: object; readonly trust: Trust; readonly lists: ReadonlyMap<string, object> };

async function statusOf({ credential, trust, lists }: StatusQuestion): Promise<'valid' | 'suspended' | 'revoked' | 'unknown'> {
  const documentLoader: DocumentLoader = offlineDocumentLoader(new Map([...trust.documents, ...lists]));
  const { verified, results = [] } = await checkStatus({ credential, suite: verifyingSuite(), documentLoader });
  const bits = new Map(results.map(({ credentialStatus, status }) => [credentialStatus.statusPurpose, status]));
  if (!verified || !STATUS_PURPOSES.every((purpose) => bits.has(purpose))) return 'unknown';
  if (bits.get('revocation')) return 'revoked';
  return bits.get('suspension') ? 'suspended' : 'valid';
}

/** One a verification: a suite keeps the hash of the document it saw last. */
function verifyingSuite(): DataIntegrityProof {
  return new DataIntegrityProof({ cryptosuite });
}

function refused(reason: string): Verification {
  return { kind: 'refused', reason };
}

function whyUnreadable({ credential, publicUrl }: { credential: unknown; publicUrl: string }): string {
  if (typeof credential !== 'object' || credential === null || !('proof' in credential || 'credentialSubject' in credential))
    return 'It is JSON, and no credential.';
  if (!('proof' in credential)) return 'It is not a signed credential.';
  if (!('issuer' in credential)) return 'It does not say who issued it.';
  const { issuer } = credential;
  const issuerId = typeof issuer === 'object' && issuer !== null && 'id' in issuer ? issuer.id : issuer;
  if (issuerId !== identifiersFor(publicUrl).issuer) return 'It was issued by somebody else.';
  return 'It is not in the form of our certificates, or was changed after it was issued.';
}
