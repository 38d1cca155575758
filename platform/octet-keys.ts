import { ConfigurationError } from './config.ts';

/** A key of 256 bits, and the name that what it encrypted tells of it. One whose `key_ops` leave "encrypt" out is for reading alone. */
export type OctetKey = { readonly kid: string; readonly key: Uint8Array; readonly encrypts: boolean };
/** The first that may encrypts, all of them decrypt. */
export type OctetKeys = readonly [OctetKey, ...OctetKey[]];

const KEY_BYTES = 32;

type Jwk = { readonly kty?: string; readonly k?: string; readonly kid?: string; readonly key_ops?: readonly string[] };

/** The keys of a JWK Set that a setting holds. Throws a ConfigurationError that names the setting and never quotes it. */
export function readOctetKeys(text: string, setting: string): OctetKeys {
  try {
    const { keys } = JSON.parse(text) as { keys: readonly Jwk[] };
    const [first, ...others] = keys.map(({ kty, k = '', kid = '', key_ops: operations = ['encrypt'] }) => ({
      kid,
      key: Buffer.from(k, 'base64url'),
      encrypts: operations.includes('encrypt'),
      isUsable: kty === 'oct' && kid !== '',
    }));
    if (first && [first, ...others].every(({ key, isUsable }) => isUsable && key.length === KEY_BYTES)) return [first, ...others];
  } catch {
    // The parser's message would quote the secret.
  }
  throw new ConfigurationError(`${setting} must be a JWK Set of keys of 256 bits ("kty":"oct"), each with its "kid"`);
}
