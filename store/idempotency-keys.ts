import { Prisma } from '../prisma/generated/client.ts';
import { keyReused, type IdempotencyKey, type RecordContext } from './context.ts';

/**
 * Idempotency-Keys of what is not done in one transaction here, but by an Update of a workflow that knows its repeats. Whoever
 * comes first binds the key to what they ask.
 */
export function createIdempotencyKeyStore({ prisma, clock }: RecordContext) {
  return {
    /** Refused with `idempotency_key_reused` when the key is bound to something else. */
    async bind({ actor, operation, key, requestHash }: IdempotencyKey): Promise<void> {
      await prisma.$executeRaw`
        INSERT INTO idempotency (actor, operation, key, request_hash, created_at)
        VALUES (${actor}, ${operation}, ${key}, ${requestHash}, ${await clock()}) ON CONFLICT DO NOTHING`;
      const bound = await prisma.idempotency.findUnique({ where: { actor_operation_key: { actor, operation, key } }, select: { requestHash: true } });
      if (bound && bound.requestHash !== requestHash) throw keyReused();
    },

    /** It is done: the key stays bound, whatever becomes of a repeat. */
    async keep({ actor, operation, key }: IdempotencyKey): Promise<void> {
      await prisma.$executeRaw`
        UPDATE idempotency SET response = '{}'::jsonb WHERE actor = ${actor} AND operation = ${operation} AND key = ${key} AND response IS NULL`;
    },

    /** It was refused, and nothing is done: the key is free for what is put right. */
    async forget({ actor, operation, key, requestHash }: IdempotencyKey): Promise<void> {
      await prisma.idempotency.deleteMany({ where: { actor, operation, key, requestHash, response: { equals: Prisma.DbNull } } });
    },
  };
}

export type IdempotencyKeyStore = ReturnType<typeof createIdempotencyKeyStore>;
