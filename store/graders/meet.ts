import type { GraderState } from '../../domain/grader.ts';
import type { RecordContext } from '../context.ts';

/** Somebody who marks, as their token told when they last asked for work. */
export type MetGrader = {
  readonly subject: string;
  readonly designated: boolean;
  /** Where somebody stands who is met for the first time (docs/decisions/0012). */
  readonly newState?: Extract<GraderState, 'active' | 'in_training'> | undefined;
};

/** So that one who asks every minute is written down once an hour. */
const SEEN_AGAIN_HOURS = 1;

/** Keeps who marks: whom staff name must be among them. The issuer's roles are known from nowhere else. */
export async function meetGrader({ prisma, clock }: RecordContext, { subject, designated, newState = 'active' }: MetGrader): Promise<void> {
  const now = await clock();
  await prisma.$executeRaw`
    INSERT INTO grader AS g (subject, designated, state, first_seen_at, last_seen_at) VALUES (${subject}, ${designated}, ${newState}, ${now}, ${now})
    ON CONFLICT (subject) DO UPDATE SET designated = excluded.designated, last_seen_at = excluded.last_seen_at
    WHERE g.designated <> excluded.designated OR g.last_seen_at < excluded.last_seen_at - make_interval(hours => ${SEEN_AGAIN_HOURS}::int)`;
}
