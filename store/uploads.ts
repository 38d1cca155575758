import { Refusal } from '../domain/refusal.ts';
import { phaseOf } from '../domain/attempt.ts';
import { REJECTIONS, type Rejection } from '../domain/upload.ts';
import { Prisma, type Upload } from '../prisma/generated/client.ts';
import { lockAttempt } from './attempt-rows.ts';
import { bindTo, inTransaction, type RecordContext } from './context.ts';
import { condemnUpload, countQuarantined, listUnscanned, oldestUnscannedSeconds, passScan, SCAN_STATES, type ScanState } from './upload-scans.ts';
import { tellNotTaken } from './upload-tidings.ts';
import { countRemoved, listLeftOver, listOrphaned, removeLeftOver, removeOrphaned } from './leftover-uploads.ts';

export type UploadRecord = {
  readonly id: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly completedAt: Date | null;
  /** Why it was not taken: a fault of the file, or `hash_mismatch`; null when it was, or may be. */
  readonly rejectedFor: Rejection | null;
  /** Null where no scanner is set. */
  readonly scan: ScanState | null;
};

/** What became of an upload's attempt: `overdue` when its time is up and the freeze may have waited for this. */
type Settled = { readonly attemptId: string; readonly overdue: boolean };

/** Announced uploads of one sitting, cut-off ones included: enough for every second thought, not for filling the disk. */
const UPLOADS_PER_SITTING_MAX = 50;

/** Case-study solutions: their records. The bytes are in object storage under the upload's id. */
export function createUploadStore(context: RecordContext) {
  const bind = bindTo(context);
  return {
    announce: bind(announceUpload),
    forget: bind(forgetUpload),
    complete: bind(completeUpload),
    arrived: bind(uploadArrived),
    reject: bind(rejectUpload),
    inHand: bind(listInHand),
    inHandOf: bind(listInHandOf),
    oldestInHandSeconds: bind(oldestInHandSeconds),
    find: bind(findUpload),
    findOwn: bind(findOwnUpload),
    list: bind(listUploads),
    unscanned: bind(listUnscanned),
    oldestUnscannedSeconds: bind(oldestUnscannedSeconds),
    passScan: bind(passScan),
    condemn: bind(condemnUpload),
    countQuarantined: bind(countQuarantined),
    leftOver: bind(listLeftOver),
    removeLeftOver: bind(removeLeftOver),
    orphaned: bind(listOrphaned),
    removeOrphaned: bind(removeOrphaned),
    countRemoved: bind(countRemoved),
  };
}

/** Announces an upload while the case study is open. `sha256` is of the whole file, in hexadecimal. */
function announceUpload(
  context: RecordContext,
  upload: {
    id: string;
    attemptId: string;
    subject: string;
    fileName: string;
    mediaType: string;
    sizeBytes: number;
    sha256: string;
  },
): Promise<void> {
  return inTransaction(context, async (tx) => {
    const { facts } = await lockAttempt(tx, context.clock, upload);
    const sitting = facts.sittings.case_study;
    if (!sitting || sitting.frozenAt !== null || facts.outcome !== null) {
      throw new Refusal('wrong_phase', 'Uploads are taken from the download of the case study until it is submitted.', { phase: phaseOf(facts) });
    }
    if (facts.asOf >= sitting.deadline) throw new Refusal('deadline_passed', 'The time for the case study has passed.');
    // Under the attempt's lock, so that of two at once the second counts the first.
    const announced = await tx.$executeRaw`
      INSERT INTO upload (id, sitting_id, file_name, media_type, size_bytes, declared_sha256, created_at)
      SELECT ${upload.id}::uuid, ${sitting.sittingId}::uuid, ${upload.fileName}, ${upload.mediaType}, ${upload.sizeBytes}::int, ${upload.sha256}, ${new Date(facts.asOf)}::timestamptz
      WHERE (SELECT count(*) FROM upload WHERE sitting_id = ${sitting.sittingId}::uuid AND rejected_at IS NULL) < ${UPLOADS_PER_SITTING_MAX}::int`;
    if (announced === 0) {
      throw new Refusal(
        'upload_invalid',
        `An attempt takes at most ${UPLOADS_PER_SITTING_MAX} uploads. Resume the one that was cut off, or ask staff.`,
      );
    }
  });
}

/** Takes an announcement back that its candidate never learned of; false once it arrived or was settled. */
async function forgetUpload({ prisma }: RecordContext, uploadId: string): Promise<boolean> {
  const { count } = await prisma.upload.deleteMany({ where: { id: uploadId, arrivedAt: null, completedAt: null, rejectedAt: null } });
  return count > 0;
}

/**
 * The bytes are all there, and what was announced of them is to be checked: what that takes is not the candidate's time.
 * Refused with `deadline_passed` when they came too late, `not_found` when it is gone or was rejected.
 */
async function uploadArrived({ prisma, clock }: RecordContext, uploadId: string): Promise<UploadRecord & { readonly arrivedSeconds: number }> {
  const now = await clock();
  // The sitting's shared lock, as in complete: a freeze sees this arrival, or refuses it.
  const arrived = await prisma.$queryRaw<{ seconds: number }[]>`
    WITH open AS (
      SELECT s.id FROM sitting s JOIN upload u ON u.sitting_id = s.id
      WHERE u.id = ${uploadId}::uuid AND s.frozen_at IS NULL AND (s.deadline > ${now} OR u.arrived_at < s.deadline)
      FOR SHARE OF s
    )
    UPDATE upload SET arrived_at = coalesce(arrived_at, ${now}) FROM open WHERE upload.id = ${uploadId}::uuid
    RETURNING extract(epoch FROM ${now} - upload.arrived_at)::float8 AS seconds`;
  const row = await prisma.upload.findUnique({ where: { id: uploadId } });
  if (!row || row.rejectedAt !== null) throw new Refusal('not_found', 'There is no such upload. Start a new one.');
  if (!arrived[0]) throw tooLate();
  return { ...uploadRecord(row), arrivedSeconds: arrived[0].seconds };
}

/**
 * The bytes are what was announced: the upload counts, if the sitting is still open. Takes the sitting's shared lock, as an
 * autosave does, so that a freeze either has this upload or refuses it.
 */
async function completeUpload({ prisma, clock }: RecordContext, uploadId: string, scan: ScanState | null = null): Promise<Settled> {
  const now = await clock();
  const completed = await prisma.$queryRaw<Settled[]>`
    WITH open AS (
      SELECT s.id, s.attempt_id, s.deadline FROM sitting s JOIN upload u ON u.sitting_id = s.id
      WHERE u.id = ${uploadId}::uuid AND u.rejected_at IS NULL AND s.frozen_at IS NULL AND (s.deadline > ${now} OR u.arrived_at < s.deadline)
      FOR SHARE OF s
    )
    UPDATE upload SET completed_at = coalesce(completed_at, ${now}),
      scan_state = coalesce(scan_state, ${scan}), scanned_at = coalesce(scanned_at, ${scan === 'clean' ? now : Prisma.sql`NULL`})
    FROM open WHERE upload.id = ${uploadId}::uuid
    RETURNING open.attempt_id AS "attemptId", open.deadline <= ${now} AS overdue`;
  if (!completed[0]) throw tooLate();
  return completed[0];
}

function tooLate(): Refusal {
  return new Refusal('deadline_passed', 'The case study was frozen before this upload was complete.');
}

/**
 * The file is not taken. The record stays and says why; the earlier complete upload counts as before. `isHeard` when its candidate
 * gets the refusal as an answer: else they are told. Undefined when it was settled meanwhile, by somebody who looked at it too:
 * then its bytes are not to be touched.
 */
function rejectUpload(
  context: RecordContext,
  { uploadId, reason, isHeard }: { uploadId: string; reason: Rejection; isHeard: boolean },
): Promise<Settled | undefined> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    const [rejected] = await tx.$queryRaw<Settled[]>`
      UPDATE upload SET rejected_at = ${now}, rejected_for = ${reason} FROM sitting s
      WHERE upload.id = ${uploadId}::uuid AND s.id = upload.sitting_id AND completed_at IS NULL AND rejected_at IS NULL
      RETURNING s.attempt_id AS "attemptId", s.frozen_at IS NULL AND s.deadline <= ${now} AS overdue`;
    if (rejected && !isHeard) await tellNotTaken(tx, { uploadId, rejectedFor: reason, now });
    return rejected;
  });
}

/**
 * Ids of uploads that arrived in time and that nobody settled since: whoever looked at them was cut off. Oldest first, of
 * sittings that are still open.
 */
async function listInHand(
  { prisma, clock }: RecordContext,
  { sinceSeconds, limit }: { sinceSeconds: number; limit: number },
): Promise<readonly string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT u.id FROM upload u JOIN sitting s ON s.id = u.sitting_id WHERE ${isInHand}
      AND u.arrived_at < ${await clock()} - make_interval(secs => ${sinceSeconds}::float8)
    ORDER BY u.arrived_at LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** Those of one attempt, also while somebody looks at them; oldest first. */
async function listInHandOf({ prisma }: RecordContext, attemptId: string): Promise<readonly string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT u.id FROM upload u JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id = ${attemptId}::uuid AND ${isInHand} ORDER BY u.arrived_at`;
  return rows.map((row) => row.id);
}

/** For how long the upload has waited that arrived in time and is neither taken nor refused; 0 without any. */
async function oldestInHandSeconds({ prisma, clock }: RecordContext): Promise<number> {
  const [row] = await prisma.$queryRaw<{ age: number }[]>`
    SELECT coalesce(extract(epoch FROM ${await clock()} - min(u.arrived_at)), 0)::float8 AS age FROM upload u JOIN sitting s ON s.id = u.sitting_id
    WHERE ${isInHand}`;
  return row?.age ?? 0;
}

const isInHand = Prisma.sql`u.completed_at IS NULL AND u.rejected_at IS NULL AND u.arrived_at < s.deadline AND s.frozen_at IS NULL
  AND EXISTS (SELECT 1 FROM attempt a WHERE a.id = s.attempt_id AND a.outcome IS NULL)`;

async function findUpload({ prisma }: RecordContext, uploadId: string): Promise<UploadRecord | undefined> {
  const row = await prisma.upload.findUnique({ where: { id: uploadId } });
  return row ? uploadRecord(row) : undefined;
}

/** An upload, if it is this candidate's; undefined otherwise. */
async function findOwnUpload(
  { prisma }: RecordContext,
  { uploadId, attemptId, subject }: { uploadId: string; attemptId: string; subject: string },
): Promise<UploadRecord | undefined> {
  const row = await prisma.upload.findFirst({ where: { id: uploadId, sitting: { attemptId, attempt: { candidate: { subject } } } } });
  return row ? uploadRecord(row) : undefined;
}

/** The uploads of an attempt, newest first. */
async function listUploads({ prisma }: RecordContext, attemptId: string): Promise<readonly UploadRecord[]> {
  const rows = await prisma.upload.findMany({ where: { sitting: { attemptId } }, orderBy: { createdAt: 'desc' } });
  return rows.map(uploadRecord);
}

function uploadRecord(row: Upload): UploadRecord {
  return {
    id: row.id,
    fileName: row.fileName,
    mediaType: row.mediaType,
    sizeBytes: row.sizeBytes,
    sha256: row.declaredSha256,
    completedAt: row.completedAt,
    rejectedFor: REJECTIONS.find((reason) => reason === row.rejectedFor) ?? null,
    scan: SCAN_STATES.find((state) => state === row.scanState) ?? null,
  };
}
