import type { GraderState } from '../../domain/grader.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, type RecordContext } from '../context.ts';

/** Somebody who marks, as their token told when they last asked for work. */
export type MetGrader = {
  readonly subject: string;
  readonly designated: boolean;
  /** Where somebody stands who is met for the first time (docs/decisions/0012). */
  readonly newState?: Extract<GraderState, 'active' | 'in_training'> | undefined;
};

/** So that one who asks every minute is written down once an hour. */
const SEEN_AGAIN_HOURS = 1;

/** When somebody was last seen who never was. */
const NEVER = new Date(0);

/**
 * Keeps a record for somebody who has not asked for work yet, so that staff can admit, qualify and name conflicts beforehand; they count
 * as nobody who could mark until they ask. Returns whether there was none. A repeat changes nothing.
 */
export function expectGrader(
  context: RecordContext,
  { subject, newState = 'active', actor, reason }: Omit<MetGrader, 'designated'> & { actor: string; reason: string },
): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    const [added] = await tx.$queryRaw<{ at: Date }[]>`
      INSERT INTO grader (subject, designated, state, first_seen_at, last_seen_at)
      VALUES (${subject}, false, ${newState}, ${await context.clock()}, ${NEVER}) ON CONFLICT (subject) DO NOTHING RETURNING first_seen_at AS at`;
    if (!added) return false;
    const act = { actionKey: `expect-grader:${subject}`, actor, reason };
    await recordAct(tx, act, { attemptId: null, action: 'expect_grader', details: { grader: subject }, at: added.at });
    return true;
  });
}

/** Keeps who marks: whom staff name must be among them. The issuer's roles are known from nowhere else. */
export async function meetGrader({ prisma, clock }: RecordContext, { subject, designated, newState = 'active' }: MetGrader): Promise<void> {
  const now = await clock();
  await prisma.$executeRaw`
    INSERT INTO grader AS g (subject, designated, state, first_seen_at, last_seen_at) VALUES (${subject}, ${designated}, ${newState}, ${now}, ${now})
    ON CONFLICT (subject) DO UPDATE SET designated = excluded.designated, last_seen_at = excluded.last_seen_at
    WHERE g.designated <> excluded.designated OR g.last_seen_at < excluded.last_seen_at - make_interval(hours => ${SEEN_AGAIN_HOURS}::int)`;
}

/** Where and how a grader is written to, as a token told it when it was issued. */
export type GraderContact = {
  readonly subject: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** BCP 47. */
  readonly locale: string | undefined;
  /** Of the IANA database. */
  readonly timeZone: string | undefined;
  readonly toldAt: Date;
};

/**
 * Takes what is newer than what is known; what a token leaves out stays. A time zone that was said with quiet hours stays too: they hold
 * where they were said. Who never asked for work is not kept.
 */
export async function learnGrader({ prisma }: RecordContext, { subject, name, email, locale, timeZone, toldAt }: GraderContact): Promise<void> {
  await prisma.$executeRaw`
    UPDATE grader SET name = coalesce(${name ?? null}, name), email = coalesce(${email ?? null}, email), locale = coalesce(${locale ?? null}, locale),
      time_zone = CASE WHEN quiet_from IS NULL THEN coalesce(${timeZone ?? null}, time_zone) ELSE time_zone END, told_at = ${toldAt}
    WHERE subject = ${subject} AND (told_at IS NULL OR told_at < ${toldAt})`;
}
