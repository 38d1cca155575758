import { describeFailure } from '../platform/failure.ts';

/** npm passes Ctrl-C on to a process that the terminal has told already: two within this time are one. */
const SAME_MILLISECONDS = 1000;

/** Ctrl-C stops in order; pressed again, it ends at once, and the stack's parts end with us. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let stoppedAt = 0;
  const stop = () => {
    if (!controller.signal.aborted) {
      stoppedAt = Date.now();
      controller.abort(new Error('stopped'));
    } else if (Date.now() - stoppedAt > SAME_MILLISECONDS) {
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return controller.signal;
}

/** A whole command: exits 0 when the work is done, 130 after Ctrl-C, and 1 with the error otherwise. */
export async function runUntilStopped(work: (signal: AbortSignal) => Promise<void>): Promise<never> {
  const signal = stopSignal();
  try {
    await work(signal);
    process.exit(0);
  } catch (error) {
    console.error(signal.aborted ? 'stopped' : describeFailure(error));
    process.exit(signal.aborted ? 130 : 1);
  }
}
