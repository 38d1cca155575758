/** Does the work for every item, some at once. The first failure lets nothing new begin and is thrown when what had begun is over. */
export async function eachConcurrently<Item>({
  items,
  atOnce,
  work,
}: {
  items: readonly Item[];
  atOnce: number;
  work: (item: Item) => Promise<void>;
}): Promise<void> {
  const waiting = items.values();
  let failed = false;
  const takeTurns = async () => {
    for (const item of waiting) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const turns = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  const failure = turns.find((turn) => turn.status === 'rejected');
  if (failure) throw failure.reason;
}
