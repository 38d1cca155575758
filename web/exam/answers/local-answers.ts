import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** What was typed and is not known to be saved yet, on this device: it outlives a killed tab, a crash and a lost connection. */

export type AnswerValue = string | string[];
export type LocalAnswer = {
  readonly subject: string;
  readonly attemptId: string;
  readonly itemId: string;
  readonly value: AnswerValue;
  readonly sequence: number;
};

interface Schema extends DBSchema {
  answers: { key: [string, string, string]; value: LocalAnswer };
}

export type LocalAnswers = {
  readonly all: () => Promise<readonly LocalAnswer[]>;
  readonly keep: (answer: Pick<LocalAnswer, 'itemId' | 'value' | 'sequence'>) => Promise<void>;
  /** Of what is saved by now: a later one of this item stays. */
  readonly forget: (answer: Pick<LocalAnswer, 'itemId' | 'sequence'>) => Promise<void>;
};

/** Of one candidate in one attempt. Throws where the browser keeps nothing, as some private windows do. */
export async function openLocalAnswers({ subject, attemptId }: Pick<LocalAnswer, 'subject' | 'attemptId'>): Promise<LocalAnswers> {
  const database: IDBPDatabase<Schema> = await openDB<Schema>('certifiable-exam', 1, {
    upgrade: (opened) => void opened.createObjectStore('answers', { keyPath: ['subject', 'attemptId', 'itemId'] }),
  });
  const range = IDBKeyRange.bound([subject, attemptId, ''], [subject, attemptId, '\uffff']);
  return {
    all: () => database.getAll('answers', range),
    async keep(answer) {
      const transaction = database.transaction('answers', 'readwrite');
      const kept = await transaction.store.get([subject, attemptId, answer.itemId]);
      // Two windows share this place: the later answer stays.
      if (kept === undefined || kept.sequence <= answer.sequence) await transaction.store.put({ subject, attemptId, ...answer });
      await transaction.done;
    },
    async forget({ itemId, sequence }) {
      const transaction = database.transaction('answers', 'readwrite');
      const kept = await transaction.store.get([subject, attemptId, itemId]);
      if (kept !== undefined && kept.sequence <= sequence) await transaction.store.delete([subject, attemptId, itemId]);
      await transaction.done;
    },
  };
}
