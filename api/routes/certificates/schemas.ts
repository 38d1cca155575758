import { z } from 'zod';
import { RESOLUTIONS } from '../../../domain/correction.ts';
import { millipointsFromPoints } from '../../../domain/points.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { certificateStatus, instant, percentage, points, reason, test, uuid } from '../../schemas.ts';

const isAmount = (amount: number) => millipointsFromPoints(amount) !== undefined;

export const certificateParams = z.object({ certificateId: uuid });
export const correctionParams = z.object({ correctionId: uuid });

const correction = z
  .object({
    id: uuid,
    certificateId: uuid,
    attemptId: uuid.nullable(),
    openedBy: z.string(),
    reason: z.string(),
    openedAt: instant,
    resolution: z.enum(RESOLUTIONS).nullable().meta({ description: 'Null while the certificate is suspended' }),
    resolvedBy: z.string().nullable(),
    resolvedReason: z.string().nullable(),
    resolvedAt: instant.nullable(),
    replacedBy: uuid.nullable(),
  })
  .meta({ id: 'Correction' });

export const staffCertificate = z
  .object({
    id: uuid,
    attemptId: uuid.nullable().meta({ description: 'Null for one of the old system' }),
    number: z.string().nullable(),
    name: z.string(),
    examTitle: z.string(),
    score: percentage,
    issuedAt: instant,
    status: certificateStatus,
    replaces: uuid.nullable(),
    corrections: z.array(correction),
  })
  .meta({ id: 'StaffCertificate' });

export const correctionQuery = z.strictObject({
  open: z
    .stringbool()
    .optional()
    .meta({ override: { type: 'boolean', description: 'Only those that are not settled' } }),
});
export const correctionList = z.object({ corrections: z.array(correction) });

export const suspension = z.strictObject({ reason }).meta({ id: 'Suspension' });

export const settlement = z
  .discriminatedUnion('resolution', [
    z.strictObject({ resolution: z.literal('reinstated'), reason }),
    z.strictObject({ resolution: z.literal('revoked'), reason }),
    z
      .strictObject({
        resolution: z.literal('replaced'),
        name: text(TEXTS.name, 'As it should have been').optional(),
        points: z
          .array(
            z.strictObject({
              test,
              itemId: text(TEXTS.key),
              points: points.refine(isAmount, 'must be at least 0, with at most two decimals'),
            }),
          )
          .max(500)
          .optional()
          .meta({ description: 'What items or criteria should have got; the decision is made anew with them' }),
        reason,
      })
      .refine(({ name, points: corrected = [] }) => name !== undefined || corrected.length > 0, {
        path: ['name'],
        message: 'is missing: a certificate that takes the place of another has another name, other points, or both',
      }),
  ])
  .meta({ id: 'Settlement' });

export const correctionState = z
  .object({ correctionId: uuid, certificateId: uuid, resolution: z.enum(RESOLUTIONS).nullable(), replacedBy: uuid.nullable() })
  .meta({ id: 'CorrectionState' });
