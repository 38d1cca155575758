import type { BasisPoints } from './score.ts';
import { foldedForLookUp } from './text.ts';

export type CertificateStatus = 'valid' | 'suspended' | 'revoked';

/** What the register knows of a certificate. Public are its name, id, date, score and status, and the certificate that took its place. */
export type RegisterEntry = {
  readonly certificateId: string;
  /** Of the old system, for imported certificates; it belongs to this one for ever. */
  readonly number: string | null;
  readonly name: string;
  readonly examTitle: string;
  readonly issuedAt: Date;
  readonly basisPoints: BasisPoints;
  readonly status: CertificateStatus;
  /** Raised by each change of the certificate; the register shows the highest it was told of. */
  readonly revision: number;
  /** The certificate that took its place. */
  readonly replacedBy: string | null;
};

/** What a verifier types is compared by this with a certificate's name. */
export const nameKey = foldedForLookUp;

/** Whether a verifier who types one means the other. A name without a letter is nobody's. */
export function sameName(a: string, b: string): boolean {
  const key = nameKey(a);
  return key !== '' && key === nameKey(b);
}
