import type { Replacement } from '../../domain/correction.ts';
import { inTransaction, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { lockCertificate } from './certificate-status.ts';
import { readCorrection } from './records.ts';
import { replacedBy, type Replaced } from './replace.ts';

/** What a replacement would put right, as things stand: refused as it would be. All is done as it is when it counts, and taken back. */
export async function previewReplacement(
  context: ExamContext,
  { correctionId, replacement }: { correctionId: string; replacement: Replacement },
): Promise<{ readonly from: Replaced; readonly to: Replaced }> {
  const found: { effect?: { from: Replaced; to: Replaced } } = {};
  const takenBack = new Error('a preview changes nothing');
  const look = async (tx: Transaction) => {
    const { certificateId } = await readCorrection(tx, correctionId);
    const certificate = await lockCertificate(tx, context.clock, certificateId);
    const { name, basisPoints } = certificate;
    found.effect = { from: { name, basisPoints }, to: await replacedBy(tx, context, { certificate, replacement }) };
    throw takenBack;
  };
  await inTransaction(context, look).catch((error: unknown) => {
    if (error !== takenBack) throw error;
  });
  if (!found.effect) throw new TypeError('a preview that is not refused finds something');
  return found.effect;
}
