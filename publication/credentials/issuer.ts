import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { fromJwk, type Ed25519KeyPair } from '@digitalbazaar/ed25519-multikey';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { issue } from '@digitalbazaar/vc';
import { formatBasisPoints } from '../../domain/score.ts';
import { ConfigurationError } from '../../platform/config.ts';
import type { Kept } from '../../platform/secret-keeper.ts';
import { certificateCredential, readCertificateCredential, WORDING, type CertificateCredential, type Proof } from './certificate-credential.ts';
import { offlineDocumentLoader } from './contexts.ts';
import { identifiersFor } from './identifiers.ts';
import type { PublicKey } from './issuer-document.ts';
import { encodeStatusList, statusListCredential, type StatusListAddress } from './status-list.ts';

export type Certificate = {
  readonly certificateId: string;
  readonly name: string;
  readonly examId: string;
  readonly examTitle: string;
  /** The score in hundredths of a percent, 0 to 10,000. */
  readonly basisPoints: number;
  readonly issuedAt: Date;
  readonly statusPosition: number;
  /** The id of the certificate that this one replaces. */
  readonly replaces?: string;
};

type Signed<Document> = Document & { readonly proof: Proof };
export type SignedCertificateCredential = Signed<CertificateCredential>;
type SignedStatusList = Signed<ReturnType<typeof statusListCredential>>;

/** The same input gives the same bytes as long as the key is the same. */
export type CredentialIssuer = {
  /** Rejects with a RangeError when a credential cannot say what the certificate says. */
  readonly issue: (certificate: Certificate) => Promise<SignedCertificateCredential>;
  /** `positions` are the set bits, as indexes within the list. Rejects with a RangeError for one outside. */
  readonly signStatusList: (list: StatusListAddress & { positions: readonly number[]; at: Date }) => Promise<SignedStatusList>;
  /** Of all keys of the set: the first signs. */
  readonly publicKeys: readonly PublicKey[];
};

/**
 * `keys` is a JWK Set whose first key is a private Ed25519 key and signs; the others are old ones that still verify. Throws a
 * ConfigurationError, which never quotes a key, when the set is unusable: nothing is issued then.
 */
export async function createCredentialIssuer({ keys, publicUrl }: { keys: string; publicUrl: string }): Promise<CredentialIssuer> {
  const { issuer } = identifiersFor(publicUrl);
  const pairs = await importKeys({ keys, controller: issuer });
  const [current] = pairs;
  const signer = current.signer();

  async function sign<Document extends object>({ document, signedAt }: { document: Document; signedAt: string }): Promise<Signed<Document>> {
    const suite = new DataIntegrityProof({ cryptosuite, signer, date: signedAt });
    return (await issue({ credential: document, suite, documentLoader: offlineDocumentLoader() })) as Signed<Document>;
  }

  return {
    publicKeys: pairs.map(({ id, publicKeyMultibase }) => ({ id, publicKeyMultibase })),

    async issue({ basisPoints, issuedAt, replaces, ...certificate }) {
      const claims = { ...certificate, score: percent(basisPoints), issuedAt: wholeSeconds(issuedAt), replaces };
      const document = certificateCredential({ publicUrl, claims, wording: WORDING });
      const credential = await sign({ document, signedAt: claims.issuedAt });
      // What our own verifier would refuse must not leave the house.
      if (!readCertificateCredential({ credential, publicUrl }))
        throw new RangeError(`the certificate ${certificate.certificateId} has a name or title that is too long or is no valid Unicode`);
      return credential;
    },

    async signStatusList({ purpose, number, positions, at }) {
      const signedAt = wholeSeconds(at);
      const encodedList = await encodeStatusList(positions);
      return sign({ document: statusListCredential({ publicUrl, purpose, number, encodedList, signedAt }), signedAt });
    },
  };
}

/** Signs with what is kept at the time, so that a rotation of CREDENTIAL_KEYS needs no restart. */
export function rotatingCredentialIssuer(kept: Kept<CredentialIssuer>): CredentialIssuer {
  return {
    issue: (certificate) => kept.current.issue(certificate),
    signStatusList: (list) => kept.current.signStatusList(list),
    get publicKeys() {
      return kept.current.publicKeys;
    },
  };
}

async function importKeys({ keys, controller }: { keys: string; controller: string }): Promise<[Ed25519KeyPair, ...Ed25519KeyPair[]]> {
  const [current, ...old] = parseKeySet(keys);
  try {
    const signing = await fromJwk({ jwk: current, secretKey: true, controller });
    await assertThatHalvesFit(signing);
    return [signing, ...(await Promise.all(old.map((jwk) => fromJwk({ jwk, secretKey: false, controller }))))];
  } catch {
    // The libraries' messages could quote the key: the error below says enough.
    throw new ConfigurationError('CREDENTIAL_KEYS must be a JWK Set of Ed25519 keys, the first of them with its private half');
  }
}

function parseKeySet(text: string): readonly [object, ...object[]] {
  try {
    const { keys } = JSON.parse(text) as { keys: readonly [object, ...object[]] };
    if (Array.isArray(keys) && keys.length > 0) return keys;
  } catch {
    // The parser's message would quote the secret.
  }
  throw new ConfigurationError('CREDENTIAL_KEYS must be a JSON Web Key Set: {"keys": [...]}');
}

async function assertThatHalvesFit(key: Ed25519KeyPair): Promise<void> {
  const data = new TextEncoder().encode('do both halves of the key belong together?');
  const signature = await key.signer().sign({ data });
  if (!(await key.verifier().verify({ data, signature }))) throw new TypeError('the halves of the key do not belong together');
}

function percent(basisPoints: number): string {
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints > 10_000)
    throw new RangeError('a score is 0 to 10,000 hundredths of a percent');
  return formatBasisPoints(basisPoints);
}

/** Rounded down: a credential must not be valid from a moment that is still to come. */
function wholeSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
