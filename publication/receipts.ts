import { CompactSign, compactVerify, calculateJwkThumbprint, createLocalJWKSet, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import type { Test } from '../domain/exam.ts';
import type { TreeHead } from '../domain/ledger.ts';
import type { RetentionKind } from '../domain/retention.ts';
import { ConfigurationError } from '../platform/config.ts';
import type { Kept, SecretKeeper } from '../platform/secret-keeper.ts';

/** What a receipt states. Signed as a compact JWS; the keys are published at /.well-known/jwks.json. */
export type ReceiptClaims = {
  readonly issuer: string;
  readonly attemptId: string;
  readonly test: Test;
  readonly round: number;
  readonly submissionId: string;
  /** "sha-256:" and the hash in hexadecimal: of the RFC 8785 canonical JSON of the answers, or of the file's bytes. */
  readonly contentHash: string;
  readonly cause: 'submitted' | 'timed_out';
  /** ISO 8601, UTC, PostgreSQL's clock. */
  readonly submittedAt: string;
};

const RECEIPT_TYPE = 'certifiable-receipt+jws';
const ERASURE_TYPE = 'certifiable-erasure+jws';
const TREE_HEAD_TYPE = 'certifiable-ledger-head+jws';

/** What the list of erasures beside the database states of each: enough to order it again in records that were restored. Ids and instants, and who of staff ordered it. */
export type ListedErasure = {
  readonly issuer: string;
  readonly id: string;
  readonly candidateId: string;
  readonly kind: RetentionKind;
  readonly attemptId: string | null;
  readonly certificateIds: readonly string[];
  readonly keepsRegister: boolean;
  readonly actId: string | null;
  readonly periodId: string | null;
  readonly settledBy: string;
  /** ISO 8601, UTC. */
  readonly settledAt: string;
};

/** Signs what candidates and boards keep of our records: receipts, and the heads of the ledger's tree. */
export type ReceiptSigner = {
  readonly sign: (claims: Omit<ReceiptClaims, 'issuer'>) => Promise<string>;
  readonly signHead: (head: Omit<TreeHead, 'issuer'>) => Promise<{ readonly head: TreeHead; readonly jws: string }>;
  readonly signErasure: (erasure: Omit<ListedErasure, 'issuer'>) => Promise<string>;
  /** Throws as verifyTreeHead does. */
  readonly verifyHead: (jws: string) => Promise<TreeHead>;
  /** The public halves of all keys, retired ones included. */
  readonly publicKeys: JSONWebKeySet;
};

/** Throws a ConfigurationError, which never quotes the key, when the set is unusable: no receipt, no service. */
export async function createReceiptSigner({ keys, issuer }: { keys: string; issuer: string }): Promise<ReceiptSigner> {
  const { kid, privateKey, publicKeys } = await importKeys(parseKeySet(keys));
  const signAs = (typ: string, claims: object) =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(privateKey);
  return {
    publicKeys,
    sign: (claims) => signAs(RECEIPT_TYPE, { issuer, ...claims }),
    async signHead(claims) {
      const head = { issuer, ...claims };
      return { head, jws: await signAs(TREE_HEAD_TYPE, head) };
    },
    signErasure: (claims) => signAs(ERASURE_TYPE, { issuer, ...claims }),
    verifyHead: (jws) => verifyTreeHead(jws, publicKeys),
  };
}

/** The signer of RECEIPT_KEYS, as they are at the time. Throws a ConfigurationError when they are unusable at the start. */
export async function keepReceiptSigner({
  config: { RECEIPT_KEYS: value, PUBLIC_URL: issuer },
  secrets,
}: {
  config: { readonly RECEIPT_KEYS: string; readonly PUBLIC_URL: string };
  secrets: SecretKeeper;
}): Promise<ReceiptSigner> {
  return rotatingReceiptSigner(await secrets.keep({ name: 'RECEIPT_KEYS', value, make: (keys) => createReceiptSigner({ keys, issuer }) }));
}

/** Signs with what is kept at the time, so that a rotation of RECEIPT_KEYS needs no restart. */
function rotatingReceiptSigner(kept: Kept<ReceiptSigner>): ReceiptSigner {
  return {
    sign: (claims) => kept.current.sign(claims),
    signHead: (head) => kept.current.signHead(head),
    signErasure: (erasure) => kept.current.signErasure(erasure),
    verifyHead: (jws) => kept.current.verifyHead(jws),
    get publicKeys() {
      return kept.current.publicKeys;
    },
  };
}

/** Throws a jose error that says why when the signature does not hold or no key fits. */
export async function verifyReceipt(receipt: string, publicKeys: JSONWebKeySet): Promise<ReceiptClaims> {
  return (await verifiedAs({ typ: RECEIPT_TYPE, what: 'a receipt' }, receipt, publicKeys)) as ReceiptClaims;
}

/** Throws a jose error that says why when the signature does not hold or no key fits. */
export async function verifyTreeHead(jws: string, publicKeys: JSONWebKeySet): Promise<TreeHead> {
  return (await verifiedAs({ typ: TREE_HEAD_TYPE, what: 'a tree head of the ledger' }, jws, publicKeys)) as TreeHead;
}

/** Throws a jose error that says why when the signature does not hold or no key fits. */
export async function verifyListedErasure(jws: string, publicKeys: JSONWebKeySet): Promise<ListedErasure> {
  return (await verifiedAs({ typ: ERASURE_TYPE, what: 'an erasure' }, jws, publicKeys)) as ListedErasure;
}

async function verifiedAs({ typ, what }: { typ: string; what: string }, jws: string, publicKeys: JSONWebKeySet): Promise<unknown> {
  const { payload, protectedHeader } = await compactVerify(jws, createLocalJWKSet(publicKeys), { algorithms: ['EdDSA'] });
  if (protectedHeader.typ !== typ) throw new TypeError(`this is signed, but not as ${what}: its type is ${protectedHeader.typ ?? 'missing'}`);
  return JSON.parse(new TextDecoder().decode(payload));
}

function parseKeySet(text: string): JSONWebKeySet {
  try {
    const set = JSON.parse(text) as JSONWebKeySet;
    if (Array.isArray(set.keys)) return set;
  } catch {
    // The parser's message would quote the secret: the error below says enough.
  }
  throw new ConfigurationError('RECEIPT_KEYS must be a JSON Web Key Set: {"keys": [...]}');
}

async function importKeys({ keys }: JSONWebKeySet) {
  const [current] = keys;
  try {
    if (current?.d) {
      const kid = current.kid ?? (await calculateJwkThumbprint(current));
      return { kid, privateKey: await importJWK(current, 'EdDSA'), publicKeys: { keys: await Promise.all(keys.map(publicHalf)) } };
    }
  } catch {
    // The library's message could quote the key: the error below says enough.
  }
  throw new ConfigurationError('RECEIPT_KEYS must be a JWK Set whose first key is a private Ed25519 key');
}

async function publicHalf({ d: _secret, ...key }: JWK): Promise<JWK> {
  return { ...key, kid: key.kid ?? (await calculateJwkThumbprint(key)), alg: 'EdDSA', use: 'sig' };
}
