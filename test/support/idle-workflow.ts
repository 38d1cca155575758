import { condition } from '@temporalio/workflow';

/** Waits for ever, so that there is something to be pinned. */
export async function idle(): Promise<void> {
  await condition(() => false);
}
