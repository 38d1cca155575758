import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs the story of a workflow so that *Request Cancellation*, the first button that the Temporal UI shows, does not end it: behind
 * each is a person's exam or certificate, and every way to end one is an act with a reason. `onRequest` is told of it, once.
 */
export function neverCancelled<Result>(story: () => Promise<Result>, onRequest: () => void): Promise<Result> {
  CancellationScope.current().cancelRequested.catch(onRequest);
  return CancellationScope.nonCancellable(story);
}

/** For handlers of messages, which run beside the story and would find the workflow cancelled. */
export function uncancelled<Input extends readonly unknown[], Result>(
  handler: (...input: Input) => Promise<Result>,
): (...input: Input) => Promise<Result> {
  return (...input) => CancellationScope.nonCancellable(() => handler(...input));
}

export const CANCELLATION_IGNORED =
  'cancellation was requested in the Temporal UI, and does not end this: use the acts that are listed beside, or ask whoever pressed it';
