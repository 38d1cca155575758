import { z } from 'zod';
import { STAFF_ACTS } from '../../../domain/staff-act.ts';
import { CLAIM_STATES } from '../../../store/staff-acts.ts';
import { instant, next, page, reason, uuid } from '../../schemas.ts';

export const claimParams = z.object({ claimId: uuid });
export const claimQuery = z.strictObject({ ...page, state: z.enum(CLAIM_STATES).optional(), attemptId: uuid.optional() });

export const claimedAct = z
  .object({
    id: uuid,
    act: z.enum(STAFF_ACTS),
    terms: z
      .record(z.string(), z.string())
      .meta({ description: 'What is to be done, as it was typed: a window and its deadline, a grader, a resolution' }),
    attemptId: uuid.nullable(),
    correctionId: uuid.nullable().meta({ description: 'Of the certificate in doubt that it would settle' }),
    claimedBy: z.string().meta({ description: 'Who acts, as it was typed: nobody knows who typed it' }),
    reason: z.string(),
    claimedAt: instant,
    state: z.enum(CLAIM_STATES).meta({ description: 'lapsed: what it is on is over, and it was neither confirmed nor dismissed' }),
    settledBy: z.string().nullable(),
    settledAt: instant.nullable(),
  })
  .meta({ id: 'ClaimedAct' });

export const claimedActList = z.object({ claimedActs: z.array(claimedAct), next });
export const dismissal = z.strictObject({ reason }).meta({ id: 'ClaimDismissal' });
