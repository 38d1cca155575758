import type { SecretKeeper } from '../../platform/secret-keeper.ts';
import { readKeyStatement, type IssuerRoots, type StatedKeys } from './key-statement.ts';

/** As the statement of its time tells: a new one needs no restart. Throws a ConfigurationError when the first one is unusable. */
export async function keepStatedKeys({
  config: { ISSUER_KEYS: value, ISSUER_ROOTS: roots, PUBLIC_URL: publicUrl },
  secrets,
}: {
  config: { readonly ISSUER_KEYS: string; readonly ISSUER_ROOTS: IssuerRoots; readonly PUBLIC_URL: string };
  secrets: SecretKeeper;
}): Promise<() => StatedKeys> {
  const kept = await secrets.keep({ name: 'ISSUER_KEYS', value, make: (statement) => readKeyStatement({ statement, roots, publicUrl }) });
  return () => kept.current;
}
