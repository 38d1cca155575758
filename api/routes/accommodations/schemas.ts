import { z } from 'zod';
import { ACCOMMODATION_KINDS } from '../../../domain/limit.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { givenInstant, instant, reason, uuid } from '../../schemas.ts';

export const candidateParams = z.object({ candidateId: uuid });
export const accommodationParams = candidateParams.extend({ accommodationId: uuid });

const percent = z.number().int().min(100).max(1000).meta({ description: '150 is one and a half times each limit' });
const kind = z.enum(ACCOMMODATION_KINDS);

export const newAccommodation = z
  .strictObject({
    examId: text(TEXTS.key, 'Left out, it counts for every exam').optional(),
    kind,
    percent,
    validFrom: givenInstant.optional().meta({ description: 'Left out, it counts from now' }),
    validUntil: givenInstant.optional().meta({ description: 'Left out, it counts for good. What is open then keeps its time' }),
    evidence: text(TEXTS.evidence, 'Where the evidence is filed, and nothing of what it says').optional(),
    reason,
  })
  .meta({ id: 'NewAccommodation' });

export const accommodation = z
  .object({
    id: uuid,
    candidateId: uuid,
    examId: z.string().nullable(),
    kind,
    percent,
    validFrom: instant,
    validUntil: instant.nullable(),
    evidence: z.string().nullable(),
    reason: z.string(),
    recordedBy: z.string(),
    recordedAt: instant,
    endedAt: instant.nullable().meta({ description: 'From when on another one, or none, is in its place' }),
  })
  .meta({ id: 'CandidateAccommodation' });

export const accommodationList = z.object({ accommodations: z.array(accommodation) });
export const ending = z.strictObject({ reason }).meta({ id: 'AccommodationEnding' });
