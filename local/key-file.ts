import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

export type KeyAlgorithm = 'EdDSA' | 'ES256';

/** The private key in the file, made and kept there at the first call. Its `kid` is its thumbprint (RFC 7638). */
export async function privateKey({ file, algorithm }: { file: string; algorithm: KeyAlgorithm }): Promise<JWK> {
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept) as JWK;
  const key = await generate(algorithm);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.unfinished`, JSON.stringify(key), { mode: 0o600 });
  await rename(`${file}.unfinished`, file);
  return key;
}

async function generate(algorithm: KeyAlgorithm): Promise<JWK> {
  const curve = algorithm === 'EdDSA' ? { crv: 'Ed25519' } : {};
  const pair = await generateKeyPair(algorithm, { extractable: true, ...curve });
  const key = await exportJWK(pair.privateKey);
  return { ...key, kid: await calculateJwkThumbprint(key), alg: algorithm, use: 'sig' };
}
