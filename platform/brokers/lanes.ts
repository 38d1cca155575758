/** Runs work of one key in order and work of different keys at once, no more at a time than there are slots. */
export type Lanes = {
  /** Without a key: no order. The work must not reject. */
  readonly add: (key: string | undefined, work: () => Promise<void>) => void;
  /** Runs a part of the work in a slot; waiting for something outside of one leaves it to others. */
  readonly inSlot: <Result>(part: () => Promise<Result>) => Promise<Result>;
  /** Resolves when all that was added is done. */
  readonly idle: () => Promise<void>;
};

export function createLanes({ slots }: { slots: number }): Lanes {
  const ends = new Map<string, Promise<void>>();
  const underWay = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  let freeSlots = slots;

  const takeSlot = async (): Promise<void> => {
    if (freeSlots > 0) freeSlots -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const giveSlot = (): void => {
    const next = waiting.shift();
    if (next) next();
    else freeSlots += 1;
  };

  return {
    add(key, work) {
      const before = key === undefined ? undefined : ends.get(key);
      const end = before ? before.then(work) : work();
      underWay.add(end);
      if (key !== undefined) ends.set(key, end);
      void end.then(() => {
        underWay.delete(end);
        if (key !== undefined && ends.get(key) === end) ends.delete(key);
      });
    },
    async inSlot(part) {
      await takeSlot();
      try {
        return await part();
      } finally {
        giveSlot();
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
