import type { Resolution } from '../../domain/correction.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { lockCertificate, moveStatus } from './certificate-status.ts';
import { proposedReplacement } from './propose.ts';
import { readCorrection, type CorrectionRecord } from './records.ts';
import { replaceCertificate } from './replace.ts';

/** How staff settle it. What is put right was proposed before, and is named by its hash: names stay out of Temporal's history. */
export type ResolutionRequest = { readonly resolution: Resolution; readonly replacementHash?: string };

/** Settles a doubt. A repeat of the same act changes nothing; another one is refused. */
export function resolveCorrection(
  context: ExamContext,
  { correctionId, ...request }: AuditedAct & { correctionId: string } & ResolutionRequest,
  credentials: CredentialIssuer,
): Promise<CorrectionRecord> {
  return inTransaction(context, async (tx) => {
    const { certificateId } = await readCorrection(tx, correctionId);
    const certificate = await lockCertificate(tx, context.clock, certificateId);
    const correction = await readCorrection(tx, correctionId);
    const { actor, reason, resolution } = request;
    const { attemptId, now: at } = certificate;
    const details = { correctionId, resolution };
    if (!(await recordAct(tx, request, { attemptId, certificateId, action: 'resolve_correction', details, at }))) return correction;
    if (correction.resolution !== null) throw new Refusal('wrong_phase', `The correction is settled already: ${correction.resolution}.`);
    switch (request.resolution) {
      case 'reinstated':
        await moveStatus(tx, certificate, { status: 'valid', credentials });
        break;
      case 'revoked':
        await moveStatus(tx, certificate, { status: 'revoked', credentials });
        break;
      case 'replaced': {
        const replacement = await proposedReplacement(tx, { correctionId, replacementHash: request.replacementHash });
        await replaceCertificate(tx, context, { certificate, replacement, credentials });
      }
    }
    await tx.correction.update({
      where: { id: correctionId },
      data: { resolution, resolvedBy: actor, resolvedReason: reason, resolvedAt: at },
      select: { id: true },
    });
    return readCorrection(tx, correctionId);
  });
}
