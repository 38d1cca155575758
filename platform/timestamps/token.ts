import { createHash, X509Certificate } from 'node:crypto';
import { Integer, Sequence } from 'asn1js';
import { bytesOf, isTagged, numberOf, octetsOf, oidOf, parsed, partsOf, timeOf, type Block } from './der.ts';
import { digestOf, isSignedBy } from './signatures.ts';
import { nameOf, verifyChain, type Trusted } from './trusted.ts';

/**
 * Time stamp tokens (RFC 3161): somebody else, who is trusted, says that they saw a hash at a time. Signed as CMS (RFC 5652), by a certificate that the signature names by
 * its hash (RFC 5035) and that is for nothing but time stamps. What was revoked is taken from the
 * lists that are given; nobody is asked.
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

const SET_TAG = 0x31;

/** When the data was stamped, and by whom. Throws a TypeError that says why where the token is none of this data by anybody who is trusted. */
export function verifyTimeStamp({
  token,
  data,
  trusted,
  nonce,
}: {
  token: Uint8Array;
  data: Uint8Array;
  trusted: Trusted;
  /** As it was asked with, where it was just now. */
  nonce?: Uint8Array;
}): TimeStamp {
  const [type, content] = partsOf(parsed(token));
  if (oidOf(type) !== SIGNED_DATA) throw new TypeError('it is no signed message (CMS)');
  const signed = partsOf(partsOf(content)[0]);
  const [contentType, wrapped] = partsOf(signed[2]);
  if (oidOf(contentType) !== TST_INFO) throw new TypeError('it is signed, and no time stamp');
  const info = octetsOf(partsOf(wrapped)[0]);
  const at = statedTime(partsOf(parsed(info)), { data, nonce });
  const embedded = signed.flatMap((part) => (isTagged(part, 0) ? partsOf(part).map((one) => new X509Certificate(bytesOf(one))) : []));
  const signers = partsOf(signed.at(-1));
  if (signers.length !== 1) throw new TypeError(`it has ${signers.length} signatures, and must have one`);
  const signer = verifySigner(partsOf(signers[0]), { info, certificates: [...embedded, ...trusted.certificates] });
  verifyChain(signer, { others: embedded, trusted, at });
  return { at, by: nameOf(signer) };
}

function statedTime(info: readonly Block[], { data, nonce }: { data: Uint8Array; nonce: Uint8Array | undefined }): Date {
  const [version, , imprint, , time, ...rest] = info;
  if (numberOf(version) !== 1n) throw new TypeError('it is of another version than 1');
  const [algorithm, hash] = partsOf(imprint);
  const digest = digestOf(algorithm);
  if (!octetsOf(hash).equals(createHash(digest).update(data).digest())) throw new TypeError('it is of something else');
  // DER leaves out what a number need not have, and so does whoever asks.
  if (nonce !== undefined && !rest.some((part) => part instanceof Integer && Buffer.from(part.valueBlock.valueHexView).equals(nonce)))
    throw new TypeError('it is an answer to another question: its nonce is not ours');
  return timeOf(time);
}

/** The certificate whose key signed. */
function verifySigner(parts: readonly Block[], { info, certificates }: { info: Buffer; certificates: readonly X509Certificate[] }): X509Certificate {
  const digest = digestOf(parts[2]);
  const attributes = parts[3];
  if (attributes === undefined || !isTagged(attributes, 0)) throw new TypeError('it has no signed attributes');
  const valueOf = attributeReader(attributes);
  if (oidOf(valueOf('contentType')) !== TST_INFO) throw new TypeError('what it signs is of another type');
  if (!octetsOf(valueOf('messageDigest')).equals(createHash(digest).update(info).digest()))
    throw new TypeError('what it says is not what was signed');
  const signer = certificates.find(isNamedBy(valueOf));
  if (!signer) throw new TypeError('the certificate that signed it is not there');
  if (signer.keyUsage?.length !== 1 || signer.keyUsage[0] !== TIME_STAMPING)
    throw new TypeError('it is signed with a certificate that is not for time stamps');
  // Signed as a set, whatever tag it has here.
  const message = bytesOf(attributes);
  message[0] = SET_TAG;
  if (!isSignedBy(signer.publicKey, { message, digest, algorithm: parts[4], signature: octetsOf(parts[5]) }))
    throw new TypeError('its signature does not hold');
  return signer;
}

type AttributeReader = (name: keyof typeof ATTRIBUTES) => Block | undefined;

function attributeReader(attributes: Block): AttributeReader {
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
  const hasAlgorithm = newer !== undefined && parts.length > 1 && parts[0] instanceof Sequence;
  const hash = octetsOf(hasAlgorithm ? parts[1] : parts[0]);
  const digest = newer === undefined ? 'sha1' : hasAlgorithm ? digestOf(parts[0]) : 'sha256';
  return ({ raw }) => createHash(digest).update(raw).digest().equals(hash);
}
