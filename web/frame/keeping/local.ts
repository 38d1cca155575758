import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** What was typed and is not known to be saved yet, on this device: it outlives a killed tab, a crash and a lost connection. */

/** Whose it is, and of what: an attempt, an assignment. */
export type Place = { readonly subject: string; readonly of: string };
type Typed<Value> = { readonly itemId: string; readonly value: Value; readonly sequence: number };

interface Schema extends DBSchema {
  typed: { key: [string, string, string, number]; value: Place & Typed<unknown> };
}

export type Local<Value> = {
  readonly all: () => Promise<readonly Typed<Value>[]>;
  readonly keep: (typed: Typed<Value>) => Promise<void>;
  /** Of what is saved by now: a later one of this item stays. */
  readonly forget: (typed: Pick<Typed<Value>, 'itemId' | 'sequence'>) => Promise<void>;
};

/**
 * Throws where the browser keeps nothing, as some private windows do. Nothing is read before something is kept: what is typed leaves the
 * tab in the task of the keystroke, so that a tab killed right after it has lost none. Two windows share a place; the later stays.
 */
export async function openLocal<Value>({ subject, of }: Place): Promise<Local<Value>> {
  const database: IDBPDatabase<Schema> = await openDB<Schema>('certifiable-typed', 1, {
    upgrade: (opened) => void opened.createObjectStore('typed', { keyPath: ['subject', 'of', 'itemId', 'sequence'] }),
  });
  const range = IDBKeyRange.bound([subject, of, '', 0], [subject, of, '\uffff', 0]);
  const upTo = (itemId: string, sequence: number, isOpen: boolean) =>
    IDBKeyRange.bound([subject, of, itemId, 0], [subject, of, itemId, sequence], false, isOpen);
  return {
    async all() {
      const kept = (await database.getAll('typed', range)) as (Place & Typed<Value>)[];
      // In the order of their sequence, so the last of an item wins.
      return [...new Map(kept.map((typed) => [typed.itemId, typed])).values()];
    },
    async keep(typed) {
      const transaction = database.transaction('typed', 'readwrite');
      void transaction.store.put({ subject, of, ...typed });
      void transaction.store.delete(upTo(typed.itemId, typed.sequence, true));
      // Left to itself it would wait for this tab to have heard of both.
      transaction.commit();
      await transaction.done;
    },
    async forget({ itemId, sequence }) {
      await database.delete('typed', upTo(itemId, sequence, false));
    },
  };
}
