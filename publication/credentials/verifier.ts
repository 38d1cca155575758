import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { CredentialIssuancePurpose, verifyCredential, type DocumentLoader } from '@digitalbazaar/vc';
import { checkStatus } from '@digitalbazaar/vc-bitstring-status-list';
import { readCertificateCredential } from './certificate-credential.ts';
import { MULTIKEY_CONTEXT, offlineDocumentLoader } from './contexts.ts';
import { identifiersFor } from './identifiers.ts';
import { issuerDocument, issuerKey, verificationMethod, type PublicKey } from './issuer-document.ts';
import { whyNotTrusted, type StatedKeys } from './key-statement.ts';
import { isStatusListOfOurs } from './status-list.ts';
import { STATUS_PURPOSES, statusListOf, type StatusPurpose } from '../../domain/status-position.ts';

/** `reason` is a sentence for the person who showed the file. */
export type Verification =
  { readonly kind: 'valid' | 'suspended' | 'revoked'; readonly certificateId: string } | { readonly kind: 'refused'; readonly reason: string };

type Sources = {
  readonly publicUrl: string;
  /** All keys that ever signed for us, retired and disowned ones included, as the holder of the root says. */
  readonly keys: () => StatedKeys;
  /** Whether it is what we have on record, to the letter: who has a stolen key can sign with any date. */
  readonly isOnRecord: (credential: object, certificateId: string) => Promise<boolean>;
  /** The signed list; undefined if there is none. */
  readonly statusList: (purpose: StatusPurpose, number: number) => Promise<object | undefined>;
};

/**
 * Verifies a parsed file, whoever sent it. The exact form comes first, and so the costly part, canonicalising its graph, only
 * ever meets graphs of the one size and shape that we issue. Rejects only when `isOnRecord` or `statusList` does: a broken
 * database is no statement on a certificate.
 */
export function createCredentialVerifier({
  publicUrl,
  keys: stated,
  isOnRecord,
  statusList,
}: Sources): (credential: unknown) => Promise<Verification> {
  return async (credential) => {
    const read = readCertificateCredential({ credential, publicUrl });
    if (!read) return refused(whyUnreadable({ credential, publicUrl }));
    const { claims, proof } = read;

    const keys = stated();
    const signer = keyOf(proof, { keys, publicUrl });
    const distrust = whyNotTrusted(signer, new Date(proof.created));
    if (distrust) return refused(DISTRUST[distrust]);
    const trust = trusting({ publicUrl, keys: [...keys.keys()].map((publicKeyMultibase) => issuerKey({ publicUrl, publicKeyMultibase })) });
    const signatureError = await signatureErrorOf({ credential: credential as object, trust });
    if (signatureError) return refused(signatureError);
    if (signer?.disownedFrom !== undefined && !(await isOnRecord(credential as object, claims.certificateId))) return refused(DISTRUST.disowned);

    const { number } = statusListOf(claims.statusPosition);
    const lists = new Map<string, object>();
    for (const purpose of STATUS_PURPOSES) {
      const list = await statusList(purpose, number);
      if (!list || !isStatusListOfOurs({ list, publicUrl, purpose, number }) || !isSignedByAKeyOfToday(list, { keys, publicUrl }))
        return refused(STATUS_UNKNOWN);
      lists.set(identifiersFor(publicUrl).statusList(purpose, number), list);
    }
    const kind = await statusOf({ credential: credential as object, trust, lists });
    return kind === 'unknown' ? refused(STATUS_UNKNOWN) : { kind, certificateId: claims.certificateId };
  };
}

const DISTRUST: Readonly<Record<NonNullable<ReturnType<typeof whyNotTrusted>>, string>> = {
  'not ours': 'It is signed with a key that is not ours.',
  'not yet ours': 'It is signed with a key that was not ours yet.',
  disowned: 'It is signed with a key that was stolen from us, and is not in our records.',
};

type Stated = { readonly keys: StatedKeys; readonly publicUrl: string };

function keyOf({ verificationMethod: id }: { readonly verificationMethod: string }, { keys, publicUrl }: Stated) {
  return [...keys.values()].find(({ publicKeyMultibase }) => issuerKey({ publicUrl, publicKeyMultibase }).id === id);
}

/** A list says what is so now: with a stolen key somebody would take back what was revoked, with any date. */
function isSignedByAKeyOfToday(list: object, stated: Stated): boolean {
  const { proof } = list as { proof?: { verificationMethod?: unknown } };
  const id = proof?.verificationMethod;
  const key = typeof id === 'string' ? keyOf({ verificationMethod: id }, stated) : undefined;
  return key !== undefined && key.disownedFrom === undefined;
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
