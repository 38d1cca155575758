import { CompactEncrypt, compactDecrypt } from 'jose';
import { readOctetKeys } from './octet-keys.ts';

/**
 * Secrets at rest, each in an envelope: AES-256-GCM under a key of its own, which is wrapped by one that stands outside the database (JWE, A256GCMKW). What is in
 * the envelope belongs to a place: in another one it does not open.
 */
export type SecretBox = {
  readonly seal: (secret: string, place: string) => Promise<string>;
  /** What was never sealed is returned as it is. Throws an Error, without what is in it, when no key opens it or it belongs elsewhere. */
  readonly open: (kept: string, place: string) => Promise<string>;
  readonly isSealed: (kept: string) => boolean;
  /** Whether it is as `seal` would leave it now: by the key that seals, or, without keys, not at all. */
  readonly isFresh: (kept: string) => boolean;
};

const FIVE_PARTS = /^eyJ[\w-]*(\.[\w-]+){4}$/;

/** `keys` is a JWK Set of keys of 256 bits, each with its `kid`: the first seals, all of them open. Without any, secrets are kept as they are. */
export function createSecretBox(keys: string | undefined): SecretBox {
  if (keys === undefined) return plainBox;
  const set = readOctetKeys(keys, 'SECRET_KEYS');
  const [current] = set;
  return {
    seal: (secret, place) =>
      new CompactEncrypt(new TextEncoder().encode(secret))
        .setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM', kid: current.kid, place })
        .encrypt(current.key),
    async open(kept, place) {
      if (!isSealed(kept)) return kept;
      const { kid, place: own } = headerOf(kept);
      const known = set.find((key) => key.kid === kid);
      if (!known) throw new Error(`a secret is sealed with the key ${String(kid)}, which SECRET_KEYS lacks`);
      if (own !== place) throw new Error(`a secret of ${String(own)} lies where one of ${place} should`);
      const { plaintext } = await compactDecrypt(kept, known.key, {
        keyManagementAlgorithms: ['A256GCMKW'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      return new TextDecoder().decode(plaintext);
    },
    isSealed,
    isFresh: (kept) => isSealed(kept) && headerOf(kept).kid === current.kid,
  };
}

/** Without keys: keeps secrets as they are. */
export const plainBox: SecretBox = { seal: async (secret) => secret, open: openNothing, isSealed, isFresh: (kept) => !isSealed(kept) };

async function openNothing(kept: string): Promise<string> {
  if (isSealed(kept)) throw new Error('a secret is sealed, and SECRET_KEYS is not set');
  return kept;
}

function isSealed(kept: string): boolean {
  return FIVE_PARTS.test(kept);
}

function headerOf(sealed: string): { readonly kid?: unknown; readonly place?: unknown } {
  return JSON.parse(Buffer.from(sealed.split('.', 1)[0] ?? '', 'base64url').toString()) as { kid?: unknown; place?: unknown };
}
