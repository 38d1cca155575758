import { v7 as uuidv7 } from 'uuid';
import { recordAct } from './audit.ts';
import { inTransaction, type RecordContext } from './context.ts';

/** Where and how a candidate is written to, as a token told it when it was issued. */
type Contact = {
  readonly subject: string;
  readonly email: string | undefined;
  /** BCP 47. */
  readonly locale: string | undefined;
  /** Of the IANA database. */
  readonly timeZone: string | undefined;
  readonly toldAt: Date;
};

/** A candidate as staff find them by subject; `name` is null before they first registered. */
type KnownCandidate = { readonly id: string; readonly subject: string; readonly name: string | null; readonly hasRegistered: boolean };

export function createCandidateStore(context: RecordContext) {
  const { prisma } = context;
  return {
    /** Takes what is newer than what is known; what a token leaves out stays. Somebody who never registered is not kept. */
    async learn({ subject, email, locale, timeZone, toldAt }: Contact): Promise<void> {
      await prisma.$executeRaw`
        UPDATE candidate SET email = coalesce(${email ?? null}, email), locale = coalesce(${locale ?? null}, locale),
          time_zone = coalesce(${timeZone ?? null}, time_zone), told_at = ${toldAt}
        WHERE subject = ${subject} AND (told_at IS NULL OR told_at < ${toldAt}) AND EXISTS (SELECT 1 FROM attempt a WHERE a.candidate_id = candidate.id)`;
    },

    /**
     * Finds a candidate, or keeps the subject of one who is expected: what is recorded for them then holds from their first attempt on.
     * Their name is what they register with; until then nothing shows one. A repeat finds.
     */
    expect: ({ subject, actor, reason }: { subject: string; actor: string; reason: string }): Promise<KnownCandidate & { isNew: boolean }> =>
      inTransaction(context, async (tx) => {
        const [added] = await tx.$queryRaw<{ id: string; at: Date }[]>`
          INSERT INTO candidate (id, subject, name, created_at) VALUES (${uuidv7()}::uuid, ${subject}, ${subject}, ${await context.clock()})
          ON CONFLICT (subject) DO NOTHING RETURNING id, created_at AS at`;
        if (added) {
          const { id, at } = added;
          const act = { actionKey: `expect-candidate:${id}`, actor, reason };
          await recordAct(tx, act, { attemptId: null, action: 'expect_candidate', details: { candidateId: id }, at });
        }
        const { id, name, _count } = await tx.candidate.findUniqueOrThrow({
          where: { subject },
          select: { id: true, name: true, _count: { select: { attempts: true } } },
        });
        const hasRegistered = _count.attempts > 0;
        return { id, subject, name: hasRegistered ? name : null, hasRegistered, isNew: added !== undefined };
      }),
  };
}
