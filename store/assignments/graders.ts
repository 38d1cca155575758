import { Refusal } from '../../domain/refusal.ts';
import type { RecordContext, Transaction } from '../context.ts';
import type { Purpose } from './open.ts';

/** Somebody who marks, as their token told when they last asked for work. */
export type Grader = { readonly subject: string; readonly designated: boolean };

/** So that one who asks every minute is written down once an hour. */
const SEEN_AGAIN_HOURS = 1;

/** Keeps who marks: whom staff name must be among them. The issuer's roles are known from nowhere else. */
export async function meetGrader({ prisma, clock }: RecordContext, { subject, designated }: Grader): Promise<void> {
  const now = await clock();
  await prisma.$executeRaw`
    INSERT INTO grader AS g (subject, designated, first_seen_at, last_seen_at) VALUES (${subject}, ${designated}, ${now}, ${now})
    ON CONFLICT (subject) DO UPDATE SET designated = excluded.designated, last_seen_at = excluded.last_seen_at
    WHERE g.designated <> excluded.designated OR g.last_seen_at < excluded.last_seen_at - make_interval(hours => ${SEEN_AGAIN_HOURS}::int)`;
}

/** Everybody who marks, by name of the issuer. */
export async function listGraders({ prisma }: RecordContext, { after, limit }: { after?: string | undefined; limit: number }) {
  return prisma.grader.findMany({ where: after === undefined ? {} : { subject: { gt: after } }, orderBy: { subject: 'asc' }, take: limit });
}

/** Refuses whoever cannot take an assignment of this purpose, whatever the submission: a mistyped name would take it away from everybody. */
export async function refuseUnqualified(tx: Transaction, { grader, purpose }: { grader: string; purpose: Purpose }): Promise<void> {
  const known = await tx.grader.findUnique({ where: { subject: grader } });
  if (!known) {
    throw new Refusal('grader_unknown', 'Nobody of this name has asked for work yet. Check how it is written, or have them sign in once.', {
      fields: [{ path: 'grader', message: 'is no known grader' }],
    });
  }
  if (purpose === 'adjudicate' && !known.designated) {
    throw new Refusal('grader_unqualified', 'Only a designated grader may settle a dispute. Choose another, or leave the name out.', {
      fields: [{ path: 'grader', message: 'is not a designated grader' }],
    });
  }
}
