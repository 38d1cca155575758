import type { Replacement } from '../../domain/correction.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { issueCertificate } from '../certificates.ts';
import type { Transaction } from '../context.ts';
import { writeEvents } from '../events/write.ts';
import type { ExamContext } from '../exam-versions.ts';
import { moveStatus, type LockedCertificate } from './certificate-status.ts';
import { correctionOf, decideCorrected } from './corrected-score.ts';

/** What a certificate shows that a replacement puts right. */
export type Replaced = { readonly name: string; readonly basisPoints: number };

/** Revokes a certificate and issues another in its place, of the next edition. Returns the new one's id. */
export async function replaceCertificate(
  tx: Transaction,
  context: ExamContext,
  { certificate, replacement, credentials }: { certificate: LockedCertificate; replacement: Replacement; credentials: CredentialIssuer },
): Promise<string> {
  const { attemptId, corrected, ...replaced } = await replacementOf(tx, context, { certificate, replacement });
  await decideCorrected(tx, context, { attemptId, at: certificate.now, corrected });
  return issueInPlaceOf(tx, { certificate, ...replaced, credentials });
}

/** What the certificate that takes its place would show, and what is decided anew for it. Changes nothing. */
export async function replacementOf(
  tx: Transaction,
  context: ExamContext,
  { certificate, replacement }: { certificate: Replaced & { readonly attemptId: string | null }; replacement: Replacement },
) {
  const { attemptId } = certificate;
  if (attemptId === null) {
    throw new Refusal(
      'wrong_phase',
      'An imported certificate cannot be replaced here: there is no attempt behind it. Revoke it, and import its correction.',
    );
  }
  const { basisPoints, corrected } = await correctionOf(tx, context, { attemptId, points: replacement.points ?? [] });
  const name = replacement.name ?? certificate.name;
  if (name === certificate.name && basisPoints === certificate.basisPoints) {
    throw new Refusal('marks_invalid', 'A certificate that takes the place of another must differ from it: in its name or its score.');
  }
  return { attemptId, name, basisPoints, corrected };
}

/** The next edition of a certificate, which is revoked by it. Returns the new one's id. */
export async function issueInPlaceOf(
  tx: Transaction,
  {
    certificate,
    name,
    basisPoints,
    credentials,
  }: { certificate: LockedCertificate; name: string; basisPoints: number; credentials: CredentialIssuer },
): Promise<string> {
  const { attemptId, examId, examTitle, candidateId, edition, now } = certificate;
  if (attemptId === null) throw new TypeError('an imported certificate has no edition of ours');
  const { certificateId, insert } = await issueCertificate(tx, {
    statement: { examId, examTitle, name, basisPoints, issuedAt: now },
    attemptId,
    candidateId,
    edition: edition + 1,
    replacesId: certificate.id,
    credentials,
  });
  await moveStatus(tx, certificate, { status: 'revoked', replacedBy: certificateId, credentials });
  await tx.$executeRaw(insert);
  await writeEvents(tx, [{ type: 'certificate.issued', key: attemptId, data: { certificateId, attemptId } }], now);
  return certificateId;
}
