import { fromJwk } from '@digitalbazaar/ed25519-multikey';
import { calculateJwkThumbprint, CompactSign, compactVerify, EmbeddedJWK, importJWK, type JWK } from 'jose';
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
  const { kty, crv, x } = root;
  const payload = statementPayload.parse({ issuer: identifiersFor(publicUrl).issuer, statedAt: at.toISOString(), keys });
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, jwk: { kty, crv, x } as JWK })
    .sign(await importJWK(root, 'EdDSA'));
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

/**
 * The keys that a statement tells of. Throws a ConfigurationError when none of the roots signed it, or it is of another issuer.
 */
export async function readKeyStatement({
  statement,
  roots,
  publicUrl,
}: {
  statement: string;
  /** Thumbprints. */
  roots: readonly string[];
  publicUrl: string;
}): Promise<StatedKeys> {
  const { issuer } = identifiersFor(publicUrl);
  const { root, payload } = await verified(statement);
  if (!roots.includes(root)) throw new ConfigurationError(`ISSUER_KEYS is signed by a root (${root}) that ISSUER_ROOTS does not name`);
  const read = statementPayload.safeParse(payload);
  if (!read.success)
    throw new ConfigurationError('ISSUER_KEYS is signed by our root, but it is no statement of keys: "certifiable keys sign-off" makes one');
  if (read.data.issuer !== issuer)
    throw new ConfigurationError(`ISSUER_KEYS is a statement of ${read.data.issuer}, and not of ${issuer}, as PUBLIC_URL has it`);
  return new Map(read.data.keys.map((key) => [key.publicKeyMultibase, key]));
}

async function verified(statement: string): Promise<{ root: string; payload: unknown }> {
  try {
    const { payload, protectedHeader } = await compactVerify(statement.trim(), EmbeddedJWK, { algorithms: ['EdDSA'] });
    if (protectedHeader.typ !== TYPE) throw new TypeError('it is signed, and something else');
    return { root: await calculateJwkThumbprint(protectedHeader.jwk as JWK), payload: JSON.parse(new TextDecoder().decode(payload)) };
  } catch (error) {
    throw new ConfigurationError(`ISSUER_KEYS is no signed statement of keys (${error instanceof Error ? error.message : 'unreadable'})`);
  }
}

/** Why a signature of this instant is not to be trusted; undefined where it is. */
export function whyNotTrusted(key: StatedKey | undefined, signedAt: Date): 'not ours' | 'not yet ours' | 'disowned' | undefined {
  if (key === undefined) return 'not ours';
  if (signedAt < new Date(key.from)) return 'not yet ours';
  return key.disownedFrom !== undefined && signedAt >= new Date(key.disownedFrom) ? 'disowned' : undefined;
}
