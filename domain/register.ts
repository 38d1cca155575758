import type { BasisPoints } from './score.ts';

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

// As typed on keyboards, set by word processors and written in transliterations (Hawaiʻi, ʿAbd, Ma’at).
const APOSTROPHES = /['`´‘’‛ʹʻʼʽʾʿˈ՚′ꞌ᾽᾿＇]/gu;
const HYPHENS = /[-‐‑‒–—―−⁃־﹘﹣－]/gu;
/** Accents and the like on Latin, Greek and Cyrillic letters. The marks of other scripts are letters there, and stay. */
const DIACRITICS = /[\u0300-\u036f]/gu;
/** Soft hyphens, joiners, direction marks: nobody sees them, and copying brings them along. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** What a verifier types is compared by this with a certificate's name: case, accents, composition and punctuation's variants do not count. */
export function nameKey(name: string): string {
  // Apostrophes first: compatibility normalisation turns some of them into a space with an accent.
  const compatible = name.normalize('NFC').replace(APOSTROPHES, "'").normalize('NFKC').replace(INVISIBLE, '');
  return foldCase(compatible)
    .normalize('NFD')
    .replace(DIACRITICS, '')
    .normalize('NFC')
    .replace(APOSTROPHES, "'")
    .replace(HYPHENS, '-')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** Whether a verifier who types one means the other. A name without a letter is nobody's. */
export function sameName(a: string, b: string): boolean {
  const key = nameKey(a);
  return key !== '' && key === nameKey(b);
}

/** Unicode's full case folding, by what JavaScript has: the capital ẞ has no other upper case than itself, hence lower case first. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
