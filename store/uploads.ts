import { Refusal } from '../domain/refusal.ts';
import { FILE_FAULTS } from '../platform/files/fault.ts';
import { phaseOf } from '../domain/attempt.ts';
import type { Upload } from '../prisma/generated/client.ts';
import { lockAttempt } from './attempt-rows.ts';
import { bindTo, inTransaction, type RecordContext } from './context.ts';
import { countRemoved, listLeftOver, listOrphaned, removeLeftOver, removeOrphaned } from './leftover-uploads.ts';

/** Why an upload was not taken. */
export const REJECTIONS = ['hash_mismatch', ...FILE_FAULTS] as const;
export type Rejection = (typeof REJECTIONS)[number];

export type UploadRecord = {
  readonly id: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly completedAt: Date | null;
  /** Why it was not taken: a fault of the file, or `hash_mismatch`; null when it was, or may be. */
  readonly rejectedFor: Rejection | null;
};

/** Announced uploads of one sitting, cut-off ones included: enough for every second thought, not for filling the disk. */
const UPLOADS_PER_SITTING_MAX = 50;

/** Case-study solutions: their records. The bytes are in object storage under the upload's id. */
export function createUploadStore(context: RecordContext) {
  const bind = bindTo(context);
  return {
    announce: bind(announceUpload),
    complete: bind(completeUpload),
    arrived: bind(uploadArrived),
    reject: bind(rejectUpload),
    findOwn: bind(findOwnUpload),
    list: bind(listUploads),
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
    if ((await tx.upload.count({ where: { sittingId: sitting.sittingId, rejectedAt: null } })) >= UPLOADS_PER_SITTING_MAX) {
      throw new Refusal(
        'upload_invalid',
        `An attempt takes at most ${UPLOADS_PER_SITTING_MAX} uploads. Resume the one that was cut off, or ask staff.`,
      );
    }
    await tx.upload.create({
      data: {
        id: upload.id,
        sittingId: sitting.sittingId,
        fileName: upload.fileName,
        mediaType: upload.mediaType,
        sizeBytes: upload.sizeBytes,
        declaredSha256: upload.sha256,
        createdAt: new Date(facts.asOf),
      },
      select: { id: true },
    });
  });
}

/**
 * The bytes are all there, and what was announced of them is to be checked: what that takes is not the candidate's time.
 * Refused with `deadline_passed` when they came too late, `not_found` when it is gone or was rejected.
 */
async function uploadArrived({ prisma, clock }: RecordContext, uploadId: string): Promise<UploadRecord> {
  const now = await clock();
  const arrived = await prisma.$executeRaw`
    UPDATE upload SET arrived_at = coalesce(arrived_at, ${now}) FROM sitting s
    WHERE upload.id = ${uploadId}::uuid AND s.id = upload.sitting_id AND s.frozen_at IS NULL AND (s.deadline > ${now} OR arrived_at < s.deadline)`;
  const row = await prisma.upload.findUnique({ where: { id: uploadId } });
  if (!row || row.rejectedAt !== null) throw new Refusal('not_found', 'There is no such upload. Start a new one.');
  if (arrived === 0) throw tooLate();
  return uploadRecord(row);
}

/**
 * The bytes are what was announced: the upload counts, if the sitting is still open. Takes the sitting's shared lock, as an
 * autosave does, so that a freeze either has this upload or refuses it.
 */
async function completeUpload({ prisma, clock }: RecordContext, uploadId: string): Promise<void> {
  const now = await clock();
  const completed = await prisma.$executeRaw`
    WITH open AS (
      SELECT s.id FROM sitting s JOIN upload u ON u.sitting_id = s.id
      WHERE u.id = ${uploadId}::uuid AND u.rejected_at IS NULL AND s.frozen_at IS NULL AND (s.deadline > ${now} OR u.arrived_at < s.deadline)
      FOR SHARE OF s
    )
    UPDATE upload SET completed_at = coalesce(completed_at, ${now}) FROM open WHERE upload.id = ${uploadId}::uuid`;
  if (completed === 0) throw tooLate();
}

function tooLate(): Refusal {
  return new Refusal('deadline_passed', 'The case study was frozen before this upload was complete.');
}

/** The file is not taken. The record stays and says why; the earlier complete upload counts as before. */
async function rejectUpload({ prisma, clock }: RecordContext, { uploadId, reason }: { uploadId: string; reason: Rejection }): Promise<void> {
  await prisma.$executeRaw`
    UPDATE upload SET rejected_at = ${await clock()}, rejected_for = ${reason}
    WHERE id = ${uploadId}::uuid AND completed_at IS NULL AND rejected_at IS NULL`;
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
  };
}
