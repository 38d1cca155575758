import type { GraderState } from '../../domain/grader.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, type RecordContext } from '../context.ts';

/** Somebody who marks, as their token told when they last asked for work. */
export type MetGrader = {
  readonly subject: string;
  readonly designated: boolean;
  /** Where somebody stands who is met for the first time (docs/decisions/0012). */
  readonly newState?: Extract<GraderState, 'active' | 'in_training'> | undefined;
  readonly contact?: GraderContact | undefined;
};

/** Where and how a grader is written to, as a token told it when it was issued. */
type GraderContact = {
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** BCP 47. */
  readonly locale: string | undefined;
  /** Of the IANA database. */
  readonly timeZone: string | undefined;
  readonly toldAt: Date;
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
  { subject, newState = 'active', actor, reason }: Omit<MetGrader, 'designated' | 'contact'> & { actor: string; reason: string },
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

/**
 * Keeps who marks: whom staff name must be among them. The issuer's roles are known from nowhere else. Of where they are written to, what is
 * newer than what is known is taken; what a token leaves out stays, and so does a time zone that was said with quiet hours: they hold where
 * they were said.
 */
export async function meetGrader({ prisma, clock }: RecordContext, { subject, designated, newState = 'active', contact }: MetGrader): Promise<void> {
  const now = await clock();
  const { name, email, locale, timeZone, toldAt } = contact ?? {};
  const isNewer = Prisma.sql`(excluded.told_at IS NOT NULL AND (g.told_at IS NULL OR g.told_at < excluded.told_at))`;
  const newest = (column: 'name' | 'email' | 'locale' | 'time_zone') => {
    const [told, known] = [Prisma.raw(`excluded.${column}`), Prisma.raw(`g.${column}`)];
    return Prisma.sql`CASE WHEN ${isNewer} THEN coalesce(${told}, ${known}) ELSE ${known} END`;
  };
  await prisma.$executeRaw`
    INSERT INTO grader AS g (subject, designated, state, first_seen_at, last_seen_at, name, email, locale, time_zone, told_at)
    VALUES (${subject}, ${designated}, ${newState}, ${now}, ${now}, ${name ?? null}, ${email ?? null}, ${locale ?? null}, ${timeZone ?? null}, ${toldAt ?? null})
    ON CONFLICT (subject) DO UPDATE SET designated = excluded.designated, last_seen_at = excluded.last_seen_at,
      name = ${newest('name')}, email = ${newest('email')}, locale = ${newest('locale')},
      time_zone = CASE WHEN g.quiet_from IS NULL THEN ${newest('time_zone')} ELSE g.time_zone END, told_at = greatest(g.told_at, excluded.told_at)
    WHERE g.designated <> excluded.designated OR g.last_seen_at < excluded.last_seen_at - make_interval(hours => ${SEEN_AGAIN_HOURS}::int) OR ${isNewer}`;
}
