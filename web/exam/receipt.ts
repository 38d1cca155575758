import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';

/** What a receipt says of the submission that it is for. */
type ReceiptClaims = { readonly contentHash?: unknown; readonly attemptId?: unknown };

/** Whether the receipt is signed with one of our published keys, and is for this content. Throws where the keys cannot be read. */
export async function isGenuine({ receipt, contentHash }: { receipt: string; contentHash: string }): Promise<boolean> {
  const response = await fetch('/.well-known/jwks.json');
  if (!response.ok) throw new TypeError('no keys');
  const keys = (await response.json()) as JSONWebKeySet;
  try {
    const { payload } = await compactVerify(receipt, createLocalJWKSet(keys));
    const claims = JSON.parse(new TextDecoder().decode(payload)) as ReceiptClaims;
    return claims.contentHash === contentHash;
  } catch {
    return false;
  }
}
