import type { Client, ScheduleOptions } from '@temporalio/client';
import type { Logger } from '../platform/logging.ts';
import { createSchedule, ensureSchedule } from '../platform/temporal/schedules.ts';
import { markingReviewSchedule, reportsSchedule, retentionSchedule } from '../workflows/schedules.ts';
import { loop, type Loop } from './loop.ts';

/** A schedule that somebody deleted, or that Temporal lost, is back after so long. */
const IDLE_MILLISECONDS = 600_000;
const RETRY_MILLISECONDS = 5000;

/** Keeps the schedules there: at its start as this build wants them, then wherever one is missing. Several may run. */
export function createScheduleKeeper({ client, logger }: { client: Client; logger: Logger }): Loop {
  const stopping = new AbortController();
  const schedules = [markingReviewSchedule, reportsSchedule, retentionSchedule].map((schedule): ScheduleOptions => ({
    ...schedule,
    spec: { calendars: [...schedule.spec.calendars] },
  }));
  let areAsWanted = false;

  async function round(): Promise<boolean> {
    for (const schedule of schedules) await (areAsWanted ? createSchedule(client, schedule) : ensureSchedule(client, schedule));
    areAsWanted = true;
    return false;
  }

  return {
    run: () =>
      loop({
        round,
        idleMilliseconds: IDLE_MILLISECONDS,
        retryMilliseconds: RETRY_MILLISECONDS,
        onFailure: 'the schedules could not be made; trying again',
        logger,
        stopping: stopping.signal,
      }),
    stop: () => stopping.abort(),
  };
}
