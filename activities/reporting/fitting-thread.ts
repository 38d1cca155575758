import { parentPort, workerData } from 'node:worker_threads';
import { workOn, type FittingJob } from './fitting-job.ts';

/** The thread that works on one job (fitting-aside.ts) and ends with it. */

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
parentPort?.postMessage(workOn(workerData as FittingJob));
