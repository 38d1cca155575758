import { mean } from 'simple-statistics';
import { v7 as uuidv7 } from 'uuid';
import { DRIFT, DRIFT_TOLD_AFTER_HOURS, driftIn, usualOf, type Direction, type Usual } from '../../domain/drift.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';
import { isIndependent } from './independent.ts';
import { MARKS_FOR_DRIFT, marksOfLate } from './of-late.ts';

/** So many scripts of one exam and test say what is usual, and so many of a grader's how they mark: the newest. */
const USUAL_SCRIPTS_MAX = 1000;
const OWN_SCRIPTS_MAX = 1000;

export type DriftRecord = {
  readonly id: string;
  readonly grader: string;
  readonly direction: Direction;
  readonly scripts: number;
  /** Share of the points that the grader gave more than the panel over these, in the mean; negative: less. */
  readonly meanDifference: number;
  readonly foundAt: Date;
  readonly settlement: { readonly settledBy: string; readonly reason: string; readonly settledAt: Date } | null;
};

/** Of a seed the seat is null: what is agreed is no second grader's, who would be as severe as one. */
type OwnRow = { submission_id: string; exam_id: string; test: Test; seat: number | null; difference: number };
type SeatsRow = { exam_id: string; test: Test; first: string; second: string; difference: number };

/**
 * Looks at everybody who marked what was decided since then and others marked as well, whether their marks drift. One who drifts is
 * written down once, until staff settle it. Returns whom it found.
 */
export async function watchDrift(context: RecordContext, { sinceSeconds }: { sinceSeconds: number }): Promise<readonly string[]> {
  const { prisma, clock } = context;
  // As a value: by an expression no index is read.
  const since = new Date((await nowBy(clock, prisma)).getTime() - sinceSeconds * 1000);
  const graders = await prisma.$queryRaw<{ grader: string }[]>`
    SELECT DISTINCT m.grader FROM decision d JOIN mark m ON m.submission_id = d.submission_id
      JOIN assignment t ON t.id = m.assignment_id AND ${isIndependent('t')}
    WHERE d.decided_at > ${since}
      AND EXISTS (SELECT 1 FROM mark o JOIN assignment ot ON ot.id = o.assignment_id AND ${isIndependent('ot')}
        WHERE o.submission_id = m.submission_id AND o.grader <> m.grader)
    UNION SELECT m.grader FROM seed_mark m JOIN seed_seat y ON y.assignment_id = m.assignment_id AND NOT y.in_training
      WHERE m.recorded_at > ${since}
    ORDER BY grader`;
  const usual = createUsual(prisma);
  const found: string[] = [];
  // Each in a transaction of its own, so that none is long.
  for (const { grader } of graders) if (await inTransaction(context, (tx) => findDrift(tx, { grader, usual, clock }))) found.push(grader);
  return found;
}

type UsualOf = (grader: string, of: { readonly exam_id: string; readonly test: Test }) => Promise<Usual | undefined>;

async function findDrift(
  tx: Transaction,
  { grader, usual, clock }: { grader: string; usual: UsualOf; clock: RecordContext['clock'] },
): Promise<boolean> {
  // Two at once would each write the same down.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('drift'))`;
  const [newest] = await tx.drift.findMany({ where: { grader }, orderBy: { id: 'desc' }, take: 1, include: { settlement: true } });
  if (newest && !newest.settlement) return false;
  const scripts: { submissionId: string; difference: number; observation: number }[] = [];
  for (const row of await readOwn(tx, grader, newest?.settlement?.settledAt ?? null)) {
    const expected = await usual(grader, row);
    if (!expected) continue;
    const centre = row.seat === null ? 0 : row.seat === 1 ? expected.mean : -expected.mean;
    const observation = (row.difference - centre) / expected.deviation;
    scripts.push({ submissionId: row.submission_id, difference: row.difference, observation });
  }
  const drift = driftIn(scripts.map(({ observation }) => observation));
  if (!drift) return false;
  const making = scripts.slice(drift.at + 1 - drift.scripts, drift.at + 1);
  const evidence = {
    rule: DRIFT,
    scripts: making.map(({ submissionId, observation }) => ({ submissionId, observation: Math.round(observation * 1000) / 1000 })),
  };
  const meanDifference = mean(making.map(({ difference }) => difference));
  await tx.$executeRaw`
    INSERT INTO drift (id, grader, direction, sum, scripts, mean_difference, evidence, found_at)
    VALUES (${uuidv7()}::uuid, ${grader}, ${drift.direction}, ${drift.sum}::float8, ${drift.scripts}::int, ${meanDifference}::float8, ${evidence}::jsonb, ${await clock()})`;
  return true;
}

/**
 * A grader's marks of whole scripts against the panel's, oldest decision first: where a dispute was adjudicated that mark, else the other
 * grader's, which is no truer than theirs. Of two who always mark the same scripts either may have drifted; both are looked at.
 */
async function readOwn(tx: Transaction, grader: string, since: Date | null): Promise<readonly OwnRow[]> {
  const rows = await tx.$queryRaw<OwnRow[]>`
    SELECT own.submission_id, a.exam_id, s.test, own.seat, against.difference, d.decided_at AS at, d.id
    FROM (
      SELECT m.submission_id, min(t.seat) AS seat FROM ${marksOfLate(grader, MARKS_FOR_DRIFT)} m JOIN assignment t ON t.id = m.assignment_id AND ${isIndependent('t')}
      GROUP BY m.submission_id ORDER BY max(m.recorded_at) DESC LIMIT ${OWN_SCRIPTS_MAX}
    ) own JOIN submission b ON b.id = own.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      JOIN LATERAL (
        SELECT d.id, d.items, d.decided_at FROM decision d WHERE d.attempt_id = a.id AND d.submission_id = b.id ORDER BY d.decided_at, d.id LIMIT 1
      ) d ON true
      CROSS JOIN LATERAL (
        SELECT (sum(m.millipoints - coalesce(adjudicated.millipoints, o.millipoints))::float8 / sum(item."millipointsMax")) AS difference
        FROM mark m JOIN mark o ON o.submission_id = m.submission_id AND o.item_id = m.item_id AND o.grader <> m.grader
          JOIN assignment ot ON ot.id = o.assignment_id AND ${isIndependent('ot')}
          LEFT JOIN LATERAL (
            SELECT j.millipoints FROM mark j JOIN assignment jt ON jt.id = j.assignment_id AND jt.purpose = 'adjudicate'
            WHERE j.submission_id = m.submission_id AND j.item_id = m.item_id
          ) adjudicated ON true
          JOIN jsonb_to_recordset(d.items) AS item("itemId" text, "millipointsMax" int) ON item."itemId" = m.item_id
        WHERE m.submission_id = b.id AND m.grader = ${grader}
      ) against
    WHERE against.difference IS NOT NULL AND (${since}::timestamptz IS NULL OR d.decided_at > ${since}::timestamptz)
    UNION ALL ${ofSeeds(grader, since)}
    ORDER BY at, id`;
  return rows;
}

/** The same of seeds among the real ones, against what is agreed, when they were marked. */
function ofSeeds(grader: string, since: Date | null): Prisma.Sql {
  return Prisma.sql`
    SELECT x.submission_id, v.exam_id, x.test, NULL::int AS seat, sum(m.millipoints - agreed.millipoints)::float8 / sum(item."millipointsMax") AS difference,
      max(m.recorded_at) AS at, m.assignment_id AS id
    FROM seed_mark m JOIN seed_seat y ON y.assignment_id = m.assignment_id AND NOT y.in_training JOIN seed x ON x.id = m.seed_id AND x.ended_at IS NULL
      JOIN exam_version v ON v.id = x.exam_version_id
      JOIN LATERAL jsonb_to_recordset(x.marks) AS agreed ("itemId" text, millipoints int) ON agreed."itemId" = m.item_id
      JOIN submission b ON b.id = x.submission_id JOIN sitting s ON s.id = b.sitting_id
      JOIN LATERAL (SELECT d.items FROM decision d WHERE d.attempt_id = s.attempt_id AND d.submission_id = b.id ORDER BY d.decided_at, d.id LIMIT 1) d ON true
      JOIN LATERAL jsonb_to_recordset(d.items) AS item ("itemId" text, "millipointsMax" int) ON item."itemId" = m.item_id
    WHERE m.grader = ${grader} AND (${since}::timestamptz IS NULL OR m.recorded_at > ${since}::timestamptz)
    GROUP BY x.submission_id, v.exam_id, x.test, m.assignment_id`;
}

/** What is usual between the two seats of an exam and test where this grader had neither; each exam and test is read once. */
function createUsual(tx: Transaction): UsualOf {
  const known = new Map<string, readonly SeatsRow[]>();
  return async (grader, { exam_id: examId, test }) => {
    const key = `${examId} ${test}`;
    const rows = known.get(key) ?? (await readSeats(tx, examId, test));
    known.set(key, rows);
    return usualOf(rows.flatMap(({ first, second, difference }) => (first === grader || second === grader ? [] : [difference])));
  };
}

/** By the decisions' ids, which are in the order of time and have an index. */
function readSeats(tx: Transaction, examId: string, test: Test): Promise<SeatsRow[]> {
  return tx.$queryRaw<SeatsRow[]>`
    SELECT min(m.grader) AS first, min(o.grader) AS second, sum(m.millipoints - o.millipoints)::float8 / sum(item."millipointsMax") AS difference
    FROM (
      SELECT d.id, d.submission_id, d.items FROM decision d JOIN attempt a ON a.id = d.attempt_id
      WHERE a.exam_id = ${examId} AND d.test = ${test} AND d.supersedes_id IS NULL AND EXISTS (
        SELECT 1 FROM assignment second WHERE second.submission_id = d.submission_id AND second.seat = 2 AND second.state = 'completed')
      ORDER BY d.id DESC LIMIT ${USUAL_SCRIPTS_MAX}
    ) d JOIN assignment t ON t.submission_id = d.submission_id AND t.seat = 1 JOIN mark m ON m.assignment_id = t.id
      JOIN assignment ot ON ot.submission_id = d.submission_id AND ot.seat = 2 JOIN mark o ON o.assignment_id = ot.id AND o.item_id = m.item_id
      JOIN jsonb_to_recordset(d.items) AS item("itemId" text, "millipointsMax" int) ON item."itemId" = m.item_id
    GROUP BY d.id`;
}

/** The newest first; those that wait for staff alone, or all of one grader. */
export async function listDrifts(
  { prisma }: RecordContext,
  { grader, isOpen, after, limit }: { grader?: string | undefined; isOpen?: true | undefined; after?: string | undefined; limit: number },
): Promise<readonly DriftRecord[]> {
  const rows = await prisma.drift.findMany({
    where: {
      ...(grader === undefined ? {} : { grader }),
      ...(isOpen ? { settlement: null } : {}),
      ...(after === undefined ? {} : { id: { lt: after } }),
    },
    orderBy: { id: 'desc' },
    take: limit,
    include: { settlement: true },
  });
  return rows.map(recordOf);
}

/**
 * What the grader themselves are told of a drift that nobody has settled: which way their marks went, and nothing that says with whose, or in
 * which scripts. Null before staff had their day to speak with them.
 */
export async function ownDrift({ prisma, clock }: RecordContext, grader: string): Promise<Direction | null> {
  const [row] = await prisma.$queryRaw<{ direction: Direction }[]>`
    SELECT d.direction FROM drift d WHERE d.grader = ${grader} AND ${isTold(await clock())} ORDER BY d.id DESC LIMIT 1`;
  return row?.direction ?? null;
}

/** The drift d stands, and its grader may hear of it. */
export function isTold(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(d.found_at <= ${now} - make_interval(hours => ${DRIFT_TOLD_AFTER_HOURS}::int)
    AND NOT EXISTS (SELECT 1 FROM drift_settlement x WHERE x.drift_id = d.id))`;
}

/** Staff have looked into it: from now on only what is decided later counts. Settled before, that stands. Refused as not found. */
export function settleDrift(
  context: RecordContext,
  { grader, driftId, act }: { grader: string; driftId: string; act: AuditedAct },
): Promise<DriftRecord> {
  return inTransaction(context, async (tx) => {
    if ((await tx.drift.count({ where: { id: driftId, grader } })) === 0) throw new Refusal('not_found', 'This grader has no such drift.');
    const [settled] = await tx.$queryRaw<{ at: Date }[]>`
      INSERT INTO drift_settlement (drift_id, settled_by, reason, settled_at) VALUES (${driftId}::uuid, ${act.actor}, ${act.reason}, ${await context.clock()})
      ON CONFLICT DO NOTHING RETURNING settled_at AS at`;
    if (settled) await recordAct(tx, act, { attemptId: null, action: 'settle_drift', details: { grader, driftId }, at: settled.at });
    return recordOf(await tx.drift.findUniqueOrThrow({ where: { id: driftId }, include: { settlement: true } }));
  });
}

type Row = Omit<DriftRecord, 'direction' | 'settlement'> & { direction: string; settlement: DriftRecord['settlement'] };

function recordOf({ id, grader, direction, scripts, meanDifference, foundAt, settlement }: Row): DriftRecord {
  return {
    id,
    grader,
    direction: direction as Direction,
    scripts,
    meanDifference,
    foundAt,
    settlement: settlement && { settledBy: settlement.settledBy, reason: settlement.reason, settledAt: settlement.settledAt },
  };
}
