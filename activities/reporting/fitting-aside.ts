import { Worker } from 'node:worker_threads';
import type { FittingJob, FittingResult } from './fitting-job.ts';

const THREAD = new URL('fitting-thread.ts', import.meta.url);

/** Works on a job in a thread of its own, so that the process goes on answering; ends it when the signal aborts. Rejects when the thread fails. */
export function workAside<Result extends FittingResult>(job: FittingJob, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    // Without an environment: what it reads others wrote.
    const thread = new Worker(THREAD, { env: {}, workerData: job });
    signal.addEventListener('abort', () => void thread.terminate(), { once: true });
    thread.on('message', (result: Result) => resolve(result));
    thread.on('error', reject);
    thread.on('exit', (code) => reject(new Error(`the thread that fits ended with ${code}`)));
  });
}
