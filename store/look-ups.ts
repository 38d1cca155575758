/**
 * Look-ups of the same turn of the event loop share one statement: a crowd of verifiers costs PostgreSQL and us little more
 * than one. Nobody waits for others: what comes in later is the next statement's. `load` gets each key once, and returns
 * what it found by key; when it fails, all who share it fail.
 */
export function sharedLookUps<Value>(
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (key: string) => Promise<Value | undefined> {
  let shared: { readonly keys: Set<string>; readonly found: Promise<ReadonlyMap<string, Value>> } | undefined;

  function begin() {
    const keys = new Set<string>();
    const endOfTurn = new Promise<void>((resolve) => {
      setImmediate(() => {
        shared = undefined;
        resolve();
      });
    });
    return { keys, found: endOfTurn.then(() => load([...keys])) };
  }

  return async (key) => {
    shared ??= begin();
    const { keys, found } = shared;
    keys.add(key);
    return (await found).get(key);
  };
}
