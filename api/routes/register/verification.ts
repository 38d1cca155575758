import type { z } from 'zod';
import { shownLine } from '../../../domain/text.ts';
import { readCertificateCredential } from '../../../publication/credentials/certificate-credential.ts';
import type { StatedKeys } from '../../../publication/credentials/key-statement.ts';
import { shownCredentialIn, type Shown } from '../../../publication/credentials/presentation.ts';
import { createCredentialVerifier } from '../../../publication/credentials/verifier.ts';
import type { CertificateStore } from '../../../store/certificates.ts';
import type { verificationResult } from './schemas.ts';

export type VerificationResult = z.output<typeof verificationResult>;

/**
 * Verifies a credential that somebody shows, as it is or in a presentation, and says what it states once it is known to be ours. The status is read from
 * the signed lists each time. Rejects while the database is away: that is no statement on a certificate.
 */
export function createShownCredentialVerifier({
  certificates,
  keys,
  publicUrl,
}: {
  certificates: Pick<CertificateStore, 'isOnRecord' | 'statusList'>;
  keys: () => StatedKeys;
  publicUrl: string;
}): (shown: Shown) => Promise<VerificationResult> {
  const verify = createCredentialVerifier({
    publicUrl,
    keys,
    isOnRecord: (credential, certificateId) => certificates.isOnRecord(credential, certificateId),
    statusList: (purpose, number) => certificates.statusList({ purpose, number }),
  });

  return async (file) => {
    const shown = 'reason' in file ? file : shownCredentialIn(file.credential);
    if ('reason' in shown) return { result: 'refused', reason: shown.reason, certificate: null };
    const { credential } = shown;
    const verification = await verify(credential);
    const claims = readCertificateCredential({ credential, publicUrl })?.claims;
    if (verification.kind === 'refused') return { result: 'refused', reason: verification.reason, certificate: null };
    if (!claims) throw new TypeError('a verified credential can be read');
    const { certificateId, name, examTitle, issuedAt, score } = claims;
    return {
      result: verification.kind,
      reason: null,
      certificate: { certificateId, name: shownLine(name), exam: shownLine(examTitle), issuedAt, score },
    };
  };
}
