import { useEffect, useState } from 'react';
import type { Entries, Keeper, SavedItem } from './keeper.ts';

/**
 * One keeper while the page is open, made anew when `place` changes; what other windows and devices save is learnt with each reading.
 * Undefined until what a tab that is gone has left behind was read.
 */
export function useKeeper<Value>(
  create: () => Promise<Keeper<Value>>,
  { place, saved }: { readonly place: string; readonly saved: readonly SavedItem<Value>[] },
): Keeper<Value> | undefined {
  const [keeper, setKeeper] = useState<Keeper<Value>>();
  useEffect(() => {
    let opened: Keeper<Value> | undefined;
    let isGone = false;
    void create().then((created) => {
      opened = created;
      if (isGone) created.stop();
      else setKeeper(created);
    });
    return () => {
      isGone = true;
      opened?.stop();
    };
    // What is saved later is learnt below.
  }, [place]);
  useEffect(() => keeper?.learn(saved), [keeper, saved]);
  return keeper;
}

/** Nothing would be lost: it is kept on this device. But nobody else has it from there. Who has to sign in again must leave. */
export function useWarningBeforeLeaving({ items, signedOut, keptOnDevice }: Pick<Entries<unknown>, 'items' | 'signedOut' | 'keptOnDevice'>): void {
  const hasUnsaved = Object.values(items).some(({ state }) => state === 'unsaved') && !(signedOut && keptOnDevice);
  useEffect(() => {
    if (!hasUnsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [hasUnsaved]);
}
