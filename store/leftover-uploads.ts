import { Prisma } from '../prisma/generated/client.ts';
import { arrivalOf } from './attempt-rows.ts';
import { recordAct } from './audit.ts';
import { byLookUp } from './by-look-up.ts';
import { inTransaction, type RecordContext, type Transaction } from './context.ts';
import { readTally } from './tallies.ts';

/** Why an upload is left over, and what the audit says of it. `orphaned` ones have no record at all. */
export const LEFT_OVER = {
  unfinished: 'never completed',
  superseded: 'a later complete upload is there, and this one was not submitted',
  unsubmitted: 'its attempt ended, and it was not submitted',
  orphaned: 'the storage had it, and no record',
} as const;
export type LeftOver = keyof typeof LEFT_OVER;

/** From the announcement on; one that was refused is told to its candidate as long. */
const UNFINISHED_DAYS = 7;
/** In which a candidate who sees the wrong file arrive may still look at the one before. */
const SUPERSEDED_HOURS = 1;
const ENDED_DAYS = 7;
/** Since an attempt ended: nobody is away for so long that uploads of it were never looked at. */
const LOOKED_AT_DAYS = 30;

type Removal = { readonly uploadId: string; readonly removeBytes: () => Promise<void> };
type LeftOverRow = { attempt_id: string; size_bytes: number; declared_sha256: string; created_at: Date; now: Date; why: LeftOver | null };

/** Ids of uploads that nobody needs any more, oldest first. */
export function listLeftOver(context: RecordContext, { limit }: { limit: number }): Promise<readonly string[]> {
  return inTransaction(context, async (tx) => {
    // As a value: by an expression no index is read.
    const [{ now }] = await tx.$queryRaw<[{ now: Date }]>`SELECT ${await context.clock()} AS now, ${byLookUp}`;
    const lookedAtSince = new Date(now.getTime() - LOOKED_AT_DAYS * 86_400_000);
    // What ended longer ago was looked at before.
    const rows = await tx.$queryRaw<{ id: string }[]>`
      WITH of_late AS MATERIALIZED (
        SELECT id, outcome, settled_at FROM attempt WHERE outcome IS NULL
        UNION ALL SELECT id, outcome, settled_at FROM attempt WHERE outcome IS NOT NULL AND settled_at > ${lookedAtSince}
      )
      SELECT u.id FROM of_late a JOIN sitting s ON s.attempt_id = a.id JOIN upload u ON u.sitting_id = s.id
      WHERE ${whyLeftOver(Prisma.sql`${now}::timestamptz`)} IS NOT NULL ORDER BY u.id LIMIT ${limit}`;
    return rows.map((row) => row.id);
  });
}

/**
 * Removes an upload that is left over: its bytes by `removeBytes`, then its record; what it was stays in the audit. Undefined
 * when it is gone, is needed, or is being written or looked at. Holds the upload's lock and its sitting, so that nobody
 * resumes, submits or reopens meanwhile.
 */
export function removeLeftOver(context: RecordContext, { uploadId, removeBytes }: Removal): Promise<LeftOver | undefined> {
  return inTransaction(context, async (tx) => {
    if (!(await isFree(tx, uploadId))) return undefined;
    await tx.$queryRaw`
      SELECT 1 FROM upload u JOIN sitting s ON s.id = u.sitting_id WHERE u.id = ${uploadId}::uuid FOR UPDATE OF u, s`;
    // Only once it is locked: a submission committed while this waited is seen by a new statement alone.
    const now = await context.clock();
    const [upload] = await tx.$queryRaw<LeftOverRow[]>`
      SELECT s.attempt_id, u.size_bytes, u.declared_sha256, u.created_at, ${now} AS now, ${whyLeftOver(now)} AS why
      FROM upload u JOIN sitting s ON s.id = u.sitting_id JOIN attempt a ON a.id = s.attempt_id WHERE u.id = ${uploadId}::uuid`;
    if (!upload?.why) return undefined;
    // Before the record: a record without bytes is found again, and was nothing that anybody could submit.
    await removeBytes();
    await tx.upload.delete({ where: { id: uploadId }, select: { id: true } });
    await recordRemoval(tx, {
      uploadId,
      attemptId: upload.attempt_id,
      why: upload.why,
      details: { sizeBytes: upload.size_bytes, sha256: upload.declared_sha256, announcedAt: upload.created_at.toISOString() },
      at: upload.now,
    });
    return upload.why;
  });
}

/** Of these ids of stored uploads, those that no upload and no submission has. */
export async function listOrphaned({ prisma }: RecordContext, uploadIds: readonly string[]): Promise<readonly string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT stored.id FROM unnest(${[...uploadIds]}::uuid[]) AS stored(id) WHERE ${isUnknown(Prisma.sql`stored.id`)} ORDER BY 1`;
  return rows.map((row) => row.id);
}

/** Removes what is stored under an id that no record has; undefined when one has it, or it is being written. */
export function removeOrphaned(context: RecordContext, { uploadId, removeBytes }: Removal): Promise<LeftOver | undefined> {
  return inTransaction(context, async (tx) => {
    if (!(await isFree(tx, uploadId))) return undefined;
    const [row] = await tx.$queryRaw<{ known: boolean; now: Date }[]>`
      SELECT NOT ${isUnknown(Prisma.sql`${uploadId}::uuid`)} AS known, ${await context.clock()} AS now`;
    if (!row || row.known) return undefined;
    await removeBytes();
    await recordRemoval(tx, { uploadId, attemptId: null, why: 'orphaned', details: {}, at: row.now });
    return 'orphaned';
  });
}

/** How many uploads were removed, and of how many bytes, by why. Counted from the audit. */
export async function countRemoved(context: RecordContext): Promise<readonly { why: LeftOver; count: number; bytes: number }[]> {
  const rows = await readTally(context, 'removed_uploads');
  const countOf = (why: string, part: string) => rows.find((row) => row.label === why && row.part === part)?.count ?? 0;
  return [...new Set(rows.map(({ label }) => label))].map((why) => ({
    why: why as LeftOver,
    count: countOf(why, 'count'),
    bytes: countOf(why, 'bytes'),
  }));
}

/** Of an upload `u`, its sitting `s` and attempt `a`: why it is left over, or NULL. What was submitted never is; asked so, since of an EXISTS the planner may read all submissions. */
function whyLeftOver(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`CASE
    WHEN (SELECT b.id FROM submission b WHERE b.sitting_id = u.sitting_id AND b.upload_id = u.id LIMIT 1) IS NOT NULL THEN NULL
    WHEN u.completed_at IS NULL THEN CASE
      WHEN u.created_at < ${now} - make_interval(days => ${UNFINISHED_DAYS}::int)
        AND (u.arrived_at IS NULL OR u.rejected_at IS NOT NULL OR s.frozen_at IS NOT NULL) THEN 'unfinished' END
    WHEN EXISTS (
      SELECT 1 FROM upload n WHERE n.sitting_id = u.sitting_id AND (${arrivalOf('n')}, n.id) > (${arrivalOf('u')}, u.id)
        AND coalesce(n.scan_state, 'clean') = 'clean'
        AND n.completed_at < ${now} - make_interval(hours => ${SUPERSEDED_HOURS}::int)) THEN 'superseded'
    WHEN a.outcome IS NOT NULL AND a.settled_at < ${now} - make_interval(days => ${ENDED_DAYS}::int) THEN 'unsubmitted' END`;
}

function isUnknown(id: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(NOT EXISTS (SELECT 1 FROM upload WHERE upload.id = ${id}) AND NOT EXISTS (SELECT 1 FROM submission WHERE submission.upload_id = ${id}))`;
}

/** The lock of store/upload-locks.ts, until this transaction ends; not waited for, since who has it uses the upload. */
async function isFree(tx: Transaction, uploadId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ free: boolean }[]>`SELECT pg_try_advisory_xact_lock(hashtextextended(${uploadId}, 0)) AS free`;
  return row?.free ?? false;
}

async function recordRemoval(
  tx: Transaction,
  { uploadId, attemptId, why, details, at }: { uploadId: string; attemptId: string | null; why: LeftOver; details: Prisma.InputJsonObject; at: Date },
): Promise<void> {
  const act = { actionKey: `remove-upload:${uploadId}`, actor: 'system', reason: LEFT_OVER[why] };
  await recordAct(tx, act, { attemptId, action: 'remove_upload', details: { uploadId, why, ...details }, at });
}
