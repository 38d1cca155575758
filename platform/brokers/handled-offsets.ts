/**
 * Which messages of one partition are under way or handled. They finish out of order, but a commit says "all before
 * this", so it may pass only over a gapless row of handled ones.
 */
export type HandledOffsets<Message> = {
  /** False: it is under way or handled already, as after a rebalance that fetches again from the last commit. */
  readonly begin: (message: Message) => boolean;
  readonly finish: (message: Message) => void;
  /** The last message of the gapless row, if the row has grown since it was last asked for. */
  readonly takeCommittable: () => Message | undefined;
  /** After a commit that failed: it may be taken again, unless the row has grown. */
  readonly putBack: (message: Message) => void;
  /** How many began and cannot be committed yet. */
  readonly pending: () => number;
};

export function createHandledOffsets<Message extends { readonly offset: bigint }>(): HandledOffsets<Message> {
  /** In the order of the partition. */
  const begun = new Map<bigint, { message: Message; isHandled: boolean }>();
  let last: bigint | undefined;
  let committable: Message | undefined;

  return {
    begin(message) {
      if (last !== undefined && message.offset <= last) return false;
      last = message.offset;
      begun.set(message.offset, { message, isHandled: false });
      return true;
    },
    finish({ offset }) {
      const finished = begun.get(offset);
      if (finished) finished.isHandled = true;
      for (const [first, { message, isHandled }] of begun) {
        if (!isHandled) break;
        begun.delete(first);
        committable = message;
      }
    },
    takeCommittable() {
      const taken = committable;
      committable = undefined;
      return taken;
    },
    putBack(message) {
      committable ??= message;
    },
    pending: () => begun.size,
  };
}
