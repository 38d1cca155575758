import type { z } from 'zod';
import type { RegisterEntry } from '../../../domain/register.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import { shownLine } from '../../../domain/text.ts';
import type { registeredCertificate } from './schemas.ts';

/** What the public may see of a certificate, and nothing more: a whitelist. */
export type CertificateView = z.output<typeof registeredCertificate>;

export function viewOf({ certificateId, name, examTitle, issuedAt, basisPoints, status, replacedBy }: RegisterEntry): CertificateView {
  return {
    certificateId,
    name: shownLine(name),
    exam: shownLine(examTitle),
    issuedAt: issuedAt.toISOString(),
    score: formatBasisPoints(basisPoints),
    status,
    replacedBy,
  };
}
