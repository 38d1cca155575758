import { spawn } from 'node:child_process';

/**
 * Stands between the stack and a program that isn't ours (PostgreSQL, Temporal): starts it, passes the request to stop
 * on, and stops it when the stack is gone, even by kill -9, which closes the stack's end of stdin.
 *
 *   node local/guard.ts '{"command": "…", "args": ["…"], "stopSignal": "SIGINT"}'
 */

export type GuardedCommand = {
  command: string;
  args: readonly string[];
  /** What makes this program stop in an orderly way and at once. */
  stopSignal: 'SIGINT' | 'SIGTERM';
  /** The user to run it as. */
  uid?: number;
  gid?: number;
};

const killAfterSeconds = 10;

function guard({ command, args, stopSignal, ...user }: GuardedCommand): void {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...user });
  const stop = () => {
    child.kill(stopSignal);
    setTimeout(() => child.kill('SIGKILL'), killAfterSeconds * 1000).unref();
  };
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.stdin.on('end', stop).on('error', stop).resume();
}

if (import.meta.main) guard(JSON.parse(process.argv[2] ?? '') as GuardedCommand);
