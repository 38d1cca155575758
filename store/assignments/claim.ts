import { v7 as uuidv7 } from 'uuid';
import type { GraderState } from '../../domain/grader.ts';
import { Refusal } from '../../domain/refusal.ts';
import { SEED_SHARE_MAX } from '../../domain/seed.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { byLookUp } from '../by-look-up.ts';
import { inIdempotentTransaction, isUniqueViolation, type IdempotencyKey, type RecordContext, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { declined, isOfferedWider, isThere, mayTake, mayTakeInTraining, work } from '../graders/may-take.ts';
import { meetGrader, type MetGrader } from '../graders/meet.ts';
import { graderNotActive } from '../graders/records.ts';
import { firstIdAt } from '../ids.ts';
import { boxOf, openBytes, seedPlace } from '../sealed-secrets.ts';
import { drawSeed, type Drawn } from '../seeds/draw.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import { seatInPlace, seatToTrain } from '../seeds/hand-out.ts';
import { heldFromTheFirst, readHeld, type HeldAssignment, type TakenWork } from './held.ts';
import type { LeaseRow } from './leases.ts';
import { goOn } from './stretches.ts';
import { gradableJson } from './under-grading.ts';

type Claim = {
  readonly grader: string;
  readonly designated: boolean;
  /** Where somebody stands who asks for the first time. */
  readonly newState?: MetGrader['newState'];
  readonly contact?: MetGrader['contact'];
  /** Also what this grader gave back a moment ago. */
  readonly takesGivenBack?: boolean | undefined;
  /** Is given scripts with agreed marks alone. */
  readonly isInTraining?: boolean;
};

/** A lease as a claim handed it out; plain JSON, since an Idempotency-Key may keep it. */
type ClaimedLease = { readonly assignmentId: string; readonly fencingToken: number; readonly leaseExpiresAt: string };

type TakenRow = LeaseRow & TakenWork & { submission_id: string };

type Claimed = { readonly lease: ClaimedLease | null; readonly work: TakenWork | undefined };

/** What is known before a claim looks: where the grader stands, the lease that they hold, and which looks can find anything. */
type Standing = {
  readonly state: GraderState;
  readonly live: LeaseRow | undefined;
  readonly hasReserved: boolean;
  readonly hasLeft: boolean;
  /** They hold a seed under a lease that ran out. */
  readonly hasSeed: boolean;
  /** Undefined while there never was a seed. */
  readonly drawn: Drawn | undefined;
};
type StandingRow = (LeaseRow | { readonly id: null }) & {
  readonly state: GraderState;
  readonly has_reserved: boolean;
  readonly has_left: boolean;
  readonly has_seed: boolean;
  readonly seed_secret: Uint8Array | null;
  readonly seed_generation: number | null;
  readonly asked_at: Date;
};

/** The same grader claimed two seats of one submission at once, and the other claim won. */
const TWICE_AT_ONCE_TRIES = 5;
/** Another claim of the same grader may have taken what there was a moment before: the second look finds it in their hands. */
const TRAINING_TRIES = 2;

/** How often a claim is tried that ends like this. */
function triesOf(error: unknown): number {
  if (isUniqueViolation(error)) return TWICE_AT_ONCE_TRIES;
  return isNothingToTrain(error) ? TRAINING_TRIES : 1;
}

/**
 * The next assignment that this grader may mark (store/graders/may-take.ts), or the one already held; undefined when there is none to
 * give. Refused with `grader_not_active` to who is in training, paused or suspended and holds nothing. Who gave a submission
 * back is handed others first, and that one only once it has waited for somebody else for as long as its lease is: before
 * that it is refused with `only_given_back` where there is nothing else, and handed out to who asks for it.
 */
export async function claimAssignment(
  context: ExamContext,
  request: Claim & { idempotency?: IdempotencyKey | undefined },
): Promise<HeldAssignment | undefined> {
  await meetGrader(context, { subject: request.grader, designated: request.designated, newState: request.newState, contact: request.contact });
  for (let tries = 1; ; tries += 1) {
    try {
      let work: TakenWork | undefined;
      const lease = await inIdempotentTransaction(context, request.idempotency, async (tx) => {
        const claimed = await claimIn(tx, context, request);
        work = claimed.work;
        return claimed.lease;
      });
      if (!lease) return undefined;
      // The token is the one this claim was given: read anew, it could be that of whoever took over since.
      const own = { assignmentId: lease.assignmentId, grader: request.grader };
      const assignment = work === undefined ? await readHeld(context, own) : await heldFromTheFirst(context, work, own.assignmentId);
      return { ...assignment, fencingToken: lease.fencingToken, leaseExpiresAt: new Date(lease.leaseExpiresAt) };
    } catch (error) {
      if (tries >= triesOf(error)) throw error;
    }
  }
}

async function claimIn(tx: Transaction, context: RecordContext, claim: Claim): Promise<Claimed> {
  const { grader } = claim;
  const now = await context.clock();
  const standing = await standingOf(tx, { grader, now, box: boxOf(context) });
  // A live lease of this grader comes first: claiming again after a lost answer hands out the same work.
  if (standing.live) return { lease: claimedLease(standing.live), work: undefined };
  if (standing.state === 'in_training') return claimInTraining(tx, claim, { now, hasSeed: standing.hasSeed });
  if (standing.state !== 'active') throw graderNotActive(standing.state);

  for (const look of looksFor(claim, standing)) {
    const seat =
      look.mayGiveSeed && standing.drawn && standing.drawn.number < SEED_SHARE_MAX
        ? await drawnSeat(tx, claim, { now, look, drawn: standing.drawn })
        : undefined;
    const claimed = await take(tx, claim, { now, look: seat === undefined ? look : only(seat) });
    if (claimed) return claimed;
  }
  if (standing.hasLeft && !claim.takesGivenBack) await refuseGivenBack(tx, claim, now);
  return { lease: null, work: undefined };
}

async function take(tx: Transaction, claim: Claim, { now, look }: { now: Prisma.Sql; look: Look }): Promise<Claimed | undefined> {
  const [taken] = await tx.$queryRaw<TakenRow[]>(takeNext(claim, now, look));
  if (!taken) return undefined;
  if (taken.fencing_token === 1 && taken.purpose !== 'adjudicate') return { lease: claimedLease(taken), work: taken };
  if (taken.fencing_token > 1) await claimAgain(tx, taken, claim.grader);
  return { lease: claimedLease(taken), work: undefined };
}

function isNothingToTrain(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'grader_not_active' && error.details['state'] === 'in_training';
}

/** Standardisation: scripts with agreed marks, and nothing else (docs/decisions/0018). */
async function claimInTraining(tx: Transaction, claim: Claim, { now, hasSeed }: { now: Prisma.Sql; hasSeed: boolean }): Promise<Claimed> {
  const training = { ...claim, isInTraining: true };
  const again = hasSeed ? await take(tx, training, { now, look: heldSeed(claim.grader) }) : undefined;
  if (again) return again;
  const seat = await seatToTrain(tx, { grader: claim.grader, now });
  const claimed = seat === undefined ? undefined : await take(tx, training, { now, look: only(seat) });
  if (!claimed) throw graderNotActive('in_training');
  return claimed;
}

/** The seat of a seed in place of the script that this look would give, where the draw says so. */
function drawnSeat(tx: Transaction, claim: Claim, { now, look, drawn }: { now: Prisma.Sql; look: Look; drawn: Drawn }): Promise<string | undefined> {
  const next = Prisma.sql`
    WITH ${leftBy(claim)}, next AS (
      ${firstFound(claim, now, { look, columns: Prisma.sql`t.submission_id, t.due_at, t.lease_seconds, a.exam_version_id, s.test, v.seed_share` })})`;
  return seatInPlace(tx, { grader: claim.grader, now, next, drawn });
}

const only = (assignmentId: string): Look => ({ where: Prisma.sql`t.id = ${assignmentId}::uuid`, order: [] });
/** The lease of a seed ran out, and nobody else was given that seat: it goes on, as of any script. */
const heldSeed = (grader: string): Look => ({ where: Prisma.sql`t.holder = ${grader} AND t.purpose = 'seed'`, order: [] });

/**
 * Until the transaction ends, joins are made in the order in which they are written, each row looked up, and in the order of the index. A
 * planner that guesses how many rows the conditions leave would read and sort all that is open, and takes longer to plan than to look.
 */
export const asWritten = Prisma.sql`set_config('join_collapse_limit', '1', true), ${byLookUp}, set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true)`;

/**
 * The record is locked against whoever changes it, and the looks that follow see what that lock waited for: what is handed out is by the
 * record that stands. Only what is read here may be a moment older, where it waited; a lease that ended in that moment is refused when it is used.
 */
async function standingOf(tx: Transaction, { grader, now, box }: { grader: string; now: Prisma.Sql; box: SecretBox }): Promise<Standing> {
  const [row] = await tx.$queryRaw<StandingRow[]>`
    WITH record AS MATERIALIZED (SELECT state FROM grader WHERE subject = ${grader} FOR SHARE)
    SELECT record.state, live.*,
      EXISTS (SELECT 1 FROM assignment WHERE reserved_for = ${grader} AND state = 'open') AS has_reserved,
      EXISTS (SELECT 1 FROM claim WHERE grader = ${grader} AND release_cause IN ('released', 'reassigned') AND id > ${leftSince()}::uuid) AS has_left,
      EXISTS (SELECT 1 FROM assignment WHERE holder = ${grader} AND state = 'open' AND purpose = 'seed') AS has_seed,
      newest.secret AS seed_secret, newest.generation AS seed_generation, ${now} AS asked_at, ${asWritten}
    FROM record LEFT JOIN LATERAL (
      SELECT id, fencing_token, lease_expires_at, ${now} AS now FROM assignment
      WHERE holder = ${grader} AND state = 'open' AND lease_expires_at > ${now} LIMIT 1) live ON true
    LEFT JOIN LATERAL (SELECT secret, generation FROM seed_secret ORDER BY generation DESC LIMIT 1) newest ON true`;
  if (!row) throw new TypeError('who claims is met first');
  const { seed_secret: secret, seed_generation: generation, asked_at: askedAt } = row;
  return {
    state: row.state,
    live: row.id === null ? undefined : row,
    hasReserved: row.has_reserved,
    hasLeft: row.has_left,
    hasSeed: row.has_seed,
    drawn:
      secret === null || generation === null
        ? undefined
        : drawSeed({ secret: await openBytes(box, secret, seedPlace(generation)), generation }, { grader, askedAt }),
  };
}

/** There is nothing else, and perhaps something that this grader gave back. */
async function refuseGivenBack(tx: Transaction, claim: Claim, now: Prisma.Sql): Promise<void> {
  const [left] = await tx.$queryRaw<{ count: number }[]>`
    WITH ${leftBy(claim)} SELECT count(*)::int AS count ${openTo({ ...claim, takesGivenBack: true }, now)} AND t.purpose <> 'seed'`;
  if (!left || left.count === 0) return;
  throw new Refusal(
    'only_given_back',
    'There is nothing to mark but what you gave back: that waits for somebody else first. Claim with "givenBack=true" to take it again after all.',
    { count: left.count },
  );
}

/** A part of what is open, in the order in which it is handed out. */
type Look = {
  readonly where: Prisma.Sql;
  /** Of those that are alike in all of these the first by its id. */
  readonly order: readonly Prisma.Sql[];
  /** In the place of what it finds a seed may be given. */
  readonly mayGiveSeed?: boolean;
};

/** Among so many of those due first a seat is sought that a designated grader need not be spared. Each costs a look at the other graders. */
const SPARED_LOOKED_AT = 200;

/**
 * What is reserved for the grader, then by purpose what they did not have before, then what they did, longest ago first. Each is a look of
 * its own, so that it reads along an index and stops at the first that may be taken: a single order would read and sort all that is
 * open. Who is not designated marks and does nothing else.
 */
export function looksFor(
  claim: Claim,
  { hasReserved, hasLeft, hasSeed = false }: Pick<Standing, 'hasReserved' | 'hasLeft'> & Partial<Pick<Standing, 'hasSeed'>>,
): readonly Look[] {
  const reserved = {
    where: Prisma.sql`t.reserved_for = ${claim.grader}`,
    order: [Prisma.sql`(t.purpose = 'mark')`, Prisma.sql`coalesce(left_at.last, '-infinity')`, Prisma.sql`t.due_at`],
  };
  const purposes = claim.designated ? (['adjudicate', 'mark'] as const) : (['mark'] as const);
  return [
    ...(hasSeed ? [heldSeed(claim.grader)] : []),
    ...(hasReserved ? [reserved] : []),
    ...purposes.flatMap((purpose) => looksAmong(purpose, hasLeft)),
  ];
}

function looksAmong(purpose: 'adjudicate' | 'mark', hasLeft: boolean): readonly Look[] {
  const free = Prisma.sql`t.reserved_for IS NULL AND t.purpose = ${Prisma.raw(`'${purpose}'`)}`;
  const mayGiveSeed = purpose === 'mark';
  const others = { where: Prisma.sql`${free} AND left_at.submission_id IS NULL`, order: [Prisma.sql`t.due_at`], mayGiveSeed };
  const again = {
    where: Prisma.sql`${free} AND t.submission_id IN (SELECT submission_id FROM left_at) AND left_at.submission_id IS NOT NULL`,
    order: [Prisma.sql`left_at.last`, Prisma.sql`t.due_at`],
  };
  return hasLeft ? [others, again] : [others];
}

/** Takes the first that a look finds, with the work itself, and writes down the claim where it is the first of the assignment. */
export function takeNext(claim: Claim, now: Prisma.Sql, look: Look): Prisma.Sql {
  const { grader } = claim;
  return Prisma.sql`
    WITH ${leftBy(claim)}, next AS (
      ${firstFound(claim, now, { look, columns: Prisma.sql`t.id` })} FOR UPDATE OF t SKIP LOCKED
    ), taken AS (
      UPDATE assignment t
      SET holder = ${grader}, fencing_token = t.fencing_token + 1, lease_expires_at = ${now} + make_interval(secs => t.lease_seconds)
      FROM next WHERE t.id = next.id
      RETURNING t.id, t.submission_id, t.fencing_token, t.lease_expires_at, t.purpose, t.item_ids, t.due_at, ${now} AS now
    ), first_claim AS (
      INSERT INTO claim (id, assignment_id, submission_id, grader, fencing_token, claimed_at)
      SELECT ${uuidv7()}::uuid, id, submission_id, ${grader}, fencing_token, now FROM taken WHERE fencing_token = 1
    ), begun AS (${goOn(Prisma.sql`SELECT id, ${grader}::text AS holder, fencing_token, now FROM taken`)})
    SELECT taken.*, ${gradableJson} AS submission
    FROM taken JOIN submission b ON b.id = taken.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id`;
}

/**
 * These columns of the first that a look finds. Whom a designated grader is spared for is asked of those due first alone and one after the other, until
 * there is one that they need not be spared: by the order of the inner query, which no sort may come between.
 */
function firstFound(claim: Claim, now: Prisma.Sql, { look: { where, order }, columns }: { look: Look; columns: Prisma.Sql }): Prisma.Sql {
  const inOrder = Prisma.join([...order, Prisma.sql`t.id`]);
  if (!claim.designated) return Prisma.sql`SELECT ${columns} ${openTo(claim, now)} AND ${where} ORDER BY ${inOrder} LIMIT 1`;
  const places = order.map((by, index) => ({ by, name: Prisma.raw(`place_${index}`) }));
  const dueFirst = Prisma.sql`(
    SELECT ${Prisma.join([...places.map(({ by, name }) => Prisma.sql`${by} AS ${name}`), Prisma.sql`t.id`])} ${openTo({ ...claim, designated: false }, now)} AND ${where}
    ORDER BY ${inOrder} LIMIT ${SPARED_LOOKED_AT}::int) first CROSS JOIN`;
  return Prisma.sql`
    SELECT ${columns} ${openTo(claim, now, dueFirst)} AND t.id = first.id AND ${where}
    ORDER BY ${Prisma.join([...places.map(({ name }) => Prisma.sql`first.${name}`), Prisma.sql`first.id`])} LIMIT 1`;
}

/**
 * Counted of all that is open, and not of the first alone: a seat to mark counts for a designated grader only among those that a claim of theirs
 * would look at.
 */
export function countable(claim: Claim, now: Prisma.Sql): Prisma.Sql {
  if (!claim.designated) return Prisma.sql`TRUE`;
  const [look] = looksAmong('mark', false);
  if (!look) throw new TypeError('there is always something to mark');
  return Prisma.sql`(t.purpose <> 'mark' OR t.reserved_for IS NOT NULL OR t.id = ANY (ARRAY(
    SELECT t.id ${openTo({ ...claim, designated: false }, now)} AND ${look.where} ORDER BY ${Prisma.join(look.order)}, t.id LIMIT ${SPARED_LOOKED_AT}::int)))`;
}

/** What was claimed longer ago is decided, and appealed within its window: nobody is handed it again. */
const LEFT_DAYS = 92;
/** Ids are UUIDv7, by the clock of whoever claimed. */
const leftSince = () => firstIdAt(Date.now() - LEFT_DAYS * 86_400_000);

/** The submissions that this grader had of late and has no more, and since when: read once, since the planner may think it cheap to read anew. */
export function leftBy({ grader }: Pick<Claim, 'grader'>): Prisma.Sql {
  return Prisma.sql`left_at AS MATERIALIZED (
    SELECT c.submission_id, before.purpose, max(c.released_at) AS last, max(c.released_at) FILTER (WHERE c.release_cause = 'released') AS given_back,
      coalesce(bool_or(c.release_reason = 'not_my_field'), false) AS not_theirs
    FROM claim c JOIN assignment before ON before.id = c.assignment_id
    WHERE c.grader = ${grader} AND c.release_cause IN ('released', 'reassigned') AND c.id > ${leftSince()}::uuid GROUP BY c.submission_id, before.purpose)`;
}

/** Of `work`, what this grader g may take now; it reads `leftBy`. Another seat to mark a submission that they gave back is the same script once more; adjudicating it is not. */
export function openTo({ grader, designated, takesGivenBack, isInTraining }: Claim, now: Prisma.Sql, among: Prisma.Sql = Prisma.empty): Prisma.Sql {
  return Prisma.sql`
    FROM ${among} ${work} JOIN grader g ON g.subject = ${grader}
    LEFT JOIN left_at ON left_at.submission_id = t.submission_id AND left_at.purpose = t.purpose
    WHERE t.state = 'open' AND (t.lease_expires_at IS NULL OR t.lease_expires_at <= ${now})
      AND (t.reserved_for IS NULL OR t.reserved_for = ${grader})
      ${takesGivenBack ? Prisma.empty : Prisma.sql`AND (t.reserved_for IS NOT NULL OR ${notGivenBack(now)})`}
      ${designated ? Prisma.sql`AND (t.purpose <> 'mark' OR t.reserved_for IS NOT NULL OR ${notSpared(grader, now)})` : Prisma.empty}
      AND ${isInTraining ? mayTakeInTraining : mayTake}`;
}

/** What they gave back since it is not their field is for others; the rest once it has waited for its lease. */
function notGivenBack(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(left_at.given_back IS NULL OR (NOT left_at.not_theirs AND left_at.given_back <= ${now} - make_interval(secs => t.lease_seconds)))`;
}

/**
 * A designated grader is given a seat to mark only if that costs nobody an adjudicator: another one is there who could still settle what
 * comes of it, or nobody else could mark it, or it has waited for the policy's share of its time (docs/decisions/0012).
 */
function notSpared(grader: string, now: Prisma.Sql): Prisma.Sql {
  const somebodyElse = (designated: boolean) => Prisma.sql`EXISTS (
    SELECT 1 FROM grader g WHERE g.subject <> ${grader} AND g.designated = ${designated} AND ${isThere(now)} AND ${mayTake} AND NOT ${declined})`;
  return Prisma.sql`(${isOfferedWider(now)} OR ${somebodyElse(true)} OR NOT ${somebodyElse(false)})`;
}

/** Somebody, perhaps the same grader, had it before: that claim ends first, since two of them may not stand side by side. */
async function claimAgain(tx: Transaction, taken: TakenRow, grader: string): Promise<void> {
  await tx.claim.updateMany({ where: { assignmentId: taken.id, releasedAt: null }, data: { releasedAt: taken.now, releaseCause: 'expired' } });
  await tx.claim.create({
    data: {
      id: uuidv7(),
      assignmentId: taken.id,
      submissionId: taken.submission_id,
      grader,
      fencingToken: taken.fencing_token,
      claimedAt: taken.now,
    },
    select: { id: true },
  });
}

function claimedLease(row: LeaseRow): ClaimedLease {
  return { assignmentId: row.id, fencingToken: row.fencing_token, leaseExpiresAt: row.lease_expires_at.toISOString() };
}
