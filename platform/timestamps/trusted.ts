import { X509Certificate } from 'node:crypto';
import { readRevocations, revocationOf, type Revocations } from './revocations.ts';

/** Who is believed: certificates, of an authority itself or of who certifies it, and what was revoked since. */
export type Trusted = { readonly certificates: readonly X509Certificate[]; readonly revocations: readonly Revocations[] };

/** A chain is that long at most, the signer's own certificate with it. */
const CHAIN_MAX = 8;

const BLOCKS = /-----BEGIN (CERTIFICATE|X509 CRL)-----([^-]+)-----END \1-----/g;

/** The certificates and the lists of revocations in a PEM file. Throws a TypeError when there is no certificate, or something is unreadable. */
export function readTrusted(pem: string): Trusted {
  const blocks = [...pem.matchAll(BLOCKS)].map(([, label, text = '']) => ({ label, bytes: Buffer.from(text, 'base64') }));
  const of = (wanted: string) => blocks.flatMap(({ label, bytes }) => (label === wanted ? [bytes] : []));
  const certificates = of('CERTIFICATE').map((bytes) => new X509Certificate(bytes));
  if (certificates.length === 0) throw new TypeError('there is no certificate in it (PEM)');
  return { certificates, revocations: of('X509 CRL').map(readRevocations) };
}

/** Up to a certificate that is trusted, each valid at that time and not revoked. Throws a TypeError where it is not so. */
export function verifyChain(
  signer: X509Certificate,
  { others, trusted, at }: { others: readonly X509Certificate[]; trusted: Trusted; at: Date },
): void {
  let certificate = signer;
  for (let length = 1; length <= CHAIN_MAX; length += 1) {
    const below = certificate;
    if (at < below.validFromDate || at > below.validToDate)
      throw new TypeError(`the certificate of ${nameOf(below)} was not valid at ${at.toISOString()}`);
    const issuer = [...trusted.certificates, ...others].find((one) => one.ca && below.checkIssued(one) && below.verify(one.publicKey));
    if (issuer) refuseRevoked(below, { issuer, trusted, at });
    if (trusted.certificates.some(({ fingerprint256 }) => fingerprint256 === below.fingerprint256)) return;
    if (!issuer) break;
    certificate = issuer;
  }
  throw new TypeError(`nobody who is trusted vouches for ${nameOf(signer)}`);
}

/** The subject of a certificate, on one line. */
export const nameOf = ({ subject }: X509Certificate): string => subject.split('\n').join(', ');

function refuseRevoked(certificate: X509Certificate, { issuer, trusted, at }: { issuer: X509Certificate; trusted: Trusted; at: Date }): void {
  for (const revocations of trusted.revocations) {
    const revocation = revocationOf(certificate, { issuer, revocations });
    if (revocation && (revocation.countsForAll || at >= revocation.at))
      throw new TypeError(`the certificate of ${nameOf(certificate)} was revoked at ${revocation.at.toISOString()}`);
  }
}
