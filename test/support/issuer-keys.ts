import type { JWK } from 'jose';
import { multibaseOf, rootThumbprint, signKeyStatement } from '../../publication/credentials/key-statement.ts';
import { newKey, SINCE_EVER } from './credentials.ts';

/** ISSUER_KEYS and ISSUER_ROOTS for the keys of a JWK Set, by a root that was made for it. */
export async function issuerKeysFor({
  keys,
  publicUrl,
}: {
  keys: string;
  publicUrl: string;
}): Promise<{ ISSUER_KEYS: string; ISSUER_ROOTS: string }> {
  const root = await newKey();
  const { keys: set } = JSON.parse(keys) as { keys: readonly JWK[] };
  const stated = await Promise.all(set.map(async (key) => ({ publicKeyMultibase: await multibaseOf(key), from: SINCE_EVER })));
  return { ISSUER_KEYS: await signKeyStatement({ root, publicUrl, keys: stated, at: new Date() }), ISSUER_ROOTS: await rootThumbprint(root) };
}
