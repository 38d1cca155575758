import { Refusal } from '../../domain/refusal.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext } from '../context.ts';
import { lockCertificate, moveStatus } from './certificate-status.ts';
import { findCorrection, readCorrection, type CorrectionRecord } from './records.ts';

/** Opens a doubt: the certificate is suspended at once. A repeat under the same id changes nothing. */
export function openCorrection(
  context: RecordContext,
  { correctionId, certificateId, ...act }: AuditedAct & { correctionId: string; certificateId: string },
  credentials: CredentialIssuer,
): Promise<CorrectionRecord> {
  return inTransaction(context, async (tx) => {
    const certificate = await lockCertificate(tx, context.clock, certificateId);
    const before = await findCorrection(tx, correctionId);
    if (before) return before;
    if (certificate.status !== 'valid') {
      throw new Refusal('wrong_phase', `The certificate is ${certificate.status} already.`, { status: certificate.status });
    }
    const { attemptId, now: at } = certificate;
    await recordAct(tx, act, { attemptId, certificateId, action: 'suspend_certificate', details: { correctionId }, at });
    await tx.correction.create({ data: { id: correctionId, certificateId, openedBy: act.actor, reason: act.reason, openedAt: at } });
    await moveStatus(tx, certificate, { status: 'suspended', credentials });
    return readCorrection(tx, correctionId);
  });
}
