import { z } from 'zod';
import { REGRADE_EFFECTS, REGRADE_WAITS } from '../../../domain/regrade.ts';
import { millipointsFromPoints } from '../../../domain/points.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { CHANGE_STATES, REGRADE_STATES } from '../../../store/regrades/records.ts';
import { givenInstant, instant, INTEGER_MAX, next, page, percentage, points, reason, test, uuid } from '../../schemas.ts';

export const regradeParams = z.object({ regradeId: uuid });
export const regradeQuery = z.strictObject(page);
export const changeQuery = z.strictObject({
  ...page,
  effect: z.enum(REGRADE_EFFECTS).optional().meta({ description: 'Those alone to which it does this' }),
});

const CHOICES_MAX = 100;
const choiceId = text(TEXTS.key);
const isAmount = (amount: number) => millipointsFromPoints(amount) !== undefined;
const correct = z.array(choiceId).min(1).max(CHOICES_MAX);
const pointsOfChoice = points.refine((amount) => isAmount(Math.abs(amount)), 'must have at most two decimals');

/** What is put right, as it comes in and as it is shown. */
const change = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('key'), correct: correct.meta({ description: 'The right choices: all of them and no other' }) }),
    z.strictObject({
      kind: z.literal('mapping'),
      pointsByChoice: z
        .record(choiceId, pointsOfChoice)
        .refine((given) => Object.keys(given).length <= CHOICES_MAX, `must name at most ${CHOICES_MAX} choices`)
        .meta({ description: 'The points of each choice; their sum, never below 0' }),
    }),
    z.strictObject({ kind: z.literal('full_points') }),
    z.strictObject({ kind: z.literal('dropped') }),
  ])
  .meta({ id: 'RegradeChange' });

const versionNumber = z.number().int().min(1).max(INTEGER_MAX);

export const newRegrade = z
  .strictObject({
    examId: text(TEXTS.key),
    versions: z.array(versionNumber).min(1).max(1000).optional().meta({ description: 'Left out: every one that has such an item' }),
    test,
    caseStudyId: text(TEXTS.key).optional().meta({ description: 'Of a case study alone' }),
    itemId: text(TEXTS.key).meta({ description: 'The item, or the criterion of the rubric' }),
    change,
    submittedFrom: givenInstant.optional().meta({ description: 'Of what was handed in from then on; left out: of all' }),
    submittedUntil: givenInstant.optional().meta({ description: 'Of what was handed in before' }),
    reason,
  })
  .refine(({ test: ofTest, caseStudyId }) => (ofTest === 'case_study') === (caseStudyId !== undefined), {
    path: ['caseStudyId'],
    message: 'is named with the test case_study, and with no other',
  })
  .refine(({ submittedFrom, submittedUntil }) => !submittedFrom || !submittedUntil || Date.parse(submittedFrom) < Date.parse(submittedUntil), {
    path: ['submittedUntil'],
    message: 'must be later than submittedFrom: nothing was handed in between',
  })
  .meta({ id: 'NewRegrade' });

export const application = z.strictObject({ previewHash: text(TEXTS.key), reason }).meta({ id: 'RegradeApplication' });
export const cancellation = z.strictObject({ reason }).meta({ id: 'RegradeCancellation' });

const counts = z
  .array(z.object({ effect: z.enum(REGRADE_EFFECTS), state: z.enum(CHANGE_STATES), decisions: z.number().int() }))
  .meta({ description: 'How many decisions, by what it does to them and how far that has come' });

const summary = {
  id: uuid,
  examId: z.string(),
  versions: z.array(z.number().int()),
  test,
  caseStudyId: z.string().nullable(),
  itemId: z.string(),
  change,
  submittedFrom: instant.nullable(),
  submittedUntil: instant.nullable(),
  reason: z.string(),
  openedBy: z.string(),
  openedAt: instant,
  state: z.enum(REGRADE_STATES).meta({ description: '`applying`: in force, and on its way through what is out' }),
  previewedAt: instant.nullable().meta({ description: 'Null while the preview is being made' }),
  previewHash: z.string().nullable().meta({ description: 'Names what the preview shows' }),
  settledBy: z.string().nullable().meta({ description: 'Who applied or cancelled it' }),
  settledReason: z.string().nullable(),
  settledAt: instant.nullable(),
  finishedAt: instant.nullable(),
};

export const regradeSummary = z.object(summary).meta({ id: 'RegradeSummary' });
export const regrade = z.object({ ...summary, counts }).meta({ id: 'Regrade' });
export const regradeList = z.object({ regrades: z.array(regradeSummary), next });

const result = z.object({ points, pointsMax: points, score: percentage.nullable().meta({ description: 'Null where no points were to be had' }) });

export const changeList = z.object({
  changes: z.array(
    z
      .object({
        attemptId: uuid,
        decisionId: uuid,
        effect: z
          .enum(REGRADE_EFFECTS)
          .meta({ description: '`would_lower` and `would_fail` are left as they are: a pass falls by a named person’s act alone, one at a time' }),
        state: z.enum(CHANGE_STATES),
        waitsFor: z.enum(REGRADE_WAITS).nullable(),
        newDecisionId: uuid.nullable(),
        passed: z.boolean().meta({ description: 'Of the decision that stood' }),
        before: result,
        after: result,
        toldAt: instant.meta({ description: 'When the candidate was told the result that stood' }),
        certificateId: uuid.nullable().meta({ description: 'That rests on it and is not revoked' }),
      })
      .meta({ id: 'RegradedDecision' }),
  ),
  next,
});
