import { v7 as uuidv7 } from 'uuid';
import { conflictValue, type ConflictKind } from '../domain/grader.ts';
import { Refusal } from '../domain/refusal.ts';
import { recordAct } from './audit.ts';
import { inTransaction, nowBy, type RecordContext } from './context.ts';
import type { Person } from './interests.ts';
import { isSamePerson } from './same-person.ts';

export type Acquaintance = {
  readonly id: string;
  readonly subject: string;
  readonly kind: ConflictKind;
  readonly value: string;
  readonly declaredAt: Date;
};

/** Whom those of staff said that they know: they decide nothing about these (store/interests.ts). */
export function createAcquaintanceStore(context: RecordContext) {
  const { prisma, clock } = context;
  return {
    /** Those that stand, newest first; of one person, or of all. */
    async list({
      subject,
      after,
      limit,
    }: {
      subject?: string | undefined;
      after?: string | undefined;
      limit: number;
    }): Promise<readonly Acquaintance[]> {
      const rows = await prisma.staffAcquaintance.findMany({
        where: { endedAt: null, ...(subject === undefined ? {} : { subject }), ...(after === undefined ? {} : { id: { lt: after } }) },
        orderBy: { id: 'desc' },
        take: limit,
        select: { id: true, subject: true, kind: true, value: true, declaredAt: true },
      });
      return rows.map((row) => ({ ...row, kind: row.kind as ConflictKind }));
    },

    /** Somebody says so of themselves. Said again while it stands it is the one that stands. */
    declare: ({ subject, kind, value }: { subject: string; kind: ConflictKind; value: string }): Promise<Acquaintance> =>
      inTransaction(context, async (tx) => {
        const kept = conflictValue(kind, value);
        const [row] = await tx.$queryRaw<{ id: string; declaredAt: Date }[]>`
          INSERT INTO staff_acquaintance (id, subject, kind, value, declared_at) VALUES (${uuidv7()}::uuid, ${subject}, ${kind}, ${kept}, ${await clock()})
          ON CONFLICT (subject, kind, value) WHERE ended_at IS NULL DO UPDATE SET value = excluded.value RETURNING id, declared_at AS "declaredAt"`;
        if (!row) throw new TypeError('an acquaintance is inserted or there');
        const act = { actionKey: `declare-acquaintance:${row.id}`, actor: subject, reason: 'declared' };
        await recordAct(tx, act, { attemptId: null, action: 'declare_acquaintance', details: { acquaintanceId: row.id, kind }, at: row.declaredAt });
        return { ...row, subject, kind, value: kept };
      }),

    /** It holds no more, says somebody else. Ended before, that stands. */
    end: ({ acquaintanceId, person, reason }: { acquaintanceId: string; person: Person; reason: string }): Promise<void> =>
      inTransaction(context, async (tx) => {
        const row = await tx.staffAcquaintance.findUnique({ where: { id: acquaintanceId } });
        if (!row) throw new Refusal('not_found', 'Nobody said that.');
        if (await isSamePerson(tx, person, row.subject))
          throw new Refusal('second_person_needed', 'You said this of yourself. Somebody else of staff has to end it.');
        const at = await nowBy(clock, tx);
        const data = { endedAt: at, endedBy: person.subject, endedReason: reason };
        const { count } = await tx.staffAcquaintance.updateMany({ where: { id: acquaintanceId, endedAt: null }, data });
        if (count === 0) return;
        const act = { actionKey: `end-acquaintance:${acquaintanceId}`, actor: person.subject, reason };
        await recordAct(tx, act, { attemptId: null, action: 'end_acquaintance', details: { acquaintanceId, of: row.subject }, at });
      }),
  };
}
