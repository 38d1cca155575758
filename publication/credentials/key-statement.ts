import { fromJwk } from '@digitalbazaar/ed25519-multikey';
import { calculateJwkThumbprint, CompactSign, EmbeddedJWK, FlattenedSign, flattenedVerify, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { ConfigurationError } from '../../platform/config.ts';
import { identifiersFor } from './identifiers.ts';

/**
 * Which keys sign for an issuer, signed by a root key that is kept apart from all that runs (docs/decisions/0024). What stands in the database says nothing
 * about that: a key of which the statement does not tell verifies nothing.
 */

const statedKey = z.object({
  publicKeyMultibase: z.string().regex(/^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/, 'is no Ed25519 key in the Multikey encoding'),
  /** What it signed before is none of ours. */
  from: z.iso.datetime(),
  /** It was stolen, or may have been: what it signed from then on is none of ours. */
  disownedFrom: z.iso.datetime().optional(),
});

const statementPayload = z.object({ issuer: z.string(), statedAt: z.iso.datetime(), keys: z.array(statedKey).min(1) });

export type StatedKey = z.output<typeof statedKey>;

/** By the key. */
export type StatedKeys = ReadonlyMap<string, StatedKey>;

const TYPE = 'certifiable-issuer-keys';

/** The compact JWS, with the public half of the root in its header. */
export async function signKeyStatement({
  root,
  publicUrl,
  keys,
  at,
}: {
  root: JWK;
  publicUrl: string;
  keys: readonly StatedKey[];
  at: Date;
}): Promise<string> {
  const payload = statementPayload.parse({ issuer: identifiersFor(publicUrl).issuer, statedAt: at.toISOString(), keys });
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload))).setProtectedHeader(headerOf(root)).sign(await importJWK(root, 'EdDSA'));
}

/**
 * The same statement with the signature of one root more, as the JSON of a JWS (RFC 7515, section 7.2.1). A root that signed it already changes nothing.
 * Throws a ConfigurationError when it is no statement whose signatures all hold.
 */
export async function countersignKeyStatement({ statement, root }: { statement: string; root: JWK }): Promise<string> {
  const { roots, payload } = await verified(statement);
  if (roots.includes(await calculateJwkThumbprint(root))) return statement.trim();
  const { payload: encoded, signatures } = partsOf(statement);
  const signed = await new FlattenedSign(payload).setProtectedHeader(headerOf(root)).sign(await importJWK(root, 'EdDSA'));
  return JSON.stringify({ payload: encoded, signatures: [...signatures, { protected: signed.protected, signature: signed.signature }] });
}

function headerOf({ kty, crv, x }: JWK) {
  return { alg: 'EdDSA', typ: TYPE, jwk: { kty, crv, x } as JWK };
}

/** The public half of an Ed25519 key as the statement names it. */
export async function multibaseOf(key: JWK): Promise<string> {
  const { kty, crv, x } = key;
  const pair = await fromJwk({ jwk: { kty, crv, x }, secretKey: false, controller: '' });
  return pair.publicKeyMultibase;
}

/** By which a root is named in settings (RFC 7638). */
export function rootThumbprint(root: JWK): Promise<string> {
  return calculateJwkThumbprint(root);
}

/** Whose word counts, and how many of them it takes. */
export type IssuerRoots = {
  /** Thumbprints. */
  readonly roots: readonly string[];
  readonly needed: number;
};

/**
 * The keys that a statement tells of. Throws a ConfigurationError when fewer of the roots signed it than are needed, or it is of another issuer.
 */
export async function readKeyStatement({
  statement,
  roots: { roots, needed },
  publicUrl,
}: {
  statement: string;
  roots: IssuerRoots;
  publicUrl: string;
}): Promise<StatedKeys> {
  const { issuer } = identifiersFor(publicUrl);
  const { roots: signers, payload } = await verified(statement);
  const counted = signers.filter((signer) => roots.includes(signer));
  if (counted.length === 0) throw new ConfigurationError(`ISSUER_KEYS is signed by a root (${signers.join(', ')}) that ISSUER_ROOTS does not name`);
  if (counted.length < needed)
    throw new ConfigurationError(
      `ISSUER_KEYS is signed by ${counted.length} of the roots that ISSUER_ROOTS names (${counted.join(', ')}), and it takes ${needed}: "certifiable keys sign-off --countersign" adds a signature`,
    );
  const read = statementPayload.safeParse(jsonOf(payload));
  if (!read.success)
    throw new ConfigurationError('ISSUER_KEYS is signed by our root, but it is no statement of keys: "certifiable keys sign-off" makes one');
  if (read.data.issuer !== issuer)
    throw new ConfigurationError(`ISSUER_KEYS is a statement of ${read.data.issuer}, and not of ${issuer}, as PUBLIC_URL has it`);
  return new Map(read.data.keys.map((key) => [key.publicKeyMultibase, key]));
}

/** The thumbprints of all who signed it, each once, and what they signed. One signature that does not hold is one too many. */
async function verified(statement: string): Promise<{ roots: readonly string[]; payload: Uint8Array }> {
  try {
    const { payload, signatures } = partsOf(statement);
    const roots = new Set<string>();
    for (const signature of signatures) {
      const { protectedHeader } = await flattenedVerify({ payload, ...signature }, EmbeddedJWK, { algorithms: ['EdDSA'] });
      if (protectedHeader?.typ !== TYPE) throw new TypeError('it is signed, and something else');
      roots.add(await calculateJwkThumbprint(protectedHeader.jwk as JWK));
    }
    return { roots: [...roots], payload: Buffer.from(payload, 'base64url') };
  } catch (error) {
    throw new ConfigurationError(`ISSUER_KEYS is no signed statement of keys (${error instanceof Error ? error.message : 'unreadable'})`);
  }
}

const jsonJws = z.object({ payload: z.string(), signatures: z.array(z.strictObject({ protected: z.string(), signature: z.string() })).min(1) });

/** Of one signature a compact JWS, of several the JSON of one. */
function partsOf(statement: string): z.output<typeof jsonJws> {
  const text = statement.trim();
  if (text.startsWith('{')) return jsonJws.parse(JSON.parse(text));
  const [header = '', payload = '', signature = '', ...more] = text.split('.');
  if (more.length > 0) throw new TypeError('it has too many parts');
  return { payload, signatures: [{ protected: header, signature }] };
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}

/** Why a signature of this instant is not to be trusted; undefined where it is. */
export function whyNotTrusted(key: StatedKey | undefined, signedAt: Date): 'not ours' | 'not yet ours' | 'disowned' | undefined {
  if (key === undefined) return 'not ours';
  if (signedAt < new Date(key.from)) return 'not yet ours';
  return key.disownedFrom !== undefined && signedAt >= new Date(key.disownedFrom) ? 'disowned' : undefined;
}
