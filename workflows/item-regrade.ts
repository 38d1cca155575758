import { setCurrentDetails, setWorkflowOptions, sleep } from '@temporalio/workflow';
import { regrading } from './activities.ts';
import type { RegradeInput } from './regrade-messages.ts';
import { neverCancelled } from './never-cancelled.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, itemRegrade);

/** Below every id. */
const FIRST_DECISION = '00000000-0000-0000-0000-000000000000';
const LOOK_AGAIN = '1 day';

/**
 * An item, a criterion or a key was put right for everybody who had it (docs/decisions/0022): a page of decisions at a time, one page after the other, so that
 * results of the day go on beside it. What an appeal, a correction or another attempt stands in the way of is looked at again each day.
 */
export function itemRegrade({ regradeId }: RegradeInput): Promise<{ applied: number }> {
  const happened: string[] = [];
  let applied = 0;
  const show = (waits: string) =>
    setCurrentDetails(
      ['| | |', '|---|---|', `| put right | **${applied}** |`, `| waits for | ${waits} |`, '', ...happened.map((line) => `- ${line}`)].join('\n'),
    );

  /** Once over all that it is about; returns how many wait for something else. */
  const round = async (): Promise<number> => {
    let waiting = 0;
    for (let after: string | null = FIRST_DECISION; after !== null;) {
      show('the next decisions');
      const page: Awaited<ReturnType<typeof regrading.applyRegradePage>> = await regrading.applyRegradePage({ regradeId, after });
      applied += page.applied;
      waiting += page.waits;
      after = page.after;
    }
    return waiting;
  };

  const story = async () => {
    for (;;) {
      const waiting = await round();
      happened.push(`${applied} decisions put right so far, ${waiting} wait`);
      if (waiting === 0) break;
      show(`what stands in the way of ${waiting} decisions: an appeal, a correction or another attempt; looked at again each day`);
      await sleep(LOOK_AGAIN, { summary: 'until it is looked at again' });
    }
    await regrading.finishRegrade({ regradeId });
    show('nothing more');
    return { applied };
  };
  return neverCancelled(story, () => happened.push('a cancellation was ignored: what is applied is put right for all'));
}
