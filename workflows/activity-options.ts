import type { RetryPolicy } from '@temporalio/common';
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { REFUSED } from './messages.ts';

/**
 * Every time-out and retry policy, named by what a repeat risks. All activities are idempotent by a natural key in
 * PostgreSQL, so all of them may be repeated; what differs is how long they may take and how long a failure may last.
 * Refusals are final; unknown errors retry until somebody mends the cause, because no attempt may be lost to an outage.
 */

const retryForEver = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
  nonRetryableErrorTypes: [REFUSED],
} satisfies RetryPolicy;

/** Loads or writes a row or two inside the workflow task. A longer outage than a minute goes on through a timer in history. */
export const rowInPostgres: LocalActivityOptions = {
  startToCloseTimeout: '8s', // below the workflow task's 10 s
  localRetryThreshold: '1 minute',
  retry: retryForEver,
};

/** One transaction with a natural key; the longest wait is for a row's lock, and the store gives a transaction up after 20 s. */
export const transaction: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: retryForEver,
};

/** A batch of transactions, each with a natural key: what a repeat finds done it leaves. With a heartbeat: a server that is lost is noticed in a minute. */
export const manyTransactions: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '1 minute',
  retry: retryForEver,
};

/** Computes over one submission: well under a second. Short, because a result that is lost with a server is noticed only then. */
export const computation: ActivityOptions = {
  startToCloseTimeout: '20s',
  retry: retryForEver,
};

/** Typesets and stores PDFs. On the queue of what a result waits for, hence after all of that (priority 5 is the last). */
export const rendering: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '7 days',
  retry: { ...retryForEver, maximumInterval: '1 hour' },
  priority: { priorityKey: 5 },
};

/** Writes the notice and queues its mail; given up after a week of outage, because the result itself is published. */
export const notice: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '7 days',
  retry: { ...retryForEver, maximumInterval: '1 hour' },
};

/**
 * Reads all marks of late and computes for minutes, with a heartbeat: a server that is lost is noticed in a minute. Given up before the
 * schedule's next run.
 */
export const report: ActivityOptions = {
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '1 minute',
  scheduleToCloseTimeout: '6 days',
  retry: { ...retryForEver, maximumInterval: '1 hour' },
};
