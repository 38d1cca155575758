import { z } from 'zod';
import { APPEAL_REASONS, APPEAL_STATES } from '../../../domain/appeal.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, next, page, points, test, uuid } from '../../schemas.ts';

/** Of a test: more than any has. */
const ITEMS_MAX = 200;

const reasonCode = z.enum(APPEAL_REASONS).meta({ description: 'Why these points are in doubt, for programs' });

export const newAppeal = z
  .strictObject({
    items: z
      .array(
        z.strictObject({
          itemId: text(TEXTS.key),
          reason: reasonCode,
          text: text(TEXTS.reason, 'In your own words. Staff read it; whoever marks again does not'),
        }),
      )
      .min(1)
      .max(ITEMS_MAX),
    feeReference: text(TEXTS.evidence, 'Of the payment, where the exam asks for a fee').optional(),
  })
  .meta({ id: 'NewAppeal' });

const appeal = {
  id: uuid,
  test,
  state: z.enum(APPEAL_STATES).meta({ description: 'Upheld, partly or refused: all, some or none of what was appealed has more points' }),
  items: z.array(z.object({ itemId: z.string(), reason: z.enum(APPEAL_REASONS), text: z.string() })),
  feeReference: z.string().nullable(),
  filedAt: instant,
  promisedBy: instant.nullable().meta({ description: 'When the answer is promised; null once it is settled' }),
  settledAt: instant.nullable(),
  refund: z
    .enum(['due', 'paid'])
    .nullable()
    .meta({ description: 'Of the fee, where the appeal was right, at least in part: whether it was paid back; null where none is owed' }),
};

export const appealParams = z.object({ appealId: uuid });
export const refund = z.strictObject({ reference: text(TEXTS.evidence, 'Of the payment back, elsewhere') }).meta({ id: 'AppealRefund' });

export const ownAppeals = z
  .object({
    appeals: z.array(z.object(appeal).meta({ id: 'OwnAppeal' })).meta({ description: 'Oldest first, at most one a test' }),
    appealable: z
      .object({
        test,
        until: instant.meta({ description: 'The end of the window; an appeal at that instant is too late' }),
        feeIsAsked: z.boolean(),
        items: z.array(z.object({ itemId: z.string(), points, pointsMax: points })),
      })
      .nullable()
      .meta({ description: 'What may be appealed now; null where nothing may, or was' }),
  })
  .meta({ id: 'OwnAppeals' });

export const appealQuery = z.strictObject({
  open: z.enum(['true']).optional().meta({ description: 'Those alone that wait for their answer' }),
  refundDue: z.enum(['true']).optional().meta({ description: 'Those alone whose fee is to be paid back still' }),
  attemptId: uuid.optional(),
  ...page,
});

export const appealList = z
  .object({
    appeals: z.array(
      z
        .object({
          ...appeal,
          attemptId: uuid,
          examId: z.string(),
          examVersion: z.string(),
          decisionId: uuid.meta({ description: 'The one that it is of' }),
          answerDecisionId: uuid.nullable().meta({ description: 'The one that takes its place' }),
          needsAttention: z.boolean(),
          refundReference: z.string().nullable().meta({ description: 'Of the payment back' }),
          refundedBy: z.string().nullable(),
          refundedAt: instant.nullable(),
        })
        .meta({ id: 'Appeal' }),
    ),
    next,
  })
  .meta({ id: 'Appeals' });
