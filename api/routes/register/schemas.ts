import { z } from 'zod';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, percentage, uuid } from '../../schemas.ts';

/** Bytes of a credential that somebody shows. Ours have 4 kB. */
export const CREDENTIAL_BYTES_MAX = 64 * 1024;

/** Bytes of a certificate as PDF, with its credential inside. Ours have 80 kB. */
export const CERTIFICATE_PDF_BYTES_MAX = 2 * 1024 * 1024;

export const certificateParams = z.object({ certificateId: uuid });

const status = z.enum(['valid', 'suspended', 'revoked']);

const stated = {
  certificateId: uuid,
  name: z.string(),
  exam: z.string().meta({ description: 'Its title', example: 'Software Architect' }),
  issuedAt: instant,
  score: percentage,
};

export const registeredCertificate = z
  .object({ ...stated, status, replacedBy: uuid.nullable().meta({ description: 'The certificate that took its place' }) })
  .meta({ id: 'RegisteredCertificate' });

export const search = z
  .strictObject({
    certificate: text(TEXTS.certificateSought, 'Its id, its page’s address, or the number that it had in the old system'),
    name: text(TEXTS.nameSought, 'As on the certificate'),
  })
  .meta({ id: 'RegisterSearch' });

export const shownCredential = z
  .looseObject({})
  .meta({ id: 'ShownCredential', description: 'The whole credential, as it was issued, or a presentation of it alone' });

export const verificationResult = z
  .object({
    result: z.enum(['valid', 'suspended', 'revoked', 'refused']),
    reason: z.string().nullable().meta({ description: 'Why it was refused, for people' }),
    certificate: z.object(stated).nullable().meta({ description: 'What the credential states; null when it was refused' }),
  })
  .meta({ id: 'VerificationResult' });

export const watchForm = z.object({ email: text(TEXTS.mailAddress) });
