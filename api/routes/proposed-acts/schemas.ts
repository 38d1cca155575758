import { z } from 'zod';
import { EFFECTS } from '../../../domain/duties.ts';
import { PROPOSED_ACT_LISTS, PROPOSED_ACT_STATES } from '../../../store/proposed-acts.ts';
import { instant, next, page, reason, uuid } from '../../schemas.ts';

export const actParams = z.object({ actId: uuid });
export const actQuery = z.strictObject({
  ...page,
  which: z.enum(PROPOSED_ACT_LISTS).optional().meta({ description: 'unreviewed: done by one person alone, and nobody else has looked at it yet' }),
  attemptId: uuid.optional(),
});

const fields = {
  id: uuid,
  operation: z.string().meta({ description: 'The operation that was asked for, by its name in this document' }),
  target: z.string().meta({ description: 'The path that it was asked for at' }),
  request: z.string().nullable().meta({ description: 'The body of that request, as JSON' }),
  attemptId: uuid.nullable().meta({ description: 'Whose it is; null where that is not known' }),
  reason: z.string(),
  proposedBy: z.string(),
  proposedAt: instant,
  expiresAt: instant,
  state: z.enum(PROPOSED_ACT_STATES).meta({
    description: 'confirmed: it is being done, or waits for what is away; failed: by what changed since, it could not be done any more',
  }),
  isBreakGlass: z.boolean().meta({ description: 'One person did it alone, at once' }),
  settledBy: z.string().nullable(),
  settledReason: z.string().nullable(),
  settledAt: instant.nullable(),
  answer: z
    .object({ status: z.number().int(), body: z.string().nullable() })
    .nullable()
    .meta({ description: 'What the operation answered when it was done; the body as JSON' }),
  failure: z.string().nullable().meta({ description: 'The code of the problem for which it could not be done' }),
  reviewedBy: z.string().nullable(),
  review: z.string().nullable(),
  reviewedAt: instant.nullable(),
};

export const proposedAct = z.object(fields).meta({ id: 'ProposedAct' });
export const proposedActList = z.object({ acts: z.array(proposedAct), next });

const effectPart = z.object({ what: z.enum(EFFECTS), from: z.string().nullable(), to: z.string().nullable() }).meta({ id: 'EffectPart' });

export const proposedActDetails = z
  .object({
    ...fields,
    effect: z
      .array(effectPart)
      .nullable()
      .meta({ description: 'What it would change as of now; null once it is settled, or where it cannot be done any more' }),
    obstacle: z.string().nullable().meta({ description: 'Why it cannot be done as things stand: the code of a problem' }),
  })
  .meta({ id: 'ProposedActDetails' });

export const reasoned = z.strictObject({ reason }).meta({ id: 'ActReason' });
export const review = z.strictObject({ review: reason }).meta({ id: 'BrokenGlassReview' });
