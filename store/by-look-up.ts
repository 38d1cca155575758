import { Prisma } from '../prisma/generated/client.ts';

/**
 * Until the transaction ends, each row of a join is looked up by its index. For statements that go from what is open or of late to what it belongs to: a
 * planner that guesses how many these are would rather read whole tables once, which takes longer with every year.
 */
export const byLookUp = Prisma.sql`set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`;
