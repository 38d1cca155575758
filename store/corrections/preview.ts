import type { Replacement } from '../../domain/correction.ts';
import type { ExamContext } from '../exam-versions.ts';
import { readCorrection } from './records.ts';
import { replacementOf, type Replaced } from './replace.ts';

/** What a replacement would put right, as things stand: refused as it would be. */
export async function previewReplacement(
  context: ExamContext,
  { correctionId, replacement }: { correctionId: string; replacement: Replacement },
): Promise<{ readonly from: Replaced; readonly to: Replaced }> {
  const { prisma } = context;
  const { certificateId } = await readCorrection(prisma, correctionId);
  const certificate = await prisma.certificate.findUniqueOrThrow({
    where: { id: certificateId },
    select: { name: true, basisPoints: true, attemptId: true },
  });
  const { name, basisPoints } = await replacementOf(prisma, context, { certificate, replacement });
  return { from: { name: certificate.name, basisPoints: certificate.basisPoints }, to: { name, basisPoints } };
}
