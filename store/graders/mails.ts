import { v7 as uuidv7 } from 'uuid';
import type { Instant } from '../../domain/attempt.ts';
import type { GraderMail } from '../../domain/grader.ts';
import { blindDueAt } from '../../domain/marking.ts';
import { isQuiet, quietFrom } from '../../domain/quiet-hours.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { asWritten, countable, leftBy, openTo } from '../assignments/claim.ts';
import { isTold } from './drift.ts';
import { inTransaction, nowBy, writeTogether, type RecordContext, type Transaction } from '../context.ts';

/** Nobody is written to about new work more often. */
const NEW_WORK_EVERY_HOURS = 24;
/** Work that whoever is at the desk takes by themselves is no news. */
const NEW_WORK_WAITED_MINUTES = 15;
/** As many graders an hour as scripts wait: all of them for one would come in vain. */
const NEW_WORK_SHARED_HOURS = 1;
/** What could not be sent for so long is looked at anew: it may be settled. */
const DRIFT_USEFUL_HOURS = 12;
/** Who asks for these mails later is not told of what was found long ago. */
const DRIFT_DAYS = 14;
/** Who asks for these mails later is not told of a round that was opened long ago; what could not be sent for so long is looked at anew. */
const ROUND_DAYS = 14;
const ROUND_USEFUL_HOURS = 12;
/** How many are looked at in one round: each costs a look at what is open. */
const LOOKED_AT_ONCE = 20;
/** Who may take more than a hundred is told so: to count all that is open takes many times as long, and says no more. */
const NEW_WORK_COUNTED = 101;
/** Of a lease, the part that is left when its holder is told. */
const LEASE_ENDING_PERCENT = 20;
/** A reminder that could not be sent for so long is none any more. */
const REMINDED_HOURS = 12;

type GraderRow = {
  subject: string;
  name: string;
  designated: boolean;
  quiet_from: number | null;
  quiet_until: number | null;
  time_zone: string | null;
};

type ToWrite = {
  readonly occasion: string;
  readonly kind: `grader_${GraderMail}`;
  readonly grader: GraderRow;
  /** Of publication/mail/kinds.ts: nothing of a candidate. */
  readonly data: object;
  readonly usefulUntil: Instant;
};

/**
 * Writes to graders who asked for it, outside of their quiet hours: about a lease that is about to end, work in their hands whose promise runs
 * out, marks that drift, a panel’s round that is open, and new work. Only to who is active. Returns how many mails were queued; the courier sends them (docs/decisions/0004).
 */
export function writeToGraders(context: RecordContext, to: Omit<At, 'now'>): Promise<number> {
  return inTransaction(context, async (tx) => {
    // One after the other: two at once could write to somebody about new work twice.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('grader_mails'))`;
    const now = await nowBy(context.clock, tx);
    const at = { now, ...to };
    const mails = [
      ...(await leasesEnding(tx, at)),
      ...(await reminders(tx, at)),
      ...(await drifting(tx, at)),
      ...(await roundsOpen(tx, at)),
      ...(await newWork(tx, at)),
    ];
    let queued = 0;
    for (const mail of mails) queued += await writeTogether(tx, [mailWrite(mail, now)]);
    return queued;
  });
}

type At = {
  readonly now: Date;
  readonly deskUrl: string | undefined;
  /** Where experts rate: they need not have a desk. */
  readonly consoleUrl?: string | undefined;
};

const reader = Prisma.sql`g.subject, coalesce(g.name, '') AS name, g.designated, g.quiet_from, g.quiet_until, g.time_zone`;
/** The grader g is to be written to about this. */
const wants = (mail: GraderMail) => Prisma.sql`g.state = 'active' AND g.email IS NOT NULL AND ${mail} = ANY(g.mail_kinds)`;

/** A lease that was extended has another end, and another mail. */
async function leasesEnding(tx: Transaction, { now, deskUrl }: At): Promise<readonly ToWrite[]> {
  const rows = await tx.$queryRaw<(GraderRow & { id: string; lease_expires_at: Date })[]>`
    SELECT ${reader}, t.id, t.lease_expires_at FROM assignment t JOIN grader g ON g.subject = t.holder
    WHERE t.state = 'open' AND t.lease_expires_at > ${now}::timestamptz AND ${wants('lease_ending')}
      AND t.lease_expires_at <= ${now}::timestamptz + make_interval(secs => t.lease_seconds * ${LEASE_ENDING_PERCENT / 100}::float8)`;
  return rows
    .filter((row) => !isQuietNow(row, now))
    .map(({ id, lease_expires_at: ends, ...grader }) => ({
      occasion: `grader_lease_ending:${id}:${ends.toISOString()}`,
      kind: 'grader_lease_ending',
      grader,
      data: { deadline: ends.toISOString(), ...leadingTo(deskUrl, id) },
      usefulUntil: ends.getTime(),
    }));
}

/** When the workflow reminds (policy, `reminderPercents`), whoever has the work in their hands, or for whom it is reserved. */
async function reminders(tx: Transaction, { now, deskUrl }: At): Promise<readonly ToWrite[]> {
  const rows = await tx.$queryRaw<(GraderRow & { id: string; due_at: Date; percent: number; reminded_at: Date })[]>`
    SELECT ${reader}, t.id, t.due_at, r.percent, r.reminded_at FROM reminder r JOIN assignment t ON t.id = r.assignment_id
      JOIN grader g ON g.subject = CASE WHEN t.lease_expires_at > ${now}::timestamptz THEN t.holder ELSE t.reserved_for END
    WHERE r.reminded_at > ${now}::timestamptz - make_interval(hours => ${REMINDED_HOURS}::int) AND t.state = 'open' AND ${wants('reminder')}`;
  return rows
    .filter((row) => !isQuietNow(row, now))
    .map(({ id, due_at: dueAt, percent, reminded_at: remindedAt, ...grader }) => ({
      occasion: `grader_reminder:${id}:${percent}:${grader.subject}`,
      kind: 'grader_reminder',
      grader,
      data: { deadline: blindDueAt(dueAt).toISOString(), ...leadingTo(deskUrl, id) },
      usefulUntil: remindedAt.getTime() + REMINDED_HOURS * 3_600_000,
    }));
}

/** Once a drift, and not in words that a mailbox should hold: those stand at the desk. */
async function drifting(tx: Transaction, { now, deskUrl }: At): Promise<readonly ToWrite[]> {
  const rows = await tx.$queryRaw<(GraderRow & { id: string })[]>`
    SELECT ${reader}, d.id FROM drift d JOIN grader g ON g.subject = d.grader
    WHERE ${wants('drift')} AND ${isTold(Prisma.sql`${now}::timestamptz`)} AND d.found_at > ${now}::timestamptz - make_interval(days => ${DRIFT_DAYS}::int)`;
  return rows
    .filter((row) => !isQuietNow(row, now))
    .map(({ id, ...grader }) => ({
      occasion: `grader_drift:${id}`,
      kind: 'grader_drift',
      grader,
      data: leadingTo(deskUrl),
      usefulUntil: now.getTime() + DRIFT_USEFUL_HOURS * 3_600_000,
    }));
}

/** Once a round, while it is open and there is something of theirs to rate. */
async function roundsOpen(tx: Transaction, { now, consoleUrl }: At): Promise<readonly ToWrite[]> {
  const rows = await tx.$queryRaw<(GraderRow & { panel_id: string; number: number })[]>`
    SELECT ${reader}, r.panel_id, r.number FROM standard_round r JOIN standard_panel p ON p.id = r.panel_id
      JOIN standard_panelist m ON m.panel_id = r.panel_id AND m.from_round <= r.number JOIN grader g ON g.subject = m.grader
    WHERE r.closed_at IS NULL AND p.closed_at IS NULL AND m.left_at IS NULL AND ${wants('rating_round')}
      AND r.opened_at > ${now}::timestamptz - make_interval(days => ${ROUND_DAYS}::int)`;
  return rows
    .filter((row) => !isQuietNow(row, now))
    .map(({ panel_id: panelId, number: round, ...grader }) => ({
      occasion: `grader_rating_round:${panelId}/${round}:${grader.subject}`,
      kind: 'grader_rating_round',
      grader,
      data: { round, ...(consoleUrl === undefined ? {} : { deskUrl: `${consoleUrl.replace(/\/+$/, '')}/panels/${panelId}/ratings` }) },
      usefulUntil: now.getTime() + ROUND_USEFUL_HOURS * 3_600_000,
    }));
}

/** Only about what a claim of theirs would take. By lot: those first in any order may be such as find nothing, minute for minute. */
async function newWork(tx: Transaction, { now, deskUrl }: At): Promise<readonly ToWrite[]> {
  const waited = Prisma.sql`t.created_at <= ${now}::timestamptz - make_interval(mins => ${NEW_WORK_WAITED_MINUTES}::int)`;
  const [{ free } = { free: 0 }] = await tx.$queryRaw<{ free: number }[]>`
    SELECT (SELECT count(*) FROM assignment t WHERE t.state = 'open' AND t.purpose <> 'seed' AND (t.lease_expires_at IS NULL OR t.lease_expires_at <= ${now}::timestamptz) AND ${waited})::int
      - (SELECT count(*) FROM grader WHERE told_of_work_at > ${now}::timestamptz - make_interval(hours => ${NEW_WORK_SHARED_HOURS}::int))::int AS free`;
  if (free <= 0) return [];
  const graders = await tx.$queryRaw<GraderRow[]>`
    SELECT ${reader} FROM grader g
    WHERE ${wants('new_work')} AND coalesce(g.told_of_work_at <= ${now}::timestamptz - make_interval(hours => ${NEW_WORK_EVERY_HOURS}::int), true)
      AND NOT EXISTS (SELECT 1 FROM assignment held WHERE held.holder = g.subject AND held.state = 'open' AND held.lease_expires_at > ${now}::timestamptz)
    ORDER BY random() LIMIT ${LOOKED_AT_ONCE}`;
  const mails: ToWrite[] = [];
  const at = Prisma.sql`${now}::timestamptz`;
  await tx.$executeRaw`SELECT ${asWritten}`;
  for (const grader of graders.filter((one) => !isQuietNow(one, now))) {
    if (mails.length >= free) break;
    const claim = { grader: grader.subject, designated: grader.designated };
    const [{ count } = { count: 0 }] = await tx.$queryRaw<{ count: number }[]>`
      WITH ${leftBy(claim)} SELECT count(*)::int AS count FROM (
        SELECT t.id ${openTo(claim, at)} AND t.purpose <> 'seed' AND ${waited} AND ${countable(claim, at)} LIMIT ${NEW_WORK_COUNTED}::int) open`;
    if (count > 0) mails.push(await workTo(tx, { grader, count, deskUrl, now }));
  }
  return mails;
}

async function workTo(tx: Transaction, { grader, count, deskUrl, now }: At & { grader: GraderRow; count: number }): Promise<ToWrite> {
  await tx.$executeRaw`UPDATE grader SET told_of_work_at = ${now} WHERE subject = ${grader.subject}`;
  return {
    occasion: `grader_new_work:${grader.subject}:${now.toISOString()}`,
    kind: 'grader_new_work',
    grader,
    data: { count, ...leadingTo(deskUrl) },
    usefulUntil: now.getTime() + NEW_WORK_EVERY_HOURS * 3_600_000,
  };
}

function leadingTo(deskUrl: string | undefined, assignmentId?: string): { deskUrl?: string } {
  if (deskUrl === undefined) return {};
  const desk = deskUrl.replace(/\/+$/, '');
  return { deskUrl: assignmentId === undefined ? desk : `${desk}/assignments/${assignmentId}` };
}

function quietHoursOf({ quiet_from: from, quiet_until: until, time_zone: timeZone }: GraderRow) {
  return from === null || until === null ? undefined : { from, until, timeZone: timeZone ?? 'UTC' };
}

function isQuietNow(grader: GraderRow, now: Date): boolean {
  const hours = quietHoursOf(grader);
  return hours !== undefined && isQuiet(hours, now.getTime());
}

/** Useful no longer than until their quiet hours begin: a mail that the server does not take today is not tried at night. */
function mailWrite({ occasion, kind, grader, data, usefulUntil }: ToWrite, now: Date): Prisma.Sql {
  const hours = quietHoursOf(grader);
  const until = Math.min(usefulUntil, (hours && quietFrom(hours, now.getTime())) ?? Infinity);
  return Prisma.sql`
    INSERT INTO mail (id, occasion_key, kind, data, created_at, next_try_at, grader, useful_until)
    VALUES (${uuidv7()}::uuid, ${occasion}, ${kind}, ${JSON.stringify({ name: grader.name, ...data })}::jsonb, ${now}, ${now}, ${grader.subject}, ${new Date(until)})
    ON CONFLICT (occasion_key) DO NOTHING`;
}
