import type { Command } from 'commander';
import { z } from 'zod';
import { wrongArguments } from './arguments.ts';
import { CommandError, messageOf, type CommandContext } from './command.ts';

const REQUEST_LIMIT_MILLISECONDS = 30_000;

export type ApiOptions = { readonly api?: string; readonly token?: string };

export type ApiTarget = { readonly api: string; readonly token: string };

/** The API that is meant, with a token for it: as named, or that of the stack. Throws a CommandError where neither is there. */
export async function targetOf(
  { api: named, token: given }: ApiOptions,
  command: Command,
  { connections, role }: Pick<CommandContext, 'connections'> & { readonly role?: 'designated' },
): Promise<ApiTarget> {
  // The stack's token is for the stack: no other server gets to see it.
  const stack = named === undefined ? await connections.stack() : undefined;
  const api = named ?? stack?.apiUrl;
  const token = given ?? (role ? stack?.tokens[role] : undefined);
  if (api === undefined || token === undefined) {
    throw new CommandError('No API is named together with a token for it, and no stack of "npm start" is asked: pass --api URL and --token TOKEN.');
  }
  if (!/^https?:$/.test(URL.parse(api)?.protocol ?? '')) wrongArguments(command, `--api must be an http or https URL, not "${api}"`);
  return { api: api.replace(/\/+$/, ''), token };
}

export async function post({ api, token }: ApiTarget, path: string, json: unknown): Promise<Response> {
  try {
    return await fetch(`${api}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, application/problem+json' },
      body: JSON.stringify(json),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MILLISECONDS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new CommandError(`${api} cannot be reached: ${messageOf(cause)}`);
  }
}

const problemDetails = z.object({
  title: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).catch([]),
});

/** An RFC 9457 problem, in words and field by field; whatever else a proxy in between may answer is named by its status alone. */
export async function problemOf(
  response: Response,
): Promise<{ readonly text: string; readonly fields: readonly { readonly path: string; readonly message: string }[] }> {
  const problem = problemDetails.safeParse(await response.json().catch(() => undefined)).data;
  return { text: problem?.detail ?? problem?.title ?? (response.statusText || 'no reason given'), fields: problem?.fields ?? [] };
}
