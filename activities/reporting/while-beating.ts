import { Context } from '@temporalio/activity';

/** Well below the heartbeat's time-out. */
const HEARTBEAT_MILLISECONDS = 10_000;

/** Beats meanwhile, so that a lost process is noticed in a minute; the work is told when the activity is cancelled. */
export async function whileBeating<Result>(work: (cancelled: AbortSignal) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MILLISECONDS);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}
