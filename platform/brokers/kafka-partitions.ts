import type { Consumer } from '@platformatic/kafka';
import { createHandledOffsets, type HandledOffsets } from './handled-offsets.ts';
import { inTime } from './in-time.ts';
import type { KafkaMessage } from './kafka-outcome.ts';
import { pauseUnlessAborted } from './backoff.ts';

/**
 * What is begun and handled of each partition, and its commits. A partition that the group gives to another keeps its
 * record: what we read of it is handled all the same, and if it comes back uncommitted, the client goes on behind that.
 */
export type Partitions = {
  readonly of: (message: KafkaMessage) => HandledOffsets<KafkaMessage>;
  /** Commits as far as it may, soon; failures are repeated. */
  readonly commitSoon: () => void;
  /** Resolves when fewer messages than this are begun and not handled, or at the signal. */
  readonly untilPendingBelow: (limit: number, signal: AbortSignal) => Promise<void>;
  /** The last commits. */
  readonly finish: () => Promise<void>;
};

const commitAgainSeconds = 1;
const lastCommitSeconds = 5;

export function createPartitions(consumer: Consumer, { onFailure }: { onFailure: (error: unknown) => void }): Partitions {
  const offsets = new Map<string, HandledOffsets<KafkaMessage>>();
  const finishing = new AbortController();
  let waiting: (() => void)[] = [];
  let committing: Promise<void> = Promise.resolve();
  let isCommitDue = false;

  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting = [];
  };

  const isOurs = ({ topic, partition }: KafkaMessage) =>
    consumer.assignments?.some((assignment) => assignment.topic === topic && assignment.partitions.includes(partition)) ?? false;

  const commitAll = async (): Promise<boolean> => {
    let isDone = true;
    for (const partition of offsets.values()) {
      const message = partition.takeCommittable();
      // Of one that left us the other member commits: ours would set it back.
      if (!message || !isOurs(message)) continue;
      try {
        await message.commit();
      } catch (error) {
        isDone = false;
        partition.putBack(message);
        onFailure(error);
      }
    }
    return isDone;
  };

  const commitUntilDone = async (): Promise<void> => {
    while (isCommitDue && !finishing.signal.aborted) {
      isCommitDue = false;
      if (await commitAll()) continue;
      isCommitDue = true;
      await pauseUnlessAborted(commitAgainSeconds, finishing.signal);
    }
  };

  return {
    of({ topic, partition }) {
      const key = `${topic}/${partition}`;
      const known = offsets.get(key) ?? createHandledOffsets<KafkaMessage>();
      offsets.set(key, known);
      return known;
    },
    commitSoon() {
      wake();
      if (isCommitDue) return;
      isCommitDue = true;
      committing = committing.then(commitUntilDone);
    },
    async untilPendingBelow(limit, signal) {
      const pending = () => [...offsets.values()].reduce((sum, partition) => sum + partition.pending(), 0);
      signal.addEventListener('abort', wake, { once: true });
      while (pending() >= limit && !signal.aborted) await new Promise<void>((resolve) => waiting.push(resolve));
      signal.removeEventListener('abort', wake);
    },
    async finish() {
      finishing.abort();
      await inTime(committing.then(commitAll), lastCommitSeconds).catch(onFailure);
    },
  };
}
