import { z } from 'zod';
import { ASSESSMENT_REASONS } from '../../../domain/assessment.ts';
import { APPEAL_ANSWERS, APPEAL_REASONS } from '../../../domain/appeal.ts';
import { MARK_ROLES } from '../../../domain/explanation.ts';
import { ITEM_CHANGES } from '../../../domain/regrade.ts';
import { ITEM_BASES } from '../../../domain/reconciliation.ts';
import { instant, percentage, points, test, uuid } from '../../schemas.ts';

const fraction = z.string().meta({ description: 'Exact: thousandths of a point, of those there were', example: '15999/20000' });
const whole = z.string().regex(/^\d+$/).meta({ description: 'A whole number', example: '159990000' });

const arithmetic = z.object({
  fraction,
  reached: whole.meta({ description: 'Points × 10,000, in thousandths. Not less than `needed`: passed' }),
  needed: whole.meta({ description: 'Pass mark in hundredths of a percent × the points there were, in thousandths' }),
});

const submission = z.object({ id: uuid, contentHash: z.string(), cause: z.enum(['submitted', 'timed_out']), submittedAt: instant });

const disputes = z
  .object({
    itemIds: z.array(z.string()),
    lowest: z.object({ fraction, passes: z.boolean() }),
    highest: z.object({ fraction, passes: z.boolean() }),
    isAdjudicated: z.boolean(),
  })
  .meta({ description: 'Items of which two marks were too far apart: the test with all of these at their lowest, and at their highest' });

const spread = z.object({
  points,
  allowed: z.string().meta({ description: 'An exact fraction of thousandths of a point', example: '10000000/10000' }),
  agrees: z.boolean(),
});

const rules = {
  passMark: percentage,
  tolerance: percentage.meta({ description: 'Two marks agree within this share of the points of a response' }),
  adjudication: z.enum(['when-decisive', 'always']),
  marking: z.enum(['single', 'double', 'risk']),
};

const itemOf = <Mark extends z.ZodType>(mark: Mark) => ({
  itemId: z.string(),
  title: z.string(),
  points,
  pointsMax: points,
  basis: z.enum(ITEM_BASES).meta({ description: 'Where the points come from' }),
  answer: z.string().nullable().meta({ description: 'As people read it; null where there is none, and for a criterion' }),
  marks: z.array(mark),
  spread: spread.nullable().meta({ description: 'How far two marks are apart' }),
});

const explanation = {
  examVersion: z.string(),
  test,
  round: z.number().int(),
  passed: z.boolean(),
  percentage,
  points,
  pointsMax: points,
  decidedAt: instant,
  submission: submission.nullable().meta({ description: 'Null: nothing was handed in' }),
  disputes: disputes.nullable(),
  arithmetic,
};

const appeal = z.object({
  id: uuid,
  filedAt: instant,
  answer: z.enum(APPEAL_ANSWERS),
  items: z.array(
    z.object({
      itemId: z.string(),
      title: z.string(),
      reason: z.enum(APPEAL_REASONS),
      text: z.string(),
      pointsBefore: points,
      markedPoints: points.nullable().meta({ description: 'What whoever looked at it again gave; it has the better of both' }),
      grader: z.string().nullable().meta({ description: 'Who that was; to the candidate a letter' }),
      points,
      pointsMax: points,
    }),
  ),
});

const ownMark = z.object({
  grader: z.string().meta({ description: 'A letter is one grader over the whole test, and says nothing else of them', example: 'A' }),
  role: z.enum(MARK_ROLES),
  points,
  reason: z.string(),
});

export const ownExplanations = z
  .object({
    decisions: z.array(
      z
        .object({
          ...explanation,
          appeal: appeal.nullable().meta({ description: 'Which it answers' }),
          isCorrection: z.boolean().meta({ description: 'It was put right by staff once the result was out' }),
          rules: z.object(rules),
          items: z.array(z.object(itemOf(ownMark))),
          secondLook: z
            .object({
              taken: z.boolean(),
              probability: percentage
                .nullable()
                .meta({ description: 'That a second mark turns the decision, as estimated once the first marks were in' }),
              limit: percentage.nullable().meta({ description: 'Above it the exam version wants a second mark' }),
            })
            .meta({ description: 'Whether a second grader marked, and what was estimated before that' }),
        })
        .meta({ id: 'OwnExplanation' }),
    ),
  })
  .meta({ id: 'OwnExplanations' });

const staffMark = z.object({
  seat: z.number().int(),
  grader: z.string(),
  role: z.enum(MARK_ROLES),
  points,
  reason: z.string(),
  recordedAt: instant,
});

const answerKey = z
  .object({
    correct: z.array(z.string()).nullable().meta({ description: 'Of a choice item' }),
    pointsByChoice: z.record(z.string(), z.number()).nullable().meta({ description: 'Of a choice item with a mapping; else all or nothing' }),
    text: z.string().nullable().meta({ description: 'The model answer, or what earns the points of a criterion' }),
  })
  .meta({ id: 'AnswerKey' });

const secondLook = z.object({
  kind: z.enum(['nothing_to_mark', 'policy', 'no_model', 'assessed']),
  model: z.number().int().nullable().meta({ description: 'The version of the marking model that was asked' }),
  probability: percentage.nullable(),
  limit: percentage.nullable(),
  pooledItems: z.number().int(),
  pooledGrader: z.boolean(),
  reasons: z.array(z.enum(ASSESSMENT_REASONS)),
  taken: z.boolean(),
  assessedAt: instant.nullable(),
});

export const explanations = z
  .object({
    attemptId: uuid,
    decisions: z.array(
      z
        .object({
          ...explanation,
          decisionId: uuid,
          supersedes: uuid.nullable(),
          correction: z
            .object({ id: uuid, by: z.string(), reason: z.string(), at: instant })
            .nullable()
            .meta({ description: 'By which staff put it right' }),
          appeal: appeal.nullable().meta({ description: 'Which it answers' }),
          regrades: z
            .array(
              z.object({
                id: uuid,
                itemId: z.string(),
                change: z.enum(ITEM_CHANGES),
                openedBy: z.string(),
                appliedBy: z.string(),
                reason: z.string(),
                at: instant,
              }),
            )
            .meta({ description: 'Items put right for everybody who had them, under which it was decided' }),
          rules: z.object({
            ...rules,
            risk: z.object({ limit: percentage, sampleShare: percentage, newGraderScripts: z.number().int(), machineCheck: z.boolean() }).nullable(),
          }),
          items: z.array(
            z.object({
              ...itemOf(staffMark),
              key: answerKey.nullable(),
              pointsBefore: points.nullable().meta({ description: 'Before staff put it right, or an appeal raised it' }),
            }),
          ),
          secondLook,
          differences: z
            .array(z.object({ of: z.string(), recorded: z.string(), recomputed: z.string() }))
            .meta({ description: 'What does not follow from the records: none, or somebody has changed them' }),
        })
        .meta({ id: 'Explanation' }),
    ),
  })
  .meta({ id: 'Explanations' });
