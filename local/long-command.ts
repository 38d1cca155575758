import { spawn } from 'node:child_process';
import { inheritedEnvironment, type Environment } from './environment.ts';

export type LongCommand = {
  command: string;
  args: readonly string[];
  /** On top of the inherited environment. */
  environment?: Environment;
  /** Said with the time passed, every 15 s. */
  progress: string;
  timeoutSeconds: number;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
};

const progressSeconds = 15;

/** Runs it to its end and says now and then that it goes on. Throws with the end of what it printed if it fails. */
export async function runLongCommand(options: LongCommand): Promise<void> {
  const { command, args, environment, progress, timeoutSeconds, log, signal } = options;
  const startedAt = Date.now();
  const timer = setInterval(() => log(`${progress} … ${duration(Date.now() - startedAt)}`), progressSeconds * 1000);
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...inheritedEnvironment(), ...environment },
        signal: AbortSignal.any([AbortSignal.timeout(timeoutSeconds * 1000), ...(signal ? [signal] : [])]),
        killSignal: 'SIGKILL',
      });
      let output = '';
      const collect = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000));
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.once('error', reject);
      child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(output.trim() || `${command} ended with code ${code}`))));
    });
  } finally {
    clearInterval(timer);
  }
}

/** 95,000 → "1 min 35 s". */
function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
