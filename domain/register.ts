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
  const keys = keysOf(b);
  return keysOf(a).some((key) => key !== '' && keys.includes(key));
}

/** As lists and references write a name: the family's first, set off by a comma. */
const FAMILY_FIRST = /^([^,،、]+)[,،、] ?([^,،、]+)$/u;

/** A name's key, and with a comma in it also that of the same name in the order in which it is spoken. */
function keysOf(name: string): readonly string[] {
  const key = nameKey(name);
  const [, family, given] = FAMILY_FIRST.exec(key) ?? [];
  return family === undefined || given === undefined ? [key] : [key, nameKey(`${given} ${family}`)];
}
