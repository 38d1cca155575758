import { setCurrentDetails, setWorkflowOptions } from '@temporalio/workflow';
import { RETENTION_KINDS } from '../domain/retention.ts';
import { retaining } from './activities.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, retention);

/** So many batches of a kind in one run: what is left comes with the next. */
const BATCHES_MAX = 20;

/**
 * Every night, by a schedule: what has been kept for as long as its period says is ordered to be erased, in batches; the pool `delivery` carries it out. Staff
 * read here how much there was, and pause the schedule where nothing is to be erased for now.
 */
export async function retention(): Promise<readonly string[]> {
  const words: string[] = [];
  for (const kind of RETENTION_KINDS) {
    let [ordered, stopped] = [0, 0];
    let after: string | undefined;
    for (let batch = 1; batch <= BATCHES_MAX; batch += 1) {
      const found = await retaining.orderWhatIsOver({ kind, ...(after === undefined ? {} : { after }) });
      ordered += found.ordered;
      stopped += found.stopped;
      after = found.next;
      if (after === undefined) break;
    }
    words.push(
      `${kind}: ${ordered} ordered to be erased, ${stopped} stopped by a hold or by what is open${after === undefined ? '' : '; the rest comes next time'}`,
    );
    setCurrentDetails(words.map((line) => `- ${line}`).join('\n'));
  }
  return words;
}
