import { join } from 'node:path';
import { privateKey } from './key-file.ts';

/** RECEIPT_KEYS of the embedded stack: a JWK Set with one private Ed25519 key, kept, so that receipts stay valid. */
export async function receiptKeys(dataDirectory: string): Promise<string> {
  const key = await privateKey({ file: join(dataDirectory, 'keys', 'receipt.json'), algorithm: 'EdDSA' });
  return JSON.stringify({ keys: [key] });
}
