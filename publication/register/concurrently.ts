import pMap from 'p-map';

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
  const failures: unknown[] = [];
  // Rejecting would leave what had begun running.
  const unlessFailed = (item: Item) => (failures.length > 0 ? undefined : work(item).catch((error: unknown) => void failures.push(error)));
  await pMap(items, unlessFailed, { concurrency: atOnce });
  if (failures.length > 0) throw failures[0];
}
