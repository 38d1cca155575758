import { join } from 'node:path';
import { privateKey } from './key-file.ts';

/** RECEIPT_KEYS or CREDENTIAL_KEYS of the embedded stack: a JWK Set with one private Ed25519 key, kept, so that what it signed stays valid. */
export async function signingKeys(dataDirectory: string, purpose: 'receipt' | 'credential'): Promise<string> {
  const key = await privateKey({ file: join(dataDirectory, 'keys', `${purpose}.json`), algorithm: 'EdDSA' });
  return JSON.stringify({ keys: [key] });
}
