import { Refusal } from '../domain/refusal.ts';
import { phaseOf } from '../domain/attempt.ts';
import type { Upload } from '../prisma/generated/client.ts';
import { lockAttempt } from './attempt-rows.ts';
import { inTransaction, type StoreContext } from './context.ts';

export type UploadRecord = {
  readonly id: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly completedAt: Date | null;
};

/** Announced uploads of one sitting, cut-off ones included: enough for every second thought, not for filling the disk. */
const UPLOADS_PER_SITTING_MAX = 50;

/** Case-study solutions: their records. The bytes are in object storage under the upload's id. */
export function createUploadStore(context: StoreContext) {
  const { prisma, clock } = context;

  return {
    /** Announces an upload while the case study is open. `sha256` is of the whole file, in hexadecimal. */
    announce(upload: {
      id: string;
      attemptId: string;
      subject: string;
      fileName: string;
      mediaType: string;
      sizeBytes: number;
      sha256: string;
    }): Promise<void> {
      return inTransaction(context, async (tx) => {
        const { facts } = await lockAttempt(tx, clock, upload);
        const sitting = facts.sittings.case_study;
        if (!sitting || sitting.frozenAt !== null || facts.outcome !== null) {
          throw new Refusal('wrong_phase', 'Uploads are taken from the download of the case study until it is submitted.', { phase: phaseOf(facts) });
        }
        if (facts.asOf >= sitting.deadline) throw new Refusal('deadline_passed', 'The time for the case study has passed.');
        if ((await tx.upload.count({ where: { sittingId: sitting.sittingId } })) >= UPLOADS_PER_SITTING_MAX) {
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
    },

    /**
     * The bytes are all there and their hash is the declared one: the upload counts, if the sitting is still open. Takes
     * the sitting's shared lock, as an autosave does, so that a freeze either has this upload or refuses it.
     */
    async complete(uploadId: string): Promise<void> {
      const now = await clock();
      const completed = await prisma.$executeRaw`
        WITH open AS (
          SELECT s.id FROM sitting s JOIN upload u ON u.sitting_id = s.id
          WHERE u.id = ${uploadId}::uuid AND s.frozen_at IS NULL AND s.deadline > ${now} FOR SHARE OF s
        )
        UPDATE upload SET completed_at = coalesce(completed_at, ${now}) FROM open WHERE upload.id = ${uploadId}::uuid`;
      if (completed === 0) throw new Refusal('deadline_passed', 'The case study was frozen before this upload was complete.');
    },

    /** The SHA-256 that was announced for an upload, in hexadecimal. Refused as not found. */
    async declared(uploadId: string): Promise<string> {
      const row = await prisma.upload.findUnique({ where: { id: uploadId }, select: { declaredSha256: true } });
      if (!row) throw new Refusal('not_found', 'There is no such upload.');
      return row.declaredSha256;
    },

    /** An upload, if it is this candidate's; undefined otherwise. */
    async findOwn({ uploadId, attemptId, subject }: { uploadId: string; attemptId: string; subject: string }): Promise<UploadRecord | undefined> {
      const row = await prisma.upload.findFirst({ where: { id: uploadId, sitting: { attemptId, attempt: { candidate: { subject } } } } });
      return row ? uploadRecord(row) : undefined;
    },

    /** The uploads of an attempt, newest first. */
    async list(attemptId: string): Promise<readonly UploadRecord[]> {
      const rows = await prisma.upload.findMany({ where: { sitting: { attemptId } }, orderBy: { createdAt: 'desc' } });
      return rows.map(uploadRecord);
    },
  };
}

function uploadRecord(row: Upload): UploadRecord {
  return {
    id: row.id,
    fileName: row.fileName,
    mediaType: row.mediaType,
    sizeBytes: row.sizeBytes,
    sha256: row.declaredSha256,
    completedAt: row.completedAt,
  };
}
