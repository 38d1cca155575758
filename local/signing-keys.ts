import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { multibaseOf, rootThumbprint, signKeyStatement } from '../publication/credentials/key-statement.ts';
import { privateKey } from './key-file.ts';

/** RECEIPT_KEYS or CREDENTIAL_KEYS of the embedded stack: a JWK Set with one private Ed25519 key, kept, so that what it signed stays valid. */
export async function signingKeys(dataDirectory: string, purpose: 'receipt' | 'credential'): Promise<string> {
  const key = await privateKey({ file: join(dataDirectory, 'keys', `${purpose}.json`), algorithm: 'EdDSA' });
  return JSON.stringify({ keys: [key] });
}

/** ISSUER_KEYS and ISSUER_ROOTS of the embedded stack, by a root of its own: of the keys of CREDENTIAL_KEYS, since ever. */
export async function statedKeys({
  dataDirectory,
  credentialKeys,
  publicUrl,
}: {
  dataDirectory: string;
  credentialKeys: string;
  publicUrl: string;
}): Promise<{ ISSUER_KEYS: string; ISSUER_ROOTS: string }> {
  const root = await privateKey({ file: join(dataDirectory, 'keys', 'root.json'), algorithm: 'EdDSA' });
  const { keys } = JSON.parse(credentialKeys) as { keys: readonly JWK[] };
  const stated = await Promise.all(keys.map(async (key) => ({ publicKeyMultibase: await multibaseOf(key), from: '2020-01-01T00:00:00Z' })));
  return { ISSUER_KEYS: await signKeyStatement({ root, publicUrl, keys: stated, at: new Date() }), ISSUER_ROOTS: await rootThumbprint(root) };
}

/** SECRET_KEYS of the embedded stack: one key, made from the one that signs receipts, so that there is no other file to lose. */
export function sealingKeys(receiptKeys: string): string {
  return keyMadeOf(receiptKeys, { use: 'SECRET_KEYS', alg: 'A256GCMKW' });
}

/** TEMPORAL_CODEC_KEYS of the embedded stack, likewise. */
export function codecKeys(receiptKeys: string): string {
  return keyMadeOf(receiptKeys, { use: 'TEMPORAL_CODEC_KEYS', alg: 'A256GCM' });
}

function keyMadeOf(receiptKeys: string, { use, alg }: { use: string; alg: string }): string {
  const k = createHmac('sha256', receiptKeys).update(use).digest('base64url');
  return JSON.stringify({ keys: [{ kty: 'oct', k, kid: 'embedded', alg }] });
}
