import type { X509Certificate } from 'node:crypto';
import { Sequence, UTCTime } from 'asn1js';
import { bitsOf, bytesOf, malformed, numberOf, octetsOf, oidOf, parsed, partsOf, type Block } from './der.ts';
import { isSignedBy } from './signatures.ts';

/** A list of revoked certificates (CRL; RFC 5280, section 5), as whoever issued them signed it. It is taken as it is given, however old. */
export type Revocations = {
  readonly isSignedBy: (issuer: X509Certificate) => boolean;
  readonly bySerial: ReadonlyMap<bigint, Revocation>;
};

type Revocation = {
  readonly at: Date;
  /** Also for what was signed before. */
  readonly countsForAll: boolean;
};

const REASON = '2.5.29.21';

/** unspecified, affiliationChanged, superseded, cessationOfOperation: stamps of before stay valid. With another reason or none no stamp does (RFC 3161, section 4). */
const HARMLESS_REASONS = [0n, 3n, 4n, 5n];

/** Throws a TypeError when it is unreadable. */
export function readRevocations(der: Uint8Array): Revocations {
  const [list, algorithm, bits] = partsOf(parsed(der));
  if (list === undefined) throw malformed('a list is missing');
  // Of the sequences in it: by what it is signed, who signed, and where anything was revoked, what.
  const [, , revoked] = partsOf(list).filter((part) => part instanceof Sequence);
  const [message, signature] = [bytesOf(list), bitsOf(bits)];
  return {
    isSignedBy: ({ publicKey }) => isSignedBy(publicKey, { message, algorithm, signature }),
    bySerial: new Map(revoked ? partsOf(revoked).map(entryOf) : []),
  };
}

/** That this certificate of this issuer was revoked, by a list that the issuer signed. */
export function revocationOf(
  { serialNumber }: X509Certificate,
  { issuer, revocations }: { issuer: X509Certificate; revocations: Revocations },
): Revocation | undefined {
  const revocation = revocations.bySerial.get(BigInt(`0x${serialNumber}`));
  return revocation && revocations.isSignedBy(issuer) ? revocation : undefined;
}

function entryOf(entry: Block): readonly [serial: bigint, revocation: Revocation] {
  const [serial, at, extensions] = partsOf(entry);
  if (!(at instanceof UTCTime) || at.error !== '') throw malformed('a revocation has no time');
  const reason = extensions && reasonIn(extensions);
  return [numberOf(serial), { at: at.toDate(), countsForAll: reason === undefined || !HARMLESS_REASONS.includes(reason) }];
}

function reasonIn(extensions: Block): bigint | undefined {
  const parts = partsOf(extensions)
    .map(partsOf)
    .find(([id]) => oidOf(id) === REASON);
  return parts && numberOf(parsed(octetsOf(parts.at(-1))));
}
