import { Prisma } from '../prisma/generated/client.ts';
import { recordAct } from './audit.ts';
import { inTransaction, type RecordContext } from './context.ts';
import { commitFact, type Committed } from './deliveries.ts';
import { readTally } from './tallies.ts';
import { tellNotTaken } from './upload-tidings.ts';

/** Of an upload where a scanner is set: not scanned yet, and then what was found. */
export const SCAN_STATES = ['pending', 'clean', 'infected'] as const;
export type ScanState = (typeof SCAN_STATES)[number];

type UnderScan = { id: string; attempt_id: string; completed_at: Date | null; submitted: boolean; overdue: boolean; now: Date };

/** Ids of complete uploads that are to be scanned, of attempts under way, oldest first. */
export async function listUnscanned({ prisma }: RecordContext, { limit }: { limit: number }): Promise<readonly string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`SELECT u.id ${unscanned} ORDER BY u.completed_at LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** For how long the complete upload has waited that is not scanned; 0 without any. */
export async function oldestUnscannedSeconds({ prisma, clock }: RecordContext): Promise<number> {
  const [row] = await prisma.$queryRaw<{ age: number }[]>`
    SELECT coalesce(extract(epoch FROM ${await clock()} - min(u.completed_at)), 0)::float8 AS age ${unscanned}`;
  return row?.age ?? 0;
}

const unscanned = Prisma.sql`
  FROM upload u JOIN sitting s ON s.id = u.sitting_id JOIN attempt a ON a.id = s.attempt_id WHERE u.scan_state = 'pending' AND a.outcome IS NULL`;

/** Nothing was found in an upload that was held for the scanner. Its workflow is told when it was handed in. */
export function passScan(context: RecordContext, uploadId: string): Promise<Committed | undefined> {
  return inTransaction(context, async (tx) => {
    const upload = await lockUnderScan(tx, context, uploadId);
    if (!upload) return undefined;
    await tx.$executeRaw`UPDATE upload SET scan_state = 'clean', scanned_at = ${upload.now} WHERE id = ${uploadId}::uuid`;
    const { attempt_id: attemptId, now: at } = upload;
    return { attemptId, deliveryId: upload.submitted ? await commitFact(tx, { attemptId, fact: 'file_scanned', at }) : undefined };
  });
}

/**
 * An upload is infected: it counts no more, and the one before does. One that was handed in stays what was handed in, and
 * goes to nobody. Its candidate is told, unless they get the refusal as an answer (`isHeard`). Undefined when it was settled by
 * another scan; else its bytes are to be put into quarantine.
 */
export function condemnUpload(
  context: RecordContext,
  { uploadId, finding, isHeard = false }: { uploadId: string; finding: string; isHeard?: boolean },
): Promise<(Committed & { readonly submitted: boolean; readonly overdue: boolean }) | undefined> {
  return inTransaction(context, async (tx) => {
    const upload = await lockUnderScan(tx, context, uploadId);
    if (!upload) return undefined;
    const { attempt_id: attemptId, submitted, overdue, now: at } = upload;
    // Whoever was told that it is taken, is told that it is not, whatever they are answered now.
    if (upload.completed_at !== null || !isHeard) await tellNotTaken(tx, { uploadId, rejectedFor: 'infected', now: Prisma.sql`${at}` });
    await tx.$executeRaw`
      UPDATE upload SET scan_state = 'infected', scanned_at = ${at}, scan_finding = ${finding}
        ${submitted ? Prisma.empty : Prisma.sql`, completed_at = NULL, rejected_at = ${at}, rejected_for = 'infected'`}
      WHERE id = ${uploadId}::uuid`;
    const act = { actionKey: `quarantine-upload:${uploadId}`, actor: 'system', reason: 'the scanner for malware found something in it' };
    await recordAct(tx, act, { attemptId, action: 'quarantine_upload', details: { uploadId, finding, submitted }, at });
    const deliveryId = submitted ? await commitFact(tx, { attemptId, fact: 'file_scanned', at }) : undefined;
    return { attemptId, deliveryId, submitted, overdue };
  });
}

/** How many uploads were ever put into quarantine. */
export async function countQuarantined(context: RecordContext): Promise<number> {
  return (await readTally(context, 'quarantined_uploads')).reduce((sum, { count }) => sum + count, 0);
}

/** Under the sitting's lock, so that a freeze comes before or after. Undefined when it is settled: rejected, or scanned before. */
async function lockUnderScan(tx: Prisma.TransactionClient, { clock }: RecordContext, uploadId: string): Promise<UnderScan | undefined> {
  await tx.$queryRaw`SELECT 1 FROM upload u JOIN sitting s ON s.id = u.sitting_id WHERE u.id = ${uploadId}::uuid FOR UPDATE OF u, s`;
  const now = await clock();
  const [upload] = await tx.$queryRaw<UnderScan[]>`
    SELECT u.id, s.attempt_id, u.completed_at, s.frozen_at IS NULL AND s.deadline <= ${now} AS overdue, ${now} AS now,
      EXISTS (SELECT 1 FROM submission b WHERE b.sitting_id = s.id AND b.upload_id = u.id) AS submitted
    FROM upload u JOIN sitting s ON s.id = u.sitting_id
    WHERE u.id = ${uploadId}::uuid AND u.rejected_at IS NULL AND (u.completed_at IS NULL OR u.scan_state = 'pending')`;
  return upload;
}
