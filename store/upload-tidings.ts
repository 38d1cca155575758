import type { UploadStep } from '../domain/step.ts';
import type { Rejection } from '../domain/upload.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { arrivalOf } from './attempt-rows.ts';
import type { Transaction } from './context.ts';
import { tidingsWrite } from './tidings.ts';

type Standing = {
  attempt_id: string;
  file_name: string;
  deadline: Date;
  is_over: boolean;
  is_handed_in: boolean;
  is_superseded: boolean;
  has_earlier: boolean;
};

/**
 * Its candidate believes that an upload was taken, and it is not: they are told, and what counts instead. Not of one after which a
 * later one was complete, which is what they believe in, nor once the attempt is over. Call it before `completed_at` is emptied.
 */
export async function tellNotTaken(
  tx: Transaction,
  { uploadId, rejectedFor, now }: { uploadId: string; rejectedFor: Rejection; now: Prisma.Sql },
): Promise<void> {
  const [upload] = await tx.$queryRaw<Standing[]>`
    SELECT s.attempt_id, u.file_name, s.deadline, s.frozen_at IS NOT NULL OR s.deadline <= ${now} AS is_over,
      EXISTS (SELECT 1 FROM submission b WHERE b.sitting_id = s.id AND b.round = s.round AND b.upload_id = u.id) AS is_handed_in,
      EXISTS (SELECT 1 FROM upload n WHERE ${isAnother} AND (${arrivalOf('n')}, n.id) > (${arrivalOf('u')}, u.id)) AS is_superseded,
      EXISTS (SELECT 1 FROM upload n WHERE ${isAnother}) AS has_earlier
    FROM upload u JOIN sitting s ON s.id = u.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE u.id = ${uploadId}::uuid AND a.outcome IS NULL`;
  if (!upload || upload.is_superseded) return;
  const step = stepOf(uploadId, rejectedFor, upload);
  await tx.$executeRaw(tidingsWrite({ attemptId: upload.attempt_id, tidings: { kind: 'step', step } }, now));
}

/** Of uploads `n` and `u`: `n` may count instead. */
const isAnother = Prisma.sql`n.sitting_id = u.sitting_id AND n.id <> u.id AND n.completed_at IS NOT NULL AND n.scan_state IS DISTINCT FROM 'infected'`;

function stepOf(uploadId: string, rejectedFor: Rejection, upload: Standing): UploadStep {
  const { file_name: fileName, has_earlier: hasEarlier, is_over: isOver, deadline } = upload;
  if (upload.is_handed_in) return { kind: 'submitted_file_infected', uploadId, fileName };
  const told = { uploadId, fileName, rejectedFor, counts: hasEarlier ? 'earlier' : 'none' } as const;
  return isOver ? { kind: 'upload_not_taken_late', ...told } : { kind: 'upload_not_taken', ...told, deadline: deadline.toISOString() };
}
