import { constants, verify, type KeyObject } from 'node:crypto';
import { oidOf, partsOf, type Block } from './der.ts';

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

/** By its AlgorithmIdentifier. Throws a TypeError for one that counts for nothing here. */
export function digestOf(algorithm: Block | undefined): string {
  const oid = oidOf(partsOf(algorithm)[0]);
  const digest = DIGESTS[oid];
  if (digest === undefined) throw new TypeError(`it is hashed by an algorithm that counts for nothing here (${oid})`);
  return digest;
}

type Signed = {
  readonly message: Uint8Array;
  /** The AlgorithmIdentifier of the signature. */
  readonly algorithm: Block | undefined;
  /** Named beside it; absent where the signature's algorithm must name one. */
  readonly digest?: string;
  readonly signature: Uint8Array;
};

/** Throws a TypeError where that is not to be told: the algorithm is not known here. */
export function isSignedBy(key: KeyObject, { message, algorithm, digest, signature }: Signed): boolean {
  const oid = oidOf(partsOf(algorithm)[0]);
  const by = SIGNATURES[oid];
  const hash = by?.digest ?? digest;
  if (by === undefined || hash === undefined || by.key !== key.asymmetricKeyType)
    throw new TypeError(`it is signed by an algorithm that is not known here (${oid})`);
  return verify(hash, message, by.key === 'rsa' ? { key, padding: constants.RSA_PKCS1_PADDING } : key, signature);
}
