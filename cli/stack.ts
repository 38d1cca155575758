import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CommandError } from './command.ts';

/** What `npm start` leaves for commands (local/stack-file.ts). */
const stackSchema = z.object({
  pid: z.number().int(),
  apiUrl: z.string(),
  issuerUrl: z.string(),
  tokens: z.object({ designated: z.string() }),
  /** How its servers are named, in the variables that name servers. */
  environment: z.record(z.string(), z.string()),
});

export type RunningStack = z.infer<typeof stackSchema>;

const ANSWER_MILLISECONDS = 2000;

/**
 * The stack that runs in this checkout. Undefined when there is none, even if one that was killed has left its file: another
 * server may have its ports by now. Throws a CommandError when the file cannot be understood.
 */
export async function readRunningStack(file: string | URL): Promise<RunningStack | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const stack = stackSchema.safeParse(jsonIn(text)).data;
  if (!stack) throw new CommandError(`${String(file)} does not say where the local stack is: restart it, or name the servers yourself`);
  return isAlive(stack.pid) && (await answers(stack.issuerUrl)) ? stack : undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function answers(issuerUrl: string): Promise<boolean> {
  return fetch(`${issuerUrl}/readyz`, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS) }).then(
    (response) => response.ok,
    () => false,
  );
}
