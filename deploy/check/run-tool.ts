import { spawn } from 'node:child_process';
import { inheritedEnvironment, type Environment } from '../../local/environment.ts';

export type ToolRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type ToolCommand = {
  command: string;
  args: readonly string[];
  cwd?: string;
  /** Handed to the program on its standard input. */
  input?: string;
  /** On top of the inherited environment. */
  environment?: Environment;
  signal?: AbortSignal | undefined;
  timeoutSeconds?: number;
};

const TIMEOUT_SECONDS = 300;

/** Runs it to its end. A code other than 0 is an answer here, not an error; a program that can't be started is one. */
export async function runTool({ command, args, cwd, input, environment, signal, timeoutSeconds = TIMEOUT_SECONDS }: ToolCommand): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...inheritedEnvironment(), ...environment },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutSeconds * 1000), ...(signal ? [signal] : [])]),
      killSignal: 'SIGKILL',
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }));
    // A program that ends before it has read everything says why itself.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

/** All that it said, for a person to read. */
export function saidBy({ stdout, stderr }: ToolRun): string {
  return [stdout.trim(), stderr.trim()].filter((text) => text !== '').join('\n');
}
