import { z } from 'zod';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { reason, uuid } from '../../schemas.ts';

export const expectation = z
  .strictObject({ subject: text(TEXTS.subject, 'Of the candidate, as the issuer names them'), reason })
  .meta({ id: 'CandidateExpectation' });

export const knownCandidate = z
  .object({
    id: uuid,
    subject: z.string(),
    name: z.string().nullable().meta({ description: 'Null before they first registered' }),
    hasRegistered: z.boolean(),
  })
  .meta({ id: 'KnownCandidate' });
