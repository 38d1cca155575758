import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Replacement } from '../../domain/correction.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { RecordContext, Transaction } from '../context.ts';
import { readCorrection } from './records.ts';

/**
 * Keeps what is to be put right until the doubt is settled by it, and returns the hash that names it. A later proposal takes
 * its place. Refused once the doubt is settled by another one.
 */
export async function proposeReplacement(
  { prisma }: RecordContext,
  { correctionId, replacement }: { correctionId: string; replacement: Replacement },
): Promise<string> {
  const content = canonicalize(replacement) ?? '';
  const replacementHash = createHash('sha256').update(content).digest('hex');
  const kept = await prisma.$executeRaw`
    UPDATE correction SET replacement = ${content}::jsonb, replacement_hash = ${replacementHash} WHERE id = ${correctionId}::uuid AND resolved_at IS NULL`;
  if (kept === 0) {
    const { resolution } = await readCorrection(prisma, correctionId);
    const settledBy = await prisma.correction.findUnique({ where: { id: correctionId, replacementHash }, select: { id: true } });
    if (resolution === 'replaced' && settledBy) return replacementHash;
    throw new Refusal('wrong_phase', `The correction is settled already: ${resolution}.`);
  }
  return replacementHash;
}

/** Refused when what was proposed last is not what the hash names. */
export async function proposedReplacement(
  tx: Transaction,
  { correctionId, replacementHash }: { correctionId: string; replacementHash: string | undefined },
): Promise<Replacement> {
  const { replacement, replacementHash: kept } = await tx.correction.findUniqueOrThrow({
    where: { id: correctionId },
    select: { replacement: true, replacementHash: true },
  });
  if (replacement === null || kept !== replacementHash) {
    throw new Refusal('wrong_phase', 'What is to be put right is not what was proposed last. Look at the correction, and settle it again.');
  }
  return replacement as Replacement;
}
