import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { JSONWebKeySet } from 'jose';
import { wrongArguments } from './arguments.ts';
import { CANNOT_TELL, CommandError, messageOf, type CommandContext } from './command.ts';

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

/** Those that an option names, else those of the stack that runs here. Exit with 2 where there is neither. */
export async function askedKeys(
  command: Command,
  { connections }: Pick<CommandContext, 'connections'>,
  source: string | undefined,
): Promise<JSONWebKeySet> {
  const stack = await connections.stack();
  const found = source ?? (stack && `${stack.apiUrl}/.well-known/jwks.json`);
  if (found === undefined) wrongArguments(command, '--keys is needed, since no stack of "npm start" is asked');
  return readKeys(found);
}

async function fetchKeys(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return response.json();
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}
