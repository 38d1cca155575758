import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack, type StackOptions } from '../../local/stack.ts';

export type EmbeddedOptions = {
  /** Whether Temporal keeps its workflows in a file, so that its process can be stopped and started. */
  readonly temporalKeepsData?: boolean;
  /** As in StackOptions: all, once. */
  readonly pools?: StackOptions['pools'];
  /** As in StackOptions. */
  readonly codec?: boolean;
  /** For API and pools, as in StackOptions. */
  readonly environment?: StackOptions['environment'];
  /** Of Temporal; values are JSON. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

/** A whole stack in a folder of its own for as long as `use` takes. When that fails, the processes' logs are kept, and it is said where. */
export async function withEmbeddedStack<Result>(
  { temporalKeepsData = false, pools, codec = false, environment, dynamicConfig, log, signal }: EmbeddedOptions,
  use: (stack: Stack) => Promise<Result>,
): Promise<Result> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'certifiable-'));
  try {
    const stack = await startStack({
      dataDirectory,
      persistent: false,
      codec,
      temporal: { keepsData: temporalKeepsData, ...(dynamicConfig === undefined ? {} : { dynamicConfig }) },
      ...(pools === undefined ? {} : { pools }),
      environment: { LOG_LEVEL: 'warn', ...environment },
      log,
      signal,
    });
    try {
      return await use(stack);
    } catch (error) {
      if (!signal.aborted) await keepLogs(dataDirectory, log);
      throw error;
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function keepLogs(dataDirectory: string, log: (line: string) => void): Promise<void> {
  const kept = `${dataDirectory}-logs`;
  await cp(join(dataDirectory, 'logs'), kept, { recursive: true });
  log(`the logs of all processes are kept in ${kept}`);
}
