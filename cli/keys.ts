import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import { CANNOT_TELL, CommandError, messageOf } from './command.ts';

const ANSWER_MILLISECONDS = 30_000;

/** The public keys of receipts: the API's /.well-known/jwks.json, or a file that holds the same. Without them nothing can be told of a receipt. */
export async function readKeys(source: string): Promise<JSONWebKeySet> {
  try {
    const keys: unknown = /^https?:/.test(source) ? await fetchKeys(source) : JSON.parse(await readFile(source, 'utf8'));
    if (isKeySet(keys)) return keys;
    throw new Error('that is no JSON Web Key Set: {"keys": [...]}');
  } catch (error) {
    const cause = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
    throw new CommandError(`cannot tell: the keys cannot be read from ${source}: ${messageOf(cause)}`, CANNOT_TELL);
  }
}

async function fetchKeys(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return response.json();
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}
