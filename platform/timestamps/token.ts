import { constants, createHash, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { elementIn, numberOf, octetsOf, oidOf, partsOf, tagged, TAGS, timeOf, type Element } from './der.ts';

/**
 * Time stamp tokens (RFC 3161): somebody else, who is trusted, says that they saw a hash at a time. Signed as CMS (RFC 5652), by a certificate that the signature names by
 * its hash (RFC 5035) and that is for nothing but time stamps. Revocations are not looked up.
 */

export type TimeStamp = {
  /** By the clock of whoever stamped. */
  readonly at: Date;
  /** The subject of their certificate, on one line. */
  readonly by: string;
};

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const ATTRIBUTES = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signerV1: '1.2.840.113549.1.9.16.2.12',
  signerV2: '1.2.840.113549.1.9.16.2.47',
} as const;

/** What hashes by; SHA-1 no more. */
export const SHA256 = '2.16.840.1.101.3.4.2.1';
const DIGESTS: Readonly<Record<string, string>> = {
  [SHA256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** By what signs, with which digest; null: with the one that is named beside it. */
const SIGNATURES: Readonly<Record<string, { readonly key: 'rsa' | 'ec'; readonly digest: string | null }>> = {
  '1.2.840.113549.1.1.1': { key: 'rsa', digest: null },
  '1.2.840.113549.1.1.11': { key: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', digest: 'sha512' },
  '1.2.840.10045.4.3.2': { key: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', digest: 'sha512' },
};

/** A chain is that long at most, the signer's own certificate with it. */
const CHAIN_MAX = 8;

/** The certificates of a PEM file. Throws a TypeError when there is none, or one is unreadable. */
export function readTrusted(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new TypeError('there is no certificate in it (PEM)');
  return blocks.map((block) => new X509Certificate(block));
}

/** When the data was stamped, and by whom. Throws a TypeError that says why where the token is none of this data by anybody who is trusted. */
export function verifyTimeStamp({
  token,
  data,
  trusted,
  nonce,
}: {
  token: Uint8Array;
  data: Uint8Array;
  trusted: readonly X509Certificate[];
  /** As it was asked with, where it was just now. */
  nonce?: Uint8Array;
}): TimeStamp {
  const [type, content] = partsOf(elementIn(token));
  if (oidOf(type) !== SIGNED_DATA) throw new TypeError('it is no signed message (CMS)');
  const signed = partsOf(partsOf(content)[0]);
  const [contentType, wrapped] = partsOf(signed[2]);
  if (oidOf(contentType) !== TST_INFO) throw new TypeError('it is signed, and no time stamp');
  const info = octetsOf(partsOf(wrapped)[0]);
  const at = statedTime(partsOf(elementIn(info)), { data, nonce });
  const embedded = signed.flatMap((part) => (part.tag === tagged(0) ? partsOf(part).map(({ bytes }) => new X509Certificate(bytes)) : []));
  const signers = partsOf(signed.at(-1));
  if (signers.length !== 1) throw new TypeError(`it has ${signers.length} signatures, and must have one`);
  const signer = verifySigner(partsOf(signers[0]), { info, certificates: [...embedded, ...trusted] });
  verifyChain(signer, { others: embedded, trusted, at });
  return { at, by: signer.subject.split('\n').join(', ') };
}

function statedTime(info: readonly Element[], { data, nonce }: { data: Uint8Array; nonce: Uint8Array | undefined }): Date {
  const [version, , imprint, , time, ...rest] = info;
  if (numberOf(version) !== 1) throw new TypeError('it is of another version than 1');
  const [algorithm, hash] = partsOf(imprint);
  const digest = digestOf(algorithm);
  if (!octetsOf(hash).equals(createHash(digest).update(data).digest())) throw new TypeError('it is of something else');
  // DER leaves out what a number need not have, and so does whoever asks.
  if (nonce !== undefined && !rest.some(({ tag, content }) => tag === TAGS.integer && content.equals(nonce)))
    throw new TypeError('it is an answer to another question: its nonce is not ours');
  return timeOf(time);
}

/** The certificate whose key signed. */
function verifySigner(
  parts: readonly Element[],
  { info, certificates }: { info: Buffer; certificates: readonly X509Certificate[] },
): X509Certificate {
  const digest = digestOf(parts[2]);
  const attributes = parts[3];
  if (attributes?.tag !== tagged(0)) throw new TypeError('it has no signed attributes');
  const valueOf = attributeReader(attributes);
  if (oidOf(valueOf('contentType')) !== TST_INFO) throw new TypeError('what it signs is of another type');
  if (!octetsOf(valueOf('messageDigest')).equals(createHash(digest).update(info).digest()))
    throw new TypeError('what it says is not what was signed');
  const signer = certificates.find(isNamedBy(valueOf));
  if (!signer) throw new TypeError('the certificate that signed it is not there');
  if (signer.keyUsage?.length !== 1 || signer.keyUsage[0] !== TIME_STAMPING)
    throw new TypeError('it is signed with a certificate that is not for time stamps');
  // Signed as a set, whatever tag it has here.
  const message = Buffer.from(attributes.bytes);
  message[0] = TAGS.set;
  if (!isSigned(signer.publicKey, { message, digest, algorithm: oidOf(partsOf(parts[4])[0]), signature: octetsOf(parts[5]) }))
    throw new TypeError('its signature does not hold');
  return signer;
}

type AttributeReader = (name: keyof typeof ATTRIBUTES) => Element | undefined;

function attributeReader(attributes: Element): AttributeReader {
  const values = new Map(
    partsOf(attributes).map((attribute) => {
      const [type, all] = partsOf(attribute);
      return [oidOf(type), partsOf(all)[0]] as const;
    }),
  );
  return (name) => values.get(ATTRIBUTES[name]);
}

/** By the hash of the certificate, which the signature covers. */
function isNamedBy(valueOf: AttributeReader): (certificate: X509Certificate) => boolean {
  const [newer, older] = [valueOf('signerV2'), valueOf('signerV1')];
  const first = partsOf(partsOf(newer ?? older)[0])[0];
  const parts = partsOf(first);
  const hasAlgorithm = newer !== undefined && parts.length > 1 && parts[0]?.tag === TAGS.sequence;
  const hash = octetsOf(hasAlgorithm ? parts[1] : parts[0]);
  const digest = newer === undefined ? 'sha1' : hasAlgorithm ? digestOf(parts[0]) : 'sha256';
  return ({ raw }) => createHash(digest).update(raw).digest().equals(hash);
}

function digestOf(algorithm: Element | undefined): string {
  const oid = oidOf(partsOf(algorithm)[0]);
  const digest = DIGESTS[oid];
  if (digest === undefined) throw new TypeError(`it is hashed by an algorithm that counts for nothing here (${oid})`);
  return digest;
}

type Signed = { readonly message: Buffer; readonly digest: string; readonly algorithm: string; readonly signature: Buffer };

function isSigned(key: KeyObject, { message, digest, algorithm, signature }: Signed): boolean {
  const by = SIGNATURES[algorithm];
  if (by === undefined || by.key !== key.asymmetricKeyType) throw new TypeError(`it is signed by an algorithm that is not known here (${algorithm})`);
  return verify(by.digest ?? digest, message, by.key === 'rsa' ? { key, padding: constants.RSA_PKCS1_PADDING } : key, signature);
}

/** Up to a certificate that is trusted, each valid when it was stamped. */
function verifyChain(
  signer: X509Certificate,
  { others, trusted, at }: { others: readonly X509Certificate[]; trusted: readonly X509Certificate[]; at: Date },
): void {
  let certificate = signer;
  for (let length = 1; length <= CHAIN_MAX; length += 1) {
    const { subject, validFromDate, validToDate, fingerprint256 } = certificate;
    if (at < validFromDate || at > validToDate)
      throw new TypeError(`the certificate of ${subject.split('\n').join(', ')} was not valid at ${at.toISOString()}`);
    if (trusted.some((one) => one.fingerprint256 === fingerprint256)) return;
    const below = certificate;
    const issuer = [...trusted, ...others].find((one) => one.ca && below.checkIssued(one) && below.verify(one.publicKey));
    if (!issuer) break;
    certificate = issuer;
  }
  throw new TypeError(`nobody who is trusted vouches for ${signer.subject.split('\n').join(', ')}`);
}
