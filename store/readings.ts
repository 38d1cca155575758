import { v7 as uuidv7 } from 'uuid';
import type { RecordContext } from './context.ts';

/** Somebody who acts for us reads about somebody. */
export type Reading = {
  /** A subject. */
  readonly reader: string;
  /** Of the API: its operationId. */
  readonly operation: string;
  /** What its address names, by name; '' of a list. */
  readonly about: string;
  readonly attemptId: string | undefined;
};

/** Who read what: once an hour each, in the ledger like any record. */
export function createReadingStore({ prisma }: Pick<RecordContext, 'prisma'>) {
  return {
    async record({ reader, operation, about, attemptId }: Reading): Promise<void> {
      await prisma.$executeRaw`
        INSERT INTO reading (id, reader, operation, about, attempt_id, hour, at)
        VALUES (${uuidv7()}::uuid, ${reader}, ${operation}, ${about}, ${attemptId ?? null}::uuid, date_trunc('hour', clock_timestamp()), clock_timestamp())
        ON CONFLICT (reader, operation, about, hour) DO NOTHING`;
    },
  };
}

export type ReadingStore = ReturnType<typeof createReadingStore>;
