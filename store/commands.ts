import type { FieldProblem, RefusalCode } from '../domain/refusal.ts';
import { nowBy, type IdempotencyKey, type RecordContext } from './context.ts';

/** Why a command of another system was refused, as it was answered. */
export type KeptRefusal = { readonly code: RefusalCode; readonly detail: string; readonly fields?: readonly FieldProblem[] | undefined };

/** What became of a command that came before: refused, or done with what the work under its key returned. */
export type CommandOutcome = { readonly kind: 'refused'; readonly refusal: KeptRefusal } | { readonly kind: 'done'; readonly result: object };

const REUSED: KeptRefusal = { code: 'idempotency_key_reused', detail: 'This id was used with other data. Use a new id for a new command.' };

/**
 * Outcomes of commands, beside the answers of Idempotency-Keys and under the same keys: whoever writes a command's key
 * first, the work or its refusal, settles it until it is pruned, so that a command that comes twice is not answered in two ways.
 */
export function createCommandStore({ prisma, clock }: RecordContext) {
  async function outcome({ actor, operation, key, requestHash }: IdempotencyKey): Promise<CommandOutcome | undefined> {
    const row = await prisma.idempotency.findUnique({ where: { actor_operation_key: { actor, operation, key } } });
    if (!row || row.response === null) return undefined;
    return row.requestHash === requestHash ? outcomeOf(row.response) : { kind: 'refused', refusal: REUSED };
  }

  return {
    /** What became of the command that came with this key; undefined when none did. */
    outcome,

    /** Keeps why a command was refused, unless it was settled meanwhile. Returns what holds. */
    async refuse(idempotency: IdempotencyKey, refusal: KeptRefusal): Promise<CommandOutcome> {
      const { actor, operation, key, requestHash } = idempotency;
      const response = JSON.stringify({ refusal });
      // Waits for work under this key that is not committed yet.
      await prisma.$executeRaw`
        INSERT INTO idempotency (actor, operation, key, request_hash, response, created_at)
        VALUES (${actor}, ${operation}, ${key}, ${requestHash}, ${response}::jsonb, ${await clock()}) ON CONFLICT DO NOTHING`;
      return (await outcome(idempotency)) ?? { kind: 'refused', refusal };
    },

    /** Forgets keys that are so many days old, commands' and requests' alike: at most `limit` a call, and returns how many. */
    async prune({ afterDays, limit }: { afterDays: number; limit: number }): Promise<number> {
      // As a value: by an expression no index is read.
      const before = new Date((await nowBy(clock, prisma)).getTime() - afterDays * 86_400_000);
      return prisma.$executeRaw`
        DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM idempotency WHERE created_at < ${before} ORDER BY created_at LIMIT ${limit}))`;
    },
  };
}

/** What is kept under a key: what the work returned, or that the command was refused. */
export function outcomeOf(response: unknown): CommandOutcome {
  if (typeof response !== 'object' || response === null) throw new TypeError('the outcome of a command is an object');
  return 'refusal' in response ? { kind: 'refused', refusal: response.refusal as KeptRefusal } : { kind: 'done', result: response };
}
