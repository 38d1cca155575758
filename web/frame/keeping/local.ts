import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** What was typed and is not known to be saved yet, on this device: it outlives a killed tab, a crash and a lost connection. */

/** Whose it is, and of what: an attempt, an assignment. */
export type Place = { readonly subject: string; readonly of: string };
type Typed<Value> = { readonly itemId: string; readonly value: Value; readonly sequence: number };

interface Schema extends DBSchema {
  typed: { key: [string, string, string]; value: Place & Typed<unknown> };
}

export type Local<Value> = {
  readonly all: () => Promise<readonly Typed<Value>[]>;
  readonly keep: (typed: Typed<Value>) => Promise<void>;
  /** Of what is saved by now: a later one of this item stays. */
  readonly forget: (typed: Pick<Typed<Value>, 'itemId' | 'sequence'>) => Promise<void>;
};

/** Throws where the browser keeps nothing, as some private windows do. */
export async function openLocal<Value>({ subject, of }: Place): Promise<Local<Value>> {
  const database: IDBPDatabase<Schema> = await openDB<Schema>('certifiable', 1, {
    upgrade: (opened) => void opened.createObjectStore('typed', { keyPath: ['subject', 'of', 'itemId'] }),
  });
  const range = IDBKeyRange.bound([subject, of, ''], [subject, of, '\uffff']);
  return {
    all: async () => (await database.getAll('typed', range)) as (Place & Typed<Value>)[],
    async keep(typed) {
      const transaction = database.transaction('typed', 'readwrite');
      const kept = await transaction.store.get([subject, of, typed.itemId]);
      // Two windows share this place: the later one stays.
      if (kept === undefined || kept.sequence <= typed.sequence) await transaction.store.put({ subject, of, ...typed });
      await transaction.done;
    },
    async forget({ itemId, sequence }) {
      const transaction = database.transaction('typed', 'readwrite');
      const kept = await transaction.store.get([subject, of, itemId]);
      if (kept !== undefined && kept.sequence <= sequence) await transaction.store.delete([subject, of, itemId]);
      await transaction.done;
    },
  };
}
